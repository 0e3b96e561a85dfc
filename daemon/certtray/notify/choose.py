"""The best notifier that works, tried anew with every notice: a desktop may start its server after us."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from certtray.notify.base import Message, Notifier, Obstacle
from certtray.notify.desktop import Desktop
from certtray.notify.plain import Plain

log = logging.getLogger(__name__)


class Best:
    """Notifiers in order of preference, as one."""

    name = "best"

    def __init__(self, notifiers: Sequence[Notifier]) -> None:
        self._notifiers = tuple(notifiers)

    def obstacles(self) -> dict[str, Obstacle | None]:
        """Return by name why each cannot be used now, None for one that can; the first of those is used."""
        return {each.name: each.why_not() for each in self._notifiers}

    def why_not(self) -> Obstacle | None:
        """Return the obstacle of the preferred one where none works."""
        obstacles = list(self.obstacles().values())
        return None if None in obstacles else obstacles[0]

    def send(self, message: Message, on_choice: Callable[[str], None]) -> Obstacle | None:
        """Show ``message`` with the first that can."""
        first = None
        for each in self._notifiers:
            obstacle = each.send(message, on_choice)
            if obstacle is None:
                return None
            log.info("notice not shown by %s: %s", each.name, obstacle)
            first = first or obstacle
        return first

    def withdraw(self, message_id: str) -> None:
        """Take it back from whoever shows it."""
        for each in self._notifiers:
            each.withdraw(message_id)

    def close(self) -> None:
        """Close all."""
        for each in self._notifiers:
            each.close()


def this_desktop() -> Best:
    """Return the notifiers of this system; nothing is imported or connected before the first notice."""
    return Best((Desktop(), Plain()))
