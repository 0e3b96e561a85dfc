"""What a procedure is played on: a face, and the parts it may take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from certtray.core.certificate import Certificate, Usage
from certtray.core.errors import FileMissing, KeyMissing, UsageError
from certtray.core.identity import identity, same_person
from certtray.flows.context import Context
from certtray.flows.face import Face
from certtray.flows.questions import Choice, Option
from certtray.inventory.db import Inventory
from certtray.inventory.model import TOKEN_PREFIX, Entry
from certtray.rules.profile import Profile
from certtray.rules.profiles import match
from certtray.system.clock import Clock
from certtray.system.connections import load_connection
from certtray.system.paths import Home


class Stage(Protocol):
    """One face and the parts of one process; the same for every procedure."""

    @property
    def face(self) -> Face:
        """Who asks, tells and waits."""
        ...

    @property
    def home(self) -> Home:
        """Where everything is kept."""
        ...

    @property
    def inventory(self) -> Inventory:
        """What exists where."""
        ...

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """Issuer profiles by id."""
        ...

    @property
    def clock(self) -> Clock:
        """What time it is."""
        ...

    def context(self, profile_id: str) -> Context:
        """Join the issuer with a medium, logged in as before; NoConnection, ProfileInvalid."""
        ...


def choose_issuer(stage: Stage) -> str:
    """Return the id of the issuer meant: the only one with an on-line interface here, else the one the person picks."""
    connected = [profile for profile in stage.profiles.values() if load_connection(stage.home, profile.id)]
    candidates = connected or list(stage.profiles.values())
    if len(candidates) == 1:
        return candidates[0].id
    names = [Option(each.id, "issuer", {"zh_TW": each.name_zh_tw, "en": each.name_en}) for each in candidates]
    return stage.face.ask(Choice(key="issuer", options=tuple(names)))


def looks_like_fingerprint(given: str) -> bool:
    """Say whether ``given`` can only be the beginning of a fingerprint."""
    return re.fullmatch(r"[0-9A-Fa-f: ]{8,95}", given) is not None


def entry_at(stage: Stage, path: Path) -> Entry | None:
    """Return the certificate that lies with its key in the file at ``path``, as far as it is known."""
    for entry in stage.inventory.entries():
        if any(place.has_key and Path(place.path) == path for place in entry.locations):
            return entry
    return None


def find_entry(stage: Stage, given: str) -> Entry:
    """Return the certificate with this SHA-256 fingerprint, or its first digits; FileMissing, UsageError when several fit."""
    wanted = given.replace(":", "").replace(" ", "").lower()
    found = [entry for entry in stage.inventory.entries() if entry.certificate.fingerprint.startswith(wanted)]
    if not looks_like_fingerprint(given) or not found:
        raise FileMissing(path=given)
    if len(found) > 1:
        raise UsageError(reason=given)
    return found[0]


def entry_of(stage: Stage, given: str) -> Entry:
    """Return the certificate meant by a fingerprint, or by the path of a file it lies in (the latest there); as ``find_entry``."""
    path = Path(given).expanduser().absolute()
    if looks_like_fingerprint(given) and not path.is_file():
        return find_entry(stage, given)
    here = [
        entry
        for entry in stage.inventory.entries()
        if not entry.certificate.is_ca and any(Path(place.path) == path for place in entry.locations)
    ]
    if not here:
        raise FileMissing(path=given)
    return max(here, key=lambda entry: entry.certificate.not_after)


def companion(stage: Stage, certificate: Certificate) -> Entry | None:
    """Return the latest certificate of the other usage that goes with a signing or encryption certificate (3-04).

    Paired by issuer and name, never by the whole subject (2-15); None where there is none, or one certificate does both.
    """
    other = {Usage.SIGN: Usage.ENCRYPT, Usage.ENCRYPT: Usage.SIGN}.get(certificate.usage)
    own = identity(certificate)
    fitting = [
        entry
        for entry in stage.inventory.entries()
        if entry.certificate.usage is other
        and same_person(entry.certificate, certificate)
        and identity(entry.certificate).suffix == own.suffix
    ]
    # A renewal may keep the end of what it renews: then the one that began later is the latest.
    return max(fitting, key=lambda entry: (entry.certificate.not_after, entry.certificate.not_before), default=None)


def profile_of(stage: Stage, entry: Entry) -> Profile:
    """Return the issuer's profile of a certificate; UsageError where none fits."""
    profile = match(entry.certificate, tuple(stage.profiles.values()))
    if profile is None:
        raise UsageError(reason=entry.certificate.issuer_cn)
    return profile


def key_file(entry: Entry) -> Path | None:
    """Return a file in which the certificate lies with its key; a browser's store is none."""
    return next((Path(place.path) for place in entry.locations if place.has_key and not place.store), None)


def token_of(entry: Entry) -> str:
    """Return the serial number of a token that has the certificate's key; empty where none does."""
    on = (place.path for place in entry.locations if place.has_key and place.kind == "token")
    return next(on, "").removeprefix(TOKEN_PREFIX)


def key_file_of(stage: Stage, given: str) -> Path:
    """Return the file at this path, or the one a fingerprint's key lies in; as ``find_entry``, KeyMissing where there is none."""
    path = Path(given).expanduser().absolute()
    if path.is_file() or not looks_like_fingerprint(given):
        return path
    found = key_file(find_entry(stage, given))
    if found is None:
        raise KeyMissing(path=given)
    return found
