"""``python -m tests.flows.bad_disk CASE FOLDER RA``: procedures on a disk that is full or cannot be written.

Runs in a mount namespace of its own (see ``test_disk``): FOLDER is a file system that only this process and its children see.
Each case asserts what must hold and says how often the disk refused.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from certtray.flows.operations import Step
from tests.flows.world import World
from tests.rigs import ReferenceRa

PAGE = 4096


def leave(folder: Path, pages: int) -> Path:
    """Fill the disk of ``folder`` but for so many pages; return the file to remove."""
    filler = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize // PAGE
    filler.write_bytes(bytes((free - pages) * PAGE))
    return filler


def full(folder: Path, ra: ReferenceRa, disk: str, pages: range) -> int:
    """Less and more room for what is kept (``certtray``) or for the person's own files (``user``)."""
    refused = 0
    for room in pages:
        world = World(folder / f"{room}", ra, "renew")
        (world.folder / disk).rename(folder / "aside")
        (world.folder / disk).mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", world.folder / disk], check=True)
        shutil.copytree(folder / "aside", world.folder / disk, dirs_exist_ok=True)
        shutil.rmtree(folder / "aside")
        filler = leave(world.folder / disk, room)
        played = world.play()
        if played.exit_status:
            refused += 1
            assert played.end["code"] in ("write-failed", "inventory-unusable"), played.end
            assert played.exit_status in (73, 74)
            assert len(played.errors.splitlines()) == 1, played.errors
            if world.target.read_bytes() != world.old_bytes:  # in place; there was no room to say so
                assert world.steps() == [Step.PROVEN]
        else:
            assert played.end["step"] == "installed"
        filler.unlink()
        world.recover()
        world.assert_whole()
        subprocess.run(["umount", world.folder / disk], check=True)
    return refused


def read_only_target(folder: Path, ra: ReferenceRa) -> int:
    """The new file cannot be put in place: it waits, and then needs no password."""
    world = World(folder / "world", ra, "renew")
    place = world.target.parent
    subprocess.run(["mount", "--bind", place, place], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
    for words in ((), ("resume",)):
        played = world.play(*words)
        assert (played.end["code"], played.exit_status) == ("write-failed", 73)
        assert str(place) in played.end["facts"]["path"]
        assert world.target.read_bytes() == world.old_bytes
        assert world.steps() == [Step.PROVEN]
    subprocess.run(["umount", place], check=True)
    resumed = world.recover()
    assert not resumed.questions()
    world.assert_whole()
    return 2


def read_only_home(folder: Path, ra: ReferenceRa) -> int:
    """Nothing can be kept: nothing is begun."""
    world = World(folder / "world", ra, "renew")
    home = world.program.home
    subprocess.run(["mount", "--bind", home, home], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", home], check=True)
    for words in ((), ("resume",)):
        played = world.play(*words)
        assert played.exit_status in (73, 74), played.rows
        assert len(played.errors.splitlines()) == 1, played.errors
        assert not played.questions()
    assert not world.new_serials()
    subprocess.run(["umount", home], check=True)
    world.recover()
    world.assert_whole()
    return 2


if __name__ == "__main__":
    case, where = sys.argv[1], Path(sys.argv[2])
    ra_folder, url, tls_root, ca_root = json.loads(sys.argv[3])
    issuer = ReferenceRa(Path(ra_folder), url, Path(tls_root), Path(ca_root))
    match case.split():
        case ["full", disk, first, last, step]:
            print(full(where, issuer, disk, range(int(first), int(last), int(step))))
        case ["read-only", "user"]:
            print(read_only_target(where, issuer))
        case ["read-only", "certtray"]:
            print(read_only_home(where, issuer))
