"""Reading certificates from whole files made by OpenSSL, keytool and NSS, and from odd ones made by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from certtray.core.errors import (
    DamagedFile,
    FileTooLarge,
    NotACertificateFile,
    PasswordNeeded,
    UnsupportedAlgorithm,
    WrongPassword,
)
from certtray.core.secret import Secret
from certtray.crypto.ber import INTEGER, parse
from certtray.crypto.content import FileContent
from certtray.crypto.der import facts
from certtray.crypto.files import MAX_SIZE, read_certificates
from certtray.crypto.keys import seal_key
from tests.crypto import handmade as h
from tests.makers import (
    Mac,
    Party,
    Protection,
    authority,
    issue,
    keytool_pfx,
    name,
    nss_pfx,
    openssl_pfx,
    run_tool,
    spare_key,
)

PASSWORD = "密碼 pw-🔑"


def read(data: bytes, *passwords: str) -> FileContent:
    return read_certificates(data, "a.pfx", [Secret(password) for password in passwords])


def owners(content: FileContent) -> list[tuple[bytes, bool]]:
    return [(holding.der, holding.has_key) for holding in content.holdings]


def with_chain(party: Party) -> list[tuple[bytes, bool]]:
    return [(party.der, True), *((above.public_bytes(Encoding.DER), False) for above in party.chain)]


@pytest.mark.parametrize("protection", ["aes", "3des", "rc2-40"])
@pytest.mark.parametrize("mac", ["sha1", "sha256", "sha512", "none"])
@pytest.mark.parametrize("password", [PASSWORD, "A123456789", ""])
def test_openssl(tmp_path: Path, alice: Party, protection: Protection, mac: Mac, password: str) -> None:
    path = openssl_pfx(tmp_path / "a.pfx", alice, password, protection=protection, mac=mac, chain=True)
    content = read(path.read_bytes(), *([password] if password else []))
    assert content.kind == "pfx"
    assert owners(content) == with_chain(alice)
    assert content.holdings[0].certificate == facts(alice.der)
    assert content.opened_with == (0 if password else None)
    if password:
        with pytest.raises(WrongPassword):
            read(path.read_bytes(), "wrong", "錯")


@pytest.mark.parametrize("protection", ["clear-certificates", "none"])
def test_clear_certificates_need_no_password(tmp_path: Path, alice: Party, protection: Protection) -> None:
    data = openssl_pfx(tmp_path / "a.pfx", alice, PASSWORD, protection=protection, chain=True).read_bytes()
    assert owners(read(data)) == owners(read(data, "wrong")) == with_chain(alice)


@pytest.mark.parametrize("legacy", [False, True])
def test_keytool_two_pairs_with_labels_of_its_own(
    tmp_path: Path, alice: Party, alice_encrypting: Party, legacy: bool
) -> None:
    path = keytool_pfx(tmp_path / "a.p12", [alice, alice_encrypting], "Java-12345", legacy=legacy, chain=True)
    content = read(path.read_bytes(), "no", "Java-12345")
    assert owners(content) == with_chain(alice) + with_chain(alice_encrypting)
    assert content.opened_with == 1


def test_nss_ber(tmp_path: Path, alice: Party) -> None:
    data = nss_pfx(tmp_path / "a.p12", [alice], PASSWORD).read_bytes()
    assert h.is_indefinite(data)
    assert owners(read(data, PASSWORD)) == [(alice.der, True)]


def test_nss_ber_and_two_pairs(tmp_path: Path, alice: Party, alice_encrypting: Party) -> None:
    data = nss_pfx(tmp_path / "a.p12", [alice, alice_encrypting], PASSWORD, legacy=True).read_bytes()
    assert h.is_indefinite(data)
    assert sorted(owners(read(data, PASSWORD))) == sorted([(alice.der, True), (alice_encrypting.der, True)])


def test_keytool_without_password_and_mac(tmp_path: Path, alice: Party) -> None:
    certificate, path = tmp_path / "a.pem", tmp_path / "trust.p12"
    certificate.write_bytes(alice.certificate_pem)
    none = ["-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE"]
    command: list[str | Path] = ["keytool", *none, "-importcert", "-noprompt", "-alias", "a", "-file", certificate]
    run_tool(*command, "-keystore", path, "-storetype", "PKCS12", "-storepass", "not-used")
    assert owners(read(path.read_bytes())) == [(alice.der, False)]


def test_locked_file_says_what_can_be_known(tmp_path: Path, alice: Party) -> None:
    data = openssl_pfx(tmp_path / "a.pfx", alice, PASSWORD, protection="rc2-40", mac="sha1").read_bytes()
    with pytest.raises(PasswordNeeded) as caught:
        read(data)
    assert caught.value.facts == {
        "path": "a.pfx",
        "encryption": "PBE-SHA1-RC2-40, 2048 rounds",
        "mac": "HMAC sha1, 2048 rounds",
        "keys": 1,
    }


@pytest.mark.parametrize("absent", [b"", b"\0\0"])
def test_absent_and_empty_passwords_are_two(alice: Party, absent: bytes) -> None:
    safe = h.rc2_40_safe(absent, h.certificate_bag(alice.der, b"1"), h.key_bag(alice, "", b"1"))
    assert owners(read(h.pfx(safe))) == [(alice.der, True)]


@pytest.mark.parametrize("compatible", [True, False])
def test_keys_in_the_certificates_safe(tmp_path: Path, alice: Party, compatible: bool) -> None:
    bags = [h.key_bag(alice, PASSWORD, b"k"), *(h.certificate_bag(der, b"k" * own) for der, own in with_chain(alice))]
    data = h.pfx(h.sealed_safe(PASSWORD, *bags, compatible=compatible), password=PASSWORD)
    (tmp_path / "a.pfx").write_bytes(data)
    (tmp_path / "pw").write_text(PASSWORD + "\n", "utf-8")
    openssl = run_tool("openssl", "pkcs12", "-in", tmp_path / "a.pfx", "-passin", f"file:{tmp_path / 'pw'}", "-noenc")
    assert openssl.count(b"BEGIN CERTIFICATE") == 3
    assert openssl.count(b"BEGIN PRIVATE KEY") == 1
    assert owners(read(data, PASSWORD)) == with_chain(alice)


def test_rc2_40_with_the_key_inside(alice: Party) -> None:
    bmp = PASSWORD.encode("utf-16-be") + b"\0\0"
    safe = h.rc2_40_safe(bmp, h.key_bag(alice, PASSWORD, b"k"), h.certificate_bag(alice.der, b"k"))
    assert owners(read(h.pfx(safe, password=PASSWORD), PASSWORD)) == [(alice.der, True)]


def test_old_openssl_widened_each_octet_of_utf_8(alice: Party) -> None:
    widened = b"".join(bytes([0, octet]) for octet in PASSWORD.encode()) + b"\0\0"
    safe = h.rc2_40_safe(widened, h.certificate_bag(alice.der))
    assert owners(read(h.pfx(safe), PASSWORD)) == [(alice.der, False)]


def test_scrypt_and_pbmac1(alice: Party) -> None:
    safe = h.scrypt_safe(PASSWORD, h.certificate_bag(alice.der, b"k"))
    keys = h.clear_safe(h.key_bag(alice, PASSWORD, b"k"))
    data = h.pbmac1_pfx(safe, keys, password=PASSWORD)
    assert owners(read(data, PASSWORD)) == [(alice.der, True)]
    with pytest.raises(WrongPassword):
        read(data, "wrong")


def test_indefinite_lengths_and_pieces_everywhere(tmp_path: Path, alice: Party) -> None:
    data = h.indefinite(openssl_pfx(tmp_path / "a.pfx", alice, PASSWORD, mac="none").read_bytes())
    assert h.is_indefinite(data)
    assert owners(read(data, PASSWORD)) == [(alice.der, True)]


def test_unlabelled_keys_go_to_the_holders_and_an_authority_can_own_one(alice: Party) -> None:
    root = authority()
    loose = h.clear_safe(h.certificate_bag(root.der), h.certificate_bag(alice.der), h.key_bag(alice, "x"))
    assert owners(read(h.pfx(loose))) == [(root.der, False), (alice.der, True)]
    labelled = h.clear_safe(h.certificate_bag(alice.der), h.certificate_bag(root.der, b"r"), h.key_bag(root, "x", b"r"))
    assert owners(read(h.pfx(labelled))) == [(alice.der, False), (root.der, True)]


@pytest.mark.parametrize(
    ("algorithm", "named"),
    [
        (h.legacy_algorithm("1.2.840.113549.1.12.1.1", 2048), "PBE-SHA1-RC4-128"),
        (h.legacy_algorithm("1.2.840.113549.1.5.3", 2048), "PBE-MD5-DES"),
        (h.legacy_algorithm("1.2.3.4", 2048), "1.2.3.4"),
        (h.pbes2_algorithm(h.pbkdf2_algorithm(2048), "1.3.14.3.2.7"), "DES-CBC"),
        (h.pbes2_algorithm(h.pbkdf2_algorithm(2048, prf="1.2.3")), "PBKDF2 with 1.2.3"),
        (h.pbes2_algorithm(h.pbkdf2_algorithm(2_000_000_000)), "2000000000 rounds"),
        (h.legacy_algorithm("1.2.840.113549.1.12.1.3", 2_000_000_000), "2000000000 rounds"),
        (h.pbes2_algorithm(h.scrypt_algorithm(2**30)), "scrypt with N=1073741824, r=8, p=1"),
    ],
)
def test_unreadable_algorithms_and_excessive_work_are_named_before_any_try(algorithm: bytes, named: str) -> None:
    with pytest.raises(UnsupportedAlgorithm) as caught:
        read(h.pfx(h.locked_safe(algorithm, bytes(16))), PASSWORD)
    assert caught.value.facts == {"path": "a.pfx", "algorithm": named}


def test_many_safes_cannot_add_up_to_a_hang() -> None:
    safe = h.locked_safe(h.pbes2_algorithm(h.pbkdf2_algorithm(4_000_000)), bytes(16))
    with pytest.raises(UnsupportedAlgorithm):
        read(h.pfx(safe, safe), PASSWORD)


@pytest.mark.parametrize("protection", ["aes", "3des", "rc2-40"])
def test_altered_certificate_is_damaged_not_a_wrong_password(
    tmp_path: Path, alice: Party, protection: Protection
) -> None:
    data = bytearray(openssl_pfx(tmp_path / "a.pfx", alice, PASSWORD, protection=protection).read_bytes())
    data[600] ^= 1  # inside the ciphertext of the certificates, which come first
    with pytest.raises(DamagedFile):
        read(bytes(data), PASSWORD)


def test_pem_pairs_by_order_and_never_reads_the_key(alice: Party) -> None:
    data = b"notes\n" + alice.chain_pem + alice.certificate_pem + b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nnonsense\n"
    content = read(data + b"-----END ENCRYPTED PRIVATE KEY-----\n")
    assert content.kind == "pem"
    assert [holding.has_key for holding in content.holdings] == [False, False, True]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_pem_saved_by_windows_editors(alice: Party, encoding: str) -> None:
    text = alice.certificate_pem.decode().replace("\n", "\r\n")
    assert owners(read(text.encode(encoding))) == [(alice.der, False)]


def test_openssl_trusted_and_pkcs7_in_pem_and_der(tmp_path: Path, alice: Party) -> None:
    (tmp_path / "a.pem").write_bytes(alice.certificate_pem)
    trusted = run_tool("openssl", "x509", "-in", tmp_path / "a.pem", "-trustout", "-addtrust", "clientAuth")
    assert b"TRUSTED" in trusted
    assert owners(read(trusted)) == [(alice.der, False)]
    (tmp_path / "all.pem").write_bytes(alice.certificate_pem + alice.chain_pem)
    for form, kind in (("DER", "p7b"), ("PEM", "pem")):
        bundle = run_tool("openssl", "crl2pkcs7", "-nocrl", "-certfile", tmp_path / "all.pem", "-outform", form)
        content = read(bundle)
        assert content.kind == kind
        assert sorted(owners(content)) == sorted((der, False) for der, _ in with_chain(alice))


def test_pkcs7_in_ber(alice: Party) -> None:
    bundle = pkcs7.serialize_certificates([alice.certificate], Encoding.DER)
    pieces = h.indefinite(bundle)
    assert facts(read(bundle).holdings[0].der) == facts(alice.der)
    assert read(pieces).kind == "p7b"


def test_single_certificate_in_der_and_bare_base64(alice: Party) -> None:
    assert read(alice.der).kind == "der"
    bare = b"".join(alice.certificate_pem.splitlines()[1:-1])
    assert owners(read(bare)) == owners(read(alice.der)) == [(alice.der, False)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"hello",
        b"PK\x03\x04" + bytes(200),
        b"MIIhello",
        b"-----BEGIN X-----\n-----END X-----\n",
        b"\x30\x03abc",
    ],
)
def test_other_things_are_not_certificate_files(data: bytes) -> None:
    with pytest.raises(NotACertificateFile):
        read(data)


def test_keys_and_requests_alone_are_not_certificate_files(tmp_path: Path, alice: Party) -> None:
    key_file = tmp_path / "k.pem"
    key_file.write_bytes(alice.key_pem)
    for form in ("PEM", "DER"):
        key = run_tool("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", form, stdin=alice.key_pem)
        request = run_tool("openssl", "req", "-new", "-key", key_file, "-subj", "/CN=x", "-outform", form)
        public = run_tool("openssl", "pkey", "-pubout", "-outform", form, stdin=alice.key_pem)
        locked = seal_key(alice.key, Secret("x"))
        for other in (key, request, public, locked):
            with pytest.raises(NotACertificateFile):
                read(other)


def test_version_1_certificate(tmp_path: Path, alice: Party) -> None:
    (tmp_path / "k.pem").write_bytes(alice.key_pem)
    request = run_tool("openssl", "req", "-new", "-key", tmp_path / "k.pem", "-subj", "/CN=old")
    der = run_tool("openssl", "x509", "-req", "-signkey", tmp_path / "k.pem", "-outform", "DER", stdin=request)
    assert parse(der).children()[0].children()[0].tag == INTEGER  # no version field
    assert [holding.certificate.subject_cn for holding in read(der).holdings] == ["old"]


def test_cut_off_files_are_damaged(tmp_path: Path, alice: Party) -> None:
    pfx = openssl_pfx(tmp_path / "a.pfx", alice, PASSWORD).read_bytes()
    bundle = pkcs7.serialize_certificates([alice.certificate], Encoding.DER)
    for data in (pfx, bundle, alice.der, alice.certificate_pem):
        with pytest.raises(DamagedFile):
            read(data[: len(data) * 2 // 3], PASSWORD)


def test_too_large_is_refused_unread() -> None:
    with pytest.raises(FileTooLarge) as caught:
        read(bytes(MAX_SIZE + 1))
    assert caught.value.facts["limit"] == MAX_SIZE


def test_no_private_key_is_ever_needed_or_checked(tmp_path: Path, alice: Party) -> None:
    other = issue(name("F246061918"), key=spare_key(3))
    safe = h.sealed_safe(PASSWORD, h.certificate_bag(alice.der, b"k"))
    wrong_key = h.clear_safe(h.key_bag(other, "another password", b"k"))
    assert owners(read(h.pfx(safe, wrong_key, password=PASSWORD), PASSWORD)) == [(alice.der, True)]


@pytest.mark.parametrize("protection", ["3des", "rc2-40"])
def test_old_files_open_without_openssls_legacy_provider(tmp_path: Path, alice: Party, protection: Protection) -> None:
    path = openssl_pfx(tmp_path / "a.pfx", alice, "A123456789", protection=protection, mac="sha1")
    code = (
        "import sys; from pathlib import Path; from certtray.core.secret import Secret\n"
        "from certtray.crypto.files import read_certificates; from certtray.crypto.pfx import open_pfx\n"
        "data, password = Path(sys.argv[1]).read_bytes(), Secret('A123456789')\n"
        "print(len(read_certificates(data, 'a', [password]).holdings), len(open_pfx(data, password, 'a').pairs))"
    )
    environment = {**os.environ, "CRYPTOGRAPHY_OPENSSL_NO_LEGACY": "1"}
    done = subprocess.run([sys.executable, "-c", code, path], env=environment, capture_output=True, check=True)
    assert done.stdout.split() == [b"1", b"1"]
