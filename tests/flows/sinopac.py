"""One person of the sandbox, their file, and the answers of a procedure that goes well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from certtray.core.secret import Secret
from certtray.system.connections import Connection, save_connection
from certtray.system.paths import Home
from certtray_sandbox.people import PEOPLE, Person
from certtray_sandbox.sample_files import write_sample
from certtray_sandbox.script import Row
from tests.faces import Program
from tests.rigs import ReferenceRa, reference_ra

OLD_PASSWORD, NEW_PASSWORD = "old-file-2468", "new-file-1357"


@dataclass
class Broker:
    """The reference RA connected to one home, and a person who holds (or lacks) a certificate."""

    ra: ReferenceRa
    program: Program
    person: Person = PEOPLE[0]

    @property
    def default_place(self) -> Path:
        """Where the broker's own program keeps the file (0-15)."""
        return Path(self.program.environment["HOME"]) / "ekey" / "551" / self.person.id / "S" / "Sinopac.pfx"

    def give_certificate(self, days: int, path: Path | None = None) -> Path:
        """Write a PFX that ends in ``days`` days and is in the RA's register."""
        path = path or self.default_place
        now = datetime.now(UTC)
        write_sample(self.ra.folder, path, self.person.id, days, Secret(OLD_PASSWORD), ("both",), now)
        return path

    def code(self, _question: Row) -> str:
        """Return the newest code from the outbox."""
        return self.ra.last_code()

    def answers(self, **other: Any) -> dict[str, Any]:
        """Return answers that lead to the end of login, apply or renew, with some replaced."""
        return {
            "file_password": OLD_PASSWORD,
            "national_id": self.person.id,
            "trading_password": self.person.password,
            "birth_date": self.person.birth_date,
            "otp_contact": lambda question: question["options"][0]["id"],
            "otp": self.code,
            "terms": True,
            "new_file_password": NEW_PASSWORD,
            **other,
        }


@contextmanager
def connected_broker(program: Program) -> Iterator[Broker]:
    """Run the RA and point the program's home at it."""
    with reference_ra(program.folder / "ra") as ra:
        save_connection(Home(program.home), "sinopac", Connection(ra.url, ra.tls_root, ra.ca_root))
        yield Broker(ra, program)
