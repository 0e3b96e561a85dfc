"""What python-pkcs11 lacks, on the same loaded module: fresh token flags, PINs from a wiped buffer, sessions that never leak.

PKCS#11 v2.40 through ctypes. A login counts for all sessions a program has with a token, so objects are python-pkcs11's.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final

from certtray.token.structures import PACK, Info, Long, SlotInfo, TokenInfo, Version

RW_SESSION: Final = 0x2 | 0x4
"""CKF_RW_SESSION and CKF_SERIAL_SESSION."""
ALREADY_INITIALIZED: Final = 0x191
COMING: Final = 16
"""Most cards that may be put in between counting the slots and listing them (else CKR_BUFFER_TOO_SMALL)."""


class User(IntEnum):
    """Who logs in."""

    SO = 0
    USER = 1


class Flag(IntEnum):
    """Token flags (PKCS#11 v2.40, table 6)."""

    LOGIN_REQUIRED = 0x4
    PIN_INITIALIZED = 0x8
    PIN_PAD = 0x100
    INITIALIZED = 0x400
    COUNT_LOW = 0x10000
    FINAL_TRY = 0x20000
    LOCKED = 0x40000
    SO_LOCKED = 0x400000


class CryptokiError(Exception):
    """The module returned something else than CKR_OK; ``code`` is it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"0x{code:x}")
        self.code = code


class _Functions(ctypes.Structure):
    _pack_ = PACK
    _fields_ = (("version", Version), ("at", ctypes.c_void_p * 68))


class Cryptoki:
    """A loaded module. OSError or AttributeError when it cannot be loaded or is none."""

    def __init__(self, path: str) -> None:
        table = ctypes.POINTER(_Functions)()
        self._library = ctypes.CDLL(path)
        self._check(self._library.C_GetFunctionList(ctypes.byref(table)))
        self._at = table.contents.at

    def initialize(self) -> None:
        """C_Initialize for one thread; already initialised is well."""
        try:
            self._call(0, None)
        except CryptokiError as error:
            if error.code != ALREADY_INITIALIZED:
                raise

    def info(self) -> Info:
        """C_GetInfo."""
        info = Info()
        self._call(2, ctypes.byref(info))
        return info

    def slots(self) -> list[int]:
        """Slots with a token in them."""
        count = Long(0)
        present = ctypes.c_ubyte(1)
        self._call(4, present, None, ctypes.byref(count))
        count.value += COMING
        slots = (Long * count.value)()
        self._call(4, present, slots, ctypes.byref(count))
        return list(slots[: count.value])

    def slot_info(self, slot: int) -> SlotInfo:
        """C_GetSlotInfo."""
        info = SlotInfo()
        self._call(5, Long(slot), ctypes.byref(info))
        return info

    def token_info(self, slot: int) -> TokenInfo:
        """C_GetTokenInfo: the flags are those of this moment."""
        info = TokenInfo()
        self._call(6, Long(slot), ctypes.byref(info))
        return info

    @contextmanager
    def session(self, slot: int) -> Iterator[int]:
        """Open a read-write session; when the block ends, all sessions with the token are closed, which logs out too."""
        handle = Long(0)
        self._call(12, Long(slot), Long(RW_SESSION), None, None, ctypes.byref(handle))
        try:
            yield handle.value
        finally:
            self._call(14, Long(slot))

    def login(self, session: int, user: User, pin: bytearray) -> None:
        """C_Login, once."""
        self._call(18, Long(session), Long(user), _buffer(pin), Long(len(pin)))

    def set_pin(self, session: int, old: bytearray, new: bytearray) -> None:
        """C_SetPIN, once."""
        self._call(11, Long(session), _buffer(old), Long(len(old)), _buffer(new), Long(len(new)))

    def init_pin(self, session: int, new: bytearray) -> None:
        """C_InitPIN: the security officer gives the user a new PIN."""
        self._call(10, Long(session), _buffer(new), Long(len(new)))

    def _call(self, index: int, *arguments: Any) -> None:
        kinds = [type(each) if isinstance(each, (Long, ctypes.c_ubyte)) else ctypes.c_void_p for each in arguments]
        self._check(ctypes.CFUNCTYPE(Long, *kinds)(self._at[index])(*arguments))

    @staticmethod
    def _check(code: int) -> None:
        if code:
            raise CryptokiError(code & 0xFFFFFFFF)


def _buffer(secret: bytearray) -> Any:
    """Return the bytes where they lie, without a copy that nobody could wipe."""
    return ctypes.byref((ctypes.c_char * len(secret)).from_buffer(secret))


def wipe(secret: bytearray) -> None:
    """Overwrite a secret where it lies."""
    ctypes.memset((ctypes.c_char * len(secret)).from_buffer(secret), 0, len(secret))


def text(field: bytes) -> str:
    """Return a padded field of a module as text."""
    return field.rstrip(b"\0").decode("utf-8", "replace").strip()
