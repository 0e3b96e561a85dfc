"""pystray, without the backend it chooses on import: on Linux that would load GTK or ask X before we know what is there."""

from __future__ import annotations

import os
import sys

if sys.platform == "linux":
    _before = os.environ.get("PYSTRAY_BACKEND")
    os.environ["PYSTRAY_BACKEND"] = "dummy"
    try:
        import pystray
    finally:
        if _before is None:
            del os.environ["PYSTRAY_BACKEND"]
        else:
            os.environ["PYSTRAY_BACKEND"] = _before
else:
    import pystray

Icon = pystray.Icon
"""On Linux the base of all backends, which shows nothing by itself."""
Menu = pystray.Menu
MenuItem = pystray.MenuItem
