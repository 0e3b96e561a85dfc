"""The hidden subcommand ``_probe``: touches foreign libraries, so that a crash or a hang is this child's and nobody else's."""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

CRYPTOKI_ALREADY_INITIALIZED = 0x191


class _Version(ctypes.Structure):
    _fields_ = (("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte))


class _Info(ctypes.Structure):
    """CK_INFO (PKCS#11 v2.40, 3.2); packed on Windows."""

    _pack_ = 1 if sys.platform == "win32" else 0
    _fields_ = (
        ("cryptoki", _Version),
        ("manufacturer", ctypes.c_char * 32),
        ("flags", ctypes.c_ulong),
        ("description", ctypes.c_char * 32),
        ("library", _Version),
    )


class _Functions(ctypes.Structure):
    """The beginning of CK_FUNCTION_LIST: a version, then functions in the standard's order."""

    _pack_ = 1 if sys.platform == "win32" else 0
    _fields_ = (
        ("version", _Version),
        ("initialize", ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)),
        ("finalize", ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)),
        ("get_info", ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.POINTER(_Info))),
    )


def probe() -> int:
    """Answer the one request on standard input: ``{"module": path}`` or ``{"readers": true}``."""
    request = json.load(sys.stdin)
    answer = load_module(request["module"]) if "module" in request else {"readers": readers()}
    print(json.dumps(answer), flush=True)
    return 0


def load_module(path: str) -> dict[str, Any]:
    """Load a PKCS#11 module, start it, ask its name, end it."""
    try:
        library = ctypes.CDLL(path)
        get = library.C_GetFunctionList
    except (OSError, AttributeError) as error:
        return {"error": str(error)[:200]}
    table = ctypes.POINTER(_Functions)()
    if status := get(ctypes.byref(table)):
        return {"error": f"C_GetFunctionList 0x{status:x}"}
    functions, info = table.contents, _Info()
    if (status := functions.initialize(None)) not in (0, CRYPTOKI_ALREADY_INITIALIZED):
        return {"error": f"C_Initialize 0x{status:x}"}
    status = functions.get_info(ctypes.byref(info))
    functions.finalize(None)
    if status:
        return {"error": f"C_GetInfo 0x{status:x}"}
    name = info.description.decode("utf-8", "replace").strip()
    return {"library": f"{name} {info.library.major}.{info.library.minor}"}


def readers() -> list[str]:
    """Return the names of the readers PC/SC sees; empty where it cannot be asked."""
    # PC/SC's handles and sizes are DWORDs: 32 bits on Windows and macOS, a long on Linux.
    word = ctypes.c_ulong if sys.platform == "linux" else ctypes.c_uint32
    handle = (
        ctypes.c_void_p if sys.platform == "win32" else ctypes.c_long if sys.platform == "linux" else ctypes.c_int32
    )
    name = {"linux": "libpcsclite.so.1", "darwin": "/System/Library/Frameworks/PCSC.framework/PCSC"}.get(
        sys.platform, "winscard.dll"
    )
    try:
        pcsc = ctypes.CDLL(name)
    except OSError:
        return []
    context, size = handle(), word(0)
    list_readers = pcsc.SCardListReadersA if sys.platform == "win32" else pcsc.SCardListReaders
    if pcsc.SCardEstablishContext(word(2), None, None, ctypes.byref(context)):
        return []
    try:
        if list_readers(context, None, None, ctypes.byref(size)):
            return []
        names = ctypes.create_string_buffer(size.value)
        if list_readers(context, None, names, ctypes.byref(size)):
            return []
        return [each.decode("utf-8", "replace") for each in names.raw.split(b"\0") if each]
    finally:
        pcsc.SCardReleaseContext(context)
