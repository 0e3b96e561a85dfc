"""PFX files with their keys: opened, written for other programs, and re-encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.errors import DamagedFile, KeyMissing, NotACertificateFile, UnsupportedAlgorithm, WrongPassword
from certtray.core.secret import Secret
from certtray.crypto import container
from certtray.crypto.ber import wrap, write_oid
from certtray.crypto.der import facts
from certtray.crypto.files import read_certificates
from certtray.crypto.keys import public_hash, signs_for
from certtray.crypto.pfx import KeyPair, Pfx, open_pfx
from certtray.crypto.pfx_write import change_password, write_pfx
from tests.crypto import handmade as h
from tests.makers import (
    Party,
    Protection,
    authority,
    holder,
    issue,
    keytool_pfx,
    name,
    nss_pfx,
    openssl_pfx,
    run_tool,
    spare_key,
)

OLD, NEW = Secret("舊密碼-Old1"), Secret("新密碼-New2")


def opened(data: bytes, password: Secret = OLD) -> Pfx:
    return open_pfx(data, password, "a.pfx")


def labels(pfx: Pfx) -> list[tuple[bytes, str | None, bytes | None]]:
    return [(pair.der, pair.friendly_name, pair.local_key_id) for pair in pfx.pairs]


def chain(party: Party) -> list[bytes]:
    return [above.public_bytes(Encoding.DER) for above in party.chain]


@pytest.fixture(scope="module")
def both(alice: Party, alice_encrypting: Party) -> list[KeyPair]:
    return [
        KeyPair(alice.key, facts(alice.der), alice.der, "簽章 🔑", b"\1\0\0\0"),
        KeyPair(alice_encrypting.key, facts(alice_encrypting.der), alice_encrypting.der),
    ]


@pytest.mark.parametrize("protection", ["aes", "3des", "rc2-40", "clear-certificates", "none"])
def test_openssl(tmp_path: Path, alice: Party, protection: Protection) -> None:
    path = openssl_pfx(tmp_path / "a.pfx", alice, OLD.reveal(), protection=protection, chain=True, friendly_name="n")
    pfx = opened(path.read_bytes())
    assert [(pair.der, pair.friendly_name) for pair in pfx.pairs] == [(alice.der, "n")]
    assert list(pfx.others) == chain(alice)
    assert pfx.pairs[0].certificate == facts(alice.der)
    assert signs_for(pfx.pairs[0].private_key, alice.der)
    with pytest.raises(WrongPassword):
        opened(path.read_bytes(), NEW)


@pytest.mark.full
def test_keytool_and_nss_two_pairs(tmp_path: Path, alice: Party, alice_encrypting: Party) -> None:
    parties = [alice, alice_encrypting]
    java = keytool_pfx(tmp_path / "j.p12", parties, "Java-12345")
    nss = nss_pfx(tmp_path / "n.p12", parties, OLD.reveal())
    for data, password in ((java.read_bytes(), Secret("Java-12345")), (nss.read_bytes(), OLD)):
        pfx = opened(data, password)
        assert {pair.der for pair in pfx.pairs} == {alice.der, alice_encrypting.der}
        assert all(signs_for(pair.private_key, pair.der) for pair in pfx.pairs)


def test_pairs_follow_the_public_key_where_labels_lie(alice: Party, alice_encrypting: Party) -> None:
    safe = h.clear_safe(
        h.certificate_bag(alice.der, b"2"),
        h.certificate_bag(alice_encrypting.der, b"1"),
        h.key_bag(alice, OLD.reveal(), b"1"),
        h.key_bag(alice_encrypting, OLD.reveal(), b"2"),
    )
    pairs = opened(h.pfx(safe, password=OLD.reveal())).pairs
    assert [pair.der for pair in pairs] == [alice.der, alice_encrypting.der]
    assert all(public_hash(pair.private_key) == pair.certificate.key_hash for pair in pairs)


def test_one_key_with_two_certificates_follows_the_label_else_the_newest(alice: Party) -> None:
    older = holder(not_after=alice.certificate.not_valid_before_utc.replace(year=2090), serial=5)
    certificates = (h.certificate_bag(older.der, b"o"), h.certificate_bag(alice.der, b"a"))
    labelled = h.pfx(h.clear_safe(*certificates, h.key_bag(alice, OLD.reveal(), b"a")), password=OLD.reveal())
    assert opened(labelled).pairs[0].der == alice.der
    assert opened(labelled).others == (older.der,)
    loose = h.pfx(h.clear_safe(*certificates, h.key_bag(alice, OLD.reveal())), password=OLD.reveal())
    assert opened(loose).pairs[0].der == older.der  # it ends last


def test_key_missing(alice: Party) -> None:
    stranger = issue(name("x"), key=spare_key(3))
    for bags in ([h.certificate_bag(alice.der)], [h.certificate_bag(alice.der), h.key_bag(stranger, OLD.reveal())]):
        with pytest.raises(KeyMissing):
            opened(h.pfx(h.clear_safe(*bags), password=OLD.reveal()))


def test_any_altered_byte_under_the_mac_is_damage(tmp_path: Path, alice: Party) -> None:
    data = openssl_pfx(tmp_path / "a.pfx", alice, OLD.reveal()).read_bytes()
    for at in (600, 1500, 2400):  # the certificates, the key, the key's label
        altered = bytearray(data)
        altered[at] ^= 1
        with pytest.raises(DamagedFile):
            opened(bytes(altered))


def test_not_a_pfx_and_unreadable_algorithm(alice: Party) -> None:
    with pytest.raises(NotACertificateFile):
        opened(alice.der)
    with pytest.raises(UnsupportedAlgorithm):
        opened(h.pfx(h.locked_safe(h.legacy_algorithm("1.2.3.4", 1), bytes(8)), password=OLD.reveal()))


@pytest.mark.parametrize("compatible", [True, False])
def test_written_files_come_back_whole(both: list[KeyPair], alice: Party, compatible: bool) -> None:
    data = write_pfx(both, chain(alice), NEW, compatible=compatible)
    pfx = opened(data, NEW)
    assert labels(pfx)[0] == (alice.der, "簽章 🔑", b"\1\0\0\0")
    assert [pair.der for pair in pfx.pairs] == [pair.der for pair in both]
    assert list(pfx.others) == chain(alice)
    listed = read_certificates(data, "a.pfx", [NEW]).holdings
    assert [holding.has_key for holding in listed] == [True, True, False, False]
    strength = {safe.scheme.name for safe in container.read_container(data).safes if safe.scheme}
    expected = "PBE-SHA1-3DES, 2048 rounds" if compatible else "AES-256-CBC, PBKDF2 sha256, 600000 rounds"
    assert strength == {expected}


@pytest.mark.parametrize("compatible", [True, False])
def test_openssl_keytool_and_nss_read_what_we_write(
    tmp_path: Path, both: list[KeyPair], alice: Party, alice_encrypting: Party, compatible: bool
) -> None:
    password = Secret("Pässwörd-密碼")
    path, secret = tmp_path / "a.pfx", tmp_path / "password"
    path.write_bytes(write_pfx(both, chain(alice), password, compatible=compatible))
    secret.write_text(password.reveal() + "\n", "utf-8")

    text = run_tool("openssl", "pkcs12", "-in", path, "-passin", f"file:{secret}", "-noenc")
    assert (text.count(b"BEGIN CERTIFICATE"), text.count(b"BEGIN PRIVATE KEY")) == (4, 2)
    assert alice.key_pem in text
    assert alice_encrypting.key_pem in text

    run_tool("certutil", "-N", "-d", f"sql:{tmp_path}", "--empty-password")
    run_tool("pk12util", "-i", path, "-d", f"sql:{tmp_path}", "-w", secret)
    assert run_tool("certutil", "-K", "-d", f"sql:{tmp_path}").count(b"rsa") == 2

    ascii_path = tmp_path / "ascii.pfx"  # keytool reads a password file in the machine's own encoding
    ascii_path.write_bytes(write_pfx(both, chain(alice), Secret("Java-12345"), compatible=compatible))
    secret.write_text("Java-12345\n", "utf-8")
    listing = run_tool("keytool", "-J-Duser.language=en", "-list", "-keystore", ascii_path, "-storepass:file", secret)
    assert listing.count(b"PrivateKeyEntry") == 2


def test_repeated_labels_are_made_unique(both: list[KeyPair]) -> None:
    same = [KeyPair(pair.private_key, pair.certificate, pair.der, None, b"\1\0\0\0") for pair in both]
    pfx = opened(write_pfx(same, [], NEW, compatible=True), NEW)
    assert len({pair.local_key_id for pair in pfx.pairs}) == 2


@pytest.mark.parametrize("protection", ["aes", "3des", "rc2-40", "clear-certificates", "none"])
def test_change_password(tmp_path: Path, alice: Party, protection: Protection) -> None:
    path = openssl_pfx(tmp_path / "a.pfx", alice, OLD.reveal(), protection=protection, chain=True, friendly_name="n")
    data = path.read_bytes()
    changed = change_password(data, OLD, NEW, "a.pfx", compatible=protection != "aes")
    before, after = opened(data), opened(changed, NEW)
    assert labels(after) == labels(before)
    assert after.others == before.others
    for wrong in (OLD, Secret("")):
        with pytest.raises(WrongPassword):
            opened(changed, wrong)
    with pytest.raises(WrongPassword):
        change_password(data, NEW, OLD, "a.pfx", compatible=True)


def test_change_password_keeps_every_bag_and_attribute(tmp_path: Path, alice: Party) -> None:
    secret_bag = h.bag("1.2.840.113549.1.12.10.1.5", wrap(0x30, write_oid("1.2.3"), wrap(0xA0, h.NULL)), b"s")
    nested = h.bag("1.2.840.113549.1.12.10.1.6", wrap(0x30, h.certificate_bag(authority().der, b"c")), None)
    bags = [h.certificate_bag(alice.der, b"k"), secret_bag, nested]
    keys = h.clear_safe(h.key_bag(alice, OLD.reveal(), b"k"))
    data = h.pfx(h.sealed_safe(OLD.reveal(), *bags), keys, password=OLD.reveal())
    changed = change_password(data, OLD, NEW, "a.pfx", compatible=True)
    (tmp_path / "a.pfx").write_bytes(changed)
    (tmp_path / "pw").write_text(NEW.reveal() + "\n", "utf-8")
    text = run_tool("openssl", "pkcs12", "-in", tmp_path / "a.pfx", "-passin", f"file:{tmp_path / 'pw'}", "-noenc")
    assert text.count(b"localKeyID") == 4
    safes = container.read_container(changed).safes
    clear = [safe.scheme.decrypt(safe.content, NEW) if safe.scheme else safe.content for safe in safes]
    kinds = [bag.kind for safe in clear if safe for bag in container.read_bags(safe)]
    assert kinds == [
        container.CERTIFICATE_BAG,
        "1.2.840.113549.1.12.10.1.5",
        container.CERTIFICATE_BAG,
        container.SHROUDED_KEY_BAG,
    ]


def test_secrets_stay_out_of_what_is_printed(both: list[KeyPair]) -> None:
    data = write_pfx(both, [], NEW, compatible=True)
    assert "PRIVATE" not in repr(opened(data, NEW)).upper()
    with pytest.raises(WrongPassword) as caught:
        opened(data, OLD)
    assert OLD.reveal() not in f"{caught.value!r} {caught.value}"
