"""Who may renew: only the holder of the old key, saying so for this enrollment, to this server, now."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certtray.core.errors import IssuerRefused
from certtray.crypto.cmc import renewal_proof
from certtray.crypto.request import build_request
from certtray.issuers.base import EnrollmentRequest, Issued
from certtray_sandbox.ca import Authority
from certtray_sandbox.people import PEOPLE
from tests.issuers.customer import Customer, Held, new_key
from tests.rigs import ReferenceRa


class Renewal:
    """An enrollment to renew that lacks only its proof."""

    def __init__(self, ra: ReferenceRa) -> None:
        self.ra = ra
        self.customer = Customer(ra)
        self.old = self.customer.sample()
        self.requests = [build_request(new_key(), "x")]
        self.enrollment: EnrollmentRequest = self.customer.enrollment(self.requests, [self.old])
        self.nonce = self.customer.issuer.enroll(self.enrollment).nonce
        self.customer.give_code(self.enrollment.id)

    def proof(self, enrollment_id: UUID | None = None, nonce: bytes | None = None, old: Held | None = None) -> bytes:
        held = old or self.old
        number = enrollment_id or self.enrollment.id
        return renewal_proof(self.requests, number, nonce or self.nonce, held.key, held.der, now=self.ra.clock())

    def submit(self, *proofs: bytes) -> None:
        terms = self.enrollment.terms_version
        assert isinstance(self.customer.issuer.submit(self.enrollment.id, self.requests, proofs, terms), Issued)


@pytest.fixture(scope="module")
def renewal(shared_ra: ReferenceRa) -> Iterator[Renewal]:
    renewal = Renewal(shared_ra)
    yield renewal
    renewal.customer.issuer.close()


def mixed(renewal: Renewal) -> bytes:
    """The old certificate's name on another key's signature."""
    return renewal.proof(old=Held(new_key(), renewal.old.der))


def other_requests(renewal: Renewal) -> bytes:
    stolen = [build_request(new_key(), "x")]
    old, now = renewal.old, renewal.ra.clock()
    return renewal_proof(stolen, renewal.enrollment.id, renewal.nonce, old.key, old.der, now=now)


def flipped(renewal: Renewal) -> bytes:
    proof = bytearray(renewal.proof())
    proof[-1] ^= 1
    return bytes(proof)


def twin(renewal: Renewal) -> bytes:
    """Signed by the old key under a certificate with its name and serial, but not the one that was issued."""
    authority = Authority.load(renewal.ra.folder / "sinopac", renewal.ra.folder / "ca")
    old, now = renewal.old, renewal.ra.clock().replace(microsecond=0)
    end, public = now + timedelta(days=9), old.key.public_key()
    der = authority.issue(
        old.certificate.subject, public, serial=old.serial, not_before=now, not_after=end, usage="both"
    ).public_bytes(Encoding.DER)
    return renewal.proof(old=Held(old.key, der))


PKI_DATA = bytes.fromhex("06082b06010505070c02")
PKI_RESPONSE = bytes.fromhex("06082b06010505070c03")


WRONG: dict[str, Callable[[Renewal], list[bytes]]] = {
    "none": lambda _: [],
    "two": lambda one: [one.proof(), one.proof()],
    "nonce": lambda one: [one.proof(nonce=bytes(32))],
    "enrollment": lambda one: [one.proof(enrollment_id=uuid4())],
    "key": lambda one: [mixed(one)],
    "certificate": lambda one: [one.proof(old=one.customer.sample())],
    "requests": lambda one: [other_requests(one)],
    "signature": lambda one: [flipped(one)],
    "content": lambda one: [one.proof().replace(one.nonce, bytes(32))],  # not what the signed digest is of
    "content type": lambda one: [one.proof().replace(PKI_DATA, PKI_RESPONSE, 1)],  # the signed one stays
    "twin": lambda one: [twin(one)],
    "garbage": lambda _: [b"0\x03garbage"],
    "no-cms": lambda one: one.requests,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_proof_is_refused(renewal: Renewal, wrong: str) -> None:
    with pytest.raises(IssuerRefused) as refused:
        renewal.submit(*WRONG[wrong](renewal))
    assert refused.value.number == "8041"
    assert renewal.customer.issuer.enroll(renewal.enrollment).state == "verified"


def test_bare_data_signed_by_the_old_key_is_no_proof(renewal: Renewal, tmp_path: Path) -> None:
    """The same key signs orders: an order's signature over these very bytes must not renew anything (DESIGN.md 7)."""
    (tmp_path / "key.pem").write_bytes(renewal.old.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "old.pem").write_bytes(renewal.old.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "proof.der").write_bytes(renewal.proof())
    extract = ["openssl", "cms", "-verify", "-noverify", "-inform", "DER", "-in", "proof.der", "-out", "body"]
    subprocess.run([*extract, "-binary"], cwd=tmp_path, capture_output=True, check=True)
    sign = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-cades", "-outform", "DER", "-in", "body"]
    sign += ["-signer", "old.pem", "-inkey", "key.pem", "-md", "sha256"]
    bare = subprocess.run(sign, cwd=tmp_path, capture_output=True, check=True).stdout
    with pytest.raises(IssuerRefused) as refused:
        renewal.submit(bare)
    assert refused.value.number == "8041"
    # The same, marked as id-cct-PKIData, is what the RA asks for: another implementation's proof is accepted.
    marked = subprocess.run(
        [*sign, "-econtent_type", "1.3.6.1.5.5.7.12.2"], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    renewal.submit(marked)


def test_a_renewal_needs_a_certificate_that_may_be_renewed(ra: ReferenceRa) -> None:
    with Customer(ra) as customer, Customer(ra, PEOPLE[1]) as other:
        now = ra.clock()
        expired, revoked, foreign = customer.sample(days_left=-1), customer.sample(), other.sample()
        customer.get(revoked)  # supersedes it
        requests = [build_request(new_key(), "x")]
        refusals = {}
        for name, old in {"expired": expired, "revoked": revoked, "foreign": foreign}.items():
            with pytest.raises(IssuerRefused) as refused:
                customer.issuer.enroll(customer.enrollment(requests, [old]))
            refusals[name] = refused.value.number
        assert refusals == {"expired": "5011", "revoked": "5020", "foreign": "5010"}
        assert ra.clock() - now < timedelta(minutes=1)
