"""Trading and site passwords: checking, changing, and the ones on slips (0-03, 2-03, 2-23)."""

from __future__ import annotations

import secrets
from typing import Final

from argon2.exceptions import VerifyMismatchError

from certtray_sandbox import counters
from certtray_sandbox.home import Sandbox
from certtray_sandbox.limits import SLIP_LENGTH
from certtray_sandbox.refusals import NO_PASSWORD_HERE, PASSWORD_RULE, WRONG_LOGIN, WRONG_PASSWORD, Reason, Refusal
from certtray_sandbox.sessions import Session, require_account

READABLE: Final = "abcdefghijkmnpqrstuvwxyz23456789"
"""What is not mistaken for another character on paper."""


def slip_password() -> str:
    """Return a random password that can be typed from paper (FACTS.md 4: the initial one is random)."""
    return "".join(secrets.choice(READABLE) for _ in range(SLIP_LENGTH))


def check_login(sandbox: Sandbox, account: str, password: str) -> str:
    """Return the person of ``account``; ``WRONG_LOGIN`` with the tries left, or the login is locked.

    The hash is checked outside any transaction, since it takes a tenth of a second; the try was counted before.
    """
    counter = counters.logins(sandbox.profile)
    with sandbox.store.transaction() as db:
        left = counters.spend(db, counter, account, sandbox.clock())
        row = db.execute("SELECT person, password FROM accounts WHERE name = ?", (account,)).fetchone()
    _verify(sandbox, row["password"] if row else sandbox.nobody, password, WRONG_LOGIN, left)
    with sandbox.store.transaction() as db:
        counters.forget(db, counter, account)
    return str(row["person"])


def change(sandbox: Sandbox, session: Session, old: str, new: str) -> None:
    """Set a new site password; wrong old ones count like wrong logins, since they are guesses at the same thing."""
    rule = sandbox.profile.login.password
    if rule is None:
        raise Refusal(NO_PASSWORD_HERE)
    if not rule[0] <= len(new) <= rule[1] or new == old:
        raise Refusal(PASSWORD_RULE)
    counter, account = counters.logins(sandbox.profile), require_account(session)
    with sandbox.store.transaction() as db:
        row = db.execute("SELECT password FROM accounts WHERE name = ?", (account,)).fetchone()
        left = counters.spend(db, counter, account, sandbox.clock())
    _verify(sandbox, row["password"], old, WRONG_PASSWORD, left)
    with sandbox.store.transaction() as db:
        counters.forget(db, counter, account)
        db.execute(
            "UPDATE accounts SET password = ?, must_change = 0 WHERE name = ?", (sandbox.hasher.hash(new), account)
        )


def _verify(sandbox: Sandbox, known: str, typed: str, wrong: Reason, tries_left: int) -> None:
    try:
        sandbox.hasher.verify(known, typed)
    except VerifyMismatchError as error:
        raise Refusal(wrong, tries_left=tries_left) from error
