"""A card pulled, a reader dead, a worker or the program killed while keys are made and certificates stored: nothing is lost, and
nothing is issued twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from certtray.flows.operations import Operations, Step
from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.keys import SLOTS
from certtray_sandbox.cards.softhsm import SoftToken
from certtray_sandbox.people import COMPANY, PEOPLE
from certtray_sandbox.script import Conversation, Played
from tests.faces import Dialogue, Program
from tests.flows.site import Site
from tests.flows.world import KILLED
from tests.patience import SECONDS
from tests.rigs import ReferenceRa, reference_ra
from tests.token.conftest import Cards, soft_conf
from tests.token.holder import CARD_PIN, FINE, FXML, emptied, managed_row, on_card, signs

VERIFY, GENERATE, USE, PUT = 0x20, 0x47, 0x87, 0xDB
CHAINED = 0x10
COMMANDS_WITH_A_PIN = 150
"""No application gets along with fewer after its PIN; it was 207 when this was written."""


@pytest.fixture(scope="module")
def ra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReferenceRa]:
    """The issuers, for all of this module: each case has the counter register anew; the first password is changed once."""
    folder = tmp_path_factory.mktemp("issuers")
    with reference_ra(folder / "ra") as running:
        (folder / "user").mkdir()
        once = Site(running, Program(folder), FINE, COMPANY)
        once.connect()
        once.register()
        played = Dialogue(once.program).play("certificates", "--issuer", FINE, answers=once.first_login())
        assert played.end["done"] == "certificates", played.end
        yield running


@dataclass
class Applicant:
    """Somebody at a fresh computer who applies; ``pin`` is that of the token in hand."""

    ra: ReferenceRa
    folder: Path
    profile: str
    device: str
    pin: str
    more: dict[str, str]
    site: Site = field(init=False)
    issued_before: set[str] = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "user").mkdir(parents=True)
        program = Program(self.folder, more=self.more)
        self.site = Site(self.ra, program, self.profile, COMPANY if self.profile == FINE else PEOPLE[0])
        self.site.connect()
        self.site.register(device=self.device)
        program.home.mkdir(mode=0o700, exist_ok=True)
        if self.profile == FINE:
            (program.home / "modules.toml").write_text(managed_row(), "utf-8")
        self.issued_before = self._serials()

    def play(self, *words: str, command: Sequence[str] = (), **started: Callable[[int], None]) -> Played:
        """Run the application, or ``words``; ``started`` is told the process's id."""
        program = self.site.program
        line = [*(command or program.command), *(words or ("apply", "--issuer", self.profile)), "--json"]
        talk = Conversation(line, program.environment)
        for tell in started.values():
            tell(talk.process.pid)
        more = {} if self.profile == FINE else {"site_password": self.site.first_password}
        return talk.play(self.site.answers(token_pin=self.pin, **more))

    def recover(self) -> None:
        """Carry on what was begun, and apply once more if that was nothing."""
        resumed = self.play("resume")
        assert resumed.exit_status == 0, resumed.rows
        if Step.INSTALLED not in self.steps():
            assert not self.issued(), "certificates were issued that nobody carried on"
            again = self.play()
            assert again.end.get("step") == "installed", again.end

    def steps(self) -> list[Step]:
        """The steps that the operations of this computer reached."""
        return [each.step for each in Operations(self.site.program.home / "operations").all()]

    def issued(self) -> set[str]:
        """Serials issued to this person since the case began."""
        return self._serials() - self.issued_before

    def assert_tidy(self) -> None:
        """One operation came to its end, and nothing of any other is left."""
        assert self.steps().count(Step.INSTALLED) == 1
        assert len(self.issued()) == 2
        folders = list((self.site.program.home / "operations").glob("*/"))
        assert [sorted(path.name for path in each.iterdir()) for each in folders] == [["issued.p7", "operation.json"]]

    def _serials(self) -> set[str]:
        register = self.ra.folder / self.profile / "ra.sqlite"
        with closing(sqlite3.connect(register, timeout=SECONDS)) as db:
            rows = db.execute("SELECT serial FROM certificates WHERE person = ?", (self.site.person.id,))
            return {serial for (serial,) in rows}


@dataclass
class CardCase:
    """An applicant with an empty card in the reader."""

    cards: Cards
    applicant: Applicant
    struck: bool = False

    def interrupted(self, when: Callable[[int, bytes], bool], how: str) -> Played:
        """Apply, and let ``how`` happen at the first command for which ``when`` holds: see ``HOWS``."""
        slot, program = self.cards.slot, [0]

        def strikes(number: int, apdu: bytes) -> bool:
            if self.struck or not when(number, apdu):
                return False
            self.struck = True
            if how == "worker":
                kill_worker(program[0])
                return False
            return True

        slot.pull_when, slot.pull_answered = strikes, how == "answered"
        try:
            return self.applicant.play(tell=lambda pid: program.__setitem__(0, pid))
        finally:
            slot.pull_when = None
            if slot.out.is_set():
                slot.insert(self.cards.card)

    def assert_whole(self) -> None:
        """The pair that was issued is on the card with its keys, and nothing else is."""
        self.applicant.assert_tidy()
        there = on_card(self.cards)
        assert {each["serial"] for each in there.values()} == self.applicant.issued()
        assert len(there) == len([tag for tag in SLOTS.values() if tag in self.cards.card.memory.objects]) == 2


HOWS = ("pulled", "answered", "worker")
"""The card is pulled before it does what it is told, or before it says so; the worker is killed."""


def kill_worker(program: int) -> None:
    """Kill the worker of a running program, which was started as ever."""
    children = Path(f"/proc/{program}/task/{program}/children").read_text("ascii").split()
    (worker,) = [child for child in children if b"_token" in Path(f"/proc/{child}/cmdline").read_bytes()]
    os.kill(int(worker), signal.SIGKILL)


@pytest.fixture
def case(cards: Cards, ra: ReferenceRa, tmp_path: Path) -> Callable[[int], CardCase]:
    """Makes a new case: a computer of its own, and a card with nothing on it."""

    def made(number: int) -> CardCase:
        emptied(cards)
        cards.card.transcript.clear()
        more = {name: os.environ[name] for name in ("PCSCLITE_CSOCK_NAME", "SOFTHSM2_CONF")}
        return CardCase(cards, Applicant(ra, tmp_path / f"c{number}", FINE, "card", CARD_PIN, more))

    return made


def nth(ins: int, number: int) -> Callable[[int, bytes], bool]:
    """Return a condition that holds for the last piece of the ``number``-th command of this kind that carries data."""
    seen = count(1)
    return lambda _, apdu: apdu[1] == ins and len(apdu) > 5 and not apdu[0] & CHAINED and (next(seen) == number)


def after_the_pin(number: int) -> Callable[[int, bytes], bool]:
    """Return a condition that holds for the ``number``-th command after the first PIN command."""
    seen = count()
    verified = [False]

    def holds(_: int, apdu: bytes) -> bool:
        verified[0] = verified[0] or (apdu[1] == VERIFY and len(apdu) > 5)
        return verified[0] and next(seen) == number

    return holds


STATES = [
    (VERIFY, 1),
    *((GENERATE, each) for each in (1, 2)),
    *((PUT, each) for each in (1, 2, 3, 4)),
    (USE, 3),
    (USE, 4),
]
"""What changes something, or without which it cannot go on: PIN, keys, what is put beside them, the requests' signatures."""
SAMPLE = {(GENERATE, 2, "answered"), (PUT, 3, "pulled"), (PUT, 4, "worker")}
CASES = [
    pytest.param(ins, number, how, marks=[] if (ins, number, how) in SAMPLE else [pytest.mark.full])
    for ins, number in STATES
    for how in HOWS
]


@pytest.mark.parametrize(("ins", "number", "how"), CASES)
def test_interrupted_at_each_change(
    request: pytest.FixtureRequest, case: Callable[[int], CardCase], ins: int, number: int, how: str
) -> None:
    if how == "worker":
        request.getfixturevalue("started_as_ever")
    made = case(0)
    played = made.interrupted(nth(ins, number), how)
    assert played.exit_status != 0, (played.end, str(made.cards.card.transcript))
    assert played.end["code"] in ("token-gone", "token-failed", "token-module"), played.end
    reached = (ins, how) != (VERIFY, "pulled")  # else the card never saw a PIN
    assert len(made.cards.card.transcript.pins) == int(reached)
    made.applicant.recover()
    made.assert_whole()


@pytest.mark.full
@pytest.mark.parametrize("part", range(4))
def test_pulled_at_every_command_after_the_pin(case: Callable[[int], CardCase], part: int) -> None:
    """Also at those that only read."""
    for at in count(1 + part, 4):
        made = case(at)
        played = made.interrupted(after_the_pin(at), "pulled")
        if not made.struck:
            assert played.end.get("step") == "installed", played.end
            assert at > COMMANDS_WITH_A_PIN, "the card was hardly used"
            break
        if played.end.get("step") != "installed":  # after that the card is only looked at
            made.applicant.recover()
        made.assert_whole()


def test_a_reader_s_service_that_stops(case: Callable[[int], CardCase]) -> None:
    made = case(0)
    service, slot = made.cards.service, made.cards.slot
    stopping = threading.Thread(target=service.stop)

    def stops(_: int, apdu: bytes) -> bool:
        if apdu[1] == GENERATE:
            stopping.start()
        return apdu[1] == GENERATE

    slot.pull_when = stops
    played = made.applicant.play()
    slot.pull_when = None
    stopping.join()
    assert played.end["code"] in ("token-gone", "token-failed", "token-module"), played.end
    service.start()
    slot.insert(made.cards.card)
    made.applicant.recover()
    made.assert_whole()


@dataclass
class SoftCase:
    """An applicant with an empty token in software, killed and carried on."""

    token: SoftToken
    applicant: Applicant

    def killed(self, point: str) -> tuple[Played, list[str]]:
        """Apply, killed at ``point``; return also the points passed."""
        trace = self.applicant.folder / "trace"
        command = [sys.executable, "-m", "tests.flows.killer", str(trace), point]
        played = self.applicant.play(command=command)
        return played, trace.read_text("utf-8").splitlines()

    def assert_whole(self, work: Path) -> None:
        """The pair that was issued is on the token with its keys, which sign, and no other key is."""
        self.applicant.assert_tidy()
        (row,) = self.applicant.site.program.rows("token", "list")
        assert {each["serial_hex"] for each in row["certificates"]} == self.applicant.issued()
        assert all(signs(self.token, each["id"], work) for each in row["certificates"])


@pytest.fixture
def soft_case(ra: ReferenceRa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], SoftCase]:
    """Makes a new case: a computer of its own, and a token of its own with nothing on it."""

    def made(number: int) -> SoftCase:
        folder = tmp_path / f"s{number}"
        token = SoftToken(folder / "soft")
        monkeypatch.setenv("SOFTHSM2_CONF", str(soft_conf(folder / "soft")))
        applicant = Applicant(ra, folder / "at", FXML, "iKey", softhsm.PIN, dict(token.environment))
        return SoftCase(token, applicant)

    return made


def parts(sample: slice, number: int) -> list[object]:
    """A ``sample`` of the points for each run; all of them, in so many equal parts, for the exhaustive one."""
    full = [pytest.param(slice(part, None, number), marks=pytest.mark.full, id=f"{part}") for part in range(number)]
    return [pytest.param(sample, id="sample"), *full]


@pytest.mark.parametrize("share", parts(slice(60, None, 140), 4))
def test_the_program_killed_anywhere(soft_case: Callable[[int], SoftCase], share: slice, tmp_path: Path) -> None:
    played, points = soft_case(0).killed("nowhere")
    assert played.end["step"] == "installed", played.end
    assert any("token generate" in point for point in points), points
    for number, point in enumerate(points[share], 1):
        made = soft_case(number)
        played, passed = made.killed(point)
        assert (played.exit_status, passed[-1:]) == (KILLED, [point]), (played.end, played.errors)
        made.applicant.recover()
        made.assert_whole(tmp_path)
