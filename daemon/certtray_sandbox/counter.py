"""What people behind an RA's counter do: register, approve, reset passwords, reinstate, revoke (2-02, 2-19, 2-22, 3-18).

All work while the server runs in another process.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from certtray.rules.profile import Factor, Way
from certtray_sandbox import certificates, counters, outbox, people
from certtray_sandbox.desks import Device
from certtray_sandbox.home import Sandbox, open_sandbox
from certtray_sandbox.passwords import slip_password
from certtray_sandbox.registrations import Action


class CounterRefuses(Exception):
    """The counter cannot do that; says why."""


def register(
    folder: Path, profile: str, person: str, *, device: Device | None = None, email: str = "", action: Action = "apply"
) -> str:
    """Take in someone's form and return its number; it counts for nothing until ``approve``.

    ``person`` is one of ``people.EVERYONE``. ``email`` is what the form says, empty for the one on file.
    """
    sandbox = open_sandbox(folder, profile)
    medium = device or sandbox.desk.devices[0]
    if sandbox.profile.manage.register is Way.NONE:
        raise CounterRefuses(f"{profile} registers nobody")
    if medium not in sandbox.desk.devices:
        raise CounterRefuses(f"{profile} knows {', '.join(sandbox.desk.devices)}")
    known, now = people.EVERYONE[person], sandbox.clock()
    number = f"{now:%y%m%d}-{secrets.token_hex(3).upper()}"
    with sandbox.store.transaction() as db:
        if not people.is_known(db, person):
            people.register(db, known, new_account(), sandbox.nobody, must_change=sandbox.profile.login.first_change)
        cn = f"{person}-00-{now:%Y%m%d}" if action == "convert" else _common_name(db, sandbox, person, medium)  # 3-26
        db.execute(
            "INSERT INTO registrations VALUES (?, ?, ?, ?, ?, ?, NULL, 'waiting', ?)",
            (number, person, action, cn, medium, email or people.mail_address(db, person), int(now.timestamp())),
        )
    return number


def _common_name(db: sqlite3.Connection, sandbox: Sandbox, person: str, medium: Device) -> str:
    """Return the name to be certified: where it ends in a date, a second one of the same day has the next (3-33)."""
    taken = {row["cn"] for row in db.execute("SELECT cn FROM registrations WHERE person = ?", (person,))}
    now = sandbox.clock()
    names = [sandbox.desk.common_name(person, medium, now + timedelta(days=days)) for days in range(len(taken) + 1)]
    return next((name for name in names if name not in taken), names[0])


def approve(folder: Path, profile: str, number: str) -> None:
    """Approve a form: from now on one may apply; new holders get a slip, and a notice where applying needs a password."""
    sandbox = open_sandbox(folder, profile)
    rules, now = sandbox.profile, sandbox.clock()
    with sandbox.store.transaction() as db:
        row = db.execute("SELECT * FROM registrations WHERE id = ? AND state = 'waiting'", (number,)).fetchone()
        if row is None:
            raise CounterRefuses(f"no form {number} waits for approval")
        first = db.execute(
            "SELECT 1 FROM registrations WHERE person = ? AND state != 'waiting'", (row["person"],)
        ).fetchone()
        db.execute("UPDATE registrations SET state = 'open' WHERE id = ?", (number,))
        if Factor.APPLY_PASSWORD in rules.apply_factors and row["action"] == "apply":
            password = slip_password()
            db.execute(
                "UPDATE registrations SET apply_password = ? WHERE id = ?", (sandbox.hasher.hash(password), number)
            )
            outbox.post(
                db, row["person"], f"【{rules.name_zh_tw}】憑證密碼通知書：{row['cn']}，憑證申請密碼 {password}", now
            )
    if first is None:
        reset_password(folder, profile, row["person"])


def reset_password(folder: Path, profile: str, person: str) -> None:
    """Hand out a slip with a new first password for each account, and free suspended logins (2-02, 2-22, 4-18)."""
    sandbox = open_sandbox(folder, profile)
    rules = sandbox.profile
    if rules.login.password is None:
        raise CounterRefuses(f"{profile} gives no site passwords")
    with sandbox.store.transaction() as db:
        if not people.is_known(db, person):
            raise CounterRefuses(f"{profile} does not know {person}")
        for account in people.accounts_of(db, person):
            slip(db, sandbox, person, account)
            counters.forget(db, counters.logins(rules), account)
        db.execute("DELETE FROM sessions WHERE person = ?", (person,))


def slip(db: sqlite3.Connection, sandbox: Sandbox, person: str, account: str) -> None:
    """Give an account a new first password, told on paper."""
    rules, password = sandbox.profile, slip_password()
    db.execute(
        "UPDATE accounts SET password = ?, must_change = ? WHERE name = ?",
        (sandbox.hasher.hash(password), rules.login.first_change, account),
    )
    text = f"【{rules.name_zh_tw}】網站密碼單：帳號 {account} ，首次密碼 {password}"
    outbox.post(db, person, text, sandbox.clock())


def resume(folder: Path, profile: str, serials: Sequence[str]) -> None:
    """Reinstate suspended certificates (3-18: only at the original counter)."""
    sandbox = open_sandbox(folder, profile)
    with sandbox.store.transaction() as db:
        for serial in serials:
            certificates.reinstate(db, _known(db, serial))


def revoke(folder: Path, profile: str, serials: Sequence[str], reason: str) -> None:
    """Revoke on a form (2-19, 4-15) or at the counter (3-32); ``reason`` is a name of RFC 5280 5.3.1."""
    sandbox = open_sandbox(folder, profile)
    with sandbox.store.transaction() as db:
        for serial in serials:
            certificates.revoke(db, _known(db, serial), reason, sandbox.clock())


def _known(db: sqlite3.Connection, serial: str) -> str:
    normal = f"{int(serial, 16):08X}"
    if certificates.find(db, normal) is None:
        raise CounterRefuses(f"no certificate {normal}")
    return normal


def new_account() -> str:
    """Return a name for a site account."""
    return f"user{secrets.randbelow(10**6):06}"
