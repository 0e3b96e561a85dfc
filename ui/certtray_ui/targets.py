"""Links into the window: ``certtray://`` and a page or a procedure. They carry no ticket and start nothing by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from certtray.core.errors import UsageError
from certtray.flows.procedures import PROCEDURES, About

SCHEME = "certtray://"
_FINGERPRINT, _PROFILE, _OPERATION = "[0-9a-f]{64}", "[a-z0-9_-]{1,40}", "[0-9a-f-]{36}"
_SERIAL = "[0-9A-Za-z]{1,16}"
_GRAMMAR = re.compile(
    rf"(?P<page>overview|tokens|stores|record|settings|help)"
    rf"|(?P<one>certificate)/(?P<certificate>{_FINGERPRINT})"
    rf"|(?P<desk>issuer)/(?P<issuer>{_PROFILE})"
    rf"|flow/(?P<flow>[a-z-]{{1,30}})(?:/(?P<about>{_FINGERPRINT}|{_OPERATION}|{_PROFILE}|{_SERIAL}))?"
)
_ABOUT = {
    About.CERTIFICATE: _FINGERPRINT,
    About.ISSUER: _PROFILE,
    About.OPERATION: _OPERATION,
    About.FILE: _FINGERPRINT,
    About.TOKEN: _SERIAL,
    About.NOTHING: "",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A page or a procedure, and what it is about.

    ``argument`` is a certificate's fingerprint (page certificate), an issuer profile (page issuer), or what the procedure
    is about, a file by the SHA-256 of its path; empty for the other pages.
    """

    name: str
    argument: str = ""

    @property
    def is_flow(self) -> bool:
        """Whether it is a procedure."""
        return self.name in PROCEDURES

    @property
    def link(self) -> str:
        """The link that leads here."""
        parts = (("flow",) if self.is_flow else ()) + (self.name,) + ((self.argument,) if self.argument else ())
        return SCHEME + "/".join(parts)


def read_target(link: str) -> Target:
    """Return what ``link`` leads to; UsageError if nothing."""
    found = _GRAMMAR.fullmatch(link.removeprefix(SCHEME).rstrip("/")) if link.startswith(SCHEME) else None
    if found is None:
        raise UsageError(reason=f"{SCHEME}overview …")
    name, *argument = [value for value in found.groups() if value]
    target = Target(name, *argument)
    if found["flow"] and not (target.is_flow and leads(target)):
        raise UsageError(reason=f"{SCHEME}flow/{name}/…")
    return target


def leads(target: Target) -> bool:
    """Say whether a procedure is about what its target names, as far as the form shows."""
    procedure = PROCEDURES[target.name]
    if procedure.about in (About.FILE, About.TOKEN) and procedure.optional and not target.argument:
        return True  # it asks for the file or the token itself
    return re.fullmatch(_ABOUT[procedure.about], target.argument) is not None
