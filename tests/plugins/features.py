"""``make features``: which row of the feature table is shown by which passing test, through a public face.

A test says what it shows with ``@pytest.mark.feature("0-08", …)`` and must use a fixture of a public face
(``PUBLIC_FACES``). With ``--features`` only such tests run, and the run fails when a due id of tests/features.toml has none
that passed unskipped, or one of its ``window`` none that clicked and typed it in the real window.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

PUBLIC_FACES = {"terminal", "dialogue", "certtray", "screen"}
WINDOW = "screen"
"""The fixture that opens the real window."""
DUE = Path(__file__).parents[1] / "features.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--features", action="store_true", help="run the tests that show features; fail on a gap")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--features") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FeatureReport(), "feature-report")


def shown_by(item: pytest.Item) -> list[str]:
    """The feature ids a test claims, in the order it names them."""
    return [feature for mark in item.iter_markers("feature") for feature in mark.args]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    due = {str(row["id"]) for row in tomllib.loads(DUE.read_text("utf-8"))["due"]}
    for item in items:
        for feature in shown_by(item):
            if feature not in due:
                raise pytest.UsageError(f"{item.nodeid}: feature {feature} is not in tests/features.toml")
            if not PUBLIC_FACES & set(getattr(item, "fixturenames", [])):
                raise pytest.UsageError(f"{item.nodeid}: shows {feature} but goes through no public face")
    if config.getoption("--features"):
        kept = [item for item in items if shown_by(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
        for item in kept:
            clicked = WINDOW in getattr(item, "fixturenames", [])
            item.user_properties += [("shows", shown_by(item)), ("clicked", clicked)]


class FeatureReport:
    """Collects outcomes and prints the table; of several processes the first."""

    def __init__(self) -> None:
        self.passed: defaultdict[str, list[str]] = defaultdict(list)
        self.clicked: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.outcome == "passed":
            said: dict[str, Any] = dict(report.user_properties)
            for feature in said["shows"]:
                self.passed[feature].append(report.nodeid)
            if said["clicked"]:
                self.clicked.update(said["shows"])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        table = tomllib.loads(DUE.read_text("utf-8"))
        rows, window = table["due"], " ".join(table["window"]).split()
        print()
        for row in rows:
            tests = self.passed.get(row["id"], [])
            print(f"{'ok  ' if tests else 'GAP '} {row['id']}  {row['what']}")
            for test in tests:
                print(f"       {test}")
        gaps = [row["id"] for row in rows if not self.passed.get(row["id"])]
        unclicked = [each for each in window if each not in self.clicked]
        if gaps:
            print(f"features without a passing test: {', '.join(gaps)}")
        if unclicked:
            print(f"features that no passing test showed in the window: {', '.join(unclicked)}")
        if gaps or unclicked:
            session.exitstatus = 1
