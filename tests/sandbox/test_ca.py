"""The sandbox CA's dates and samples."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from certtray.core.periods import Period
from certtray.rules.profile import Validity
from certtray_sandbox import certificates
from certtray_sandbox.ca import end_of_validity
from certtray_sandbox.home import open_sandbox
from certtray_sandbox.people import PEOPLE
from certtray_sandbox.samples import issue_sample

TWO_YEARS = Validity(Period(months=24, days=0), end_of_day=True, keeps_rest=False)
DAYS_14 = Validity(Period(months=0, days=14), end_of_day=False, keeps_rest=True)
ONE_YEAR = Validity(Period(months=12, days=0), end_of_day=False, keeps_rest=True)


def test_a_renewal_that_keeps_the_rest_ends_a_term_after_the_old_end() -> None:
    """3-34: 03-19 … 04-02 15:00:10, renewed until 04-16 15:00:10, whenever it is renewed."""
    now, old_end = datetime(2009, 3, 30, 1, 2, 3, tzinfo=UTC), datetime(2009, 4, 2, 7, 0, 10, tzinfo=UTC)
    assert end_of_validity(now, DAYS_14, old_end) == datetime(2009, 4, 16, 7, 0, 10, tzinfo=UTC)
    assert end_of_validity(now, ONE_YEAR, old_end) == datetime(2010, 4, 2, 7, 0, 10, tzinfo=UTC)
    assert end_of_validity(now, ONE_YEAR) == datetime(2010, 3, 30, 1, 2, 3, tzinfo=UTC)
    assert end_of_validity(now, TWO_YEARS, old_end) == datetime(2011, 3, 30, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2022-03-07T00:13:02+00:00", "2024-03-07T15:59:59+00:00"),  # the manual's own example (0-16)
        ("2022-03-07T15:59:59+00:00", "2024-03-07T15:59:59+00:00"),
        ("2022-03-07T16:00:00+00:00", "2024-03-08T15:59:59+00:00"),  # past midnight in Taiwan
        ("2024-02-29T04:00:00+00:00", "2026-02-28T15:59:59+00:00"),
        ("2024-12-31T16:30:00+00:00", "2027-01-01T15:59:59+00:00"),
    ],
)
def test_the_end_is_the_last_second_of_the_day_in_taiwan(start: str, end: str) -> None:
    assert end_of_validity(datetime.fromisoformat(start), TWO_YEARS) == datetime.fromisoformat(end)


def test_a_sample_is_in_the_register_and_its_key_is_used_up(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    start = datetime(2024, 12, 3, 1, 2, 3, tzinfo=UTC)
    end = start + timedelta(days=730)
    leaf, *chain = issue_sample(tmp_path / "ra", PEOPLE[0].id, start, end, key, usage="sign")
    certificate = x509.load_der_x509_certificate(leaf)
    assert (certificate.not_valid_before_utc, certificate.not_valid_after_utc) == (start, end)
    for issued, issuer in zip((leaf, *chain), (*chain, chain[-1]), strict=True):
        issuing = x509.load_der_x509_certificate(issuer)
        x509.load_der_x509_certificate(issued).verify_directly_issued_by(issuing)
    sandbox = open_sandbox(tmp_path / "ra")
    with sandbox.store.transaction() as db:
        opens = sandbox.profile.renewal.opens
        (held,) = certificates.held_by(db, PEOPLE[0].id)
        statuses = [held.status(end - timedelta(days=left), opens) for left in (31, 30, 0, -1)]
        assert certificates.state_of([held], end - timedelta(days=29), opens) == "expiring"
    assert held.der == leaf
    assert statuses == [0, 31, 31, 30]
    with pytest.raises(sqlite3.IntegrityError):
        issue_sample(tmp_path / "ra", PEOPLE[1].id, start, end, key)
