"""Structures of PKCS#11 v2.40 as they lie in memory; packed on Windows, a C long wide elsewhere."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

PACK: Final = 1 if sys.platform == "win32" else 0
Long = ctypes.c_ulong


class Version(ctypes.Structure):
    """CK_VERSION."""

    _fields_ = (("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte))


class Info(ctypes.Structure):
    """CK_INFO."""

    _pack_ = PACK
    _fields_ = (
        ("cryptoki", Version),
        ("maker", ctypes.c_char * 32),
        ("flags", Long),
        ("library", ctypes.c_char * 32),
        ("version", Version),
    )


class SlotInfo(ctypes.Structure):
    """CK_SLOT_INFO."""

    _pack_ = PACK
    _fields_ = (
        ("description", ctypes.c_char * 64),
        ("maker", ctypes.c_char * 32),
        ("flags", Long),
        ("hardware", Version),
        ("firmware", Version),
    )


class TokenInfo(ctypes.Structure):
    """CK_TOKEN_INFO."""

    _pack_ = PACK
    _fields_ = (
        ("label", ctypes.c_char * 32),
        ("maker", ctypes.c_char * 32),
        ("model", ctypes.c_char * 16),
        ("serial", ctypes.c_char * 16),
        ("flags", Long),
        ("max_sessions", Long),
        ("sessions", Long),
        ("max_rw_sessions", Long),
        ("rw_sessions", Long),
        ("max_pin", Long),
        ("min_pin", Long),
        ("total_public", Long),
        ("free_public", Long),
        ("total_private", Long),
        ("free_private", Long),
        ("hardware", Version),
        ("firmware", Version),
        ("time", ctypes.c_char * 16),
    )
