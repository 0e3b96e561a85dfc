"""``make bench``: every bench of this folder in one run; a missed budget is said, never hidden, and never fails a build."""

from __future__ import annotations

import importlib
import os
import platform
from pathlib import Path


def main() -> None:
    """Print a table of what was measured, its peer in the same run, and whether the budget held."""
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"\n{path.stem.removeprefix('bench_')}")
        for row in importlib.import_module(f"tests.bench.{path.stem}").rows():
            print(f"  {row.line()}", flush=True)


main()
