"""Signing by the bare functions of a PKCS#11 module (v2.40, 5.7 and 5.11): what any wrapper is measured against."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Final

from certtray.token.cryptoki import Cryptoki
from certtray.token.structures import Long

FIND_INIT, FIND, FIND_FINAL, SIGN_INIT, SIGN = 26, 27, 28, 42, 43
"""Places in CK_FUNCTION_LIST."""
CLASS, ID, PRIVATE_KEY, SHA256_RSA_PKCS = 0x0, 0x102, 3, 0x40
ROOM: Final = 512


class _Attribute(ctypes.Structure):
    _fields_ = (("type", Long), ("value", ctypes.c_void_p), ("size", Long))


class _Mechanism(ctypes.Structure):
    _fields_ = (("mechanism", Long), ("parameter", ctypes.c_void_p), ("size", Long))


def signer(module: Cryptoki, session: int, key_id: bytes) -> Callable[[bytes], bytes]:
    """Return what signs with the private key ``key_id`` (RSA PKCS#1 v1.5, SHA-256) in a session that is logged in."""
    call, handle = module._call, Long(session)
    wanted, identifier = Long(PRIVATE_KEY), ctypes.create_string_buffer(key_id, len(key_id))
    template = (_Attribute * 2)(
        _Attribute(CLASS, ctypes.cast(ctypes.byref(wanted), ctypes.c_void_p), ctypes.sizeof(wanted)),
        _Attribute(ID, ctypes.cast(identifier, ctypes.c_void_p), len(key_id)),
    )
    key, count = Long(0), Long(0)
    call(FIND_INIT, handle, template, Long(2))
    call(FIND, handle, ctypes.byref(key), Long(1), ctypes.byref(count))
    call(FIND_FINAL, handle)
    assert count.value == 1, "no such key"
    mechanism, room = _Mechanism(SHA256_RSA_PKCS, None, 0), ctypes.create_string_buffer(ROOM)

    def sign(data: bytes) -> bytes:
        size = Long(ROOM)
        call(SIGN_INIT, handle, ctypes.byref(mechanism), key)
        call(SIGN, handle, data, Long(len(data)), room, ctypes.byref(size))
        return room.raw[: size.value]

    return sign
