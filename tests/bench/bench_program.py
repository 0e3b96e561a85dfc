"""Budgets of whole commands, process start included (issue 2)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.row import Row, best
from tests.makers import holder, openssl_pfx, spare_key

FILES = 300
PASSWORD = "bench-password-1"


def rows() -> list[Row]:
    """Measure ``certtray list`` over a few hundred known files, against a Python process that does nothing."""
    with TemporaryDirectory() as name:
        home = Path(name)
        documents = home / "Documents"
        documents.mkdir()
        party = holder(key=spare_key(1))
        data = party.certificate_pem + party.key_pem
        for number in range(FILES - 1):
            (documents / f"{number}.pem").write_bytes(data + f"# {number}\n".encode())
        openssl_pfx(documents / "locked.pfx", party, PASSWORD)
        for path in documents.iterdir():  # a file written a moment ago is read again, lest a second write be missed
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 60))
        environment = {**os.environ, "HOME": name, "CERTTRAY_HOME": str(home / "certtray")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = str(home / "bytecode")

        def run(*words: str) -> None:
            subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)

        run("-m", "certtray", "list")  # the first one reads them all
        seconds = best(lambda: run("-m", "certtray", "list"), 7)
        bare = best(lambda: run("-c", ""), 7)
        what = f"certtray list, {FILES} known files, start included"
        return [Row(what, seconds, bare, bare / seconds, "<= 250 ms", seconds <= 0.25)]
