"""The certification authority: root, one intermediate, holders' certificates (FACTS.md 1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certtray_sandbox.keyfiles import read_key, write_certificates, write_key
from certtray_sandbox.limits import VALIDITY_YEARS
from certtray_sandbox.places import places

TAIPEI: Final = timezone(timedelta(hours=8))  # no summer time since 1979


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Build a distinguished name from pairs, in encoded order."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


ROOT_NAME: Final = name(
    (NameOID.COUNTRY_NAME, "TW"),
    (NameOID.ORGANIZATION_NAME, "TAIWAN-CA.COM Inc."),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Root CA - Evaluation Only"),
    (NameOID.COMMON_NAME, "TaiCA Sandbox Root CA - Evaluation Only"),
)
USER_CA_NAME: Final = name(
    (NameOID.COUNTRY_NAME, "TW"),
    (NameOID.ORGANIZATION_NAME, "TAIWAN-CA.COM Inc."),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "User CA - Evaluation Only"),
    (NameOID.COMMON_NAME, "TaiCA Sandbox User CA - Evaluation Only"),
)


def holder_name(person: str) -> x509.Name:
    """Return the subject the CA gives ``person``, whatever a request says; two O's, as on real ones."""
    return name(
        (NameOID.COUNTRY_NAME, "TW"),
        (NameOID.ORGANIZATION_NAME, "TaiCA Secure CA - Evaluation Only"),
        (NameOID.ORGANIZATION_NAME, "Certification Service Provider"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "RA-SinoPac"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "SinoPac Group"),
        (NameOID.COMMON_NAME, f"{person}-00-00::PCC005"),
    )


def end_of_validity(start: datetime) -> datetime:
    """Return 23:59:59 Taiwan time on the same date ``VALIDITY_YEARS`` later (0-16), as aware UTC."""
    day = start.astimezone(TAIPEI).date()
    leap_day = (day.month, day.day) == (2, 29)
    last = day.replace(year=day.year + VALIDITY_YEARS, day=28 if leap_day else day.day)
    return datetime.combine(last, time(23, 59, 59), TAIPEI).astimezone(UTC)


def key_usage(usage: str) -> x509.KeyUsage:
    """Return the KeyUsage extension for ``sign``, ``encrypt``, ``both`` or ``ca`` (RFC 5280 4.2.1.3)."""
    return x509.KeyUsage(
        digital_signature=usage in {"sign", "both"},
        content_commitment=usage in {"sign", "both"},
        key_encipherment=usage in {"encrypt", "both"},
        data_encipherment=usage in {"encrypt", "both"},
        key_agreement=False,
        key_cert_sign=usage == "ca",
        crl_sign=usage == "ca",
        encipher_only=False,
        decipher_only=False,
    )


def certificate(
    subject: x509.Name,
    public_key: rsa.RSAPublicKey,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
    *more: x509.ExtensionType,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    usage: str,
) -> x509.Certificate:
    """Sign one certificate with SHA-256; a ``ca`` usage makes it a CA certificate. ``more`` are not critical."""
    builder = (
        x509.CertificateBuilder(issuer, subject, public_key, serial, not_before, not_after)
        .add_extension(x509.BasicConstraints(ca=usage == "ca", path_length=None), critical=True)
        .add_extension(key_usage(usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@dataclass(frozen=True)
class Authority:
    """A CA ready to issue to holders."""

    key: rsa.RSAPrivateKey
    chain: tuple[x509.Certificate, ...]
    """The intermediate, then the root."""
    places: tuple[x509.ExtensionType, ...]
    """Where to ask about what it issues."""

    @classmethod
    def create(cls, folder: Path, now: datetime) -> None:
        """Make root and intermediate in ``folder``: ``root.crt``, ``root.key``, ``user-ca.crt``, ``user-ca.key``."""
        folder.mkdir(mode=0o700, exist_ok=True)
        root_key, user_key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        # Sample certificates may have started years ago; their issuers must be older.
        start, end = now - timedelta(days=3650), now + timedelta(days=7300)
        root = certificate(
            ROOT_NAME,
            root_key.public_key(),
            ROOT_NAME,
            root_key,
            serial=1,
            not_before=start,
            not_after=end,
            usage="ca",
        )
        user_ca = certificate(
            USER_CA_NAME,
            user_key.public_key(),
            ROOT_NAME,
            root_key,
            *places(folder, "root", responder=False),
            serial=2,
            not_before=start,
            not_after=end,
            usage="ca",
        )
        write_key(folder / "root.key", root_key)
        write_key(folder / "user-ca.key", user_key)
        write_certificates(folder / "root.crt", root)
        write_certificates(folder / "user-ca.crt", user_ca)

    @classmethod
    def load(cls, folder: Path) -> Authority:
        """Read what ``create`` made; the root's own key is not needed to issue."""
        chain = tuple(
            x509.load_pem_x509_certificate((folder / file).read_bytes()) for file in ("user-ca.crt", "root.crt")
        )
        return cls(read_key(folder / "user-ca.key"), chain, places(folder, "user-ca", responder=True))

    def issue(
        self,
        person: str,
        public_key: rsa.RSAPublicKey,
        *,
        serial: int,
        not_before: datetime,
        not_after: datetime,
        usage: str,
    ) -> x509.Certificate:
        """Certify ``public_key`` for ``person``; ``usage`` is ``sign``, ``encrypt`` or ``both``."""
        extended = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION])
        return certificate(
            holder_name(person),
            public_key,
            self.chain[0].subject,
            self.key,
            extended,
            *self.places,
            serial=serial,
            not_before=not_before,
            not_after=not_after,
            usage=usage,
        )
