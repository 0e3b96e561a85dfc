"""No way off our page, in both engines, even without the page's own policy."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.faces import Program
from tests.patience import SECONDS
from tests.ui.desktop import Desktop
from tests.ui.guarded import WAYS


@pytest.mark.parametrize("engine", ["gtk", "qt"])
def test_every_way_out_is_refused(
    desk: Desktop, certtray: Program, elsewhere: tuple[str, list[str]], engine: str
) -> None:
    url, asked = elsewhere
    root = {"QTWEBENGINE_DISABLE_SANDBOX": "1"} if os.geteuid() == 0 else {}
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.guarded", url + "/leak"],
        env={
            **certtray.environment,
            **desk.environment,
            **root,
            "PYWEBVIEW_GUI": engine,
            "QT_QUICK_BACKEND": "software",
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stdout.splitlines() == ["guarded"] * len(WAYS), done.stderr
    assert asked == []
