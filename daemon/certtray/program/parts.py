"""Builds the parts of one process, each imported and made when it is first used: no child pays for what others do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from certtray.core.errors import EndpointUnusable, ProfileInvalid
from certtray.system.clock import Clock, system_clock
from certtray.system.paths import Home, find_home
from certtray.system.settings import Settings, load_settings
from certtray.text import Text, choose_language

if TYPE_CHECKING:
    from certtray.flows.context import Session
    from certtray.flows.face import Face
    from certtray.flows.stage import Stage
    from certtray.inventory.db import Inventory
    from certtray.program.resident import Resident
    from certtray.rules.profile import Profile
    from certtray.watch.due import Digest


@dataclass
class Parts:
    """The parts of this user's CertTray."""

    home: Home
    settings: Settings
    text: Text
    clock: Clock = system_clock

    @classmethod
    def of_this_user(cls) -> Parts:
        """Find the home, read the settings, choose the language; SettingsInvalid."""
        home = find_home()
        settings = load_settings(home.settings)
        return cls(home, settings, Text(choose_language(settings.language)))

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """Issuer profiles by id, ours and those the person added; ProfileInvalid for one of ours."""
        return {profile.id: profile for profile in (*self._own_profiles, *self._added[0])}

    @property
    def bad_profiles(self) -> tuple[ProfileInvalid, ...]:
        """What is wrong with profiles the person added; it does not stop the others."""
        return self._added[1]

    @cached_property
    def _own_profiles(self) -> tuple[Profile, ...]:
        from certtray.rules.profiles import load_profiles

        return load_profiles()

    @cached_property
    def _added(self) -> tuple[tuple[Profile, ...], tuple[ProfileInvalid, ...]]:
        from certtray.rules.profiles import add_profiles

        return add_profiles(self._own_profiles, self.home.issuers)

    @cached_property
    def inventory(self) -> Inventory:
        """The opened inventory; InventoryUnusable."""
        from certtray.inventory.db import Inventory

        return Inventory.open(self.home.make().inventory)

    def name_of(self, profile: Profile) -> str:
        """Return an issuer's name in the user's language."""
        return profile.name_en if self.text.language == "en" else profile.name_zh_tw

    def resident(self, hand_over: Callable[[Digest], None]) -> Resident:
        """The process that keeps watch."""
        from certtray.inventory.db import Inventory
        from certtray.program.resident import Resident

        path = self.home.make().inventory
        return Resident(lambda: Inventory.open(path), tuple(self.profiles.values()), hand_over, self.clock)

    def stay_in_tray(self) -> None:
        """Run the tray process until it is told to quit."""
        from certtray.program.tray import TrayProcess

        TrayProcess(self.home.make(), tuple(self.profiles.values()), self.text, self.clock).run()

    def changed(self) -> None:
        """Let a running tray look again at once; none may be running."""
        from certtray.endpoint.single import tell
        from certtray.endpoint.words import Request, Verb

        with suppress(EndpointUnusable):
            tell("tray", self.home, Request(Verb.CHANGED))

    def refresh(self) -> None:
        """Bring the inventory up to what is on disk."""
        from certtray.program.scanner import refresh_all

        refresh_all(self)

    def stage(self, face: Face, sessions: dict[str, Session] | None = None) -> Stage:
        """What a procedure is played on; ``sessions`` by profile where somebody may be logged in already."""
        from certtray.program.stage import TheStage

        return TheStage(self, face, {} if sessions is None else sessions)
