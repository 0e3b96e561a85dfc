"""Budgets of reading certificate files: against openssl in a shell loop, and against a bare walk (issue 2)."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from certtray.core.secret import Secret
from certtray.crypto.files import read_certificates
from certtray.inventory.db import Inventory
from certtray.inventory.refresh import refresh
from certtray.stores.folders import walk
from tests.bench.row import Row, best
from tests.makers import Protection, holder, openssl_pfx

PASSWORD = "bench-密碼-1"
PROTECTIONS: tuple[Protection, ...] = ("aes", "3des", "rc2-40")
MANY = 1_000
FILES, FOLDERS = 10_000, 100

_READ_ALL = """
import sys
from pathlib import Path
from certtray.core.secret import Secret
from certtray.crypto.files import read_certificates
passwords = [Secret(sys.stdin.readline().rstrip("\\n"))]
contents = [read_certificates(path.read_bytes(), str(path), passwords) for path in Path(sys.argv[1]).iterdir()]
print(sum(len(content.holdings) for content in contents))
"""


def rows(many: int = MANY) -> list[Row]:
    """Measure everything; about half a minute."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        found = [one_file(root, protection, chain) for protection in PROTECTIONS for chain in (False, True)]
        found += [many_files(root, protection, many) for protection in PROTECTIONS]
        return [*found, rescan(root / "tree")]


def one_file(root: Path, protection: Protection, chain: bool) -> Row:
    """Certificates of one RSA-2048 PFX of 2,048 rounds, in-process."""
    path = openssl_pfx(root / "one.pfx", holder(), PASSWORD, protection=protection, chain=chain)
    data, passwords = path.read_bytes(), [Secret(PASSWORD)]
    seconds = best(lambda: read_certificates(data, "one.pfx", passwords), 200)
    what = f"certificates of one PFX, {protection}{', with chain' if chain else ''}"
    return Row(what, seconds, None, None, "<= 1 ms", seconds <= 0.001)


def many_files(root: Path, protection: Protection, count: int) -> Row:
    """Many PFX in one new process, against a shell loop of openssl."""
    folder, secret = root / f"many-{protection}", root / "password"
    folder.mkdir()
    secret.write_text(PASSWORD + "\n", "utf-8")
    data = openssl_pfx(root / "one.pfx", holder(), PASSWORD, protection=protection).read_bytes()
    for number in range(count):
        (folder / f"{number}.pfx").write_bytes(data)

    # Compiled once into a folder of the bench, as an installed program is, whatever the caller's Python settings.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(root / "bytecode")

    def ours() -> None:
        command = [sys.executable, "-c", _READ_ALL, str(folder)]
        done = subprocess.run(command, input=secret.read_bytes(), env=environment, capture_output=True, check=True)
        assert int(done.stdout) == count, "not every certificate was read"

    legacy = "-legacy" if protection == "rc2-40" else ""  # loading that provider costs the peer time: only where needed
    loop = f'for f in "$0"/*.pfx; do openssl pkcs12 -nokeys {legacy} -in "$f" -passin file:"$1" || exit 1; done'

    def openssl() -> None:
        done = subprocess.run(["sh", "-c", loop, folder, secret], capture_output=True, check=True)
        assert done.stdout.count(b"BEGIN CERTIFICATE") == count

    figure, peer = best(ours, 3), best(openssl, 1)
    what = f"{count} PFX in one process, {protection}, against openssl pkcs12 -nokeys"
    return Row(what, figure, peer, peer / figure, ">= 8x", peer >= 8 * figure)


def rescan(root: Path) -> Row:
    """A second scan of unchanged files, inventory included, against scandir and stat alone."""
    for folder in range(FOLDERS):
        (root / f"{folder}").mkdir(parents=True)
        for number in range(FILES // FOLDERS):
            (root / f"{folder}" / f"{number}.pfx").write_bytes(b"x")
    now = datetime.now(UTC) + timedelta(minutes=1)  # files of this second would be read once more
    with Inventory.open(root.parent / "bench.sqlite") as inventory:

        def ours() -> int:
            return refresh(inventory, walk([root], _refuse), read_certificates, now).read

        assert ours() == FILES
        assert ours() == 0
        figure, peer = best(ours, 15), best(lambda: bare_walk(str(root)), 15)
    return Row(
        f"re-scan of {FILES} files, against a bare walk", figure, peer, figure / peer, "<= 2x", figure <= 2 * peer
    )


def bare_walk(folder: str) -> int:
    """The least any scan can do: list every folder, stat every file."""
    count = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                count += bare_walk(entry.path)
            else:
                entry.stat()
                count += 1
    return count


def _refuse(path: str, error: OSError) -> None:
    raise AssertionError(path) from error
