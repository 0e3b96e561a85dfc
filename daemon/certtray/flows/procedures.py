"""Every procedure, once: the terminal's commands, the window's links and the bar above a procedure all come from this table."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from certtray.core.errors import NoConnection

if TYPE_CHECKING:  # the command line's grammar is made from this table: it must not cost what a procedure does
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
    TOKEN = "token"  # noqa: S105  # not a secret
    """… the serial number of a card or token; empty for the only one, or the one the person picks."""
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
        """Carry it through; CertTrayError. Where the issuer cannot be reached on line, say how else it is done."""
        module = importlib.import_module(f"certtray.flows.{self.module}")
        try:
            result: Done | Operation | None = module.play(stage, argument)
        except NoConnection as none:
            profile = stage.profiles.get(str(none.facts.get("profile")))
            if profile is None or self.about is About.OPERATION:
                raise
            from certtray.flows.elsewhere import elsewhere
            from certtray.rules.profile import Way

            return elsewhere(profile, str(none.facts["issuer"]), Way.PAGE, self.name)
        return result


_FILE = ("file", ("old_file", "kept", "file_password"))
_OPEN = ("open", ("file_password",))
_LOGIN = (
    "login",
    (
        "national_id",
        "trading_password",
        "site_account",
        "site_password",
        "captcha",
        "old_site_password",
        "new_site_password",
        "certificate_id",
    ),
)
_CHOOSE = (
    "choose",
    ("registration", "registration_right", "apply_beside_valid", "email", "renew_these", "renew_early"),
)
_IDENTITY = ("identity", ("birth_date", "apply_password"))
_CODE = ("code", ("otp_contact", "otp", "otp_time_up"))
_TERMS = ("terms", ("terms",))
_PASSWORD = (
    "password",
    ("file_place", "key_name", "new_file_password", "new_key_password", "pending_password"),
)
_INSTALL = ("install", ("after_applying",))
_PICK = ("choose", ("query", "proof", "suspend", "reinstate", "revoke", "revoke_reason", "download"))
_SURE = ("sure", ("suspend_sure", "reinstate_sure", "revoke_sure"))
_SHOWN = ("shown", ())
_TOKEN = ("token", ("token",))
_PIN = ("pin", ("token_final_try", "token_pin"))
_ENROLL = (_LOGIN, _CHOOSE, _IDENTITY, _CODE, _TERMS, _PASSWORD, _INSTALL)

PROCEDURES: dict[str, Procedure] = {
    each.name: each
    for each in (
        Procedure("login", About.ISSUER, "welcome", (_LOGIN, ("compare", ()))),
        Procedure("view", About.ISSUER, "view", (_LOGIN, _FILE, ("compare", ("other_file",)))),
        Procedure("apply", About.ISSUER, "apply", _ENROLL),
        Procedure("renew", About.CERTIFICATE, "renew", (_FILE, *_ENROLL), optional=True),
        Procedure("resume", About.OPERATION, "resume", (_LOGIN, _PASSWORD, _INSTALL), optional=True),
        Procedure("download", About.ISSUER, "download", (_LOGIN, _PICK, _PASSWORD, _INSTALL)),
        Procedure("certificates", About.ISSUER, "certificates", (_LOGIN, _SHOWN)),
        Procedure("query", About.ISSUER, "query", (_LOGIN, _PICK, _SHOWN)),
        Procedure("suspend", About.ISSUER, "suspend", (_LOGIN, _PICK, _SURE)),
        Procedure("reinstate", About.ISSUER, "reinstate", (_LOGIN, _PICK, _SURE)),
        Procedure(
            "revoke", About.ISSUER, "revoke", (_LOGIN, _PICK, ("sure", ("revoke_sure", "paper_out", "paper_place")))
        ),
        Procedure("lost", About.ISSUER, "lost", (_LOGIN, _PICK, _SURE, *_ENROLL[1:])),
        Procedure("fedi", About.ISSUER, "fedi", _ENROLL),
        Procedure("proof", About.ISSUER, "proof", (_LOGIN, _PICK, ("paper", ("paper_out", "paper_place")))),
        Procedure("site-password", About.ISSUER, "site_password", (_LOGIN,)),
        Procedure("status", About.CERTIFICATE, "status", (("ask_issuer", ()), ("shown", ())), optional=True),
        Procedure("environment", About.NOTHING, "environment", (("look", ("environment_fix",)), ("shown", ()))),
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
        Procedure(
            "install",
            About.CERTIFICATE,
            "install",
            (_OPEN, ("stores", ("install_stores",)), ("protect", ("primary_password",)), _INSTALL),
        ),
        Procedure(
            "import",
            About.FILE,
            "import_backup",
            (
                ("pick", ("import_file",)),
                ("open", ("file_password", "import_other")),
                ("stores", ("import_stores",)),
                ("protect", ("protect_strong", "protect_exportable", "primary_password")),
                _INSTALL,
            ),
            optional=True,
        ),
        Procedure(
            "remove",
            About.CERTIFICATE,
            "remove",
            (
                ("stores", ("remove_stores",)),
                ("keep", ("remove_keep", "archive_password")),
                ("sure", ("remove_sure", "primary_password")),
                ("removed", ()),
            ),
        ),
        Procedure("export", About.CERTIFICATE, "export", (("place", ("export_place", "place_taken")), _INSTALL)),
        Procedure(
            "token-pin",
            About.TOKEN,
            "token_pin",
            (_TOKEN, _PIN, ("password", ("new_token_pin",)), _INSTALL),
            optional=True,
        ),
        Procedure(
            "token-unlock",
            About.TOKEN,
            "token_unlock",
            (_TOKEN, _LOGIN, ("pin", ("token_puk",)), ("password", ("new_token_pin",)), _INSTALL),
            optional=True,
        ),
        Procedure(
            "token-delete",
            About.TOKEN,
            "token_delete",
            (_TOKEN, ("choose", ("token_old",)), ("sure", ("token_delete_sure",)), _PIN, _INSTALL),
            optional=True,
        ),
        Procedure(
            "token-register",
            About.TOKEN,
            "token_register",
            (_TOKEN, ("stores", ("register_stores",)), ("registered", ())),
            optional=True,
        ),
        Procedure(
            "token-unregister",
            About.TOKEN,
            "token_unregister",
            (("stores", ("unregister_stores",)), ("removed", ())),
            optional=True,
        ),
        Procedure("token-test", About.TOKEN, "token_test", (_TOKEN, _PIN, _SHOWN), optional=True),
        Procedure("doctor", About.NOTHING, "doctor", (("look", ("doctor_sign",)), _PIN, _SHOWN)),
        Procedure("history", About.NOTHING, "past", (("read", ()),)),
        Procedure(
            "history-export", About.NOTHING, "past_export", (("place", ("history_place", "place_taken")), _INSTALL)
        ),
    )
}
