"""What a procedure is played on, built from the parts of this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from certtray.core.errors import Cancelled, NoConnection, ProfileInvalid
from certtray.crypto.files import read_certificates
from certtray.flows.context import Context, Session
from certtray.flows.face import Face
from certtray.flows.operations import Operations
from certtray.flows.questions import Confirm
from certtray.inventory.db import Inventory
from certtray.inventory.history import History
from certtray.issuers.ra import RaIssuer
from certtray.media.base import Medium
from certtray.media.pfx import PfxMedium
from certtray.media.system_store import SystemStoreMedium
from certtray.rules.profile import Adapter, Profile
from certtray.rules.profile import Medium as MediumKind
from certtray.stores.every import system_store
from certtray.system.clock import Clock
from certtray.system.connections import Connection, confirm, is_confirmed, load_connection
from certtray.system.files import read_limited
from certtray.system.paths import Home

if TYPE_CHECKING:
    from certtray.program.parts import Parts


@dataclass(frozen=True, slots=True)
class TheStage:
    """See ``flows.stage.Stage``; ``sessions`` by profile outlive a procedure where a window stays open."""

    parts: Parts
    face: Face
    sessions: dict[str, Session] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """Where everything is kept."""
        return self.parts.home

    @property
    def inventory(self) -> Inventory:
        """What exists where."""
        return self.parts.inventory

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """Issuer profiles by id."""
        return self.parts.profiles

    @property
    def clock(self) -> Clock:
        """What time it is."""
        return self.parts.clock

    def context(self, profile_id: str) -> Context:
        """Join an issuer with a medium; NoConnection where the issuer has no on-line interface here, ProfileInvalid."""
        profile = self.profiles.get(profile_id)
        if profile is None:  # an operation can outlive the profile it was begun with
            raise ProfileInvalid(path=f"{profile_id}.toml", key="id", reason=profile_id)
        name = self.parts.name_of(profile)
        connection = load_connection(self.home, profile_id) if profile.adapter is Adapter.RA else None
        if connection is None:
            contact = profile.contact
            raise NoConnection(issuer=name, page=contact.page, phone=contact.phone, profile=profile_id)
        if profile.added:
            self._agree(profile_id, name, connection)
        roots = read_certificates(read_limited(connection.ca_root), str(connection.ca_root))
        if profile_id not in self.sessions:
            self.sessions[profile_id] = Session(RaIssuer(connection.url, connection.root, self.clock))
        return Context(
            face=self.face,
            profile=profile,
            session=self.sessions[profile_id],
            home=self.home,
            pc_medium=self._medium(profile),
            operations=Operations(self.home.operations),
            inventory=self.inventory,
            history=History(self.home.history),
            archive=self.home.archive,
            clock=self.clock,
            ca_roots=tuple(each.der for each in roots.holdings),
            issuer_name=name,
            platform=sys.platform,
            install_everywhere=self.parts.settings.install_everywhere,
        )

    def _medium(self, profile: Profile) -> Medium | None:
        """Return where an issuer's keys live on this computer; None where they live on a token only."""
        if profile.file is not None:
            return PfxMedium(profile.file)
        if MediumKind.SYSTEM_STORE in profile.media:
            return SystemStoreMedium(system_store(Path.home(), os.environ), profile, self.home.store / profile.id)
        return None

    def _agree(self, profile_id: str, name: str, connection: Connection) -> None:
        """Ask once before anything is sent to the host of a profile that does not come from us; Cancelled."""
        host = urlsplit(connection.url).netloc
        if is_confirmed(self.home, profile_id, host):
            return
        if not self.face.ask(Confirm(key="new_host", facts={"issuer": name, "host": host})):
            raise Cancelled(where="new_host")
        confirm(self.home, profile_id, host)
