"""Cards handed out at the counter (4-02): each with a PIN on a slip, and an unblocking code that only the RA knows.

A card bears two numbers: its maker's, and one in its own files (the second half of the GUID in its CHUID, SP 800-73-4 part
1, 3.1.2). Software on the holder's computer shows the one or the other, so both are entered.
"""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from certtray.core.errors import WriteFailed
from certtray.rules.profile import Device
from certtray_sandbox import counter, outbox, people
from certtray_sandbox.cards.apdu import read_tlv
from certtray_sandbox.cards.memory import CHUID, PIN, PUK, Memory
from certtray_sandbox.counter import CounterRefuses
from certtray_sandbox.home import Sandbox, open_sandbox
from certtray_sandbox.limits import CARD_PIN_DIGITS, CARD_PUK_DIGITS

_GUID = 0x34
_NONCE = 12


def hand_out(folder: Path, profile: str, person: str, card: Path) -> str:
    """Give the card whose memory is at ``card`` (made where there is none) to ``person``; return its number.

    The first card goes with the account from the approval of the form; each further one brings an account of its own, with
    its slip. ``CounterRefuses``.
    """
    sandbox = open_sandbox(folder, profile)
    if "card" not in sandbox.desk.devices:
        raise CounterRefuses(f"{profile} hands out no cards")
    pin, puk = _digits(CARD_PIN_DIGITS), _digits(CARD_PUK_DIGITS)
    with sandbox.store.transaction() as db:
        if not people.is_known(db, person):
            raise CounterRefuses(f"{profile} does not know {person}")
        memory = _card(card)
        number = str(memory.serial)
        if db.execute("SELECT 1 FROM cards WHERE number = ? OR chip = ?", (number, chip(memory))).fetchone():
            raise CounterRefuses(f"card {number} is handed out already")
        _enter(db, sandbox, person, memory, puk)
        text = f"【{sandbox.profile.name_zh_tw}】晶片卡密碼單：卡號 {number} ，晶片卡密碼 {pin}"
        outbox.post(db, person, text, sandbox.clock())
        memory.pin, memory.puk = pin.encode().ljust(8, b"\xff"), puk.encode().ljust(8, b"\xff")
        memory.tries = sandbox.profile.tokens[Device.CARD].tries
        memory.left = {PIN: memory.tries, PUK: memory.tries}
        memory.save()
    return number


def rearm(folder: Path, profile: str, number: str) -> None:
    """Let the code of a card be released again, whose last release was never reported: the holder has shown the card."""
    sandbox = open_sandbox(folder, profile)
    with sandbox.store.transaction() as db:
        row = db.execute("SELECT released_to FROM cards WHERE number = ? OR chip = ?", (number, number)).fetchone()
        if row is None:
            raise CounterRefuses(f"no card {number}")
        db.execute("UPDATE unlocks SET state = 'done' WHERE id = ?", (row["released_to"],))
        db.execute("UPDATE cards SET released_to = NULL WHERE number = ? OR chip = ?", (number, number))


def chip(memory: Memory) -> str:
    """Return the number in the card's own files, as OpenSC shows it."""
    return read_tlv(memory.objects[CHUID])[_GUID][8:].hex()


def opened(sandbox: Sandbox, number: str, sealed: bytes) -> str:
    """Return the unblocking code of a card, as kept in the register."""
    return AESGCM(sandbox.card_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], number.encode()).decode()


def _card(path: Path) -> Memory:
    try:
        if path.exists():
            return Memory.load(path)
        return Memory.new(path, serial=10**7 + secrets.randbelow(9 * 10**7))
    except (OSError, ValueError, KeyError, TypeError, WriteFailed) as error:
        raise CounterRefuses(f"{path}: no card can be read or made there ({type(error).__name__})") from None


def _enter(db: sqlite3.Connection, sandbox: Sandbox, person: str, memory: Memory, puk: str) -> None:
    number, nonce, now = str(memory.serial), secrets.token_bytes(_NONCE), sandbox.clock()
    # Unlike a password it has to be told again: it is encrypted, under a key that is not in the database.
    sealed = nonce + AESGCM(sandbox.card_key).encrypt(nonce, puk.encode(), number.encode())
    cards = db.execute("SELECT count(*) AS n FROM cards WHERE person = ?", (person,)).fetchone()["n"]
    db.execute(
        "INSERT INTO cards VALUES (?, ?, ?, ?, ?, NULL)",
        (number, chip(memory), person, sealed, int(now.timestamp())),
    )
    if cards >= len(people.accounts_of(db, person)):
        account = counter.new_account()
        people.add_account(db, person, account, sandbox.nobody, must_change=sandbox.profile.login.first_change)
        counter.slip(db, sandbox, person, account)


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
