"""Events and the schedule, each without the other."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from certtray.core.store import Store
from certtray.inventory.model import BadFile, KnownStore, Problem
from certtray.watch import files
from certtray.watch.files import FileWatch, folders_worth_watching
from certtray.watch.schedule import Schedule
from tests.patience import SECONDS
from tests.watch.test_due import AUTHORITY, OLD, entry

Posts = queue.SimpleQueue[float]


@pytest.fixture
def posts() -> Posts:
    return queue.SimpleQueue()


@pytest.fixture
def watch(posts: Posts) -> Iterator[FileWatch]:
    made = FileWatch(lambda: posts.put(time.monotonic()), settle=0.2, longest_wait=1.0)
    yield made
    made.stop()
    made.stop()


def follow(watch: FileWatch, posts: Posts, *folders: Path) -> None:
    """Watch folders for the first time, and take the post that comes of it."""
    watch.follow(folders)
    posts.get(timeout=SECONDS)


def nothing(posts: Posts, seconds: float = 0.6) -> None:
    with pytest.raises(queue.Empty):
        posts.get(timeout=seconds)


def test_what_happens_to_a_certificate_file_is_noticed(tmp_path: Path, watch: FileWatch, posts: Posts) -> None:
    follow(watch, posts, tmp_path)
    file = tmp_path / "a.PFX"
    file.write_bytes(b"1")
    posts.get(timeout=SECONDS)
    file.write_bytes(b"2")
    posts.get(timeout=SECONDS)
    part = tmp_path / "b.pfx.part"
    part.write_bytes(b"3")
    nothing(posts)
    part.rename(tmp_path / "b.pfx")
    posts.get(timeout=SECONDS)
    file.unlink()
    posts.get(timeout=SECONDS)
    (tmp_path / "ekey").mkdir()
    posts.get(timeout=SECONDS)
    nothing(posts)


def test_replaced_atomically_as_we_do_it(tmp_path: Path, watch: FileWatch, posts: Posts) -> None:
    from certtray.system.files import write_atomic

    write_atomic(tmp_path / "a.pfx", b"1")
    follow(watch, posts, tmp_path)
    write_atomic(tmp_path / "a.pfx", b"2")
    posts.get(timeout=SECONDS)


def test_reading_and_other_files_are_nobodys_business(tmp_path: Path, watch: FileWatch, posts: Posts) -> None:
    (tmp_path / "a.pfx").write_bytes(b"1")
    (tmp_path / "below").mkdir()
    follow(watch, posts, tmp_path)
    assert (tmp_path / "a.pfx").read_bytes()
    assert list(os.scandir(tmp_path))
    (tmp_path / "note.txt").write_text("x")
    (tmp_path / "below" / "b.pfx").write_bytes(b"1")  # not recursive
    nothing(posts)


def test_many_events_are_one_post_and_endless_ones_do_not_hold_it_up(
    tmp_path: Path, watch: FileWatch, posts: Posts
) -> None:
    follow(watch, posts, tmp_path)
    for number in range(50):
        (tmp_path / f"{number}.pfx").write_bytes(b"1")
    posts.get(timeout=SECONDS)
    nothing(posts)
    end = time.monotonic() + SECONDS
    while posts.empty():
        (tmp_path / "a.pfx").write_bytes(b"1")
        assert time.monotonic() < end


def test_a_folder_that_vanished_and_came_back(tmp_path: Path, watch: FileWatch, posts: Posts) -> None:
    folder = tmp_path / "ekey"
    watch.follow([folder])  # not there yet
    folder.mkdir()
    follow(watch, posts, folder)
    folder.rmdir()
    posts.get(timeout=SECONDS)
    folder.mkdir()
    watch.follow([folder])
    (folder / "a.pfx").write_bytes(b"1")
    posts.get(timeout=SECONDS)
    watch.follow([])
    (folder / "b.pfx").write_bytes(b"1")
    nothing(posts)


def test_what_comes_before_the_watch_begins_is_not_left_to_the_next_hour(
    tmp_path: Path, watch: FileWatch, posts: Posts
) -> None:
    watch.follow([tmp_path])
    posts.get(timeout=SECONDS)
    watch.follow([])
    watch.follow([tmp_path])
    nothing(posts)  # once: a watch that ends by itself again and again must not keep us checking


def test_no_more_folders_than_it_can_bear(
    tmp_path: Path, watch: FileWatch, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST", 3)
    folders = [tmp_path / str(number) for number in range(5)]
    for folder in folders:
        folder.mkdir()
    follow(watch, posts, *folders)
    (folders[4] / "a.pfx").write_bytes(b"1")
    nothing(posts)
    (folders[2] / "a.pfx").write_bytes(b"1")
    posts.get(timeout=SECONDS)


def test_folders_of_issuers_first_then_of_known_and_locked_files(tmp_path: Path) -> None:
    locked = BadFile("/locked/x.pfx", Problem("locked", {}))
    damaged = BadFile("/damaged/x.pfx", Problem("damaged", {}))
    found = folders_worth_watching(
        [entry(OLD), entry(AUTHORITY, has_key=False)], [locked, damaged], [Path("/ekey")], [store(Path("/ff"))]
    )
    assert found == [Path("/ekey"), Path("/ff"), Path("/"), Path("/locked")]


def store(folder: Path) -> KnownStore:
    return KnownStore(Store("nss", "Firefox", "", folder), None)


def test_a_store_is_watched_itself_and_only_its_databases_count(tmp_path: Path, watch: FileWatch, posts: Posts) -> None:
    follow(watch, posts, *folders_worth_watching([], [], [], [store(tmp_path)]))
    (tmp_path / "places.sqlite").write_bytes(b"1")
    nothing(posts)
    for name in ("cert9.db", "key4.db"):
        (tmp_path / name).write_bytes(b"1")
        posts.get(timeout=SECONDS)


def test_a_post_that_fails_does_not_end_it(tmp_path: Path, posts: Posts) -> None:
    def post() -> None:
        posts.put(0)
        raise RuntimeError("once")

    watch = FileWatch(post, settle=0.1)
    follow(watch, posts, tmp_path)
    for name in ("a.pfx", "b.pfx"):
        (tmp_path / name).write_bytes(b"1")
        posts.get(timeout=SECONDS)
    watch.stop()


class Looker:
    """Notices a change when it is told to look, as the resident process does."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seen: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._last = b""

    def look(self) -> None:
        now = self.file.read_bytes() if self.file.exists() else b""
        if now != self._last:
            self._last = now
            self.seen.put(now)


def test_with_events_off_the_schedule_notices(tmp_path: Path) -> None:
    looker = Looker(tmp_path / "a.pfx")
    schedule = Schedule(looker.look, interval=timedelta(seconds=0.2))
    schedule.start()
    (tmp_path / "a.pfx").write_bytes(b"1")
    assert looker.seen.get(timeout=SECONDS) == b"1"
    schedule.stop()


def test_with_the_schedule_late_the_events_notice(tmp_path: Path) -> None:
    looker = Looker(tmp_path / "a.pfx")
    schedule = Schedule(looker.look, interval=timedelta(hours=1))
    schedule.start()
    watch = FileWatch(looker.look, settle=0.1)
    watch.follow([tmp_path])
    for content in (b"1", b"2"):
        (tmp_path / "a.pfx").write_bytes(content)
        while looker.seen.get(timeout=SECONDS) != content:
            pass
    watch.stop()
    schedule.stop()


IDLE = """
import re, sys, threading, time
from pathlib import Path
from certtray.watch.files import FileWatch
from certtray.watch.sleep import SleepWatch
watch = FileWatch(lambda: None, settle=0.1)
watch.follow([Path(sys.argv[1])])
def switches():
    return sum(int(re.search(r"voluntary_ctxt_switches:\\s*(\\d+)", path.read_text())[1])
               for path in Path("/proc/self/task").glob("*/status"))
before = -9
while (now := switches()) - before > 1:  # it still starts; sleeping is one of the main thread's own
    before = now
    time.sleep(0.5)
before = switches()
time.sleep(3)
print(switches() - before)
watch.stop()
"""


def test_idle_it_does_not_wake_up(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", IDLE, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 3  # of the sleeping main thread itself
