"""Run inside a network namespace: brings its loopback up, runs the HiCOS service on its real port and asks the program twice.

Prints the stores, the list and what the service was asked, a JSON line each.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import subprocess
import sys

from certtray.stores.hicos import PORT
from tests.stores.hipki import hipki

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


def main() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP))
    with hipki({"ret_code": 0, "slots": [json.loads(sys.argv[1])]}, PORT) as service:
        for command in ("stores", "list"):
            words = [sys.executable, "-m", "certtray", command, "--json"]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            print(json.dumps(json.loads(done.stdout)))
        print(json.dumps(service.asked))


if __name__ == "__main__":
    main()
