"""What a person does at an issuer to certificates they hold, and what the issuer's register says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from certtray.core.secret import Secret
from certtray_sandbox import certificates
from certtray_sandbox.people import COMPANY, PEOPLE, Person
from certtray_sandbox.sample_files import write_sample
from certtray_sandbox.store import Store
from tests.faces import Program
from tests.flows.files import play
from tests.flows.site import KEY_PASSWORD, Site
from tests.rigs import ReferenceRa


@dataclass(frozen=True)
class Deed:
    """``before`` and ``after``: why the certificates are revoked or on hold, empty while they are in force."""

    name: str
    profile: str
    call: str
    before: str
    after: str
    seen: str
    """What ``certtray status`` then calls them."""
    person: Person = PEOPLE[0]

    @property
    def words(self) -> tuple[str, ...]:
        """The command line."""
        return self.name, "--issuer", self.profile


HOLD = "certificateHold"
DEEDS = (
    Deed("suspend", "tcb-fxml", "PUT /tcb-fxml/certificates/suspension", "", HOLD, "on_hold"),
    Deed("reinstate", "twca-fine", "PUT /twca-fine/certificates/reinstatement", HOLD, "", "good", COMPANY),
    Deed("revoke", "sinopac", "PUT /certificates/revocation", "", "keyCompromise", "revoked"),
)


@dataclass
class Office:
    """One computer whose person holds a pair of certificates, and the register of its issuer."""

    ra: ReferenceRa
    deed: Deed
    folder: Path
    site: Site = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "user" / "Documents").mkdir(parents=True)
        self.site = Site(self.ra, Program(self.folder), self.deed.profile, self.deed.person)
        self.site.connect()
        if self.deed.profile != "sinopac":  # which registers nobody
            self.site.register()
            first = play(self.program, "certificates", "--issuer", self.deed.profile, answers=self.site.first_login())
            assert first.end["done"] == "certificates", first.end
        path = self.folder / "user" / "Documents" / "own.pfx"
        usages = ("both",) if self.deed.profile == "sinopac" else ("sign", "encrypt")
        write_sample(
            self.ra.folder,
            path,
            self.deed.person.id,
            200,
            Secret(KEY_PASSWORD),
            usages,  # type: ignore[arg-type]
            datetime.now(UTC),
            profile=self.deed.profile,
        )
        opened = play(self.program, "unlock", path, answers={"file_password": KEY_PASSWORD, "remember_password": False})
        assert opened.exit_status == 0, opened.end
        self.reset()

    @property
    def program(self) -> Program:
        """The person's computer."""
        return self.site.program

    @property
    def answers(self) -> dict[str, Any]:
        """What leads to the end; only system 4 had the slip's password changed at the first login."""
        return self.site.answers() if self.deed.profile == "twca-fine" else self.site.first_login()

    @property
    def register(self) -> Store:
        """The issuer's database."""
        return Store(self.ra.folder / self.deed.profile / "ra.sqlite")

    def reset(self) -> None:
        """Let the register say what it said before."""
        since = int(datetime.now(UTC).timestamp()) if self.deed.before else None
        with self.register.transaction() as db:
            values = (self.deed.before or None, since, self.deed.person.id)
            db.execute("UPDATE certificates SET revoked = ?, revoked_at = ? WHERE person = ?", values)

    def truth(self) -> str:
        """Return what the register says of the pair: never one thing of one and another of the other."""
        with self.register.transaction() as db:
            (said,) = {each.revoked or "" for each in certificates.held_by(db, self.deed.person.id)}
        return said

    def seen(self) -> set[str]:
        """Return what our inventory says once the issuer's list and responder were asked."""
        status = play(self.program, "status", answers={})
        return {each["standing"] for each in status.end["certificates"]}
