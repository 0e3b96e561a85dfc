"""What the fuzzer feeds: every reader of bytes that come from elsewhere. Only the errors each reader names may come out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
from cryptography import x509

from certtray.core.certificate import Usage
from certtray.core.errors import CertTrayError
from certtray.core.secret import Secret
from certtray.crypto.ber import Malformed
from certtray.crypto.crl import ask_crl, read_crl
from certtray.crypto.der import facts
from certtray.crypto.files import read_certificates
from certtray.crypto.ocsp import read_answer
from certtray.crypto.pfx import open_pfx
from certtray.issuers import base
from certtray.issuers.ra import RaIssuer
from certtray.rules.profiles import load_profile
from certtray.stores.hicos import reading_of

PASSWORD = Secret("fuzz-1234")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
AUTHORITY = Path(__file__).with_name("authority.pem")
"""Whom lists and answers of the corpus come from."""
_AUTHORITY = x509.load_pem_x509_certificate(AUTHORITY.read_bytes())
_FOLDER = Path(tempfile.mkdtemp(prefix="certtray-fuzz-"))


def certificate_file(data: bytes) -> None:
    """A file found on disk, read without and with a password."""
    for passwords in ([], [PASSWORD]):
        with suppress(CertTrayError):
            for holding in read_certificates(data, "a.pfx", passwords).holdings:
                assert holding.certificate.not_before.tzinfo is not None


def keys(data: bytes) -> None:
    """A PFX opened with its keys."""
    with suppress(CertTrayError):
        assert open_pfx(data, PASSWORD, "a.pfx").pairs


def certificate(data: bytes) -> None:
    """One DER certificate."""
    with suppress(Malformed):
        assert len(facts(data).fingerprint) == 64


def profile(data: bytes) -> None:
    """An issuer profile somebody handed out."""
    path = _FOLDER / "p.toml"
    path.write_bytes(data)
    with suppress(CertTrayError):
        assert load_profile(path).id


def answers(data: bytes) -> None:
    """What an RA answers, taken for the answer to each call; the first byte chooses the HTTP status."""
    status = (200, 201, 403, 429)[data[0] % 4] if data else 200
    issuer = _issuer(status, data[1:])
    number = UUID(int=1)
    asked = base.EnrollmentRequest(number, "apply", (), ("00" * 32,), (Usage.BOTH,), "1")
    calls: list[Callable[[], object]] = [
        issuer.captcha,
        issuer.contacts,
        issuer.terms,
        issuer.registrations,
        issuer.downloads,
        issuer.certificates,
        lambda: issuer.enroll(asked),
        lambda: issuer.start_otp(number, "a-1"),
        lambda: issuer.submit(number, [b""], [], "1"),
        lambda: issuer.result(number),
        lambda: issuer.proof(1),
        lambda: issuer.card_challenge("70759028-00-0007", "1", "1"),
        lambda: issuer.verify_card(number, "1", [b"1"]),
        lambda: issuer.release(number),
    ]
    with suppress(CertTrayError):
        issuer.login(base.NationalId("A123456789", PASSWORD))
    issuer._token = PASSWORD
    for call in calls:
        with suppress(CertTrayError):
            call()


def revocation_list(data: bytes) -> None:
    """A revocation list; none but the one signed by its issuer is believed."""
    with suppress(CertTrayError):
        ask_crl(read_crl(data, _AUTHORITY, NOW, where="fuzz"), 1)


def responder(data: bytes) -> None:
    """An OCSP answer."""
    with suppress(CertTrayError):
        read_answer(data, _AUTHORITY, _AUTHORITY, NOW, where="fuzz")


def card_service(data: bytes) -> None:
    """What answers on the port of the HiCOS local service."""
    for held in reading_of(data).held:
        assert facts(held.der).is_ca != held.has_key


def _issuer(status: int, body: bytes) -> RaIssuer:
    issuer = RaIssuer("https://127.0.0.1/fuzz", AUTHORITY, lambda: NOW)
    transport = httpx.MockTransport(lambda _: httpx.Response(status, stream=httpx.ByteStream(body)))
    issuer._channel._client = httpx.Client(base_url="https://127.0.0.1/fuzz", transport=transport)
    return issuer


def broken(data: bytes) -> None:
    """A reader whose errors nobody catches, to show that the fuzzer would see it."""
    facts(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__.replace("_", "-"): each
    for each in (certificate_file, keys, certificate, profile, answers, revocation_list, responder, card_service)
}
