"""Cut, altered and hostile files: one of the named errors, soon, and never a wrong date."""

from __future__ import annotations

import sys
import tracemalloc
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certtray.core.certificate import Certificate
from certtray.core.errors import (
    DamagedFile,
    FileTooLarge,
    KeyMissing,
    NotACertificateFile,
    PasswordNeeded,
    UnsupportedAlgorithm,
    WrongPassword,
)
from certtray.core.secret import Secret
from certtray.crypto import container, files
from certtray.crypto.ber import MAX_ELEMENTS, Malformed, parse, wrap, write_oid
from certtray.crypto.files import read_certificates
from certtray.crypto.pfx import open_pfx
from tests.crypto import handmade as h
from tests.makers import Party, keytool_pfx, openssl_pfx

NAMED = (
    DamagedFile,
    FileTooLarge,
    KeyMissing,
    NotACertificateFile,
    PasswordNeeded,
    UnsupportedAlgorithm,
    WrongPassword,
)
PASSWORD = "Java-12345"
KINDS = ("aes", "3des", "rc2-40", "java", "shared", "p7b", "pem", "der")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory, alice: Party, alice_encrypting: Party) -> dict[str, bytes]:
    folder: Path = tmp_path_factory.mktemp("samples")
    found = {
        "aes": openssl_pfx(folder / "a.pfx", alice, PASSWORD).read_bytes(),
        "3des": openssl_pfx(folder / "3.pfx", alice, PASSWORD, protection="3des", mac="sha1").read_bytes(),
        "rc2-40": openssl_pfx(folder / "r.pfx", alice, PASSWORD, protection="rc2-40", mac="sha1").read_bytes(),
        "java": keytool_pfx(folder / "j.p12", [alice, alice_encrypting], PASSWORD).read_bytes(),
        "pem": alice.certificate_pem + alice.key_pem,
        "der": alice.der,
    }
    bags = [h.certificate_bag(alice.der, b"k"), h.key_bag(alice, PASSWORD, b"k")]
    found["shared"] = h.indefinite(h.pfx(h.sealed_safe(PASSWORD, *bags), password=PASSWORD))
    found["p7b"] = pkcs7.serialize_certificates([alice.certificate, *alice.chain], Encoding.DER)
    return found


def holders(data: bytes) -> set[Certificate] | None:
    """The holders' certificates of a file, or None where it was refused with a named error."""
    try:
        content = read_certificates(data, "a.pfx", [Secret(PASSWORD)])
    except NAMED:
        return None
    return {holding.certificate for holding in content.holdings if not holding.certificate.is_ca}


def opens_or_refuses(data: bytes) -> None:
    with suppress(*NAMED):
        open_pfx(data, Secret(PASSWORD), "a.pfx")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), part=st.floats(0, 1, exclude_max=True))
def test_cut_anywhere(samples: dict[str, bytes], kind: str, part: float) -> None:
    data = samples[kind]
    cut = data[: int(len(data) * part)]
    if kind == "pem":
        assert holders(cut) in (None, holders(data))  # only the key may be cut off
    else:
        assert holders(cut) is None
    opens_or_refuses(cut)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(("aes", "3des", "rc2-40", "java", "shared")),
    part=st.floats(0, 1, exclude_max=True),
    flip=st.integers(1, 255),
)
def test_an_altered_pfx_never_shows_a_wrong_date(samples: dict[str, bytes], kind: str, part: float, flip: int) -> None:
    data = bytearray(samples[kind])
    data[int(len(data) * part)] ^= flip
    assert holders(bytes(data)) in (None, holders(samples[kind]))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4))))
def test_replaced_bytes_end_in_a_named_error_or_a_result(
    samples: dict[str, bytes], kind: str, edits: list[tuple[float, bytes]]
) -> None:
    data = bytearray(samples[kind])
    for part, replacement in edits:
        at = int(len(data) * part)
        data[at : at + len(replacement)] = replacement
    holders(bytes(data))
    opens_or_refuses(bytes(data))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda data: b"-----BEGIN CERTIFICATE-----" + data))
def test_noise(data: bytes) -> None:
    holders(data)
    holders(wrap(0x30, b"\x02\x01\x03", data))
    holders(wrap(0x30, wrap(0x30, b"\xa0\x03\x02\x01\x02", data)))


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_every_byte_altered_and_every_cut(samples: dict[str, bytes], kind: str) -> None:
    data = samples[kind]
    original = holders(data)
    for at in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            altered = bytearray(data)
            altered[at] ^= flip
            found = holders(bytes(altered))
            if kind not in ("der", "pem", "p7b"):  # nothing but its signature protects a bare certificate
                assert found in (None, original), (at, flip)
        holders(data[:at])


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x80" * 100_000,
        wrap(0x30, b"\x02\x01\x03", b"\x30\x80" * 1_000_000),
        wrap(0x30, b"\x02\x01\x03", b"\x05\x00" * 1_900_000),
        wrap(0x30, wrap(0x30, b"\xa0\x03\x02\x01\x02", b"\x05\x00" * 1_900_000)),
        wrap(0x30, b"\x06\x09*\x86H\x86\xf7\r\x01\x07\x02", b"\xa0\x80" * 1_000_000),
        b"-----BEGIN CERTIFICATE-----\n" * 140_000,
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" * 75_000,
        b"-----BEGIN X-----\n-----END X-----\n" * 110_000,
        b"MI" + b"A" * 4_000_000,
        h.pfx(h.clear_safe(*[wrap(0x30, write_oid("1.2.3"), wrap(0xA0, h.NULL))] * 30_000)),
    ],
)
def test_bombs_end_soon_and_small(data: bytes) -> None:
    assert len(data) <= files.MAX_SIZE
    calls = count()
    tracemalloc.start()
    sys.setprofile(lambda *_: next(calls))  # work, whatever the machine and whoever shares it
    try:
        assert holders(data) is None
    finally:
        sys.setprofile(None)
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert next(calls) < files.MAX_SIZE, "more than a call for each byte"
    assert memory < 64 * 1024 * 1024


def test_safes_nested_without_end() -> None:
    bags = wrap(0x30)
    for _ in range(200):
        bags = wrap(0x30, h.bag("1.2.840.113549.1.12.10.1.6", bags, None))
    with pytest.raises(DamagedFile):
        read_certificates(h.pfx(container.write_content_info(container.DATA, wrap(0x04, bags))), "a.pfx")


def test_the_parser_stops_at_its_limits() -> None:
    with pytest.raises(Malformed, match="too many"):
        parse(wrap(0x30, b"\x05\x00" * (MAX_ELEMENTS + 1))).inside()
    assert len(parse(wrap(0x30, b"\x05\x00" * MAX_ELEMENTS)).inside()) == MAX_ELEMENTS
    with pytest.raises(Malformed, match="nested"):
        parse(b"\x24\x80" * 40 + b"\0\0" * 40)
    with pytest.raises(Malformed, match="nested"):
        nested = b"\x04\x00"
        for _ in range(40):
            nested = wrap(0x24, nested)
        parse(nested).octets()
