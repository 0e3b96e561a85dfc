"""A reference RA as a process: ``python -m tests.served FOLDER PORT`` serves until it is ended, 0 taking a free port.

It says ``[url, TLS root, CA root]`` as one line when it listens; the URL is sinopac's.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from certtray_sandbox.server import Connection, serve


def say(connection: Connection) -> None:
    """Say where it listens."""
    print(
        json.dumps([connection.url_of("sinopac"), str(connection.root_path), str(connection.ca_root_path)]), flush=True
    )


if __name__ == "__main__":
    serve(Path(sys.argv[1]), say, int(sys.argv[2]))
