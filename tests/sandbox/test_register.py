"""The register: suspended, reinstated, revoked, and since when."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from certtray.core.periods import Period
from certtray_sandbox import certificates, certifying
from certtray_sandbox.certificates import HOLD, ON_HOLD, REVOKED, VALID
from certtray_sandbox.home import open_sandbox
from certtray_sandbox.people import PEOPLE
from tests.furnished import furnished

NOW = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with furnished(tmp_path / "ra"), open_sandbox(tmp_path / "ra").store.transaction() as db:
        yield db


@pytest.fixture
def serial(db: sqlite3.Connection, tmp_path: Path) -> str:
    key = rsa.generate_private_key(65537, 2048).public_key()
    holder = certifying.Holder(PEOPLE[0].id, "x", "PC", "x@example.com")
    end, sandbox = NOW + timedelta(days=365), open_sandbox(tmp_path / "ra")
    leaf = certifying.issue(db, sandbox, holder, key, usage="sign", not_before=NOW, not_after=end)
    return f"{leaf.serial_number:08X}"


def seen(db: sqlite3.Connection, serial: str) -> tuple[int, str | None, datetime | None]:
    found = certificates.find(db, serial)
    assert found is not None
    return found.status(LATER, Period(months=0, days=30)), found.revoked, found.revoked_at


def test_a_suspension_ends_and_a_revocation_does_not(db: sqlite3.Connection, serial: str) -> None:
    assert seen(db, serial) == (VALID, None, None)
    certificates.suspend(db, serial, NOW)
    certificates.suspend(db, serial, LATER)
    assert seen(db, serial) == (ON_HOLD, HOLD, NOW)
    certificates.reinstate(db, serial)
    assert seen(db, serial) == (VALID, None, None)
    certificates.revoke(db, serial, "keyCompromise", NOW)
    certificates.revoke(db, serial, "superseded", LATER)
    certificates.suspend(db, serial, LATER)
    certificates.reinstate(db, serial)
    assert seen(db, serial) == (REVOKED, "keyCompromise", NOW)


def test_what_is_suspended_can_be_revoked(db: sqlite3.Connection, serial: str) -> None:
    certificates.suspend(db, serial, NOW)
    certificates.revoke(db, serial, "keyCompromise", LATER)
    assert seen(db, serial) == (REVOKED, "keyCompromise", LATER)
