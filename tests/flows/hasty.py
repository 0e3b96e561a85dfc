"""``python -m tests.flows.hasty certtray-arguments…``: the real program, less patient with a silent server."""

from __future__ import annotations

import sys

from certtray.issuers.channel import Limits
from certtray.issuers.ra import RaIssuer
from certtray.program.main import main

if __name__ == "__main__":
    RaIssuer.__init__.__defaults__ = (Limits(connect=5, read=2, total=3),)
    sys.exit(main())
