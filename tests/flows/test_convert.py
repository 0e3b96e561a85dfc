"""Files in another form, and one's own .cer (4-16): read by OpenSSL, Java and NSS."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faces import Program
from tests.flows.checks import key_fits, opens
from tests.flows.files import NEW, OLD, algorithms, bank_pair, broker_place, certificates_in, history, play
from tests.flows.test_backup import known
from tests.makers import Party, authority, holder, openssl_pfx, run_tool


def key_of(pem: Path, password: str) -> str:
    """Return the public half of the key OpenSSL finds in a PEM file."""
    words = ["openssl", "pkey", "-in", str(pem), "-passin", "stdin", "-pubout"]
    return subprocess.run(words, input=password + "\n", capture_output=True, text=True, check=True).stdout


def public(party: Party) -> str:
    return subprocess.run(
        ["openssl", "x509", "-noout", "-pubkey"],
        input=party.certificate_pem.decode(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_pfx_to_pem_and_back(certtray: Program, tmp_path: Path) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD, chain=True)
    before, inside = path.read_bytes(), certificates_in(path, OLD, tmp_path)
    pem, back = certtray.folder / "out.pem", certtray.folder / "back.pfx"
    answers = {"file_password": OLD, "convert_to": "pem", "convert_place": str(pem), "converted_password": NEW}
    assert play(certtray, "convert", path, answers=answers).end["done"] == "converted"
    text = pem.read_bytes()
    assert text.count(b"BEGIN CERTIFICATE-") == 3
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in text and b"BEGIN PRIVATE KEY" not in text
    assert key_of(pem, NEW) == public(holder())
    answers = {"file_password": NEW, "convert_to": "modern", "convert_place": str(back)}
    played = play(certtray, "convert", pem, answers={**answers, "converted_password": {"action": "keep"}})
    assert played.end["done"] == "converted", played.end
    assert key_fits(back, NEW) and certificates_in(back, NEW, tmp_path) == inside
    assert path.read_bytes() == before
    assert history(certtray) == ["convert", "convert"]


@pytest.mark.parametrize(("form", "said"), [("compatible", "3-KeyTripleDES"), ("modern", "AES-256-CBC")])
def test_old_and_new_encryption(certtray: Program, form: str, said: str) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD, protection="rc2-40", mac="sha1")
    target = certtray.folder / "out.pfx"
    answers = {"file_password": OLD, "convert_to": form, "convert_place": str(target)}
    played = play(certtray, "convert", path, answers={**answers, "converted_password": {"action": "keep"}})
    assert played.end["form"] == form, played.end
    assert said in algorithms(target, OLD) and key_fits(target, OLD)
    plain = subprocess.run(
        ["openssl", "pkcs12", "-in", str(target), "-passin", "stdin", "-noout"],
        input=OLD + "\n",
        text=True,
        check=False,
    )
    assert plain.returncode == 0 or form == "compatible"  # what is new needs no legacy provider


@pytest.mark.parametrize("kind", ["traditional", "pkcs8", "clear"])
def test_pem_as_openssl_writes_it(certtray: Program, kind: str) -> None:
    party, secret, source = holder(), certtray.folder / "secret", certtray.folder / f"{kind}.pem"
    secret.write_text(OLD)
    words = {"traditional": ["rsa", "-aes256", "-traditional"], "pkcs8": ["pkcs8", "-topk8"], "clear": ["pkey"]}[kind]
    locked = [] if kind == "clear" else ["-passout", f"file:{secret}"]
    key = run_tool("openssl", *words, *locked, stdin=party.key_pem)
    source.write_bytes(party.chain_pem + key + party.certificate_pem)
    target = certtray.folder / "out.pfx"
    answers = {"file_password": ["wrong", OLD], "convert_to": "modern", "convert_place": str(target)}
    played = play(certtray, "convert", source, answers={**answers, "converted_password": NEW})
    assert played.end["done"] == "converted", played.end
    assert len(played.questions("file_password")) == (0 if kind == "clear" else 2)
    assert key_fits(target, NEW)


def test_certificates_to_pem_and_der(certtray: Program) -> None:
    party = holder()
    (certtray.folder / "a.pem").write_bytes(party.certificate_pem + party.chain_pem)
    bundle, der = certtray.folder / "a.p7b", certtray.folder / "a.cer"
    run_tool(
        "openssl", "crl2pkcs7", "-nocrl", "-certfile", certtray.folder / "a.pem", "-outform", "DER", "-out", bundle
    )
    der.write_bytes(party.der)
    for source, count in ((bundle, 3), (der, 1)):
        target = certtray.folder / f"{source.suffix[1:]}.pem"
        played = play(certtray, "convert", source, answers={"convert_to": "pem", "convert_place": str(target)})
        assert played.end["done"] == "converted", played.end
        listed = run_tool("openssl", "storeutl", "-certs", "-noout", target).decode()
        assert f"Total found: {count}" in listed
    back = certtray.folder / "b.cer"
    play(certtray, "convert", certtray.folder / "cer.pem", answers={"convert_to": "der", "convert_place": str(back)})
    assert back.read_bytes() == party.der


def test_a_file_in_the_way_is_asked_about_and_kept(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    before = path.read_bytes()
    answers = {"file_password": OLD, "convert_to": "modern", "convert_place": str(path), "place_taken": True}
    played = play(certtray, "convert", path, answers={**answers, "converted_password": NEW})
    assert played.end["done"] == "converted"
    assert opens(path, NEW)
    assert [each.read_bytes() for each in (certtray.home / "archive").rglob("*.pfx")] == [before]


@pytest.mark.feature("4-16")
@pytest.mark.parametrize("days", [335, 300])
def test_own_certificates_are_saved_each(certtray: Program, days: int) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    sign, _ = bank_pair(authority())
    _, encrypt = bank_pair(authority(), not_after=sign.certificate.not_valid_after_utc - timedelta(days=335 - days))
    documents = Path(certtray.environment["HOME"]) / "Documents"
    documents.mkdir()
    files = [openssl_pfx(documents / f"{n}.pfx", each, OLD) for n, each in enumerate((sign, encrypt))]
    marks = [known(certtray, file) for file in files]
    played = play(certtray, "export", marks[0], answers={"export_place": str(certtray.folder / "own.cer")})
    assert played.end["done"] == "exported", played.end
    for usage, party in (("sign", sign), ("encrypt", encrypt)):
        file = certtray.folder / f"own-{usage}.cer"
        assert str(file) in played.end["paths"]
        serial = run_tool("openssl", "x509", "-inform", "DER", "-in", file, "-noout", "-serial").decode()
        assert int(serial.partition("=")[2], 16) == party.certificate.serial_number
        assert b"PRIVATE" not in file.read_bytes()
        assert file.stat().st_mtime >= now.timestamp() - 2
    assert ("export_ends_differ" in played.events()) == (days != 335)
    assert history(certtray) == ["export"]


def test_one_certificate_that_does_both_is_one_file(certtray: Program) -> None:
    party = holder()
    path = openssl_pfx(broker_place(certtray), party, OLD)
    known(certtray, path)
    target = certtray.folder / "own.cer"
    play(certtray, "export", path, answers={"export_place": str(target)})
    assert target.read_bytes() == party.der
