"""One of the sandbox's people at a keyboard: does what a flow would do, step by step or all at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self
from uuid import UUID, uuid4

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from certtray.core.certificate import Usage
from certtray.core.secret import Secret
from certtray.crypto.cmc import renewal_proof
from certtray.crypto.request import build_request
from certtray.issuers.base import EnrollmentRequest, Issued, Issuer, NationalId
from certtray.issuers.ra import RaIssuer
from certtray_sandbox.people import PEOPLE, Person
from certtray_sandbox.samples import issue_sample
from tests.rigs import ReferenceRa


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Held:
    """A key and its certificate."""

    key: rsa.RSAPrivateKey
    der: bytes

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @property
    def serial(self) -> int:
        return self.certificate.serial_number

    def pem_key(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Customer:
    """Logged in as one of ``PEOPLE`` with the birth date already given, unless told otherwise."""

    def __init__(self, ra: ReferenceRa, person: Person = PEOPLE[0], *, checked: bool = True, url: str = "") -> None:
        self.ra = ra
        self.person = person
        self.issuer: Issuer = RaIssuer(url or ra.url, ra.tls_root, ra.clock)
        self.log_in()
        if checked:
            self.issuer.verify_identity(person.birth_date)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.issuer.close()

    def log_in(self) -> None:
        self.login_result = self.issuer.login(NationalId(self.person.id, Secret(self.person.password)))

    def sample(self, days_left: int = 10) -> Held:
        """A certificate of this person that ends soon."""
        key, now = new_key(), self.ra.clock()
        start, end = now - timedelta(days=720), now + timedelta(days=days_left)
        return Held(key, issue_sample(self.ra.folder, self.person.id, start, end, key.public_key())[0])

    def enrollment(
        self, requests: Sequence[bytes], old: Sequence[Held] = (), enrollment_id: UUID | None = None
    ) -> EnrollmentRequest:
        return EnrollmentRequest(
            id=enrollment_id or uuid4(),
            action="renew" if old else "apply",
            old_serials=tuple(held.serial for held in old),
            request_hashes=tuple(hashlib.sha256(request).hexdigest() for request in requests),
            usages=(Usage.BOTH,) * len(requests),
            terms_version=self.issuer.terms().version,
        )

    def give_code(self, enrollment_id: UUID) -> None:
        self.issuer.start_otp(enrollment_id, self.issuer.contacts()[0].id)
        self.issuer.verify_otp(enrollment_id, Secret(self.ra.last_code()))

    def proof(self, requests: Sequence[bytes], enrollment: EnrollmentRequest, nonce: bytes, old: Held) -> bytes:
        return renewal_proof(requests, enrollment.id, nonce, old.key, old.der, now=self.ra.clock())

    def get(self, old: Held | None = None) -> Held:
        """Apply, or renew ``old``, from the new key to the certificate."""
        key = new_key()
        requests = [build_request(key, self.person.id)]
        olds = [old] if old else []
        enrollment = self.enrollment(requests, olds)
        state = self.issuer.enroll(enrollment)
        self.give_code(enrollment.id)
        proofs = [self.proof(requests, enrollment, state.nonce, one) for one in olds]
        issued = self.issuer.submit(enrollment.id, requests, proofs, enrollment.terms_version)
        assert isinstance(issued, Issued)
        self.issuer.installed(enrollment.id)
        return Held(key, leaf(issued, key))


def leaf(issued: Issued, key: rsa.RSAPrivateKey) -> bytes:
    """The certificate of ``key`` among those issued."""
    wanted = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    (der,) = [
        der
        for der in issued.certificates
        if x509.load_der_x509_certificate(der)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        == wanted
    ]
    return der
