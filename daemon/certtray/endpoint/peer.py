"""Who is at the other end of a unix socket."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys


def is_this_user(connection: socket.socket) -> bool:
    """Say whether the process at the other end ran as this user when it connected or began to listen."""
    return _uid(connection) == os.getuid()


def _uid(connection: socket.socket) -> int:
    if sys.platform == "linux":
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[1])
    # macOS and BSD, getpeereid(3); never run here.
    uid, gid = ctypes.c_uint(), ctypes.c_uint()
    if ctypes.CDLL(None).getpeereid(connection.fileno(), ctypes.byref(uid), ctypes.byref(gid)) != 0:
        return -1
    return uid.value
