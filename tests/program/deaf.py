"""``python -m tests.program.deaf run``: the real program whose card events never come, and whose check comes every second."""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from certtray.program.main import main
from certtray.watch.cards import CardWatch
from certtray.watch.schedule import Schedule

if __name__ == "__main__":
    often = partial(Schedule, interval=timedelta(seconds=1))
    with patch.object(CardWatch, "start"), patch("certtray.program.tray.Schedule", often):
        sys.exit(main())
