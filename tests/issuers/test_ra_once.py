"""Asking again is not asking twice: repeats, cut connections, two at the same time."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from certtray.core.errors import IssuerRefused
from certtray.crypto.request import build_request
from certtray.issuers.base import EnrollmentRequest, Issued
from tests.issuers.customer import Customer, new_key
from tests.rigs import ReferenceRa
from tests.wires import Relay


def ready(customer: Customer) -> tuple[EnrollmentRequest, list[bytes]]:
    """An enrollment whose code has been accepted, and its requests."""
    requests = [build_request(new_key(), "x")]
    enrollment = customer.enrollment(requests)
    customer.issuer.enroll(enrollment)
    customer.give_code(enrollment.id)
    return enrollment, requests


def test_a_repeat_after_a_new_login_returns_the_same_without_a_new_code(ra: ReferenceRa, customer: Customer) -> None:
    enrollment, requests = ready(customer)
    first = customer.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    ra.restart(kill=True)
    with Customer(ra, checked=False) as again:
        state = again.issuer.enroll(enrollment)
        assert (state.state, state.needs) == ("issued", ())
        assert again.issuer.submit(enrollment.id, requests, [], enrollment.terms_version) == first
        assert again.issuer.result(enrollment.id) == first
        assert len(again.issuer.certificates()) == 1
    assert len(ra.outbox()) == 1


@pytest.mark.parametrize("cut_after", [0, 1, 300])
def test_an_answer_cut_off_is_fetched_by_the_retry(ra: ReferenceRa, customer: Customer, cut_after: int) -> None:
    enrollment, requests = ready(customer)
    with Relay(ra.url) as relay, Customer(ra, checked=False, url=relay.url) as unlucky:
        relay.cut_next_answer(after=cut_after)
        issued = unlucky.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
        assert relay.cuts == 1
    assert isinstance(issued, Issued)
    assert len(customer.issuer.certificates()) == 1


def test_two_at_the_same_time_issue_once(ra: ReferenceRa, customer: Customer) -> None:
    enrollment, requests = ready(customer)
    people = [Customer(ra, checked=False) for _ in range(6)]
    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(
            pool.map(lambda one: one.issuer.submit(enrollment.id, requests, [], enrollment.terms_version), people)
        )
    for one in people:
        one.issuer.close()
    assert '" 500' not in ra.log_file.read_text("utf-8")  # a retry would have hidden it
    assert len({answer.pkcs7 for answer in answers if isinstance(answer, Issued)}) == 1
    assert len(customer.issuer.certificates()) == 1


def test_a_known_id_with_other_contents_is_refused(ra: ReferenceRa, customer: Customer) -> None:
    requests = [build_request(new_key(), "x")]
    enrollment = customer.enrollment(requests)
    assert customer.issuer.enroll(enrollment) == customer.issuer.enroll(enrollment)
    other = dataclasses.replace(enrollment, request_hashes=("0" * 64,))
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.enroll(other)
    assert refused.value.number == "8031"


def test_requests_other_than_those_named_are_refused(customer: Customer) -> None:
    enrollment, _ = ready(customer)
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.submit(enrollment.id, [build_request(new_key(), "x")], [], enrollment.terms_version)
    assert refused.value.number == "8032"


def test_a_key_is_certified_once(customer: Customer) -> None:
    enrollment, requests = ready(customer)
    customer.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    again = customer.enrollment(requests)
    customer.issuer.enroll(again)
    customer.give_code(again.id)
    with pytest.raises(IssuerRefused) as refused:
        customer.issuer.submit(again.id, requests, [], again.terms_version)
    assert refused.value.number == "8035"
    assert len(customer.issuer.certificates()) == 1
