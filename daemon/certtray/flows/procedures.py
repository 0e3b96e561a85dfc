"""Every procedure, once: the terminal's commands, the window's links and the bar above a procedure all come from this table."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from certtray.flows.done import Done
from certtray.flows.operations import Operation
from certtray.flows.stage import Stage


class About(StrEnum):
    """What a procedure is about; its ``argument`` is …"""

    ISSUER = "issuer"
    """… the id of an issuer's profile."""
    CERTIFICATE = "certificate"
    """… a SHA-256 fingerprint (or its beginning), or the path of the file the certificate lies in."""
    FILE = "file"
    """… the path of a file."""
    OPERATION = "operation"
    """… the id of an unfinished operation; empty for all of them."""
    NOTHING = "nothing"
    """… empty."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure: ``certtray.flows.<module>.play(stage, argument)``, imported when it is carried out.

    ``steps`` are the bar above it (words ``window.step.<step>``): each with the questions and waits that belong to it.
    """

    name: str
    about: About
    module: str
    steps: Sequence[tuple[str, Sequence[str]]]
    optional: bool = False
    """The argument may be left out."""

    def play(self, stage: Stage, argument: str) -> Done | Operation | None:
        """Carry it through; CertTrayError."""
        module = importlib.import_module(f"certtray.flows.{self.module}")
        result: Done | Operation | None = module.play(stage, argument)
        return result


_FILE = ("file", ("old_file", "file_password"))
_OPEN = ("open", ("file_password",))
_LOGIN = ("login", ("national_id", "trading_password", "apply_beside_valid"))
_IDENTITY = ("identity", ("birth_date",))
_CODE = ("code", ("otp_contact", "otp", "otp_time_up"))
_TERMS = ("terms", ("terms",))
_PASSWORD = ("password", ("new_file_password", "pending_password"))
_INSTALL = ("install", ())

PROCEDURES: dict[str, Procedure] = {
    each.name: each
    for each in (
        Procedure("login", About.ISSUER, "welcome", (_LOGIN, ("compare", ()))),
        Procedure("apply", About.ISSUER, "apply", (_LOGIN, _IDENTITY, _CODE, _TERMS, _PASSWORD, _INSTALL)),
        Procedure(
            "renew",
            About.CERTIFICATE,
            "renew",
            (_FILE, _LOGIN, _IDENTITY, _CODE, _TERMS, _PASSWORD, _INSTALL),
            optional=True,
        ),
        Procedure("resume", About.OPERATION, "resume", (_LOGIN, _PASSWORD, _INSTALL), optional=True),
        Procedure("unlock", About.FILE, "unlock", (("open", ("file_password",)), ("remember", ("remember_password",)))),
        Procedure(
            "password",
            About.FILE,
            "password",
            (_OPEN, ("confirm", ("change_password_of",)), ("password", ("changed_file_password",)), _INSTALL),
        ),
        Procedure("hint", About.FILE, "hint", (("hint", ("hint", "hint_kept")), _INSTALL)),
        Procedure(
            "backup",
            About.CERTIFICATE,
            "backup",
            (
                _OPEN,
                ("place", ("backup_place", "place_taken", "backup_same_disk", "backup_cloud")),
                ("password", ("backup_password",)),
                _INSTALL,
            ),
        ),
        Procedure(
            "restore",
            About.FILE,
            "restore",
            (
                ("pick", ("backup_file",)),
                _OPEN,
                ("place", ("restore_place", "restore_over", "restore_over_newer", "restored_password")),
                _INSTALL,
            ),
            optional=True,
        ),
        Procedure(
            "convert",
            About.FILE,
            "convert",
            (
                ("pick", ("convert_file",)),
                _OPEN,
                ("form", ("convert_to",)),
                ("place", ("convert_place", "place_taken")),
                ("password", ("converted_password",)),
                _INSTALL,
            ),
            optional=True,
        ),
        Procedure("export", About.CERTIFICATE, "export", (("place", ("export_place", "place_taken")), _INSTALL)),
        Procedure("history", About.NOTHING, "past", (("read", ()),)),
        Procedure(
            "history-export", About.NOTHING, "past_export", (("place", ("history_place", "place_taken")), _INSTALL)
        ),
    )
}
