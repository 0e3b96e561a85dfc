"""From files into stores, out of stores into files, and removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from certtray_sandbox.script import Answer
from tests.faces import Program
from tests.flows.browsers import PRIMARY, firefox, held, made, shared
from tests.flows.checks import key_fits, opens
from tests.flows.files import OLD, algorithms, bank_pair, history, play
from tests.flows.test_backup import BACKUP
from tests.makers import ALICE, authority, holder, nss_database, openssl_pfx, spare_key
from tests.stores.kinds import fingerprint
from tests.stores.whole import orphans


@pytest.mark.feature("1-11", "2-20", "2-25")
def test_imported_from_a_backup_into_the_system_s_store(certtray: Program, tmp_path: Path) -> None:
    party = holder()
    backup = openssl_pfx(tmp_path / "backup.pfx", party, BACKUP, chain=True)
    (browser,) = firefox(certtray, "profile")
    answers: dict[str, Answer] = {
        "import_file": str(backup),
        "file_password": ["not-right-1", BACKUP],
        "import_stores": "",
    }
    played = play(certtray, "import", answers=answers)
    assert (played.end["done"], played.end["title"]) == ("imported", "憑證匯入完成"), played.end
    assert len(played.questions("file_password")) == 2, "only the right password opens it"
    (asked,) = played.questions("import_stores")
    assert asked["chosen"] == ["2"], "the system's store, made now"
    assert held(shared(certtray))[party.der] and not held(browser)
    assert history(certtray) == ["import"]
    (row,) = [row for row in certtray.rows("list") if row["mine"]]
    assert [place["store"] for place in row["locations"]] == ["Chromium, Chrome, Edge, Brave"]
    both = play(certtray, "import", backup, "--to", "all", answers={"file_password": BACKUP})
    assert held(browser)[party.der], both.end


@pytest.mark.feature("3-21")
def test_signing_and_encryption_are_imported_from_their_two_files(certtray: Program, tmp_path: Path) -> None:
    sign, encrypt = bank_pair(authority())
    files = [openssl_pfx(tmp_path / f"{each}.pfx", party, BACKUP) for each, party in (("s", sign), ("e", encrypt))]
    made(shared(certtray))
    answers: dict[str, Answer] = {"file_password": BACKUP, "import_other": str(files[1]), "import_stores": ""}
    played = play(certtray, "import", files[0], answers=answers)
    assert played.end["done"] == "imported", played.end
    (other,) = played.questions("import_other")
    assert "加密" in other["title"]
    assert held(shared(certtray)) == {sign.der: True, encrypt.der: True}
    later = play(certtray, "import", files[0], answers=answers | {"import_other": {"action": "later"}})
    assert later.end["done"] in ("imported", "nothing_installed")


@pytest.mark.feature("1-12", "2-24")
def test_backed_up_out_of_a_store(certtray: Program, tmp_path: Path) -> None:
    party = holder()
    nss_database(shared(certtray), [party])
    place = tmp_path / "stick"
    place.mkdir()
    answers: dict[str, Answer] = {"backup_place": str(place), "backup_password": BACKUP, "backup_same_disk": True}
    played = play(certtray, "backup", fingerprint(party), answers=answers)
    assert (played.end["done"], played.end["title"]) == ("backed_up", "憑證匯出完成"), played.end
    (copy,) = place.iterdir()
    assert key_fits(copy, BACKUP) and not opens(copy, "other")
    assert len(played.questions("backup_same_disk")) == 1
    assert "TripleDES" in algorithms(copy, BACKUP), "what this broker's own programs read"


@pytest.mark.feature("3-20")
def test_a_pair_in_a_guarded_store_is_backed_up_in_two_files(certtray: Program, tmp_path: Path) -> None:
    parties = bank_pair(authority())
    (folder,) = firefox(certtray, "guarded", primary="guarded")
    for number, party in enumerate(parties):
        path = openssl_pfx(tmp_path / f"{number}.pfx", party, OLD)
        answers: dict[str, Answer] = {
            "file_password": OLD,
            "import_other": {"action": "later"},
            "primary_password": PRIMARY,
        }
        assert play(certtray, "import", path, "--to", "1", answers=answers).end["done"] == "imported"
        path.unlink()
    assert held(folder) == {party.der: True for party in parties}
    place = tmp_path / "stick"
    place.mkdir()
    answers = {
        "primary_password": PRIMARY,
        "backup_place": str(place),
        "backup_password": BACKUP,
        "backup_same_disk": True,
    }
    played = play(certtray, "backup", fingerprint(parties[0]), answers=answers)
    assert played.end["done"] == "backed_up", played.end
    assert len(played.questions("primary_password")) == 1
    names = sorted(path.stem.rpartition("-")[2] for path in place.iterdir())
    assert names == ["encrypt", "sign"]
    assert all(key_fits(path, BACKUP) and "AES-256" in algorithms(path, BACKUP) for path in place.iterdir())


def test_one_certificate_is_removed_by_its_der_and_kept(certtray: Program, tmp_path: Path) -> None:
    old, new = holder(ALICE, serial=8), holder(ALICE, serial=9, key=spare_key(5))
    (browser,) = firefox(certtray, "profile")
    for folder in (browser, shared(certtray)):
        nss_database(folder, [old, new])
    answers: dict[str, Answer] = {
        "remove_stores": "all",
        "remove_keep": "pfx",
        "archive_password": BACKUP,
        "remove_sure": True,
    }
    played = play(certtray, "remove", fingerprint(old), answers=answers)
    assert played.end["done"] == "removed", played.end
    for folder in (browser, shared(certtray)):
        assert old.der not in held(folder) and held(folder)[new.der]
        assert orphans(folder) == 0
    (kept,) = [path for path in (certtray.home / "archive").rglob("*") if path.is_file()]
    assert kept.suffix == ".pfx" and key_fits(kept, BACKUP)
    assert history(certtray) == ["remove"]
    gone = play(certtray, "remove", fingerprint(old), answers=answers)
    assert gone.end["code"] in ("certificate-gone", "file-missing")
    unsure = play(certtray, "remove", fingerprint(new), answers=answers | {"remove_sure": False})
    assert unsure.end["code"] == "cancelled"
    assert held(browser)[new.der]
