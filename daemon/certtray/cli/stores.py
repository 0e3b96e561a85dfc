"""``certtray stores``: the browsers' stores, and how each stands towards every certificate of one's own."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from certtray.cli.listing import as_array
from certtray.cli.parts import Parts
from certtray.cli.rows import Row
from certtray.cli.table import print_columns
from certtray.core.certificate import Certificate
from certtray.core.drift import cell, wanted
from certtray.core.masks import mask_numbers
from certtray.inventory.model import Entry, KnownStore
from certtray.rules.profile import Medium, Profile
from certtray.rules.profiles import match
from certtray.text import Text
from certtray.watch.status import successors


def stores(given: argparse.Namespace, parts: Parts) -> int:
    """Show them, after looking at what changed."""
    parts.refresh()
    rows = matrix(
        parts.inventory.stores.all(),
        parts.inventory.entries(),
        tuple(parts.profiles.values()),
        parts.clock(),
        full=given.full,
    )
    if given.json:
        print(as_array(rows))
    else:
        _print(rows, parts.text)
    return 0


def matrix(
    known: Iterable[KnownStore], entries: Sequence[Entry], profiles: Sequence[Profile], now: datetime, *, full: bool
) -> list[Row]:
    """Return a row for each store with a cell for each identity; names are masked unless ``full``."""
    groups = successors(entries)
    held: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    authorities: defaultdict[str, list[Certificate]] = defaultdict(list)
    for entry in entries:
        for place in entry.locations:
            if place.store:
                held[place.path][entry.certificate.fingerprint] = place.has_key
                if entry.certificate.is_ca:
                    authorities[place.path].append(entry.certificate)
    with_key = {entry.certificate.fingerprint for entry in entries if entry.has_key}
    found = []
    for number, each in enumerate(known, 1):
        path = str(each.store.folder)
        cells = []
        for group in groups.values():
            target = wanted(group, now)
            in_store = None if each.reason else held[path]
            stands = cell(group, in_store, authorities[path], now, via_card=_on_card(group, with_key, profiles))
            cells.append(
                {
                    "subject_cn": target.subject_cn if full else mask_numbers(target.subject_cn),
                    "issuer_cn": target.issuer_cn,
                    "usage": target.usage,
                    "fingerprint_sha256": target.fingerprint,
                    "cell": stands,
                    "drifts": stands.drifts,
                }
            )
        found.append(
            {
                "number": number,
                "kind": each.store.kind,
                "name": each.store.name,
                "profile": each.store.profile,
                "path": path,
                "readable": each.reason is None,
                "reason": each.reason,
                "cells": cells,
            }
        )
    return found


def _on_card(group: Iterable[Certificate], with_key: Collection[str], profiles: Sequence[Profile]) -> bool:
    """Say whether the key can only be on a card: the issuer puts it nowhere else, and no key lies on this computer."""
    return all(
        certificate.fingerprint not in with_key
        and (profile := match(certificate, profiles)) is not None
        and set(profile.media) == {Medium.TOKEN}
        for certificate in group
    )


def _print(rows: list[Row], text: Text) -> None:
    if not rows:
        print(text.say("stores.none"))
    for row in rows:
        name = f"{row['name']} · {row['profile']}" if row["profile"] else row["name"]
        print(f"{row['number']}. {name}  {mask_numbers(row['path'])}")
        if not row["readable"]:
            print(f"  ✗ {text.say('unread.' + row['reason'])}")
        elif row["cells"]:
            print_columns([_cells(each, text) for each in row["cells"]])


def _cells(shown: Row, text: Text) -> list[str]:
    mark = "!" if shown["drifts"] else "✓" if shown["cell"] == "newest" else "-"
    return [
        f"  {mark}",
        shown["subject_cn"],
        shown["issuer_cn"],
        text.say(f"usage.{shown['usage']}"),
        text.say(f"drift.{shown['cell']}"),
    ]
