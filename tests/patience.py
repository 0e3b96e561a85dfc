"""How long a test waits for what must come: long, for it only matters when something is broken, and the machine may be busy."""

from __future__ import annotations

from typing import Final

SECONDS: Final = 120
