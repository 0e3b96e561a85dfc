"""Keys under a password, and keys proven to fit a certificate."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certtray.core.errors import DamagedFile, UnsupportedAlgorithm, WrongPassword
from certtray.core.secret import Secret
from certtray.crypto.ber import parse, wrap
from certtray.crypto.der import facts
from certtray.crypto.keys import new_key, open_key, public_hash, seal_key, signs_for
from certtray.crypto.pbe import scheme
from tests.crypto import handmade as h
from tests.makers import Party, name, run_tool, spare_key

PASSWORD = Secret("檔案密碼-1")


def password_file(folder: Path) -> str:
    path = folder / "password"
    path.write_text(PASSWORD.reveal() + "\n", "utf-8")
    return f"file:{path}"


def same_key(one: object, other: object) -> bool:
    assert isinstance(one, rsa.RSAPrivateKey)
    assert isinstance(other, rsa.RSAPrivateKey)
    return one.private_numbers() == other.private_numbers()


def test_new_key_has_the_length_asked() -> None:
    assert new_key(2048).key_size == 2048


def test_sealed_key_opens_here_and_in_openssl(alice: Party, tmp_path: Path) -> None:
    sealed = seal_key(alice.key, PASSWORD)
    assert same_key(open_key(sealed, PASSWORD, "key.p8"), alice.key)
    assert scheme(parse(sealed).children()[0]).rounds >= 600_000
    clear = run_tool("openssl", "pkcs8", "-inform", "DER", "-passin", password_file(tmp_path), stdin=sealed)
    assert clear == alice.key_pem
    with pytest.raises(WrongPassword) as caught:
        open_key(sealed, Secret("no"), "key.p8")
    assert caught.value.facts == {"path": "key.p8"}


@pytest.mark.parametrize(
    "options",
    [
        *(["-v2", "aes-256-cbc", "-v2prf", f"hmacWithSHA{bits}"] for bits in (1, 224, 256, 384, 512)),
        ["-v2", "aes-128-cbc"],
        ["-v2", "aes-192-cbc"],
        ["-v2", "des3"],
        ["-scrypt"],
        ["-v1", "PBE-SHA1-3DES"],
        ["-v1", "PBE-SHA1-2DES"],
        ["-v1", "PBE-SHA1-RC2-40", "-provider", "legacy", "-provider", "default"],
        ["-v1", "PBE-SHA1-RC2-128", "-provider", "legacy", "-provider", "default"],
        ["-v2", "rc2-cbc", "-provider", "legacy", "-provider", "default"],
    ],
)
def test_schemes_of_openssl_keys(alice: Party, tmp_path: Path, options: list[str]) -> None:
    password = password_file(tmp_path)
    sealed = run_tool(
        "openssl", "pkcs8", "-topk8", "-outform", "DER", "-passout", password, *options, stdin=alice.key_pem
    )
    assert same_key(open_key(sealed, PASSWORD, "key.p8"), alice.key)


def test_damaged_and_unsupported_keys(alice: Party) -> None:
    sealed = seal_key(alice.key, PASSWORD)
    with pytest.raises(DamagedFile):
        open_key(sealed[:-16], PASSWORD, "key.p8")
    inside = bytearray(sealed)
    inside[len(sealed) // 2] ^= 1
    with pytest.raises(DamagedFile):
        open_key(bytes(inside), PASSWORD, "key.p8")
    foreign = wrap(0x30, h.legacy_algorithm("1.2.840.113549.1.5.3", 1), wrap(0x04, bytes(8)))
    with pytest.raises(UnsupportedAlgorithm):
        open_key(foreign, PASSWORD, "key.p8")


def test_public_hash_is_equal_for_key_certificate_and_request(alice: Party) -> None:
    request = x509.CertificateSigningRequestBuilder().subject_name(name("x")).sign(alice.key, hashes.SHA256())
    expected = facts(alice.der).key_hash
    assert public_hash(alice.key) == public_hash(alice.certificate) == public_hash(request) == expected
    assert public_hash(spare_key(2)) != expected


def test_signs_for(alice: Party) -> None:
    assert signs_for(alice.key, alice.der)
    assert not signs_for(spare_key(2), alice.der)
    assert not signs_for(ec.generate_private_key(ec.SECP256R1()), alice.der)


@pytest.mark.parametrize("kind", ["ec", "ed25519"])
def test_signs_for_other_kinds_of_key(alice: Party, kind: str) -> None:
    def make() -> ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey:
        return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else ed25519.Ed25519PrivateKey.generate()

    key, other = make(), make()
    original = alice.certificate
    builder = x509.CertificateBuilder(original.issuer, original.subject, key.public_key(), 7)
    builder = builder.not_valid_before(original.not_valid_before_utc).not_valid_after(original.not_valid_after_utc)
    der = builder.sign(alice.key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert signs_for(key, der)
    assert not signs_for(other, der)
    assert facts(der).key_hash == public_hash(key)
    assert key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) in der
