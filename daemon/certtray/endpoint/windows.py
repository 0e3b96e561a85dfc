r"""The same over a named pipe whose only other end can be this user. Never run here: written from Microsoft's pages.

CreateNamedPipeW with FILE_FLAG_FIRST_PIPE_INSTANCE fails where the name exists, which makes the first process the only
one; the security descriptor (SDDL) grants access to the user's SID alone; remote clients are rejected.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from certtray.endpoint.words import Request
from certtray.system.paths import Home

if sys.platform == "win32":
    import contextlib
    import ctypes
    import hashlib
    import os
    import subprocess
    import threading
    from ctypes import wintypes
    from pathlib import Path

    from certtray.core.errors import EndpointUnusable
    from certtray.endpoint.words import LONGEST, decode, encode

    _DUPLEX, _FIRST, _MESSAGES, _NO_REMOTE = 0x3, 0x0008_0000, 0x6, 0x8
    _INVALID = wintypes.HANDLE(-1).value
    _PIPE_CONNECTED = 535
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateNamedPipeW.restype = wintypes.HANDLE
    _advapi = ctypes.WinDLL("advapi32", use_last_error=True)

    class _Attributes(ctypes.Structure):
        _fields_ = (("length", wintypes.DWORD), ("descriptor", wintypes.LPVOID), ("inherit", wintypes.BOOL))

    class Endpoint:
        """The listening end."""

        def __init__(self, pipe: str, handle: int, received: Callable[[Request], None]) -> None:
            self._pipe, self._handle, self._received = pipe, handle, received
            self._closing = False
            self._thread = threading.Thread(target=self._serve, name="endpoint", daemon=True)
            self._thread.start()

        def close(self) -> None:
            """Stop listening."""
            self._closing = True
            with contextlib.suppress(OSError), Path(self._pipe).open("r+b", buffering=0):  # wakes the thread
                pass
            self._thread.join()
            _kernel.CloseHandle(wintypes.HANDLE(self._handle))

        def _serve(self) -> None:
            handle = wintypes.HANDLE(self._handle)
            buffer, count = ctypes.create_string_buffer(LONGEST), wintypes.DWORD()
            while not self._closing:
                if not _kernel.ConnectNamedPipe(handle, None) and ctypes.get_last_error() != _PIPE_CONNECTED:
                    return
                if _kernel.ReadFile(handle, buffer, LONGEST, ctypes.byref(count), None):
                    with contextlib.suppress(ValueError):
                        self._received(decode(buffer.raw[: count.value]))
                _kernel.DisconnectNamedPipe(handle)

    def listen_or_send(name: str, home: Home, request: Request, received: Callable[[Request], None]) -> Endpoint | None:
        """Listen, or hand ``request`` over and return None; EndpointUnusable where neither works."""
        pipe = _name(name, home)
        descriptor = wintypes.LPVOID()
        sddl = f"D:P(A;;GA;;;{_sid()})"
        # Without a descriptor the pipe would have the default rights, which let others read.
        if not _advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, 1, ctypes.byref(descriptor), None):
            raise EndpointUnusable(path=pipe, reason=ctypes.FormatError(ctypes.get_last_error()))
        attributes = _Attributes(ctypes.sizeof(_Attributes), descriptor, False)
        mode = _MESSAGES | _NO_REMOTE
        handle = _kernel.CreateNamedPipeW(
            pipe, _DUPLEX | _FIRST, mode, 1, LONGEST, LONGEST, 0, ctypes.byref(attributes)
        )
        if handle != _INVALID:
            return Endpoint(pipe, handle, received)
        if send(name, home, request):
            return None
        raise EndpointUnusable(path=pipe, reason=ctypes.FormatError(ctypes.get_last_error()))

    def send(name: str, home: Home, request: Request) -> bool:
        """Hand ``request`` over; false where nobody listens."""
        try:
            with Path(_name(name, home)).open("r+b", buffering=0) as pipe:
                return pipe.write(encode(request)) is not None
        except OSError:
            return False

    def _name(name: str, home: Home) -> str:
        mark = hashlib.sha256(str(home.root).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return rf"\\.\pipe\certtray-{mark}-{name}"

    def _sid() -> str:
        program = Path(os.environ["SYSTEMROOT"]) / "System32" / "whoami.exe"
        words = [program, "/user", "/fo", "csv", "/nh"]
        told = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - the system's own
        return told.stdout.strip().rpartition(",")[2].strip('"')
