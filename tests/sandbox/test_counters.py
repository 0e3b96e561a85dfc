"""What is counted stays counted: across sessions, enrollments, restarts and power cuts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from certtray.core.errors import IssuerRefused
from certtray.core.secret import Secret
from certtray.crypto.request import build_request
from certtray.issuers.base import EnrollmentRequest, NationalId
from certtray.issuers.ra import RaIssuer
from certtray_sandbox.limits import IDENTITY_TRIES, LOCK, OTP_LIFE, OTP_SENDS, SESSION_LIFE
from certtray_sandbox.people import PEOPLE
from tests.issuers.customer import Customer, new_key
from tests.rigs import ReferenceRa, reference_ra

LOGIN_TRIES = 5  # of the profile
A_BIT = timedelta(seconds=2)


@pytest.fixture
def ra(tmp_path: Path) -> Iterator[ReferenceRa]:
    with reference_ra(tmp_path / "ra") as ra:
        yield ra


@pytest.fixture
def customer(ra: ReferenceRa) -> Iterator[Customer]:
    with Customer(ra) as customer:
        yield customer


def number_and_tries(refused: pytest.ExceptionInfo[IssuerRefused]) -> tuple[str, int | None]:
    return refused.value.number, refused.value.tries_left


def enrolled(customer: Customer) -> EnrollmentRequest:
    enrollment = customer.enrollment([build_request(new_key(), "x")])
    customer.issuer.enroll(enrollment)
    return enrollment


def wrong(code: str) -> Secret:
    return Secret(f"{(int(code) + 1) % 1_000_000:06}")


def enter_wrong(customer: Customer, enrollment: EnrollmentRequest) -> tuple[str, int | None]:
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.verify_otp(enrollment.id, wrong(customer.ra.last_code()))
    return number_and_tries(refused)


def test_wrong_passwords_lock_the_login_through_a_restart(ra: ReferenceRa) -> None:
    issuer = RaIssuer(ra.url, ra.tls_root, ra.clock)
    person = PEOPLE[0]
    seen = []
    for number in range(LOGIN_TRIES):
        if number == 2:
            ra.restart(kill=True)
        with pytest.raises(IssuerRefused) as refused:
            issuer.login(NationalId(person.id, Secret("wrong")))
        seen.append(number_and_tries(refused))
    assert seen == [("8001", left) for left in (4, 3, 2, 1, 0)]
    with pytest.raises(IssuerRefused) as refused:
        issuer.login(NationalId(person.id, Secret(person.password)))
    assert number_and_tries(refused) == ("8002", 0)
    issuer.login(NationalId(PEOPLE[1].id, Secret(PEOPLE[1].password)))  # only this person is locked out
    ra.put_forward(LOCK + A_BIT)
    issuer.login(NationalId(person.id, Secret(person.password)))
    issuer.close()


def test_a_right_password_starts_the_count_anew_and_an_unknown_id_looks_alike(ra: ReferenceRa) -> None:
    issuer = RaIssuer(ra.url, ra.tls_root, ra.clock)
    for _ in range(2):
        with pytest.raises(IssuerRefused) as refused:
            issuer.login(NationalId(PEOPLE[0].id, Secret("wrong")))
        assert number_and_tries(refused) == ("8001", 4)
        issuer.login(NationalId(PEOPLE[0].id, Secret(PEOPLE[0].password)))
    with pytest.raises(IssuerRefused) as unknown:
        issuer.login(NationalId("A200000003", Secret("wrong")))
    assert unknown.value.facts == refused.value.facts
    issuer.close()


def test_wrong_birth_dates_count_over_sessions_and_restarts(ra: ReferenceRa) -> None:
    seen = []
    for number in range(IDENTITY_TRIES):
        with Customer(ra, checked=False) as customer:
            with pytest.raises(IssuerRefused) as refused:
                customer.issuer.verify_identity("19680124")
            seen.append(number_and_tries(refused))
        if number == 1:
            ra.restart(kill=True)
    assert seen == [("8004", left) for left in (4, 3, 2, 1, 0)]
    with Customer(ra, checked=False) as customer:
        with pytest.raises(IssuerRefused) as refused:
            customer.issuer.verify_identity(customer.person.birth_date)
        assert number_and_tries(refused) == ("8005", 0)
        assert 0 < int(refused.value.facts["retry_after"]) <= LOCK.total_seconds()


def test_no_code_before_the_birth_date(ra: ReferenceRa) -> None:
    with Customer(ra, checked=False) as customer:
        enrollment = enrolled(customer)
        with pytest.raises(IssuerRefused) as refused:
            customer.issuer.start_otp(enrollment.id, "a-1")
        assert refused.value.number == "8006"
        assert ra.outbox() == []


def test_three_wrong_codes_end_the_enrollment_through_a_restart(ra: ReferenceRa, customer: Customer) -> None:
    enrollment = enrolled(customer)
    ticket = customer.issuer.start_otp(enrollment.id, "a-1")
    assert (ticket.tries_left, ticket.digits, ticket.resends_left) == (3, 6, OTP_SENDS - 1)
    assert enter_wrong(customer, enrollment) == ("8012", 2)
    ra.restart(kill=True)
    assert enter_wrong(customer, enrollment) == ("8012", 1)
    assert enter_wrong(customer, enrollment) == ("8014", 0)
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.verify_otp(enrollment.id, Secret(ra.last_code()))
    assert refused.value.number == "8014"
    assert customer.issuer.enroll(enrollment).state == "ended"
    again = enrolled(customer)  # 0-12: one has to apply again, and can
    customer.give_code(again.id)
    assert customer.issuer.enroll(again).state == "verified"


def test_another_enrollment_gives_no_new_tries(ra: ReferenceRa, customer: Customer) -> None:
    first = enrolled(customer)
    customer.issuer.start_otp(first.id, "a-1")
    enter_wrong(customer, first)
    enter_wrong(customer, first)
    with Customer(ra) as later:
        second = enrolled(later)
        assert later.issuer.start_otp(second.id, "a-1").tries_left == 1
        assert enter_wrong(later, second) == ("8014", 0)


def test_resends_are_counted_over_enrollments(ra: ReferenceRa, customer: Customer) -> None:
    left = []
    for _ in range(OTP_SENDS):
        enrollment = enrolled(customer)
        left.append(customer.issuer.start_otp(enrollment.id, "a-2").resends_left)
    assert left == [4, 3, 2, 1, 0]
    ra.restart(kill=True)
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.start_otp(enrollment.id, "a-2")
    assert number_and_tries(refused) == ("8015", 0)
    assert [message.address for message in ra.outbox()] == ["ming@example.com"] * OTP_SENDS
    customer.issuer.verify_otp(enrollment.id, Secret(ra.last_code()))  # a right code frees the count
    assert customer.issuer.start_otp(enrolled(customer).id, "a-2").resends_left == OTP_SENDS - 1


def test_a_code_works_once_for_its_enrollment_and_while_it_lives(ra: ReferenceRa, customer: Customer) -> None:
    first, second = enrolled(customer), enrolled(customer)
    ticket = customer.issuer.start_otp(first.id, "a-1")
    assert abs(ticket.expires_at - ra.clock() - OTP_LIFE) < timedelta(seconds=5)
    old = ra.last_code()
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.verify_otp(second.id, Secret(old))
    assert refused.value.number == "8013"
    customer.issuer.start_otp(first.id, "a-2")
    if ra.last_code() != old:  # one in a million
        with pytest.raises(IssuerRefused) as refused:
            customer.issuer.verify_otp(first.id, Secret(old))
        assert number_and_tries(refused) == ("8012", 2)
    ra.put_forward(OTP_LIFE + A_BIT)
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.verify_otp(first.id, Secret(ra.last_code()))
    assert refused.value.number == "8013"
    customer.issuer.start_otp(first.id, "a-1")
    customer.issuer.verify_otp(first.id, Secret(ra.last_code()))
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.verify_otp(first.id, Secret(ra.last_code()))
    assert refused.value.number == "8016"


def test_a_session_ends_by_itself(ra: ReferenceRa, customer: Customer) -> None:
    ra.restart()  # an orderly stop keeps it
    assert customer.issuer.certificates() == ()
    ra.put_forward(SESSION_LIFE + A_BIT)
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.certificates()
    assert refused.value.number == "8003"
