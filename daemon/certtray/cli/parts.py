"""What the commands need from the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from certtray.inventory.db import Inventory
from certtray.rules.profile import Profile
from certtray.system.clock import Clock
from certtray.system.paths import Home
from certtray.system.settings import Settings
from certtray.text import Text
from certtray.watch.due import Digest

if TYPE_CHECKING:  # a procedure's parts are imported when one is carried out
    from certtray.flows.face import Face
    from certtray.flows.stage import Stage


class Resident(Protocol):
    """The process that keeps watch."""

    def check(self) -> object:
        """Look once and say what is due."""
        ...

    def stay(self) -> None:
        """Look at start and at least every hour, until told to stop."""
        ...


class Parts(Protocol):
    """The parts of one process, built when first used."""

    @property
    def home(self) -> Home:
        """Where everything is kept."""
        ...

    @property
    def settings(self) -> Settings:
        """What the user chose."""
        ...

    @property
    def text(self) -> Text:
        """Sentences in the user's language."""
        ...

    @property
    def clock(self) -> Clock:
        """What time it is."""
        ...

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """Issuer profiles by id."""
        ...

    @property
    def inventory(self) -> Inventory:
        """What exists where."""
        ...

    def name_of(self, profile: Profile) -> str:
        """Return an issuer's name in the user's language."""
        ...

    def resident(self, hand_over: Callable[[Digest], None]) -> Resident:
        """The process that keeps watch; ``hand_over`` says what is due."""
        ...

    def stay_in_tray(self) -> None:
        """Run the tray process until it is told to quit."""
        ...

    def changed(self) -> None:
        """Let a running tray look again at once; none may be running."""
        ...

    def refresh(self) -> None:
        """Bring the inventory up to what is on disk."""
        ...

    def stage(self, face: Face) -> Stage:
        """What a procedure is played on, with nobody logged in yet."""
        ...
