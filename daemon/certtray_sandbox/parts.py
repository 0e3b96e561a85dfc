"""What the sandbox's commands need of the program they run in."""

from __future__ import annotations

from typing import Protocol

from certtray.system.paths import Home
from certtray.text import Text


class Parts(Protocol):
    """The home of whoever runs it, and the language."""

    home: Home
    text: Text
