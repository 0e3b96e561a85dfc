"""The parts a procedure works with; built by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from certtray.core.errors import TokenNeeded
from certtray.flows.face import Face
from certtray.flows.operations import Operations
from certtray.flows.tokens import Hand
from certtray.inventory.db import Inventory
from certtray.inventory.history import History
from certtray.issuers.base import Issuer, LoginResult
from certtray.media.base import Medium
from certtray.rules.profile import Profile
from certtray.system.clock import Clock
from certtray.system.paths import Home


@dataclass(frozen=True, slots=True)
class Account:
    """A person logged in at the issuer."""

    person_id: str
    found: LoginResult


@dataclass(slots=True)
class Session:
    """The connection to an issuer, and who is logged in on it; outlives a procedure in the window."""

    issuer: Issuer
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """One face, one issuer, one medium, and what is kept on disk."""

    face: Face
    profile: Profile
    session: Session
    home: Home
    """Where everything is kept."""
    pc_medium: Medium | None
    """Where keys live on this computer; None where the issuer has them on a token only."""
    operations: Operations
    inventory: Inventory
    history: History
    archive: Path
    clock: Clock
    ca_roots: tuple[bytes, ...]
    """DER of the roots that what this issuer issues must chain to."""
    issuer_name: str
    """In the user's language."""
    platform: str
    """As ``sys.platform``: manuals differ between Windows and Mac (1-04)."""
    install_everywhere: str
    """What happens with the browsers' stores in the end: ``ask``, ``always``, ``never``."""
    token: Hand | None = None
    """The token in hand; ``pc_medium`` is what lies on it then."""

    @property
    def issuer(self) -> Issuer:
        """The issuer's interface."""
        return self.session.issuer

    @property
    def medium(self) -> Medium:
        """Where keys live; TokenNeeded where that is no part of this computer."""
        if self.pc_medium is None:
            raise TokenNeeded(issuer=self.issuer_name, **self.contact)
        return self.pc_medium

    @property
    def contact(self) -> dict[str, str | int]:
        """Whom to ask and what to bring, as facts of an error or a result."""
        given, manage = self.profile.contact, self.profile.manage
        return {
            "phone": given.phone,
            "page": given.page,
            "address": given.address,
            "zh_TW": manage.bring_zh_tw,
            "en": manage.bring_en,
        }
