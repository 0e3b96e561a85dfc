"""``certtray stores`` on databases that NSS's own tools made, and what the other commands say of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certtray.inventory.db import Inventory
from certtray.watch.drift import SETTLED
from tests.faces import Program
from tests.makers import ALICE, BRUNO, Party, authority, holder, issue, nss_database, run_tool, spare_key

NOW = datetime.now(UTC).replace(microsecond=0)
OLD = holder(ALICE, serial=1, not_before=NOW - timedelta(days=340), not_after=NOW + timedelta(days=25))
NEW = holder(ALICE, serial=2, key=spare_key(2), not_before=NOW - timedelta(days=1), not_after=NOW + timedelta(days=364))
OVER = holder(
    ALICE, serial=3, key=spare_key(3), not_before=NOW - timedelta(days=700), not_after=NOW - timedelta(days=335)
)


def user(program: Program) -> Path:
    return Path(program.environment["HOME"])


@pytest.fixture
def firefox(certtray: Program) -> Path:
    """Firefox's folder with profiles as they drift apart, and the shared database of the others."""
    root = user(certtray) / ".mozilla/firefox"
    root.mkdir(parents=True)
    profiles = {"new": [NEW, OLD], "old": [OLD], "over": [OVER], "alone": [NEW]}
    for name, parties in profiles.items():
        nss_database(root / name, parties, chain=name != "alone")
    nss_database(root / "keyless", [])
    (root / "in.pem").write_bytes(NEW.certificate_pem)
    run_tool("certutil", "-A", "-d", f"sql:{root / 'keyless'}", "-n", "x", "-t", ",,", "-a", "-i", root / "in.pem")
    nss_database(user(certtray) / ".pki/nssdb", [])
    names = [*profiles, "keyless", "unused"]
    sections = [f"[Profile{number}]\nName={name}\nIsRelative=1\nPath={name}\n" for number, name in enumerate(names)]
    (root / "profiles.ini").write_text("\n".join(sections), "utf-8")
    return root


def cells(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {row["profile"] or row["path"][-9:]: [each["cell"] for each in row["cells"]] for row in rows}


def test_each_store_stands_as_it_is(certtray: Program, firefox: Path) -> None:
    rows = certtray.rows("stores")
    assert cells(rows) == {
        "new": ["newest"],
        "old": ["older_valid"],
        "over": ["expired_left"],
        "alone": ["issuing_ca_missing"],
        "keyless": ["key_missing"],
        "unused": ["unreadable"],
        "pki/nssdb": ["missing"],
    }
    assert {row["profile"]: row["reason"] for row in rows if not row["readable"]} == {"unused": "no_database"}
    first = rows[0]
    assert (first["kind"], first["name"], first["path"]) == ("nss", "Firefox", str(firefox / "new"))
    assert first["cells"][0] | {"fingerprint_sha256": ""} == {
        "subject_cn": "A12345****-00-00::PCC005",
        "issuer_cn": "TWCA Test User CA",
        "usage": "both",
        "fingerprint_sha256": "",
        "cell": "newest",
        "drifts": False,
    }
    assert {row["cells"][0]["drifts"] for row in rows[1:5]} == {True}
    assert certtray.rows("stores", "--full")[0]["cells"][0]["subject_cn"] == ALICE


def test_in_words_in_both_languages(certtray: Program, firefox: Path) -> None:
    (firefox / "old" / "cert9.db").write_bytes(b"no database at all" * 500)
    said = certtray.run("stores")
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == f"1. Firefox · new  {firefox / 'new'}"
    assert lines[1].split() == ["✓", "A12345****-00-00::PCC005", "TWCA", "Test", "User", "CA", "簽章＋加密", "最新"]
    assert lines[lines.index(f"2. Firefox · old  {firefox / 'old'}") + 1] == "  ✗ 內容已損毀或無法辨識。"
    assert "  ✗ 還沒有憑證庫" in said.stdout
    assert ALICE not in said.stdout
    english = Program(certtray.folder, "en").run("stores").stdout
    assert "Its contents are damaged or not understood." in english
    assert "issuing CA's certificate is missing" in english


def checked(program: Program) -> tuple[dict[str, Any], int]:
    done = program.run("check", "--json")
    return json.loads(done.stdout), done.returncode


def test_check_counts_drift(certtray: Program, firefox: Path) -> None:
    found, status = checked(certtray)
    assert (found["status"], found["exit"], status) == ("drift", 1, 1)
    assert {row["profile"] or "shared": row["cell"] for row in found["drift"]} == {
        "old": "older_valid",
        "over": "expired_left",
        "alone": "issuing_ca_missing",
        "keyless": "key_missing",
        "shared": "missing",
    }
    assert found["drift"][0]["path"] == str(firefox / "old")
    said = certtray.run("check").stdout.splitlines()
    assert said[0] == "瀏覽器裡的憑證和這台電腦上最新的不一致。"
    assert said[-1].startswith("  ! Chromium, Chrome, Edge, Brave  A12345****-00-00::PCC005  TWCA Test User CA")
    assert said[-1].endswith("沒有這張憑證")
    assert ALICE not in "".join(said)
    assert certtray.run().stdout.splitlines()[0] == "5 個瀏覽器缺少最新的憑證，執行 certtray stores 查看。"


def test_check_says_what_is_more_urgent_first_and_nothing_of_what_no_store_ever_had(certtray: Program) -> None:
    database = nss_database(user(certtray) / ".pki/nssdb", [])
    documents = user(certtray) / "Documents"
    documents.mkdir()
    (documents / "new.pem").write_bytes(NEW.certificate_pem + NEW.key_pem)
    assert [(row["cell"], row["drifts"]) for row in certtray.rows("stores")[0]["cells"]] == [("missing", False)]
    found, status = checked(certtray)
    assert (found["status"], found["drift"], status) == ("fine", [], 0)
    nss_database(database, [OLD])
    found, status = checked(certtray)
    assert (found["status"], [row["cell"] for row in found["drift"]], status) == ("drift", ["older_valid"], 1)
    other = holder(BRUNO, serial=9, key=spare_key(4), not_after=NOW + timedelta(days=3))
    (documents / "other.pem").write_bytes(other.certificate_pem + other.key_pem)
    found, status = checked(certtray)
    assert (found["status"], len(found["drift"]), status) == ("critical", 1, 2)


def test_it_is_said_once_over_restarts_and_taken_back(certtray: Program) -> None:
    root = user(certtray) / ".mozilla/firefox"
    long = holder(ALICE, serial=7, not_after=NOW + timedelta(days=60))
    for name in ("one", "two"):
        nss_database(root / name, [long])

    def said() -> list[str]:
        done = certtray.run("run", "--once")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    assert said() == []
    nss_database(root / "two", [NEW])
    with Inventory.open(certtray.home / "inventory.sqlite") as inventory:
        assert said() == []  # it may be a renewal under way
        met = inventory.journal.drifts()
        inventory.journal.meet({at: replace(seen, since=seen.since - SETTLED) for at, seen in met.items()})
    assert said() == ["1 個瀏覽器缺少最新的憑證，執行 certtray stores 查看。"]
    assert said() == []
    nss_database(root / "one", [NEW])
    assert said() == ["1 則先前的通知已處理，不再提醒。"]
    assert said() == []


def test_without_a_browser(certtray: Program) -> None:
    assert certtray.rows("stores") == []
    assert "找不到瀏覽器憑證庫" in certtray.run("stores").stdout


def test_list_knows_the_stores_as_places(certtray: Program, firefox: Path) -> None:
    rows = [row for row in certtray.rows("list") if row.get("mine")]
    (new,) = [row for row in rows if row["serial_hex"] == "00000002"]
    assert new["locations"] == [
        {"kind": "nss", "path": str(firefox / name), "has_key": name != "keyless", "store": f"Firefox · {name}"}
        for name in ("alone", "keyless", "new")
    ]
    states = {row["serial_hex"][-1]: row["state"] for row in rows}
    assert states == {"1": "superseded", "2": "valid", "3": "superseded"}


def test_a_key_on_a_card_is_no_drift(certtray: Program, firefox: Path) -> None:
    def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])

    above = name((NameOID.ORGANIZATION_NAME, "TaICA"), (NameOID.COMMON_NAME, "TaiCA Information User CA"))
    issuer = issue(above, use="ca", key=spare_key(91), serial=10)
    fine = name((NameOID.ORGANIZATIONAL_UNIT_NAME, "TWCA FINE"), (NameOID.COMMON_NAME, "70759028-00-0007"))
    documents = user(certtray) / "Documents"
    documents.mkdir()
    on_card = issue(fine, issuer=issuer, key=spare_key(4), serial=11)
    (documents / "fine.cer").write_bytes(on_card.der)

    def cell() -> tuple[str, bool]:
        (found,) = [each for each in certtray.rows("stores")[-1]["cells"] if each["subject_cn"].startswith("7075")]
        return found["cell"], found["drifts"]

    assert cell() == ("via_card", False)
    nss_database(firefox / "old", [on_card])  # a key in a browser is on no card
    assert cell() == ("missing", True)


def test_a_store_alone_makes_a_certificate_the_persons_own(certtray: Program, tmp_path: Path) -> None:
    stranger = Party(
        OLD.key, issue(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vpn")]), issuer=authority()).certificate
    )
    nss_database(user(certtray) / ".local/share/pki/nssdb", [stranger], chain=True)
    (row,) = certtray.rows("stores")
    assert [(each["subject_cn"], each["cell"]) for each in row["cells"]] == [("vpn", "issuing_ca_missing")]
