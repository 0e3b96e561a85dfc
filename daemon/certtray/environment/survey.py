"""All checks, in the order shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from certtray.core.errors import CertTrayError
from certtray.environment.cards import cards
from certtray.environment.computer import folders, legacy, start_at_login, system, time_zone
from certtray.environment.desktop import desktop
from certtray.environment.finding import Finding, Level
from certtray.environment.network import network
from certtray.inventory.db import Inventory
from certtray.rules.profile import Medium, Profile
from certtray.rules.profiles import match
from certtray.system.clock import Clock
from certtray.system.connections import Connection, is_confirmed, load_connection
from certtray.system.paths import Home


def survey(home: Home, inventory: Inventory, profiles: Mapping[str, Profile], clock: Clock) -> list[Finding]:
    """Look at everything once; asks no card, sends nothing but a HEAD to each issuer that is set up here."""
    held = inventory.entries()
    places = [
        Path(place.path).parent for entry in held for place in entry.locations if place.has_key and not place.store
    ]
    owners = [match(entry.certificate, tuple(profiles.values())) for entry in held]
    card = any(owner and owner.media[0] is Medium.TOKEN for owner in owners)
    return [
        *system(),
        time_zone(clock()),
        *network(_connections(home, profiles.values()), clock),
        *folders([place for place in places if place.is_dir()], home.make().root),
        legacy(),
        *cards(card),
        *desktop(),
        start_at_login(),
    ]


def in_the_way(findings: list[Finding]) -> list[Finding]:
    """Return what is not as it should be."""
    return [each for each in findings if each.level is Level.BAD]


def _connections(home: Home, profiles: Iterable[Profile]) -> list[Connection]:
    """Return one connection for each host that may be spoken to: that of an added profile only once the person agreed."""
    found: dict[str, Connection] = {}
    for profile in profiles:
        try:
            connection = load_connection(home, profile.id)
        except CertTrayError:  # its procedure says what is wrong with it
            continue
        if connection is None:
            continue
        host = urlsplit(connection.url).netloc
        if not profile.added or is_confirmed(home, profile.id, host):
            found.setdefault(host, connection)
    return list(found.values())
