"""The certification authority: root, one intermediate for each RA, holders' certificates (FACTS.md 1.3)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from certtray.core.dates import TAIPEI
from certtray.rules.profile import Validity
from certtray_sandbox.desks import name
from certtray_sandbox.keyfiles import read_key, write_certificates, write_key
from certtray_sandbox.places import places

ROOT_NAME: Final = name(
    "C=TW",
    "O=TAIWAN-CA.COM Inc.",
    "OU=Root CA - Evaluation Only",
    "CN=TaiCA Sandbox Root CA - Evaluation Only",
)


def end_of_validity(start: datetime, validity: Validity, old_end: datetime | None = None) -> datetime:
    """Return when a certificate that starts at ``start`` ends, as aware UTC.

    A whole term later: after ``old_end`` where a renewal keeps the rest (3-34), and at 23:59:59 in Taiwan where the
    issuer ends at the end of a day (0-16). A day the last month does not have becomes its last one.
    """
    base = (old_end if old_end and validity.keeps_rest else start).astimezone(TAIPEI)
    month_count = base.year * 12 + base.month - 1 + validity.term.months
    year, month = divmod(month_count, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    end = base.replace(year=year, month=month + 1, day=min(base.day, last_day)) + timedelta(days=validity.term.days)
    return (datetime.combine(end, time(23, 59, 59), TAIPEI) if validity.end_of_day else end).astimezone(UTC)


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


# Sample certificates may have started years ago; their issuers must be older.
PAST: Final = timedelta(days=3650)
FUTURE: Final = timedelta(days=7300)


def create_root(folder: Path, now: datetime) -> None:
    """Make the root of all RAs' CAs in ``folder``: ``root.crt``, ``root.key``."""
    folder.mkdir(mode=0o700, exist_ok=True)
    key = rsa.generate_private_key(65537, 2048)
    root = certificate(
        ROOT_NAME,
        key.public_key(),
        ROOT_NAME,
        key,
        serial=1,
        not_before=now - PAST,
        not_after=now + FUTURE,
        usage="ca",
    )
    write_key(folder / "root.key", key)
    write_certificates(folder / "root.crt", root)


@dataclass(frozen=True)
class Authority:
    """One RA's CA, ready to issue to holders."""

    key: rsa.RSAPrivateKey
    chain: tuple[x509.Certificate, ...]
    """The intermediate, then the root."""
    places: tuple[x509.ExtensionType, ...]
    """Where to ask about what it issues."""

    @classmethod
    def create(cls, folder: Path, root_folder: Path, subject: x509.Name, now: datetime) -> None:
        """Make the intermediate ``subject`` in ``folder``: ``user-ca.crt``, ``user-ca.key``."""
        key = rsa.generate_private_key(65537, 2048)
        user_ca = certificate(
            subject,
            key.public_key(),
            ROOT_NAME,
            read_key(root_folder / "root.key"),
            *places(root_folder, "root", responder=False),
            serial=x509.random_serial_number(),
            not_before=now - PAST,
            not_after=now + FUTURE,
            usage="ca",
        )
        write_key(folder / "user-ca.key", key)
        write_certificates(folder / "user-ca.crt", user_ca)

    @classmethod
    def load(cls, folder: Path, root_folder: Path) -> Authority:
        """Read what ``create`` made; the root's own key is not needed to issue."""
        files = (folder / "user-ca.crt", root_folder / "root.crt")
        chain = tuple(x509.load_pem_x509_certificate(file.read_bytes()) for file in files)
        return cls(read_key(folder / "user-ca.key"), chain, places(root_folder, folder.name, responder=True))

    def issue(
        self,
        subject: x509.Name,
        public_key: rsa.RSAPublicKey,
        *,
        serial: int,
        not_before: datetime,
        not_after: datetime,
        usage: str,
    ) -> x509.Certificate:
        """Certify ``public_key`` under ``subject``; ``usage`` is ``sign``, ``encrypt`` or ``both``."""
        extended = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION])
        return certificate(
            subject,
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
