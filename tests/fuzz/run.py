"""One fuzzing run in a process of its own: ``python -m tests.fuzz.run TARGET [libFuzzer's options] CORPUS``."""

from __future__ import annotations

import importlib
import logging
import sys

import atheris


def main() -> None:
    """Instrument our own code and feed the target."""
    logging.disable()  # what a damaged file makes us log is not the question here
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["certtray"]):
        targets = importlib.import_module("tests.fuzz.targets")
    atheris.Setup(sys.argv, targets.TARGETS.get(name, targets.broken))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
