"""The last resort, by plyer: words on the screen, no buttons, no click, no way to take them back."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import warnings
from collections.abc import Callable
from importlib.util import find_spec

from certtray.notify.base import Message, Obstacle
from certtray.notify.session_bus import server_obstacle

APP_NAME = "CertTray"
LONGEST_TITLE, LONGEST_BODY = 63, 255
"""UTF-16 units: what Windows' balloon holds besides its closing zero; longer text raises in plyer."""

SECONDS = 5.0

log = logging.getLogger(__name__)


class Plain:
    """plyer does not say whether anything was shown: it is asked only where somebody is there to show it."""

    name = "plyer"

    def why_not(self) -> Obstacle | None:
        """Return what stands in the way now."""
        if find_spec("plyer") is None:
            return Obstacle.NOT_INSTALLED
        if sys.platform == "darwin":
            return None if find_spec("pyobjus") else Obstacle.NOT_INSTALLED
        if sys.platform == "linux":
            if shutil.which("notify-send") is None and find_spec("dbus") is None:
                return Obstacle.NOT_INSTALLED
            if find_spec("dbus_fast") is not None:
                return asyncio.run(_server_obstacle_in_time())
        return None

    def send(self, message: Message, on_choice: Callable[[str], None]) -> Obstacle | None:  # noqa: ARG002
        """Show title and body; ``on_choice`` is never called."""
        if obstacle := self.why_not():
            return obstacle
        from plyer import notification

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that dbus-python is not there
                notification.notify(
                    title=_as_argument(cut(message.title, LONGEST_TITLE)),
                    message=_as_argument(cut(message.body, LONGEST_BODY)),
                    app_name=APP_NAME,
                )
        except Exception as error:  # each platform of plyer raises its own
            log.warning("plyer: %s", error)
            return Obstacle.REFUSED
        return None

    def withdraw(self, message_id: str) -> None:
        """Nothing: plyer cannot."""

    def close(self) -> None:
        """Nothing."""


def cut(text: str, units: int) -> str:
    """Return ``text`` shortened, with an ellipsis, to at most ``units`` UTF-16 units, never inside a character."""
    if len(text.encode("utf-16-le")) // 2 <= units:
        return text
    kept = text
    while len(kept.encode("utf-16-le")) // 2 > units - 1:
        kept = kept[:-1]
    return kept + "…"


def _as_argument(text: str) -> str:
    """notify-send takes what begins with a dash for an option."""
    return f" {text}" if text.startswith("-") else text


async def _server_obstacle_in_time() -> Obstacle | None:
    try:
        return await asyncio.wait_for(server_obstacle(), SECONDS)
    except TimeoutError:
        return Obstacle.NO_SERVER
