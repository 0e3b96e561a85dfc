"""The page of the browsers' stores: every certificate beside every store, and what one "fix" would do, said beforehand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from certtray.core.dates import taiwan_date
from certtray.core.drift import Cell
from certtray.core.masks import mask_numbers
from certtray.flows.procedures import PROCEDURES
from certtray.inventory.matrix import Line, Matrix, Square
from certtray.inventory.model import KnownStore
from certtray.program.parts import Parts
from certtray.text import Text
from certtray_ui.targets import Target

Row = dict[str, Any]

LOOKS: dict[Cell, tuple[str, str]] = {
    Cell.NEWEST: ("ok", "✓"),
    Cell.OLDER_VALID: ("soon", "!"),
    Cell.EXPIRED_LEFT: ("bad", "✗"),
    Cell.MISSING: ("soon", "!"),
    Cell.KEY_MISSING: ("soon", "!"),
    Cell.ISSUING_CA_MISSING: ("soon", "!"),
    Cell.UNREADABLE: ("info", "?"),
    Cell.VIA_CARD: ("ok", "○"),
    Cell.NOT_NEEDED: ("off", "–"),
}
"""Colour and sign of each cell; its word is ``window.drift.<cell>``."""

GROUPS = ("drift", "well", "unused")
"""Rows in the order of the page; their headings are ``window.stores.<group>``."""


class StoresPage:
    """Builds what the page shows, in the language of ``text``."""

    def __init__(self, parts: Parts, text: Text, shown: Matrix) -> None:
        self._parts, self._text, self._say, self._matrix = parts, text, text.say, shown

    def data(self) -> Row:
        """How the stores stand in a sentence, then the matrix, what needs a hand first."""
        by_group: dict[str, list[Line]] = {name: [] for name in GROUPS}
        for line in self._matrix.lines:
            by_group[_group(line)].append(line)
        return {
            "summary": self._summary(),
            "stores": [
                {"name": mask_numbers(known.store.name), "profile": mask_numbers(known.store.profile)}
                for known in self._matrix.stores
            ],
            "groups": [
                {"title": self._say(f"window.stores.{name}", n=len(lines)), "rows": [self._row(each) for each in lines]}
                for name, lines in by_group.items()
                if lines
            ],
            "unread": [
                [_label(known), self._say(f"unread.{known.reason}")] for known in self._matrix.stores if known.reason
            ],
        }

    def _summary(self) -> Row:
        stores, drifting = self._matrix.stores, self._matrix.drifting_stores
        if drifting:
            return self.drifted()
        cells = {square.cell for line in self._matrix.lines for square in line.squares}
        if not stores:
            key, level = "none", "info"
        elif not cells:
            key, level = "empty", "info"
        elif cells == {Cell.UNREADABLE}:
            key, level = "blind", "soon"
        elif cells & {Cell.NEWEST, Cell.VIA_CARD}:
            key, level = "well", "ok"
        else:
            key, level = "unused", "info"
        return {
            "level": level,
            "title": self._say(f"window.stores.{key}.title"),
            "detail": self._say(f"window.stores.{key}.detail"),
        }

    def drifted(self) -> Row:
        """That stores drifted, in a sentence and what it means."""
        return {
            "level": "soon",
            "title": self._say("tray.line.drift", n=self._matrix.drifting_stores),
            "detail": self._say("window.stores.drifted.detail"),
        }

    def _row(self, line: Line) -> Row:
        target = line.target
        issuer = self._parts.name_of(line.profile) if line.profile else target.issuer_cn
        return {
            "issuer": issuer,
            "holder": mask_numbers(target.subject_cn),
            "usage": self._say(f"usage.{target.usage}"),
            "until": self._say("window.until", date=_date(target.not_after)),
            "page": Target("certificate", target.fingerprint).link,
            "cells": [self._cell(square) for square in line.squares],
            "fix": self._fix(line),
            "no_key": "" if line.key_at_hand or not line.drifts else self._say("window.stores.no_key"),
        }

    def _cell(self, square: Square) -> Row:
        level, sign = LOOKS[square.cell]
        if square.cell.drifts and not square.drifts:
            level, sign = "off", "–"
        return {
            "level": level,
            "sign": sign,
            "word": self._say(f"window.drift.{square.cell}"),
            "hint": self._say(f"drift.{square.cell}"),
        }

    def _fix(self, line: Line) -> Row | None:
        """What installing everywhere would do; None where it cannot be done, or nothing is to be done."""
        places = _lacking(self._matrix, line)
        if "install" not in PROCEDURES or not line.key_at_hand or not places:
            return None
        return {
            "label": self._say("window.stores.fix" if line.drifts else "window.stores.install"),
            "title": self._say("window.stores.fix.title", n=len(places)),
            "certificate": self._say(
                "window.stores.fix.certificate",
                holder=mask_numbers(line.target.subject_cn),
                date=_date(line.target.not_after),
            ),
            "stores": [[_label(known), self._will(square)] for known, square in places],
            "after": self._say("window.stores.fix.named" if named(self._matrix, line) else "window.stores.fix.asked"),
            "target": Target("install", line.target.fingerprint).link,
        }

    def _will(self, square: Square) -> str:
        match square.cell:
            case Cell.KEY_MISSING | Cell.ISSUING_CA_MISSING:
                will = self._say(f"window.stores.will.{square.cell}")
            case _:
                will = self._say("window.stores.will.put")
        if not square.left_over:
            return will
        ends = self._say("window.stores.and").join(sorted(_date(each.not_after) for each in square.left_over))
        left_over = self._say("window.stores.will.left_over", n=len(square.left_over), dates=ends)
        return self._say("window.both", first=will, second=left_over)


def stores_to_fix(shown: Matrix, target: Target) -> tuple[str, ...]:
    """Return the labels of the stores that ``target``, an installation, is for; empty where the person has to be asked."""
    line = next((each for each in shown.lines if each.target.fingerprint == target.argument), None)
    return named(shown, line) if line and target.name == "install" else ()


def named(shown: Matrix, line: Line) -> tuple[str, ...]:
    """Return the labels of the stores that lack ``line``; none where a label could mean another store as well."""
    labels = tuple(known.store.label for known, _ in _lacking(shown, line))
    every = [known.store.label for known in shown.stores]
    return labels if all(every.count(label) == 1 for label in labels) else ()


def _lacking(shown: Matrix, line: Line) -> list[tuple[KnownStore, Square]]:
    pairs = zip(shown.stores, line.squares, strict=True)
    return [(known, square) for known, square in pairs if square.cell.drifts]


def _group(line: Line) -> str:
    if line.drifts:
        return "drift"
    return "unused" if any(square.cell is Cell.MISSING for square in line.squares) else "well"


def _label(known: KnownStore) -> str:
    return mask_numbers(known.store.label)


def _date(moment: datetime) -> str:
    return f"{taiwan_date(moment):%Y/%m/%d}"
