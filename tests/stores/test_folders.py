"""Finding certificate files in real folders: every candidate once, nothing else, whatever lies in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from certtray.stores.folders import Found, expand, walk


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(root: Path, *folders: Path) -> list[str]:
    """Paths found, relative to ``root``; nothing may be unreadable."""
    found = walk(folders or [root], unreadable=_must_not_happen)
    return sorted(os.path.relpath(each.path, root) for each in found)


def _must_not_happen(path: str, error: OSError) -> None:
    raise AssertionError(path) from error


def test_every_suffix_in_any_case_and_nothing_else(tmp_path: Path) -> None:
    wanted = [
        "a.pfx",
        "B.PFX",
        "c.P12",
        "d.pem",
        "e.Cer",
        "f.crt",
        "g.der",
        "深/資料夾/憑證.p7b",
        ".hidden.pfx",
        ".pfx",
    ]
    make(tmp_path, *wanted, "a.txt", "pfx", "x.pfx.bak", "y.p7", "z.key")
    assert names(tmp_path) == sorted(wanted)


def test_what_is_found_lets_a_change_be_seen(tmp_path: Path) -> None:
    make(tmp_path, "a.pfx")
    first = list(walk([tmp_path], _must_not_happen))
    status = (tmp_path / "a.pfx").stat()
    assert first == [
        Found(str(tmp_path / "a.pfx"), 1, status.st_mtime_ns, status.st_ino, status.st_dev),
    ]
    assert list(walk([tmp_path], _must_not_happen)) == first
    (tmp_path / "new").write_bytes(b"y")
    os.utime(tmp_path / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
    (tmp_path / "new").replace(tmp_path / "a.pfx")  # same size and time, another file
    assert list(walk([tmp_path], _must_not_happen)) != first


def test_hidden_and_junk_folders_are_skipped_below_but_not_at_the_top(tmp_path: Path) -> None:
    make(
        tmp_path,
        ".cache/a.pem",
        "p/node_modules/b.pem",
        "p/.git/c.pem",
        "venv/lib/Site-Packages/certifi/d.pem",
        "e.pem",
    )
    assert names(tmp_path) == ["e.pem"]
    assert names(tmp_path, tmp_path / ".cache") == [".cache/a.pem"]


def test_links_never_loop_and_overlapping_folders_count_once(tmp_path: Path) -> None:
    make(tmp_path, "a/b/one.pfx", "c/two.pfx")
    (tmp_path / "a/b/up").symlink_to(tmp_path)
    (tmp_path / "a/self").symlink_to("self")
    (tmp_path / "linked").symlink_to(tmp_path / "c")
    (tmp_path / "gone.pfx").symlink_to(tmp_path / "nowhere")
    reported: list[str] = []
    found = list(walk([tmp_path, tmp_path / "a", tmp_path / "c"], lambda path, _: reported.append(path)))
    assert sorted(Path(each.path).name for each in found) == ["one.pfx", "two.pfx"]
    assert reported in ([], [str(tmp_path / "a/self")])  # a link to itself is an error to some systems


def test_a_linked_file_tells_of_its_target(tmp_path: Path) -> None:
    make(tmp_path, "elsewhere/real.bin")
    (tmp_path / "a.pfx").symlink_to(tmp_path / "elsewhere/real.bin")
    found = list(walk([tmp_path], _must_not_happen))
    assert [each.inode for each in found] == [(tmp_path / "elsewhere/real.bin").stat().st_ino]


def test_pipes_and_folders_named_like_files_are_not_candidates(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pfx")
    make(tmp_path, "folder.pfx/inner.pfx")
    assert names(tmp_path) == ["folder.pfx/inner.pfx"]


def test_missing_and_unreadable_are_reported_and_the_walk_goes_on(tmp_path: Path) -> None:
    make(tmp_path, "good/a.pfx", "shut/b.pfx")
    reported: dict[str, OSError] = {}
    folders = [tmp_path / "missing", tmp_path]
    if os.geteuid() == 0:  # root may enter anywhere; a folder that vanishes while walked is refused to root too
        walking = walk([*folders, tmp_path / "shut", tmp_path / "late"], reported.__setitem__)
        (tmp_path / "late").mkdir()
        found = []
        for each in walking:
            found.append(Path(each.path).name)
            if (tmp_path / "late").exists():
                (tmp_path / "late").rmdir()
        assert "a.pfx" in found
        assert set(reported) == {str(tmp_path / "missing"), str(tmp_path / "late")}
        return
    (tmp_path / "shut").chmod(0)
    try:
        found = [Path(each.path).name for each in walk(folders, reported.__setitem__)]
    finally:
        (tmp_path / "shut").chmod(0o700)
    assert found == ["a.pfx"]
    assert set(reported) == {str(tmp_path / "missing"), str(tmp_path / "shut")}
    assert isinstance(reported[str(tmp_path / "shut")], PermissionError)


def test_a_file_given_is_found_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "backup.bin", "a.pfx")
    assert names(tmp_path, tmp_path / "backup.bin") == ["backup.bin"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xa4\xfd.pfx")).write_bytes(b"x")
    assert names(tmp_path) == [os.fsdecode(b"\xa4\xfd.pfx")]


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, Path]:
    """Two drives as brokers' programs fill them (FACTS.md 1.1), and a home."""
    make(tmp_path, "C/eKey/551/A123456789/S/Sinopac.pfx", "C/eKey/845/A123456789/F/a.pfx", "C/eKey/readme.txt")
    make(tmp_path, "D/EKEY/551/F246061918/s/x.pfx", "D/CAFubon/A123456789/A123456789.pfx")
    make(tmp_path, "home/Ekey/551/A123456789/S/Sinopac.pfx", "home/ekey/9A9/.hidden/x.pfx")
    return {"C": tmp_path / "C", "D": tmp_path / "D", "home": tmp_path / "home"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (r"C:\ekey\551\{id}\S", ["C/eKey/551/A123456789/S"]),
        (r"c:\EKEY\551\{id}\s", ["C/eKey/551/A123456789/S"]),
        (r"?:\ekey\551\{id}\S", ["C/eKey/551/A123456789/S", "D/EKEY/551/F246061918/s"]),
        (
            r"?:\ekey\*\*",
            ["C/eKey/551/A123456789", "C/eKey/845/A123456789", "D/EKEY/551/F246061918"],
        ),
        (r"?:\CAFubon\*", ["D/CAFubon/A123456789"]),
        ("~/ekey/*/*", ["home/Ekey/551/A123456789"]),
        ("~/ekey/551/{id}/S", ["home/Ekey/551/A123456789/S"]),
        ("ekey//551/", ["home/Ekey/551"]),
        ("~/ekey/9a9/.HIDDEN", ["home/ekey/9A9/.hidden"]),
        (r"E:\ekey\*", []),
        ("~/ekey/[5]51", []),
        ("~/../C", []),
        ("~", ["home"]),
    ],
)
def test_templates_of_profiles(machine: dict[str, Path], tmp_path: Path, template: str, expected: list[str]) -> None:
    drives = {letter: root for letter, root in machine.items() if letter != "home"}
    found = expand(template, machine["home"], drives)
    assert sorted(str(path.relative_to(tmp_path)) for path in found) == expected


def test_absolute_template_and_no_drives_here(machine: dict[str, Path], tmp_path: Path) -> None:
    assert expand(str(tmp_path).upper() + "/d/cafubon/*", machine["home"]) == [tmp_path / "D/CAFubon/A123456789"]
    if os.name != "nt":
        assert expand(r"?:\ekey\*", machine["home"]) == []
