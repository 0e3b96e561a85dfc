"""What the RA refuses at submission, although the code was right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from asn1crypto import csr
from cryptography.hazmat.primitives.asymmetric import rsa

from certtray.core.errors import IssuerRefused
from certtray.crypto.request import build_request
from certtray_sandbox.people import PEOPLE
from tests.issuers.customer import Customer, new_key
from tests.rigs import ReferenceRa


@pytest.fixture(scope="module")
def someone(shared_ra: ReferenceRa) -> Iterator[Customer]:
    with Customer(shared_ra, PEOPLE[2]) as customer:
        yield customer
        assert customer.issuer.certificates() == ()  # nothing here may have issued anything


def stolen() -> bytes:
    """Somebody else's public key in a request signed by another key."""
    request = csr.CertificationRequest.load(build_request(new_key(), "x"))
    other = csr.CertificationRequest.load(build_request(new_key(), "x"))
    request["signature"] = other["signature"]
    forged: bytes = request.dump(force=True)
    return forged


def with_key_of(bits: int) -> bytes:
    return build_request(rsa.generate_private_key(65537, bits), "x")


UNFIT: dict[str, tuple[str, Callable[[], bytes]]] = {
    "another's key": ("8033", stolen),
    "cut": ("8033", lambda: build_request(new_key(), "x")[:-1]),
    "garbage": ("8033", lambda: b"garbage"),
    "1024 bits": ("8034", lambda: with_key_of(1024)),
    "3072 bits": ("8034", lambda: with_key_of(3072)),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_request_that_is_not_fit(someone: Customer, name: str) -> None:
    number, make = UNFIT[name]
    requests = [make()]
    enrollment = someone.enrollment(requests)
    someone.issuer.enroll(enrollment)
    someone.give_code(enrollment.id)
    with pytest.raises(IssuerRefused) as refused:
        someone.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    assert refused.value.number == number


def test_without_the_code_or_the_current_terms(someone: Customer) -> None:
    requests = [build_request(new_key(), "x")]
    enrollment = someone.enrollment(requests)
    someone.issuer.enroll(enrollment)
    with pytest.raises(IssuerRefused) as refused:
        someone.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    assert refused.value.number == "8011"
    someone.give_code(enrollment.id)
    with pytest.raises(IssuerRefused) as refused:
        someone.issuer.submit(enrollment.id, requests, [], "2001-1")
    assert refused.value.number == "8021"
    assert someone.issuer.enroll(enrollment).state == "verified"
