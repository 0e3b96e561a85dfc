"""Passwords and codes stand nowhere but in memory, whenever and however a run ends (issue 2, house rules)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from certtray_sandbox.people import PEOPLE
from tests.flows.conftest import Make
from tests.flows.world import OLD_PASSWORD, World
from tests.makers import run_tool
from tests.rigs import ReferenceRa

pytestmark = pytest.mark.usefixtures("started_as_ever")

OLD, NEW = "Ωld-pass-7391", "Ñew-pass-8462"

STAGES = (
    "after send POST /sessions 2",
    "after send POST /enrollments/*/otp/verify 2",
    "after create temporary key-both.p8 1",
    "after replace operation.json 2",
    "after replace new.pfx 1",
    "after replace Sinopac.pfx 2",
    "nowhere",
)


def forms(secret: str) -> list[bytes]:
    """How a careless program may write a secret down."""
    plain = secret.encode()
    written = [plain, secret.encode("utf-16-le"), secret.encode("utf-16-be"), json.dumps(secret)[1:-1].encode()]
    return [*written, base64.b64encode(plain).rstrip(b"="), plain.hex().encode()]


class Watch:
    """Looks at the process each time it asks something."""

    def __init__(self, ra: ReferenceRa) -> None:
        self.ra = ra
        self.seen = b""
        self.codes: list[str] = []

    def look(self, trace: Path) -> None:
        """Read what every process of this user can read of the one that runs."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes()
                if str(trace).encode() in line:
                    self.seen += line + (process / "environ").read_bytes()
            except OSError:
                continue

    def code(self) -> str:
        self.codes.append(self.ra.last_code())
        return self.codes[-1]


def planted(world: World, watch: Watch) -> dict[str, object]:
    """Distinctive answers; the process is looked at before each of them."""
    answers = world.answers(file_password=OLD, new_file_password=NEW, otp=lambda _: watch.code())

    def looked_at(answer: object) -> object:
        def give(question: object) -> object:
            watch.look(world.folder / "trace")
            return answer(question) if callable(answer) else answer

        return give

    return {key: looked_at(answer) for key, answer in answers.items()}


@pytest.mark.parametrize(
    "stage", [*STAGES[::2], *(pytest.param(each, marks=pytest.mark.full) for each in STAGES[1::2])]
)
def test_no_secret_is_left_anywhere(ra: ReferenceRa, tmp_path: Path, stage: str) -> None:
    # Not the first of the people: the help of a question shows that birth date, the manual's example.
    world = World(tmp_path / "world", ra, "renew", PEOPLE[1])
    re_encrypt(world, tmp_path)
    watch = Watch(ra)
    played, passed = world.play_killed(stage, **planted(world, watch))
    assert stage in ("nowhere", passed[-1])
    assert watch.seen
    said = json.dumps(played.rows, ensure_ascii=False).encode() + played.errors.encode()
    files = {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}
    assert files
    for secret in (OLD, NEW, world.person.password, world.person.birth_date, *watch.codes):
        for form in forms(secret):
            assert form not in watch.seen
            assert form not in said
            for path, data in files.items():
                assert form not in data, path
    for path, data in files.items():
        if path.suffix in (".log", ".lock"):
            assert world.person.id.encode() not in data
    assert_masked(world, played.rows)


def assert_masked(world: World, rows: list[dict[str, object]]) -> None:
    """The ID stands in the closing line's ``path`` only, for the script that has to open the file."""
    for row in rows:
        assert world.person.id not in json.dumps({key: value for key, value in row.items() if key != "path"}), row


def test_the_log_masks_the_number(new_world: Make) -> None:
    """An error that names the file, whose folder bears the ID."""
    world = new_world("renew")
    world.target.write_bytes(b"0\x82\xff\xff not a certificate file")
    done = world.program.run("unlock", str(world.target))
    assert done.returncode == 65
    log = (world.program.home / "certtray.log").read_text("utf-8")
    assert "A12345****" in log
    assert world.person.id not in log + done.stderr


def re_encrypt(world: World, work: Path) -> None:
    """Give the old file the planted password, with OpenSSL."""
    old, new, pem = work / "old", work / "new", work / "pem"
    old.write_text(OLD_PASSWORD, "utf-8")
    new.write_text(OLD, "utf-8")
    run_tool("openssl", "pkcs12", "-legacy", "-in", world.target, "-passin", f"file:{old}", "-nodes", "-out", pem)
    run_tool("openssl", "pkcs12", "-export", "-in", pem, "-passout", f"file:{new}", "-out", world.target)
