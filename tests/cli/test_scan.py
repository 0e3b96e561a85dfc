"""``certtray scan``: every certificate of real files, every bad file a row, no state changed."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faces import Program
from tests.makers import ALICE, BRUNO, holder, issue, keytool_pfx, name, openssl_pfx, spare_key

PASSWORD = "scan-密碼-1"


def test_every_certificate_of_a_file_and_its_fields(certtray: Program, tmp_path: Path) -> None:
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
    party = holder(not_before=begin, not_after=begin + timedelta(days=30), serial=0x7E0445FC)
    path = openssl_pfx(tmp_path / "one.pfx", party, PASSWORD, chain=True)
    rows = certtray.rows("scan", path, "--password-stdin", typed=f"wrong\n{PASSWORD}\n")
    (mine,) = [row for row in rows if row["mine"]]
    assert len(rows) == 3, "the holder's certificate and the two above it"
    assert mine["fingerprint_sha256"] == _fingerprint(party.certificate_pem)
    assert mine["subject_cn"] == "A12345****-00-00::PCC005"
    assert mine["issuer_cn"] == "TWCA Test User CA"
    assert mine["serial_hex"] == "7E0445FC"
    assert mine["not_before"] == begin.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert mine["not_after"] == (begin + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert mine["days_left"] == 20
    assert mine["state"] == "expiring"
    assert mine["locations"] == [{"kind": "pfx", "path": str(path), "has_key": True, "store": ""}]
    assert mine["issuer_profile"] == "sinopac"
    (full,) = [row for row in certtray.rows("scan", "--full", path, "--password-stdin", typed=PASSWORD) if row["mine"]]
    assert full["subject_cn"] == ALICE


def _fingerprint(pem: bytes) -> str:
    words = ["openssl", "x509", "-noout", "-fingerprint", "-sha256"]
    said = subprocess.run(words, input=pem, capture_output=True, check=True).stdout.decode()
    return said.partition("=")[2].strip().replace(":", "").lower()


@pytest.mark.feature("3-04")
@pytest.mark.parametrize("legacy", [False, True])
def test_signing_and_encryption_certificate_with_their_own_keys(
    certtray: Program, tmp_path: Path, legacy: bool
) -> None:
    sign = holder(use="sign", key=spare_key(1), serial=17465)
    encrypt = holder(use="encrypt", key=spare_key(2), serial=17466)
    path = keytool_pfx(tmp_path / "two.p12", [sign, encrypt], "ascii-only-1", legacy=legacy)
    rows = certtray.rows("scan", path, "--password-stdin", typed="ascii-only-1\n")
    found = {(row["usage"], row["serial_hex"], row["locations"][0]["has_key"]) for row in rows}
    assert found == {("sign", "00004439", True), ("encrypt", "0000443A", True)}


def test_every_kind_of_bad_file_is_a_row_of_its_own(certtray: Program, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    good = openssl_pfx(folder / "good.pfx", holder(), PASSWORD)
    openssl_pfx(folder / "other.pfx", holder(BRUNO, key=spare_key(3)), "another password")
    (folder / "cut.pfx").write_bytes(good.read_bytes()[:-200])
    (folder / "text.pfx").write_bytes(b"not a certificate at all")
    (folder / "empty.p12").write_bytes(b"")
    (folder / "huge.pfx").write_bytes(b"\0" * (9 << 20))
    rows = certtray.rows("scan", folder, "--password-stdin", typed=PASSWORD + "\n")
    errors = {Path(row["path"]).name: row["error"] for row in rows if "error" in row}
    assert errors == {
        "other.pfx": "wrong-password",
        "cut.pfx": "damaged",
        "text.pfx": "not-a-certificate-file",
        "empty.p12": "not-a-certificate-file",
        "huge.pfx": "file-too-large",
    }
    assert [row["mine"] for row in rows if "error" not in row] == [True]


def test_locked_says_what_can_be_known(certtray: Program, tmp_path: Path) -> None:
    path = openssl_pfx(tmp_path / "one.pfx", holder(), PASSWORD, protection="rc2-40", mac="sha1")
    (row,) = certtray.rows("scan", path)
    assert row["state"] == "locked"
    assert row["next"] == "unlock"
    assert "RC2" in row["facts"]["encryption"]
    assert "SHA" in row["facts"]["mac"].upper()


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (None, 66, "找不到檔案"),
        (b"hello", 65, "不是憑證檔"),
        (b"\x30\x82\x10\x00\x02\x01\x03", 65, "檔案已損壞"),
    ],
)
def test_bad_input_is_one_line_that_names_it(
    certtray: Program, tmp_path: Path, content: bytes | None, status: int, said: str
) -> None:
    path = tmp_path / "A123456789.pfx"
    if content is not None:
        path.write_bytes(content)
    done = certtray.run("scan", path)
    assert done.returncode == status
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert "A12345****.pfx" in done.stderr


def test_a_wrong_password_for_a_named_file(certtray: Program, tmp_path: Path) -> None:
    path = openssl_pfx(tmp_path / "one.pfx", holder(), PASSWORD)
    done = certtray.run("scan", path, "--json", "--password-stdin", typed="planted-wrong\n")
    assert done.returncode == 77
    assert "wrong-password" in done.stdout
    assert "密碼不正確" in done.stderr
    assert "planted-wrong" not in done.stdout + done.stderr


def test_scan_changes_no_state(certtray: Program, tmp_path: Path) -> None:
    path = openssl_pfx(tmp_path / "one.pfx", holder(), PASSWORD)
    certtray.rows("scan", tmp_path, "--password-stdin", typed=PASSWORD + "\n")
    assert not certtray.home.exists()
    assert path.exists()


def test_a_loop_of_folders_ends(certtray: Program, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "back").symlink_to(tmp_path / "a")
    openssl_pfx(folder / "one.pfx", holder(), PASSWORD)
    rows = certtray.rows("scan", tmp_path / "a", "--password-stdin", typed=PASSWORD + "\n")
    assert len(rows) == 1
    assert len(rows[0]["locations"]) == 1


def test_certificates_without_keys_in_other_kinds_of_files(certtray: Program, tmp_path: Path) -> None:
    party = holder()
    (tmp_path / "one.cer").write_bytes(party.der)
    (tmp_path / "one.pem").write_bytes(party.certificate_pem + party.key_pem)
    (tmp_path / "chain.pem").write_bytes(party.chain_pem)
    words = ["openssl", "crl2pkcs7", "-nocrl", "-certfile", "chain.pem", "-outform", "DER", "-out", "chain.p7b"]
    subprocess.run(words, cwd=tmp_path, check=True)
    rows = certtray.rows("scan", tmp_path)
    (mine,) = [row for row in rows if row["mine"]]
    assert {(Path(place["path"]).name, place["kind"], place["has_key"]) for place in mine["locations"]} == {
        ("one.cer", "der", False),
        ("one.pem", "pem", True),
    }
    above = [row for row in rows if row["ca"]]
    assert len(above) == 2
    assert all({place["kind"] for place in row["locations"]} == {"pem", "p7b"} for row in above)


def test_a_strange_name_does_not_reach_the_terminal_raw(certtray: Program, tmp_path: Path) -> None:
    party = issue(name("evil\x1b]0;title\x07\n"), use="both", key=spare_key(4))
    (tmp_path / "one.pem").write_bytes(party.certificate_pem + party.key_pem)
    done = certtray.run("scan", tmp_path / "one.pem")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
