"""Makers of real certificate files: OpenSSL, keytool and NSS write the containers; made-up people hold them.

Every room's tests use these. A tool's passwords travel through files, never argv, as the program itself must do it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.patience import SECONDS

ALICE = "A123456789-00-00::PCC005"
BRUNO = "F246061918-00-00::PCC007"

Protection = Literal["aes", "3des", "rc2-40", "clear-certificates", "none"]
Mac = Literal["sha1", "sha256", "sha384", "sha512", "none"]
KeyUse = Literal["sign", "encrypt", "both", "absent", "ca"]

_OPENSSL_PROTECTION: dict[str, list[str]] = {
    "aes": ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC"],
    "3des": ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"],
    "rc2-40": ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40"],
    "clear-certificates": ["-keypbe", "AES-256-CBC", "-certpbe", "NONE"],
    "none": ["-keypbe", "NONE", "-certpbe", "NONE"],
}


@dataclass(frozen=True)
class Party:
    """A certificate with its private key, and the certificates above it (nearest first)."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The certificate's DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8 PEM: for tools, inside a test's own folder."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def certificate_pem(self) -> bytes:
        """The certificate's PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def chain_pem(self) -> bytes:
        """PEM of the certificates above, nearest first."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain)


def name(cn: str, *units: str) -> x509.Name:
    """Return a TWCA-like subject: C, two O, the RA's OU, CN (FACTS.md 1.3)."""
    pairs = [(NameOID.COUNTRY_NAME, "TW"), (NameOID.ORGANIZATION_NAME, "TaiCA Secure CA")]
    pairs.append((NameOID.ORGANIZATION_NAME, "Certification Service Provider"))
    pairs += [(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units or ("RA-SinoPac", "SinoPac Group")]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in [*pairs, (NameOID.COMMON_NAME, cn)]])


@cache
def spare_key(number: int, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return test key ``number``, made once a run: key generation is the slow part of a maker."""
    del number
    return rsa.generate_private_key(65537, bits)


def issue(
    subject: x509.Name,
    *,
    issuer: Party | None = None,
    use: KeyUse = "both",
    key: rsa.RSAPrivateKey | None = None,
    serial: int = 0x7E0445FC,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Party:
    """Return a certificate for ``subject``, self-signed without ``issuer``; dates default to a year around now."""
    now = datetime.now(UTC).replace(microsecond=0)
    key = key or spare_key(1)
    bits = {"sign": (0, 1), "encrypt": (2, 3), "both": (0, 1, 2, 3), "ca": (5, 6), "absent": ()}[use]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(not_before or now - timedelta(days=30))
        .not_valid_after(not_after or now + timedelta(days=335))
    )
    if bits:
        flags = [bit in bits for bit in range(9)]
        builder = builder.add_extension(x509.KeyUsage(*flags), critical=True)
    if use == "ca":
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if issuer:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(above, critical=False)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    return Party(key, certificate, (issuer.certificate, *issuer.chain) if issuer else ())


@cache
def authority(cn: str = "TWCA Test User CA") -> Party:
    """Return a test issuing CA below a test root, ten years long, made once a run."""
    now = datetime.now(UTC).replace(microsecond=0)
    begin, end = now - timedelta(days=365), now + timedelta(days=3650)
    top = name("TWCA Test Root CA", "Root CA")
    root = issue(top, use="ca", key=spare_key(90), serial=1, not_before=begin, not_after=end)
    subject = name(cn, "User CA")
    return issue(subject, issuer=root, use="ca", key=spare_key(91), serial=2, not_before=begin, not_after=end)


def holder(cn: str = ALICE, **how: object) -> Party:
    """Return a holder's certificate issued by ``authority()``; ``how`` as in ``issue``."""
    return issue(name(cn), **{"issuer": authority(), **how})  # type: ignore[arg-type]


def run_tool(*command: str | Path, stdin: bytes = b"") -> bytes:
    """Run a tool and return its stdout; fail the test with its words otherwise."""
    done = subprocess.run(
        [str(part) for part in command], input=stdin, capture_output=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, f"{command[0]}: {done.stderr.decode(errors='replace')}{done.stdout[-500:]!r}"
    return done.stdout


def openssl_pfx(
    path: Path,
    party: Party,
    password: str,
    *,
    protection: Protection = "aes",
    mac: Mac = "sha256",
    rounds: int = 2048,
    chain: bool = False,
    friendly_name: str = "",
) -> Path:
    """Write ``party`` to ``path`` as OpenSSL does; ``rounds`` count for encryption and MAC."""
    with TemporaryDirectory() as folder:
        source, secret = Path(folder, "in.pem"), Path(folder, "password")
        source.write_bytes(party.key_pem + party.certificate_pem + (party.chain_pem if chain else b""))
        secret.write_bytes(password.encode() + b"\n")
        # In this order: -iter turns the MAC on again, and -nomac makes the certificates clear again.
        options = ["-iter", str(rounds), *(["-nomac"] if mac == "none" else ["-macalg", mac])]
        options += _OPENSSL_PROTECTION[protection]
        options += ["-name", friendly_name] if friendly_name else []
        run_tool("openssl", "pkcs12", "-export", "-in", source, "-passout", f"file:{secret}", "-out", path, *options)
    return path


def keytool_pfx(
    path: Path, parties: Sequence[Party], password: str, *, legacy: bool = False, chain: bool = False
) -> Path:
    """Write all ``parties`` into one PFX as Java's keytool does: any number of pairs, aliases pair0, pair1 …"""
    with TemporaryDirectory() as folder:
        secret = Path(folder, "password")
        secret.write_text(password + "\n", "utf-8")
        java = ["-J-Dfile.encoding=UTF-8", *(["-J-Dkeystore.pkcs12.legacy"] if legacy else [])]
        for number, party in enumerate(parties):
            source = Path(folder, f"{number}.pfx")
            openssl_pfx(source, party, password, chain=chain, friendly_name=f"pair{number}")
            command: list[str | Path] = ["keytool", *java, "-importkeystore", "-noprompt"]
            command += ["-srckeystore", source, "-srcstoretype", "PKCS12", "-srcstorepass:file", secret]
            command += ["-destkeystore", path, "-deststoretype", "PKCS12", "-deststorepass:file", secret]
            run_tool(*command, "-srcalias", f"pair{number}", "-destalias", f"pair{number}")
    return path


def nss_pfx(path: Path, parties: Sequence[Party], password: str, *, legacy: bool = False, chain: bool = False) -> Path:
    """Write the first of ``parties`` as NSS's pk12util does; parties of one subject all go into the file."""
    with TemporaryDirectory() as folder:
        secret, source = Path(folder, "password"), Path(folder, "in.pfx")
        secret.write_text(password + "\n", "utf-8")
        run_tool("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
        for party in parties:
            openssl_pfx(source, party, password, friendly_name="holder", chain=chain)
            run_tool("pk12util", "-i", source, "-d", f"sql:{folder}", "-w", secret)
        old = "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC"
        ciphers = ["-C", old, "-c", old, "-M", "SHA-1"] if legacy else []
        run_tool("pk12util", "-o", path, "-n", "holder", "-d", f"sql:{folder}", "-w", secret, *ciphers)
    return path


def nss_database(folder: Path, parties: Sequence[Party], *, chain: bool = True, primary_password: str = "") -> Path:
    """Make a browser's database as NSS's own tools do, with ``parties``, their keys and (``chain``) authorities."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        secret, primary, source = Path(scratch, "password"), Path(scratch, "primary"), Path(scratch, "in.pfx")
        secret.write_text("pfx-密碼\n", "utf-8")
        primary.write_text(primary_password + "\n", "utf-8")
        if not (folder / "cert9.db").exists():
            run_tool("certutil", "-N", "-d", f"sql:{folder}", "-f", primary)
        for party in parties:
            openssl_pfx(source, party, "pfx-密碼", friendly_name="holder", chain=chain)
            run_tool("pk12util", "-i", source, "-d", f"sql:{folder}", "-w", secret, "-k", primary)
    return folder
