"""PC/SC through the system's own library, by ctypes: no compiler at installation, nothing imported in the resident process.

Layouts of Windows and macOS follow their headers; run on Linux only.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

LIBRARY: Final = {"linux": "libpcsclite.so.1", "darwin": "/System/Library/Frameworks/PCSC.framework/PCSC"}.get(
    sys.platform, "winscard.dll"
)
Word = ctypes.c_ulong if sys.platform == "linux" else ctypes.c_uint32
Handle = ctypes.c_void_p if sys.platform == "win32" else ctypes.c_long if sys.platform == "linux" else ctypes.c_int32
PACK: Final = 1 if sys.platform == "darwin" else 0
SUFFIX: Final = "A" if sys.platform == "win32" else ""

USER_SCOPE, SHARED, ANY_PROTOCOL, LEAVE = 0, 2, 3, 0
LONGEST_ANSWER: Final = 258
STATUS_WORD: Final = 2
"""Bytes every answer of a card ends with."""
NO_SERVICE: Final = 0x8010001D
REMOVED: Final = 0x80100069


class PcscError(Exception):
    """The library or the service said no; ``code`` is an SCARD_E_… or SCARD_W_…."""

    def __init__(self, code: int) -> None:
        super().__init__(f"0x{code:08x}")
        self.code = code


class _Request(ctypes.Structure):
    _pack_ = PACK
    _fields_ = (("protocol", Word), ("size", Word))


def load() -> ctypes.CDLL:
    """Return the system's PC/SC library; PcscError where there is none."""
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError:
        raise PcscError(NO_SERVICE) from None


def check(status: int) -> None:
    """Raise PcscError for what is not SCARD_S_SUCCESS."""
    if status & 0xFFFFFFFF:
        raise PcscError(status & 0xFFFFFFFF)


@contextmanager
def context_of(library: ctypes.CDLL) -> Iterator[Any]:
    """Open a context with the service for the length of the block; PcscError."""
    context = Handle()
    check(library.SCardEstablishContext(Word(USER_SCOPE), None, None, ctypes.byref(context)))
    try:
        yield context
    finally:
        library.SCardReleaseContext(context)


@contextmanager
def card_in(reader: str) -> Iterator[Card]:
    """Connect to the card in ``reader`` beside other programs, nobody between our commands; PcscError.

    The card is left as it is: not reset, so that another program stays logged in.
    """
    library, card, protocol = load(), Handle(), Word()
    with context_of(library) as context:
        connect = getattr(library, f"SCardConnect{SUFFIX}")
        name = ctypes.c_char_p(reader.encode())
        check(connect(context, name, Word(SHARED), Word(ANY_PROTOCOL), ctypes.byref(card), ctypes.byref(protocol)))
        try:
            check(library.SCardBeginTransaction(card))
            try:
                yield Card(library, card, protocol.value)
            finally:
                library.SCardEndTransaction(card, Word(LEAVE))
        finally:
            library.SCardDisconnect(card, Word(LEAVE))


class Card:
    """A connected card; see ``card_in``."""

    def __init__(self, library: ctypes.CDLL, card: Any, protocol: int) -> None:
        self._library, self._card, self._protocol = library, card, protocol

    def send(self, command: bytes | bytearray) -> tuple[bytes, int]:
        """Send one APDU; return the answer's data and status word. A bytearray is sent from where it lies. PcscError."""
        answer, size = ctypes.create_string_buffer(LONGEST_ANSWER), Word(LONGEST_ANSWER)
        request = _Request(self._protocol, ctypes.sizeof(_Request))
        given = (ctypes.c_char * len(command)).from_buffer(command) if isinstance(command, bytearray) else command
        check(
            self._library.SCardTransmit(
                self._card, ctypes.byref(request), given, Word(len(command)), None, answer, ctypes.byref(size)
            )
        )
        data = answer.raw[: size.value]
        if len(data) < STATUS_WORD:  # no card answers like that: it is gone, and some drivers do not say so
            raise PcscError(REMOVED)
        return data[:-2], int.from_bytes(data[-2:], "big")
