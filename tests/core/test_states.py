from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from certtray.core.newest import by_identity, newest, renewed_by
from certtray.core.periods import parse_period
from certtray.core.revocation import Standing, Verdict
from certtray.core.states import Action, State, certificate_state, file_state
from tests.core.samples import make, utc

OLD = make(serial=0x7DBC4C81)
NEW = make(serial=0x7DC77C40, not_before=utc(2026, 2, 20), not_after=utc(2028, 2, 20, 15, 59, 59))


def test_renewed_only_once_the_new_one_has_begun() -> None:
    group = [NEW, OLD]
    assert newest(group) == NEW
    assert renewed_by(OLD, group, utc(2026, 2, 19)) is None
    assert renewed_by(OLD, group, utc(2026, 2, 20)) == NEW
    assert renewed_by(NEW, group, utc(2026, 2, 20)) is None


def test_an_old_one_stays_replaced_after_the_new_one_has_ended() -> None:
    assert renewed_by(OLD, [NEW, OLD], utc(2030, 1, 1)) == NEW


def test_three_generations_name_the_newest() -> None:
    third = make(serial=3, not_before=utc(2028, 2, 1), not_after=utc(2030, 2, 1))
    assert renewed_by(OLD, [OLD, third, NEW], utc(2028, 2, 2)) == third
    assert renewed_by(OLD, [OLD, third, NEW], utc(2028, 1, 2)) == NEW


def test_the_serial_of_the_host_wins_over_dates() -> None:
    group = [OLD, NEW]
    assert newest(group, host_serial=OLD.serial) == OLD
    assert renewed_by(NEW, group, utc(2026, 3, 1), host_serial=OLD.serial) == OLD
    assert renewed_by(OLD, group, utc(2026, 3, 1), host_serial=OLD.serial) is None


def test_two_devices_are_two_groups() -> None:
    phone = make("A123456789-00-MG001")
    assert sorted(map(len, by_identity([OLD, NEW, phone]).values())) == [1, 2]


def test_the_same_dates_replace_nothing() -> None:
    twin = make(serial=9)
    assert renewed_by(OLD, [OLD, twin], utc(2026, 3, 1)) is None


@pytest.mark.parametrize(
    ("now", "window", "expected"),
    [
        (utc(2024, 1, 1), "P1M", State("not_yet_valid", "before-start", Action.WAIT)),
        (utc(2026, 2, 12, 15), "P1M", State("valid", "in-force", Action.NONE)),
        (utc(2026, 2, 12, 16), "P1M", State("expiring", "ends-soon", Action.WAIT)),
        (utc(2026, 2, 14, 16), "P1M", State("expiring", "window-open", Action.RENEW)),
        (utc(2026, 1, 28, 16), "P45D", State("expiring", "window-open", Action.RENEW)),
        (utc(2026, 3, 15, 15, 59, 59), "P1M", State("expiring", "window-open", Action.RENEW)),
        (utc(2026, 3, 15, 16), "P1M", State("expired", "past-end", Action.COUNTER)),
    ],
)
def test_states_of_a_certificate(now: datetime, window: str, expected: State) -> None:
    found = certificate_state(
        OLD, now, window=parse_period(window), after_expiry=Action.COUNTER, renewal=Action.RENEW, replaced_by=None
    )
    assert found == expected


def test_unknown_issuer_is_asked() -> None:
    assert certificate_state(OLD, utc(2026, 3, 1)) == State("expiring", "ends-soon", Action.ASK_ISSUER)
    assert certificate_state(OLD, utc(2026, 4, 1)) == State("expired", "past-end", Action.ASK_ISSUER)


def test_superseded_whatever_the_date() -> None:
    for now in (utc(2026, 3, 1), OLD.not_after + timedelta(days=1)):
        found = certificate_state(OLD, now, replaced_by=NEW)
        assert found == State("superseded", "newer-valid", Action.USE_NEWER)


@pytest.mark.parametrize(
    ("code", "name", "action"),
    [
        ("locked", "locked", Action.UNLOCK),
        ("wrong-password", "locked", Action.UNLOCK),
        ("damaged", "unreadable", Action.FETCH_AGAIN),
        ("file-unreadable", "unreadable", Action.ALLOW_READING),
        ("internal", "unreadable", Action.REPORT),
    ],
)
def test_states_of_a_file(code: str, name: str, action: Action) -> None:
    assert file_state(code) == State(name, code, action)


@pytest.mark.parametrize(
    ("standing", "now", "state"),
    [
        (Standing.REVOKED, utc(2025, 6, 1), State("revoked", "revoked", Action.COUNTER)),
        (Standing.REVOKED, utc(2030, 1, 1), State("revoked", "revoked", Action.COUNTER)),
        (Standing.SUPERSEDED, utc(2025, 6, 1), State("revoked", "newer-elsewhere", Action.USE_NEWER)),
        (Standing.ON_HOLD, utc(2025, 6, 1), State("on_hold", "suspended", Action.REINSTATE)),
        (Standing.ON_HOLD, utc(2030, 1, 1), State("expired", "past-end", Action.COUNTER)),
        (Standing.UNKNOWN, utc(2025, 6, 1), State("valid", "in-force", Action.NONE)),
        (Standing.GOOD, utc(2025, 6, 1), State("valid", "in-force", Action.NONE)),
    ],
)
def test_what_the_issuer_said_comes_before_the_dates(standing: Standing, now: datetime, state: State) -> None:
    found = certificate_state(
        OLD, now, after_expiry=Action.COUNTER, verdict=Verdict(standing), reinstating=Action.REINSTATE
    )
    assert found == state
    replaced = certificate_state(OLD, now, replaced_by=NEW, verdict=Verdict(standing))
    assert replaced.name == "superseded"
