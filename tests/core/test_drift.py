"""How a store stands towards an identity, against an oracle that reasons about days and no code of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certtray.core.certificate import Certificate
from certtray.core.drift import Cell, cell, wanted
from tests.core.samples import ISSUER, make, utc

NOW = utc(2026, 1, 1)
DAY = timedelta(days=1)
CA = make("CA", not_after=NOW + 3000 * DAY, is_ca=True)
ABOVE = (("C", "TW"), ("O", "TaiCA Secure CA"), ("OU", "RA-SinoPac"), ("OU", "SinoPac Group"), ("CN", "CA"))


def lasting(begin: int, end: int, serial: int = 1) -> Certificate:
    """A holder's certificate below ``CA``, from and to so many days from now."""
    return make(serial=serial, not_before=NOW + begin * DAY, not_after=NOW + end * DAY, issuer=ABOVE)


OLD, NEW, PAST = lasting(-300, 20, 1), lasting(-5, 360, 2), lasting(-800, -40, 3)
TOMORROW = lasting(1, 700, 4)


def stands(*held: Certificate, group: tuple[Certificate, ...] = (OLD, NEW, PAST), ca: Certificate | None = CA) -> Cell:
    return cell(group, {each.fingerprint: True for each in held}, [ca] if ca else [], NOW)


@pytest.mark.parametrize(
    ("expected", "held"),
    [
        (Cell.NEWEST, [NEW]),
        (Cell.NEWEST, [NEW, OLD, PAST]),
        (Cell.OLDER_VALID, [OLD]),
        (Cell.OLDER_VALID, [OLD, PAST]),
        (Cell.EXPIRED_LEFT, [PAST]),
        (Cell.MISSING, []),
    ],
)
def test_what_a_store_holds(expected: Cell, held: list[Certificate]) -> None:
    assert stands(*held) is expected


def test_without_its_key_or_its_issuer() -> None:
    assert cell([NEW], {NEW.fingerprint: False}, [CA], NOW) is Cell.KEY_MISSING
    assert stands(NEW, ca=None) is Cell.ISSUING_CA_MISSING
    assert stands(NEW, ca=make("Other CA", is_ca=True, not_after=NOW + DAY)) is Cell.ISSUING_CA_MISSING
    assert stands(NEW, ca=make("CA", is_ca=True, not_after=NOW - DAY)) is Cell.ISSUING_CA_MISSING
    assert stands(NEW, ca=make("CA", is_ca=False, not_after=NOW + DAY)) is Cell.ISSUING_CA_MISSING
    alone = make("CA", not_before=NOW - DAY, not_after=NOW + DAY, issuer=ABOVE)
    assert alone.subject == alone.issuer
    assert stands(alone, group=(alone,), ca=None) is Cell.NEWEST


def test_a_card_and_a_store_that_cannot_be_read_are_no_drift() -> None:
    assert cell([NEW], {}, [], NOW, via_card=True) is Cell.VIA_CARD
    assert cell([NEW], None, [], NOW, via_card=True) is Cell.VIA_CARD
    assert cell([NEW], None, [], NOW) is Cell.UNREADABLE
    quiet = {each for each in Cell if not each.drifts}
    assert quiet == {Cell.NEWEST, Cell.UNREADABLE, Cell.VIA_CARD, Cell.NOT_NEEDED}


def test_one_that_starts_tomorrow_is_not_wanted_today() -> None:
    group = (OLD, TOMORROW)
    assert wanted(group, NOW) is OLD
    assert stands(OLD, group=group) is Cell.NEWEST
    assert stands(TOMORROW, group=group) is Cell.MISSING
    assert cell(group, {OLD.fingerprint: True}, [CA], NOW + 2 * DAY) is Cell.OLDER_VALID
    assert stands(TOMORROW, group=(TOMORROW,)) is Cell.NEWEST
    short = lasting(1, 10, 5)  # begins tomorrow and ends before the one wanted today
    assert stands(short, group=(NEW, short)) is Cell.MISSING


def test_where_all_are_over_nothing_is_missing() -> None:
    assert stands(group=(PAST,)) is Cell.NOT_NEEDED
    assert stands(PAST, group=(PAST,)) is Cell.EXPIRED_LEFT


@dataclass(frozen=True)
class Drawn:
    """A certificate by days from now; ``key`` None: not in the store."""

    begin: int
    length: int
    key: bool | None

    @property
    def end(self) -> int:
        return self.begin + self.length


def oracle(drawn: list[Drawn], has_ca: bool) -> str:
    """Line them up by their end and look from the right."""
    line = sorted(drawn, key=lambda each: (each.end, each.begin))
    usable = [each for each in line if each.begin <= 0] or line
    best = usable[-1]
    level = [each for each in usable if (each.end, each.begin) == (best.end, best.begin)]
    stored = [each for each in usable if each.key is not None]
    if not any(each in stored for each in level):
        alive = [each for each in stored if each.end >= 0]
        if alive:
            return "older_valid"
        if stored:
            return "expired_left"
        return "missing" if best.end >= 0 else "not_needed"
    if best.end < 0:
        return "expired_left"
    if not any(each.key for each in level):
        return "key_missing"
    return "newest" if has_ca else "issuing_ca_missing"


@given(
    st.lists(
        st.builds(Drawn, st.integers(-4, 3), st.integers(1, 4), st.sampled_from([None, False, True])),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
    st.randoms(),
)
def test_any_store_is_as_the_oracle_says(drawn: list[Drawn], has_ca: bool, order: Random) -> None:
    certificates = [lasting(each.begin, each.end, serial) for serial, each in enumerate(drawn, 1)]
    held = {
        certificate.fingerprint: each.key
        for certificate, each in zip(certificates, drawn, strict=True)
        if each.key is not None
    }
    order.shuffle(certificates)
    got = cell(certificates, held, [CA] if has_ca else [], NOW)
    assert got.value == oracle(drawn, has_ca)


def test_the_rig_s_names_fit() -> None:
    assert CA.subject == ABOVE != ISSUER
