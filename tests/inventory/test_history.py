"""History: verified without our code, altered and missing lines noticed, nothing personal in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray.inventory.history import History, What
from tests.patience import SECONDS

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ONE, TWO = "a1" * 32, "b2" * 32
OPERATION = "0f8fad5b-d9cb-469f-a165-70867728950e"

VERIFY = """
import hashlib, json, sys
former = "0" * 64
for number, text in enumerate(open(sys.argv[1]), 1):
    row = json.loads(text)
    said = row.pop("hash")
    own = json.dumps(row, sort_keys=True, separators=(",", ":"))
    former = hashlib.sha256((former + own).encode()).hexdigest()
    if (said, row["n"]) != (former, number):
        sys.exit(f"line {number}")
"""
"""All a stranger needs to check an exported history."""


def verified(path: Path) -> str:
    done = subprocess.run([sys.executable, "-c", VERIFY, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (not done.stderr)
    return done.stderr.strip()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "history.jsonl"
    history = History(path)
    history.record(NOW, What.APPLY, [ONE], OPERATION)
    history.record(NOW + timedelta(days=1), What.PASSWORD, [ONE])
    history.record(NOW + timedelta(days=2), What.BACKUP, [TWO, ONE])
    history.record(NOW + timedelta(days=3), What.RENEW, [TWO])
    return path


def test_written_in_order_and_verified_without_our_code(path: Path) -> None:
    checked = History(path).check()
    assert checked.broken_at is None
    assert [(line.number, line.what) for line in checked.lines] == [
        (1, "apply"),
        (2, "password"),
        (3, "backup"),
        (4, "renew"),
    ]
    assert checked.lines[2].fingerprints == (ONE, TWO)
    assert checked.lines[1].at == NOW + timedelta(days=1)
    assert verified(path) == ""
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}


def lines(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (lambda all_: [all_[0], all_[1].replace(b'"password"', b'"backup"'), *all_[2:]], 2),
        (lambda all_: [all_[0].replace(ONE.encode(), TWO.encode()), *all_[1:]], 1),
        (lambda all_: [all_[0].replace(b"2026-11-21", b"2025-11-21"), *all_[1:]], 1),
        (lambda all_: [all_[0], *all_[2:]], 2),
        (lambda all_: all_[1:], 1),
        (lambda all_: [all_[1], all_[0], *all_[2:]], 1),
        (lambda all_: all_[:-1], 4),
        (lambda all_: all_[:1], 2),
        (lambda _: [], 1),
        (lambda all_: [*all_[:2], b"not json\n", *all_[3:]], 3),
        (lambda all_: [*all_, all_[-1]], 5),
        (lambda all_: [*all_[:2], b"{}\n", *all_[2:]], 3),
    ],
)
def test_what_was_altered_or_removed_is_noticed_and_stays_noticed(
    path: Path, change: Callable[[list[bytes]], list[bytes]], at: int
) -> None:
    lines(path, change)
    assert History(path).check().broken_at == at
    History(path).record(NOW, What.EXPORT, [ONE])  # what comes after does not cover it up
    assert History(path).check().broken_at == at


def test_a_whole_forged_chain_is_noticed(path: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged" / "history.jsonl"
    for number in range(4):
        History(forged).record(NOW, What.EXPORT, [f"{number:064x}"])
    path.write_bytes(forged.read_bytes())
    assert verified(path) == ""
    assert History(path).check().broken_at is not None


@pytest.mark.parametrize("left", [1, 40, 200])
def test_half_a_line_left_by_a_crash_is_not_a_line(path: Path, left: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[-1][:left])
    assert History(path).check().broken_at is None
    assert History(path).exported() == whole
    History(path).record(NOW, What.EXPORT)
    assert (len(History(path).check().lines), History(path).check().broken_at, verified(path)) == (5, None, "")


def test_a_crash_between_line_and_head_is_not_taken_for_forgery(path: Path) -> None:
    head = path.with_suffix(".head").read_bytes()
    History(path).record(NOW, What.EXPORT)
    path.with_suffix(".head").write_bytes(head)
    assert History(path).check().broken_at is None
    History(path).record(NOW, What.BACKUP)
    assert (len(History(path).check().lines), History(path).check().broken_at) == (6, None)


def test_an_operation_is_set_down_once(path: Path) -> None:
    History(path).record(NOW, What.APPLY, [ONE], OPERATION)
    assert len(History(path).check().lines) == 4
    History(path).record(NOW, What.REFUSED, [], OPERATION)
    assert len(History(path).check().lines) == 5


@pytest.mark.parametrize("given", ["A123456789", "secret", "a1" * 31, f"{ONE}\n"])
def test_nothing_but_fingerprints_and_uuids_gets_in(path: Path, given: str) -> None:
    before = path.read_bytes()
    with pytest.raises(ValueError, match="fingerprints"):
        History(path).record(NOW, What.BACKUP, [given])
    with pytest.raises(ValueError, match="fingerprints"):
        History(path).record(NOW, What.BACKUP, [], given)
    assert path.read_bytes() == before


def test_several_processes_write_one_chain(path: Path) -> None:
    code = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from certtray.inventory.history import History, What
for _ in range(15):
    History(Path({str(path)!r})).record(datetime.now(UTC), What.EXPORT)
"""
    writers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [writer.wait(SECONDS) for writer in writers] == [0, 0, 0]
    checked = History(path).check()
    assert (len(checked.lines), checked.broken_at, verified(path)) == (49, None, "")
