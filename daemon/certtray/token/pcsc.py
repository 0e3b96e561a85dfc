"""PC/SC through the system's own library, by ctypes: no compiler at installation, nothing imported in the resident process.

Layouts of Windows and macOS follow their headers; run on Linux only.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

LIBRARY: Final = {"linux": "libpcsclite.so.1", "darwin": "/System/Library/Frameworks/PCSC.framework/PCSC"}.get(
    sys.platform, "winscard.dll"
)
Word = ctypes.c_ulong if sys.platform == "linux" else ctypes.c_uint32
Handle = ctypes.c_void_p if sys.platform == "win32" else ctypes.c_long if sys.platform == "linux" else ctypes.c_int32
PACK: Final = 1 if sys.platform == "darwin" else 0
ATR_ROOM: Final = 36 if sys.platform == "win32" else 33
SUFFIX: Final = "A" if sys.platform == "win32" else ""

USER_SCOPE, SHARED, ANY_PROTOCOL, LEAVE = 0, 2, 3, 0
LONGEST_ANSWER: Final = 258
CHANGED, PRESENT = 0x2, 0x20
"""SCARD_STATE_…; the upper half of a state counts the cards a reader has seen come and go."""
FOR_EVER, NO_READERS, NO_SERVICE, TIMEOUT = 0xFFFFFFFF, 0x8010002E, 0x8010001D, 0x8010000A
ARRIVALS: Final = "\\\\?PnP?\\Notification"
"""The reader that stands for readers coming and going."""


class PcscError(Exception):
    """The library or the service said no; ``code`` is an SCARD_E_… or SCARD_W_…."""

    def __init__(self, code: int) -> None:
        super().__init__(f"0x{code:08x}")
        self.code = code


class _Request(ctypes.Structure):
    _pack_ = PACK
    _fields_ = (("protocol", Word), ("size", Word))


def _library() -> ctypes.CDLL:
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError:
        raise PcscError(NO_SERVICE) from None


def _check(status: int) -> None:
    if status & 0xFFFFFFFF:
        raise PcscError(status & 0xFFFFFFFF)


@contextmanager
def _context(library: ctypes.CDLL) -> Iterator[Any]:
    context = Handle()
    _check(library.SCardEstablishContext(Word(USER_SCOPE), None, None, ctypes.byref(context)))
    try:
        yield context
    finally:
        library.SCardReleaseContext(context)


def readers() -> list[str]:
    """Return the names of the readers there are; empty where PC/SC cannot be asked."""
    try:
        library = _library()
        with _context(library) as context:
            return _names(library, context)
    except PcscError:
        return []


def cards_present() -> bool:
    """Say whether a card is in any reader now; no card is asked anything."""
    try:
        with Watch() as watch:
            return any(state & PRESENT for state in watch.look({}).values())
    except PcscError:
        return False


def _names(library: ctypes.CDLL, context: Any) -> list[str]:
    """Return the readers of ``context``; none is no error."""
    size, list_readers = Word(0), getattr(library, f"SCardListReaders{SUFFIX}")
    status = list_readers(context, None, None, ctypes.byref(size)) & 0xFFFFFFFF
    names = ctypes.create_string_buffer(max(1, size.value))
    if status != NO_READERS:
        _check(status)
        status = list_readers(context, None, names, ctypes.byref(size)) & 0xFFFFFFFF
    if status == NO_READERS:
        return []
    _check(status)
    return [each.decode("utf-8", "replace") for each in names.raw[: size.value].split(b"\0") if each]


class _State(ctypes.Structure):
    """SCARD_READERSTATE."""

    _pack_ = PACK
    _fields_ = (
        ("reader", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("current", Word),
        ("event", Word),
        ("atr_size", Word),
        ("atr", ctypes.c_ubyte * ATR_ROOM),
    )


class Watch:
    """A context to watch all readers with; PcscError where the service does not run, or stops while one waits."""

    def __init__(self) -> None:
        self._library = _library()
        self._context = Handle()
        _check(self._library.SCardEstablishContext(Word(USER_SCOPE), None, None, ctypes.byref(self._context)))

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self._library.SCardReleaseContext(self._context)

    def look(self, known: Mapping[str, int]) -> dict[str, int]:
        """Return the state of every reader as soon as one differs from ``known``; at once for one that is not in it.

        Blocks in the kernel, for ever if need be. A reader that comes or goes is a change too.
        """
        names = [*_names(self._library, self._context), ARRIVALS]
        states = (_State * len(names))()
        for state, name in zip(states, names, strict=True):
            state.reader, state.current = name.encode(), known.get(name, 0)
        change = getattr(self._library, f"SCardGetStatusChange{SUFFIX}")
        status = change(self._context, Word(FOR_EVER if known else 0), states, Word(len(names))) & 0xFFFFFFFF
        if status != TIMEOUT:
            _check(status)
        return {name: state.event & ~CHANGED for state, name in zip(states, names, strict=True)}

    def cancel(self) -> None:
        """End a ``look`` under way in another thread, with PcscError; one that begins after this is not ended."""
        self._library.SCardCancel(self._context)


@contextmanager
def card_in(reader: str) -> Iterator[Card]:
    """Connect to the card in ``reader`` beside other programs, nobody between our commands; PcscError.

    The card is left as it is: not reset, so that another program stays logged in.
    """
    library, card, protocol = _library(), Handle(), Word()
    with _context(library) as context:
        connect = getattr(library, f"SCardConnect{SUFFIX}")
        name = ctypes.c_char_p(reader.encode())
        _check(connect(context, name, Word(SHARED), Word(ANY_PROTOCOL), ctypes.byref(card), ctypes.byref(protocol)))
        try:
            _check(library.SCardBeginTransaction(card))
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
        _check(
            self._library.SCardTransmit(
                self._card, ctypes.byref(request), given, Word(len(command)), None, answer, ctypes.byref(size)
            )
        )
        data = answer.raw[: size.value]
        return data[:-2], int.from_bytes(data[-2:], "big")
