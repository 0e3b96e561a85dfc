"""Situations and desktops for the tray's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from certtray.tray.icon import Mark
from certtray.tray.situation import Line, Situation
from tests.tray.host import Host
from tests.tray.rig import bare_environment, session_bus

RENEW = "certtray://flow/renew/" + "ab" * 32

WELL = Situation("zh_TW", "2 張憑證都正常")
BUSY = Situation(
    "zh_TW",
    "有 2 件憑證的事要請您看一下",
    (
        Line("永豐金證券 A123456789-00 今天到期", RENEW, Mark.EXPIRING),
        Line("還有一個更新沒做完", "certtray://flow/resume/7", Mark.NEEDS_YOU),
    ),
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No desktop at all."""
    return bare_environment(tmp_path)


@pytest.fixture
def bus(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """An environment with a session bus of its own and no screen."""
    with session_bus(environment):
        yield environment


@pytest.fixture
def new_host(bus: dict[str, str]) -> Iterator[Callable[..., Host]]:
    """Makes hosts on that bus; what is left of them goes at the end."""
    made: list[Host] = []

    def make(*, host: bool = True) -> Host:
        made.append(Host(bus["DBUS_SESSION_BUS_ADDRESS"], host=host))
        return made[-1]

    yield make
    for host in made:
        if not host.closed:
            host.close()
