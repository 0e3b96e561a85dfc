"""The folder of the reference RAs, and one of them opened from it.

``ca/`` the common root, ``tls/`` the server's identity, ``clock-offset`` how far the clock was put forward, and for each
issuer profile a folder under its id: ``user-ca.*`` its CA, ``ra.sqlite`` all its state, ``otp.key`` what one-time codes
are keyed with, ``card.key`` what cards' unblocking codes are encrypted under, ``nobody.hash`` (``Sandbox.nobody``). All made on
first use, so that who talks to one RA pays for one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher, extract_parameters
from filelock import FileLock

from certtray.rules.profile import Profile, Way
from certtray.rules.profiles import load_profiles
from certtray_sandbox import people, tls
from certtray_sandbox.ca import Authority, create_root
from certtray_sandbox.clock import Clock, folder_clock
from certtray_sandbox.desks import DESKS, Desk
from certtray_sandbox.keyfiles import write_private
from certtray_sandbox.store import Store

FIRST: Final = "sinopac"
"""The profile of the RA one gets without naming one."""


@dataclass(frozen=True)
class Sandbox:
    """One RA, opened."""

    folder: Path
    profile: Profile
    """The rules this RA enforces are those it announces."""
    desk: Desk
    store: Store
    authority: Authority
    otp_key: bytes
    card_key: bytes
    hasher: PasswordHasher
    nobody: str
    """The hash of a password no one has: checking an unknown ID takes as long as checking a known one.

    Its parameters are those of ``hasher``: what an RA was made with, it keeps.
    """
    clock: Clock


@cache
def profiles() -> Mapping[str, Profile]:
    """Return the profiles the sandbox has a desk for, by id."""
    return {profile.id: profile for profile in load_profiles() if profile.id in DESKS}


def store_of(folder: Path, profile: str) -> Store:
    """Return where the RA ``profile`` of ``folder`` keeps its state; its folder may not exist yet."""
    return Store(folder / profile / "ra.sqlite")


def made(folder: Path) -> list[str]:
    """Return the profile ids of the RAs that exist in ``folder``."""
    return [profile for profile in DESKS if (folder / profile / "made").exists()]


def open_sandbox(folder: Path, profile: str = FIRST, clock: Clock | None = None) -> Sandbox:
    """Open the RA ``profile`` of ``folder``, making it first where there is none; ``clock`` defaults to ``folder_clock``."""
    prepare(folder)
    make_ra(folder, profile, PasswordHasher())
    own, nobody = folder / profile, (folder / profile / "nobody.hash").read_text("ascii")
    return Sandbox(
        folder,
        profiles()[profile],
        DESKS[profile],
        store_of(folder, profile),
        Authority.load(own, folder / "ca"),
        (own / "otp.key").read_bytes(),
        (own / "card.key").read_bytes(),
        PasswordHasher.from_parameters(extract_parameters(nobody)),
        nobody,
        clock or folder_clock(folder),
    )


def make_ra(folder: Path, profile: str, hasher: PasswordHasher) -> None:
    """Make the RA ``profile`` of ``folder`` unless it is there; passwords are hashed as by ``hasher`` from then on."""
    own, store = folder / profile, store_of(folder, profile)
    with FileLock(folder / "setup.lock"):
        if (own / "made").exists():
            return
        # A set-up that was interrupted is done again from its start.
        own.mkdir(mode=0o700, exist_ok=True)
        store.path.unlink(missing_ok=True)
        Authority.create(own, folder / "ca", DESKS[profile].issuer, _now())
        for key in ("otp.key", "card.key"):
            write_private(own / key, secrets.token_bytes(32))
        write_private(own / "nobody.hash", hasher.hash(secrets.token_hex()).encode("ascii"))
        store.create()
        if profiles()[profile].manage.register is Way.NONE:  # whoever trades on line is known already
            with store.transaction() as db:
                for person in people.PEOPLE:
                    people.register(db, person, person.id, hasher.hash(person.password), must_change=False)
        (own / "made").touch()


def prepare(folder: Path) -> None:
    """Make what all RAs share: the root of their CAs and the TLS root."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(folder / "setup.lock"):
        if not (folder / "made").exists():
            create_root(folder / "ca", _now())
            tls.create_root(folder / "tls", _now())
            (folder / "made").touch()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
