"""``certtray demo --cards``: FINE on a virtual card, iKey and ezSign in software, from the counter to a full life on the device.

The card, its reader and its service are the rig's (``cards``); issuer, middleware and every command are processes of their
own. OpenSC has each key used, and OpenSSL verifies what comes out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from certtray.token.modules import Module, modules
from certtray_sandbox import demo_all, people
from certtray_sandbox.cards import opencryptoki, softhsm
from certtray_sandbox.cards.failing import Function, failing_module
from certtray_sandbox.cards.memory import PIN, RIG_MANAGEMENT_KEY, Memory
from certtray_sandbox.cards.opencryptoki import officer_token
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import RigUnavailable, card_service
from certtray_sandbox.cards.softhsm import SoftToken
from certtray_sandbox.cards_checks import Device, by_opensc
from certtray_sandbox.demo_all import Desk, first
from certtray_sandbox.script import Played, Row
from certtray_sandbox.tour import Step, StepFailed, Tour, need, start_issuer

FINE, BANK = "twca-fine", "tcb-fxml"
NEW_PIN: Final = "864209"
OFFICER_PIN: Final = "11223344"
NSS_TOOLS: Final = "libnss3-tools"
WRONG: Final = "000000", "111111"
"""Two of them: one is not the right one."""


def start_service(tour: Tour) -> str:
    """The PC/SC service with an empty reader, its modules' table, and no token of anybody else's."""
    service = tour.beside.enter_context(card_service())
    tour.seen["slot"] = service.slots[0]
    tour.more.update(service.environment)
    see_tokens(tour, tour.folder / "none")
    write_modules(tour)
    need(tour.run("token", "list", "--json").strip() == "[]", "something is in the reader")
    return service.slots[0].reader


def see_tokens(tour: Tour, folder: Path) -> None:
    """Let programs see the software tokens in ``folder`` and no others."""
    (folder / "tokens").mkdir(parents=True, exist_ok=True)
    conf = folder / "softhsm2.conf"
    if not conf.exists():
        conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", "utf-8")
    tour.more["SOFTHSM2_CONF"] = str(conf)


def known_module(name: str) -> Module:
    """Return the product's own row."""
    return next(each for each in modules(Path("/nonexistent")) if each.id == name)


def write_modules(tour: Tour, *rows: str) -> None:
    """Write the person's own table: a card that is managed by a key of its own, and ``rows``."""
    maker = known_module("ykcs11")
    managed = row_of(maker.id, maker.name, maker.path, maker.unblock, places=list(maker.places))
    table = tour.folder / "home" / "modules.toml"
    table.write_text("".join([*rows, managed + f'management_key = "{RIG_MANAGEMENT_KEY.hex()}"\n']), "utf-8")


def row_of(id: str, name: str, path: Path | None, unblock: str, **more: object) -> str:
    """Return a row of ``modules.toml``."""
    head = f'[[module]]\nid = "{id}"\nname = "{name}"\nunblock = "{unblock}"\nlinux = ["{path}"]\n'
    return head + "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())


def hand_out(desk: Desk) -> str:
    """The counter gives the card with a PIN on a slip; its unblocking code stays with the issuer (4-02)."""
    path = desk.tour.folder / "home" / "sandbox" / "card.json"
    number = desk.counter("card", str(path), "--id", desk.person.id)
    card = PivCard(Memory.load(path))
    desk.tour.seen |= {"card": card, "pin": desk.on_paper("晶片卡密碼")}
    desk.tour.seen["slot"].insert(card)
    row = device(desk.tour).shown()
    need((row["standing"], row["tries_left"]) == ("fine", 3), row)
    return f"{number}, {row['tries_left']}"


def device(tour: Tour) -> Device:
    """The virtual card, reached by OpenSC while CertTray uses its maker's module."""
    return Device(tour, str(known_module("opensc").path), tour.seen["pin"], spelled=by_opensc)


def play(desk: Desk, *words: str, **other: Any) -> Played:
    """Play a procedure with the PIN that is right now."""
    own = {"token_pin": desk.tour.seen["pin"], "certificate_id": "", "issuer": desk.issuer}
    return desk.tour.play(*words, answers=desk.answers(**{**own, **other}))


def apply(desk: Desk, at: Callable[[Tour], Device]) -> str:
    """Registered data, terms, PIN, two keys made on the device and their certificates stored (3-10, 3-11, 4-12)."""
    played = play(desk, "apply", "--issuer", desk.issuer, apply_password=lambda _: desk.on_paper("憑證申請密碼"))
    need(played.end.get("step") == "installed", played.end)
    return ", ".join(at(desk.tour).verified(1))


def renew(desk: Desk, at: Callable[[Tour], Device], login: str) -> str:
    """Both old keys prove themselves on the device; the new pair lies beside the old one (3-14, 4-14)."""
    before = at(desk.tour).verified(1)
    played = play(desk, "renew")
    need(played.end.get("step") == "installed", played.end)
    need(bool(played.questions(login)), [row["key"] for row in played.questions()])
    after = at(desk.tour).verified(2)
    need(set(before) < set(after), after)
    return f"{', '.join(before)} → {', '.join(set(after) - set(before))}"


def delete(desk: Desk, at: Callable[[Tour], Device]) -> str:
    """Once the issuer has ended the old pair, it is deleted, both certificates named before (3-25)."""
    before = at(desk.tour).verified(2)
    desk.tour.play("status", answers={})
    played = play(desk, "token", "delete", token_old=first, token_delete_sure=True)
    need(len(played.end["deleted"]) == 2, played.end)
    after = at(desk.tour).verified(1)
    need(set(after) < set(before), after)
    return f"{', '.join(set(before) - set(after))} ✗, {', '.join(after)}"


def lock(desk: Desk) -> str:
    """Wrong PINs, each counted by the card, the last one confirmed before (4-13)."""
    tour = desk.tour
    wrong = next(each for each in WRONG if each != tour.seen["pin"])
    tour.seen["card"].transcript.clear()
    played = tour.play("token", "test", answers={"token_pin": wrong, "token_final_try": True}, refused="pin-locked")
    tries = [each["tries_left"] for each in played.questions("token_pin")]
    need(tries == [3, 2, 1] and len(tour.seen["card"].transcript.pins) == 3, tour.seen["card"].transcript)
    need(device(tour).shown()["standing"] == "locked", "it is not locked")
    return " → ".join(str(each) for each in [*tries, 0])


def unlock(desk: Desk) -> str:
    """The issuer verifies the card, and its code goes straight to it: one command, and nobody sees it (4-21, 4-22)."""
    card = desk.tour.seen["card"]
    card.transcript.clear()
    played = desk.play("token", "unlock", new_token_pin=NEW_PIN)
    need(played.end.get("done") == "card_unlock" and played.end["told"], played.end)
    need([each.name for each in card.transcript.pins] == ["RESET RETRY COUNTER"], card.transcript)
    need(card.memory.left[PIN] == 3, card.memory.left)
    desk.tour.seen["pin"] = NEW_PIN
    need(desk.tour.play("token", "test", answers={"token_pin": NEW_PIN}).end["done"] == "token_test", "no test")
    return str(played.end["title"])


def register_with_browsers(desk: Desk) -> str:
    """The card's certificates and the way to it, into Firefox and the system's store; NSS's own tools see them (3-24, 4-23)."""
    firefox = desk.tour.folder / "user" / ".mozilla" / "firefox"
    (firefox / "demo").mkdir(parents=True)
    (firefox / "profiles.ini").write_text("[Profile0]\nName=demo\nIsRelative=1\nPath=demo\n", "ascii")
    desk.tour.tool("certutil", NSS_TOOLS, "-N", "--empty-password", "-d", f"sql:{firefox / 'demo'}")
    stores = desk.tour.play("token", "register", "--to", "all", answers={}).end["stores"]
    need(len(stores) == 2 and all(each["done"] for each in stores), stores)
    for each in stores:
        place = f"sql:{each['path']}"
        modules_there = desk.tour.tool("modutil", NSS_TOOLS, "-dbdir", place, "-list")
        need("(CertTray)" in modules_there, modules_there)
        there = desk.tour.tool("certutil", NSS_TOOLS, "-L", "-d", place)
        need("70759028" in there, there)
        keys = desk.tour.tool("certutil", NSS_TOOLS, "-K", "-d", place, status=None)
        need("no keys found" in keys, keys)
    return ", ".join(Path(each["path"]).name for each in stores)


def take_out(desk: Desk) -> str:
    """The card goes; what was on it stays known."""
    desk.tour.seen["slot"].remove()
    rows: list[Row] = json.loads(desk.tour.run("list", "--json"))
    need(len(rows) >= 2 and all(row["locations"] for row in rows), rows)
    return str(len(rows))


def soft(desk: Desk, label: str, *rows: str) -> str:
    """A token in software, new and empty; registered for at the counter (3-02)."""
    token = SoftToken(desk.tour.folder / label, label)
    see_tokens(desk.tour, token.folder)
    write_modules(desk.tour, *rows)
    desk.tour.seen["pin"] = softhsm.PIN
    demo_all.register(desk, "--device", label)
    row = soft_device(label, desk.tour).shown()
    need(row["certificates"] == [], row)
    return f"{row['module']}: {row['label']} ({row['serial']})"


def soft_device(label: str, tour: Tour) -> Device:
    """That token."""
    return Device(tour, str(softhsm.MODULE), softhsm.PIN, label)


def officer(tour: Tour) -> str:
    """A token that its security officer unlocks: locked by somebody's guesses, opened by the officer's secret and a new PIN."""
    if os.geteuid() != 0:
        return tour.text.say("demo.cards.officer_left_out")
    with officer_token() as token:
        tour.inside, hidden = token.inside, dict(tour.more)
        tour.more["PCSCLITE_CSOCK_NAME"] = "/nonexistent"
        see_tokens(tour, tour.folder / "none")
        write_modules(tour, row_of("officer", "openCryptoki", opencryptoki.MODULE, "so"))
        try:
            guess = ("-p", "-c", str(opencryptoki.SLOT), "-U", "99999999", "-n", OFFICER_PIN)
            while shown(tour, "officer")["standing"] != "locked":
                tour.tool("nsenter", "util-linux", *token.inside[1:], "pkcsconf", *guess, status=None)
            answers = {"token_puk": opencryptoki.SO_PIN, "new_token_pin": OFFICER_PIN}
            need(tour.play("token", "unlock", answers=answers).end["done"] == "token_unlock", "not unlocked")
            return str(shown(tour, "officer")["standing"])
        finally:
            tour.inside, tour.more = (), hidden


def shown(tour: Tour, module: str) -> Row:
    """Return the one token that a module shows."""
    rows: list[Row] = json.loads(tour.run("token", "list", "--json"))
    found = [row for row in rows if row["module"] == module]
    need(len(found) == 1, rows)
    return found[0]


def failing(tour: Tour) -> str:
    """One module that crashes and one that hangs, each in a process of its own: said so, and the others work on."""
    kinds = {"crash": True, "hang": False}
    made = {
        kind: failing_module(tour.folder / "failing", Function.INITIALIZE, crashes=crashes)
        for kind, crashes in kinds.items()
    }
    write_modules(tour, *(row_of(kind, kind, path, "none") for kind, path in made.items()))
    tour.seen["slot"].insert(tour.seen["card"])
    end = tour.play("doctor", answers={"doctor_sign": "later"}).end
    faults = {row["id"]: row["fault"] for row in end["modules"]}
    need(all(faults[kind] for kind in made), faults)
    need([row["id"] for row in end["modules"] if row["tokens"] and not row["fault"]] != [], end)
    return ", ".join(f"{name}: {fault or 'OK'}" for name, fault in faults.items())


def at(key: str, step: Callable[..., str], desk: Callable[[Tour], Desk], *facts: Any) -> Step:
    """Return a step at one desk."""
    return f"cards.{key}", lambda tour: rigged(partial(step, desk(tour), *facts))


def rigged(step: Callable[[], str]) -> str:
    """Take a step; what the rig cannot do here fails it by name."""
    try:
        return step()
    except RigUnavailable as missing:
        raise StepFailed(f"{missing}") from None


def at_fine(tour: Tour) -> Desk:
    """A company's (4-26)."""
    return Desk(tour, FINE, people.COMPANY)


def at_bank(tour: Tour) -> Desk:
    """A person's with an iKey."""
    return Desk(tour, BANK)


def at_bank_too(tour: Tour) -> Desk:
    """Another one's with an ezSign."""
    return Desk(tour, BANK, people.PEOPLE[1])


EZSIGN_ROW: Final = row_of("ezsign", "ezSign", softhsm.MODULE, "so")
IKEY, EZSIGN = partial(soft_device, "iKey"), partial(soft_device, "ezSign")
STEPS_FINE: Sequence[Step] = (
    ("issuer", start_issuer),
    ("cards.service", lambda tour: rigged(lambda: start_service(tour))),
    at("registered", demo_all.register, at_fine),
    at("first_login", demo_all.first_login, at_fine),
    at("hand_out", hand_out, at_fine),
    at("apply", apply, at_fine, device),
    at("lock", lock, at_fine),
    at("unlock", unlock, at_fine),
    at("renew", renew, at_fine, device, "certificate_id"),
    at("delete", delete, at_fine, device),
    at("register", register_with_browsers, at_fine),
    at("take_out", take_out, at_fine),
)
STEPS: Sequence[Step] = (
    *STEPS_FINE,
    at("ikey", soft, at_bank, "iKey"),
    at("ikey_apply", apply, at_bank, IKEY),
    at("ikey_renew", renew, at_bank, IKEY, "site_password"),
    at("ikey_delete", delete, at_bank, IKEY),
    at("ezsign", soft, at_bank_too, "ezSign", EZSIGN_ROW),
    at("ezsign_apply", apply, at_bank_too, EZSIGN),
    at("ezsign_renew", renew, at_bank_too, EZSIGN, "site_password"),
    at("ezsign_delete", delete, at_bank_too, EZSIGN),
    ("cards.officer", lambda tour: rigged(lambda: officer(tour))),
    ("cards.failing", lambda tour: rigged(lambda: failing(tour))),
)
