"""Readers and what comes into them, watched without polling (SCardGetStatusChange)."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from certtray.token.pcsc import PACK, SUFFIX, USER_SCOPE, Handle, PcscError, Word, check, context_of, load

CHANGED, PRESENT = 0x2, 0x20
"""SCARD_STATE_…; the upper half of a state counts the cards a reader has seen come and go."""
FOR_EVER, NO_READERS, TIMEOUT = 0xFFFFFFFF, 0x8010002E, 0x8010000A
ARRIVALS: Final = "\\\\?PnP?\\Notification"
"""The reader that stands for readers coming and going."""
LOOKS, LOOK_AGAIN = 6, 0.2
"""How often, and after how many seconds, a reader is looked at after a failure."""
ATR_ROOM: Final = 36 if sys.platform == "win32" else 33


def readers() -> list[str]:
    """Return the names of the readers there are; empty where PC/SC cannot be asked."""
    try:
        library = load()
        with context_of(library) as context:
            return _names(library, context)
    except PcscError:
        return []


def filled() -> dict[str, bool] | None:
    """Return the readers, each with whether a card is in it now; None where PC/SC cannot be asked. No card is asked anything."""
    try:
        with Watch() as watch:
            return {name: bool(state & PRESENT) for name, state in watch.look({}).items() if name != ARRIVALS}
    except PcscError:
        return None


def cards_present() -> bool:
    """Say whether a card is in any reader now; no card is asked anything."""
    return any((filled() or {}).values())


def taken_out(reader: str) -> bool:
    """Say whether there is no card in ``reader``, a moment after something failed: the service needs one to notice.

    False where it is no reader of PC/SC.
    """
    for _ in range(LOOKS):
        try:
            with Watch() as watch:
                state = watch.look({}).get(reader)
        except PcscError:
            return False
        if state is None or not state & PRESENT:
            return state is not None
        time.sleep(LOOK_AGAIN)
    return False


def _names(library: ctypes.CDLL, context: Any) -> list[str]:
    """Return the readers of ``context``; none is no error."""
    size, list_readers = Word(0), getattr(library, f"SCardListReaders{SUFFIX}")
    status = list_readers(context, None, None, ctypes.byref(size)) & 0xFFFFFFFF
    names = ctypes.create_string_buffer(max(1, size.value))
    if status != NO_READERS:
        check(status)
        status = list_readers(context, None, names, ctypes.byref(size)) & 0xFFFFFFFF
    if status == NO_READERS:
        return []
    check(status)
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
        self._library = load()
        self._context = Handle()
        check(self._library.SCardEstablishContext(Word(USER_SCOPE), None, None, ctypes.byref(self._context)))

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
            check(status)
        return {name: state.event & ~CHANGED for state, name in zip(states, names, strict=True)}

    def cancel(self) -> None:
        """End a ``look`` under way in another thread, with PcscError; one that begins after this is not ended."""
        self._library.SCardCancel(self._context)
