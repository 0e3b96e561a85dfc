"""The hidden subcommand ``_token``: one vendor's PKCS#11 module in a process of its own, one thread, one request at a time.

A request is a JSON line, its secrets follow as bare bytes; an answer is a JSON line, ``{"error": …}`` where the module said no.
The first request names the module. Whatever the module does to this process, it does to nobody else's.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO

from certtray.token.cryptoki import CryptokiError, wipe
from certtray.token.pcsc import PcscError
from certtray.token.tasks import Gone, Tasks, Unsupported

NAMES = {
    0x30: "device",
    0x31: "full",
    0x32: "gone",
    0x50: "cancelled",
    0x54: "unsupported",
    0xA0: "pin_wrong",
    0xA1: "pin_form",
    0xA2: "pin_length",
    0xA3: "pin_expired",
    0xA4: "pin_locked",
    0xE0: "gone",
    0xE1: "gone",
    0xE2: "write_protected",
    0x100: "logged_in",
    0x102: "pin_not_set",
    0x200: "cancelled",
}
"""What the client tells apart, by CKR_… value (PKCS#11 v2.40, 5.1)."""


def work() -> int:
    """Serve until standard input ends."""
    # The module may print; its words must not get among our answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests = sys.stdin.buffer
    tasks: Tasks | None = None
    while line := requests.readline():
        request = json.loads(line)
        secrets = [_secret(requests, size) for size in request.pop("secrets")]
        try:
            if tasks is None:
                tasks = Tasks(request["module"])
                answer = tasks.hello()
            else:
                answer = getattr(tasks, request.pop("do"))(*secrets, **request)
        except Exception as error:  # whatever it is, the client names it for a person
            name = _name(error)
            if name in ("device", "failed") and tasks is not None and tasks.lost():
                name = "gone"
            answer = {"error": name, "detail": f"{type(error).__name__} {error}"[:200]}
        finally:
            for secret in secrets:
                wipe(secret)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()
    return 0


def _secret(source: IO[bytes], size: int) -> bytearray:
    """Read a secret into memory that can be wiped."""
    secret, read = bytearray(size), 0
    with memoryview(secret) as view:
        while read < size:
            got: int = source.readinto(view[read:])  # type: ignore[attr-defined]
            if not got:
                raise EOFError
            read += got
    return secret


def _name(error: Exception) -> str:
    match error:
        case CryptokiError():
            return NAMES.get(error.code, "failed")
        case Gone() | PcscError():
            return "gone"
        case Unsupported():
            return "unsupported"
        case OSError() | AttributeError():
            return "not_loadable"
    return _PKCS11.get(type(error).__name__, "failed")


_PKCS11: dict[str, str] = {
    "DeviceError": "device",
    "DeviceMemory": "full",
    "DeviceRemoved": "gone",
    "TokenNotPresent": "gone",
    "TokenNotRecognised": "gone",
    "SessionHandleInvalid": "gone",
    "TokenWriteProtected": "write_protected",
    "FunctionNotSupported": "unsupported",
    "MechanismInvalid": "unsupported",
    "FunctionCancelled": "cancelled",
    "FunctionRejected": "cancelled",
    "UserNotLoggedIn": "not_logged_in",
}
"""The same by python-pkcs11's exceptions."""
