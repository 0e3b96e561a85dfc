"""The rig itself: a card that counts as the standard says, a service nobody else can reach, and nothing left behind."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from certtray.core.secret import Secret
from certtray.token.client import TokenWorker
from certtray.token.modules import Module
from certtray_sandbox.cards.apdu import Status, tlv
from certtray_sandbox.cards.button import Button
from certtray_sandbox.cards.keys import RETIRED, SLOTS
from certtray_sandbox.cards.memory import PIN, PUK, RIG_MANAGEMENT_KEY, Memory
from certtray_sandbox.cards.personal import KEY_IDS, OPENSC_IDS, put_certificate, put_key
from certtray_sandbox.cards.piv import AID, PivCard
from certtray_sandbox.cards.service import PORT, Service, card_service
from tests import makers
from tests.forked import ROOT
from tests.token.conftest import KNOWN, fine_card, only, worker

SELECT = bytes.fromhex("00a40400") + bytes([len(AID)]) + AID
RIGHT, WRONG, NEW = b"123456\xff\xff", b"999999\xff\xff", b"654321\xff\xff"
ASKED = tlv("7c", tlv("82", b"") + tlv("81", b"\x01"))
SIGN = bytes((0, 0x87, 7, 0x9A, len(ASKED))) + ASKED
OPENSC = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"


def new_card(folder: Path) -> PivCard:
    card = PivCard(Memory.new(folder / "card.json"))
    assert status(card, SELECT) == Status.OK
    return card


def status(card: PivCard, raw: bytes) -> int:
    """Return the status word; an answer that goes on (61xx) is a good one."""
    said = int.from_bytes(card.answer(raw)[-2:], "big")
    return Status.OK if said >> 8 == 0x61 else said


def pin_command(ins: int, *values: bytes, reference: int = PIN) -> bytes:
    data = b"".join(values)
    return bytes((0, ins, 0, reference, len(data))) + data


def test_three_wrong_pins_lock_and_the_puk_unlocks(tmp_path: Path) -> None:
    card = new_card(tmp_path)
    assert [status(card, pin_command(0x20, WRONG)) for _ in range(3)] == [0x63C2, 0x63C1, Status.BLOCKED]
    assert status(card, pin_command(0x20, RIGHT)) == Status.BLOCKED
    assert status(card, pin_command(0x2C, b"00000000", NEW)) == 0x63C2
    assert status(card, pin_command(0x2C, b"12345678", NEW)) == Status.OK
    assert status(card, pin_command(0x20, NEW)) == Status.OK


def test_a_right_pin_starts_the_count_anew_and_asking_costs_nothing(tmp_path: Path) -> None:
    card = new_card(tmp_path)
    ask = bytes.fromhex("00200080")
    assert status(card, pin_command(0x20, WRONG)) == 0x63C2
    assert [status(card, ask) for _ in range(5)] == [0x63C2] * 5
    assert status(card, pin_command(0x20, RIGHT)) == Status.OK
    assert status(card, ask) == Status.OK  # logged in: the card says nothing of tries
    assert card.memory.left == {PIN: 3, PUK: 3}
    assert status(card, pin_command(0x24, RIGHT, b"12345\xff\xff\xff")) == Status.BAD_DATA  # too short, no try used
    assert status(card, pin_command(0x24, RIGHT, NEW)) == Status.OK


def test_what_is_kept_is_in_the_file_and_power_takes_the_rest(tmp_path: Path) -> None:
    card, signing, _ = fine_card(tmp_path)
    status(card, SELECT)
    status(card, pin_command(0x20, WRONG))
    status(card, pin_command(0x20, RIGHT))
    status(card, pin_command(0x24, RIGHT, NEW))
    again = PivCard(Memory.load(card.memory.path))
    assert again.memory.pin == NEW
    assert again.memory.objects == card.memory.objects
    assert again.memory.keys[0x9A][1].private_numbers() == signing.key.private_numbers()
    assert status(card, SIGN) == Status.OK
    card.power()
    status(card, SELECT)
    assert status(card, SIGN) == Status.NOT_ALLOWED


def test_no_pin_stands_in_the_transcript(tmp_path: Path) -> None:
    card = new_card(tmp_path)
    for command in (pin_command(0x20, WRONG), pin_command(0x24, RIGHT, NEW), pin_command(0x2C, b"12345678", RIGHT)):
        status(card, command)
    assert len(card.transcript.pins) == 3
    for secret in (RIGHT, WRONG, NEW, b"12345678"):
        assert secret.hex() not in str(card.transcript) and secret.decode("latin-1") not in str(card.transcript)
        assert secret.hex() not in repr(card.transcript)


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x00\x20\x00", b"\x00\x87\x07\x9a\x05\x7c", b"\x00\xcb\x3f\xff\x00"])
def test_nonsense_is_refused(tmp_path: Path, raw: bytes) -> None:
    assert status(new_card(tmp_path), raw) != Status.OK


def test_a_button_is_waited_for_and_a_card_without_a_press_refuses(tmp_path: Path) -> None:
    card, _, _ = fine_card(tmp_path)
    card.button.needed, card.button.patience = True, 5.0
    status(card, SELECT)
    status(card, pin_command(0x20, RIGHT))

    def person() -> None:
        assert card.button.waiting.wait(5)
        card.button.press()

    presser = threading.Thread(target=person)
    presser.start()
    assert status(card, SIGN) == Status.OK
    presser.join()
    assert card.button.presses == 1
    card.button.patience = 0.05
    assert status(card, SIGN) == Status.NO_BUTTON
    assert Button().needed is False


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with card_service() as running:
        yield running


def test_openssl_verifies_what_opensc_has_the_card_sign(service: Service, tmp_path: Path) -> None:
    card, signing, _ = fine_card(tmp_path)
    service.slots[0].insert(card)
    (tmp_path / "data").write_bytes(b"order")
    (tmp_path / "certificate.pem").write_bytes(signing.certificate_pem)
    tool = ["pkcs11-tool", "--module", OPENSC, "--login", "--pin", "123456", "--sign", "--mechanism", "SHA256-RSA-PKCS"]
    run(*tool, "--id", "01", "-i", "data", "-o", "signature", folder=tmp_path, environment=service.environment)
    service.slots[0].remove()
    run("openssl", "x509", "-in", "certificate.pem", "-noout", "-pubkey", "-out", "key.pem", folder=tmp_path)
    said = run("openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "data", folder=tmp_path)
    assert "Verified OK" in said


def run(*command: str, folder: Path, environment: object = None) -> str:
    more = environment if isinstance(environment, dict) else {}
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **more}, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def seen(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PivCard]:
    """A card with a pair, seen by programs started from here."""
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    card, _, _ = fine_card(tmp_path)
    service.slots[0].insert(card)
    yield card
    service.slots[0].remove()


def managing(tmp_path: Path) -> TokenWorker:
    """Return a worker that may write to the rig's cards."""
    known = KNOWN["ykcs11"]
    return worker(
        Module(known.id, known.name, known.paths, known.unblock, known.places, Secret(RIG_MANAGEMENT_KEY.hex())),
        tmp_path,
    )


def test_new_pairs_lie_in_retired_slots_beside_the_old_one(seen: PivCard, tmp_path: Path) -> None:
    pin, new = Secret("123456"), makers.holder("70759028-00-0007", key=makers.spare_key(3))
    old = set(seen.memory.keys)
    with managing(tmp_path) as running:
        token = only(running)
        with running.manage(token, pin) as card:
            made = {each: card.generate(each, "new", 2048) for each in ("05", "18")}
            card.store("18", "new", new.der)
        with running.login(token, pin) as card:
            assert card.keys() == ["01", "03", "05", "18"]
            for key_id, public in made.items():
                public.verify(card.sign(key_id, b"x"), b"x", padding.PKCS1v15(), hashes.SHA256())
                assert card.decrypt(key_id, public.encrypt(b"secret", padding.PKCS1v15())) == b"secret"
    assert set(seen.memory.keys) == {*old, RETIRED[0], RETIRED[-1]}
    with managing(tmp_path) as running:
        assert SLOTS[RETIRED[0]] in seen.memory.objects  # ykcs11 puts one of its own there until the key's is stored
        assert {each.id for each in only(running).held} == {"01", "03", "18"}
        with running.manage(only(running), pin) as card:
            card.delete(["05", "18"])
        assert {each.id for each in only(running).held} == {"01", "03"}
    with managing(tmp_path) as running, running.login(only(running), pin) as card:
        # Certificates go; a PIV card has no command to delete a key, which goes when another is made in its place.
        assert card.keys() == ["01", "03", "05", "18"]


@pytest.mark.parametrize(("module", "ids"), [("ykcs11", KEY_IDS), ("opensc", OPENSC_IDS)])
def test_both_modules_show_every_slot(seen: PivCard, tmp_path: Path, module: str, ids: dict[str, int]) -> None:
    parties = {slot: makers.holder(f"70759028-00-{slot:04}", key=makers.spare_key(1)) for slot in ids.values()}
    for slot, party in parties.items():
        put_key(seen.memory, slot, party.key)
        put_certificate(seen.memory, slot, party.der)
    with worker(module, tmp_path) as running:
        assert {each.id: each.der for each in only(running).held} == {at: parties[ids[at]].der for at in ids}


def test_a_card_stays_open_for_who_manages_it_after_the_pin(seen: PivCard, tmp_path: Path) -> None:
    with managing(tmp_path) as running, running.manage(only(running), Secret("123456")) as card:
        public = card.generate("05", "new", 2048)
        public.verify(card.sign("05", b"x"), b"x", padding.PKCS1v15(), hashes.SHA256())
        assert card.sign("01", b"x")
    assert [str(each) for each in seen.transcript.pins] == ["VERIFY 00 80 ******** -> 9000"]


def test_nobody_outside_reaches_the_reader(service: Service) -> None:
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    for port in (PORT, PORT + 1):
        assert f":{port:04X} " not in listening


def test_the_service_can_be_stopped_and_started(service: Service, tmp_path: Path) -> None:
    card, _, _ = fine_card(tmp_path)
    service.slots[0].insert(card)
    service.stop()
    assert service.slots[0].out.is_set()
    service.start()
    service.slots[0].insert(card)
    assert "Yes" in run("opensc-tool", "-l", folder=tmp_path, environment=service.environment)
    service.slots[0].remove()


HOLDS = """
import sys
from certtray_sandbox.cards.service import card_service
with card_service() as service:
    print(service.folder, flush=True)
    sys.stdin.read()
"""


def test_a_killed_rig_leaves_no_service_behind() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdin is not None
    folder = holder.stdout.readline().strip()
    running = [process for process in daemons() if folder in command_of(process)]
    assert len(running) == 1
    watched = os.pidfd_open(int(running[0].name))
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    ended, _, _ = select.select([watched], [], [], 10)
    os.close(watched)
    assert ended
    shutil.rmtree(folder, ignore_errors=True)


def daemons() -> list[Path]:
    return [each for each in Path("/proc").iterdir() if each.name.isdigit() and "pcscd" in command_of(each)[:40]]


def command_of(process: Path) -> str:
    try:
        return (process / "cmdline").read_text("utf-8", "replace").replace("\0", " ")
    except OSError:
        return ""


A_USER = """
import os
from pathlib import Path
from certtray.core.secret import Secret
from certtray.token.client import TokenWorker
from certtray.token.modules import modules
from certtray_sandbox.cards.memory import Memory
from certtray_sandbox.cards.personal import SIGNING, put_certificate, put_key
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import card_service
from certtray_sandbox.cards.softhsm import PIN, SoftToken
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

assert os.geteuid() != 0
certificate = x509.load_pem_x509_certificate(Path("certificate.pem").read_bytes())
card = PivCard(Memory.new(Path("card.json")))
put_key(card.memory, SIGNING, load_pem_private_key(Path("key.pem").read_bytes(), None))
put_certificate(card.memory, SIGNING, certificate.public_bytes(Encoding.DER))
os.environ.update(SoftToken(Path("soft")).environment)
with card_service() as service:
    os.environ.update(service.environment)
    service.slots[0].insert(card)
    for module in modules(Path("none")):
        if module.id in ("ykcs11", "opensc", "softhsm"):
            with TokenWorker(module, Path("locks")) as worker:
                (token,) = worker.tokens()
                with worker.login(token, Secret(PIN if module.id == "softhsm" else "123456")) as hand:
                    for key in hand.keys():
                        Path(f"{module.id}.signature").write_bytes(hand.sign(key, b"order"))
"""
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


@pytest.fixture
def users_folder() -> Iterator[Path]:
    """A folder of a user who is not root, with the code where that user may read it."""
    with TemporaryDirectory() as name:
        shutil.copytree(ROOT / "daemon", Path(name) / "daemon", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "config", Path(name) / "config")
        if os.geteuid() == 0:
            os.chown(name, 65534, 65534)
        yield Path(name)


def as_a_user(folder: Path, *first: str, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script as nobody in ``folder``; ``first`` is run before it."""
    packages = next(each for each in sys.path if each.endswith("site-packages"))
    user = NOBODY if os.geteuid() == 0 else []
    return subprocess.run(
        [*user, *first, "/usr/bin/python3", "-c", script],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{folder}/daemon:{packages}", "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_user_can_run_it_too(users_folder: Path) -> None:
    """The whole rig, without root; where the kernel allows users no namespaces this fails and says so."""
    party = makers.holder("70759028-00-0007", use="sign", key=makers.spare_key(1))
    (users_folder / "certificate.pem").write_bytes(party.certificate_pem)
    (users_folder / "key.pem").write_bytes(party.key_pem)
    done = as_a_user(users_folder, script=A_USER)
    assert done.returncode == 0, done.stderr
    for module in ("ykcs11", "opensc"):
        signature = (users_folder / f"{module}.signature").read_bytes()
        party.key.public_key().verify(signature, b"order", padding.PKCS1v15(), hashes.SHA256())


def test_where_users_may_have_no_namespaces_it_is_said(users_folder: Path) -> None:
    none = [
        "unshare",
        "--user",
        "--keep-caps",
        "sh",
        "-c",
        'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"',
        "-",
    ]
    done = as_a_user(users_folder, *none, script=HOLDS)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "RigUnavailable" in last and "user namespaces" in last
