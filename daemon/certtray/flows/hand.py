"""What a process has in memory while it works on an operation; what an interruption took is asked for again."""

from __future__ import annotations

from dataclasses import dataclass

from certtray.core.errors import NotThisPerson, WrongPassword
from certtray.core.secret import Secret
from certtray.flows.context import Context
from certtray.flows.login import log_in
from certtray.flows.operations import Operation, shown_stamp
from certtray.flows.questions import Action, SecretLine
from certtray.media.base import PendingKeys
from certtray.stores.base import Parcel


@dataclass(slots=True)
class InHand:
    """What this process holds; after an interruption nothing."""

    keys: PendingKeys | None = None
    password: Secret | None = None
    keep_password: bool = False
    """The person had the former file's password kept; the new one is to take its place."""
    download_later: bool = False
    """Downloading is a step of its own that the person may put off (2-09, 3-09)."""
    after: str = ""
    """What the person then chose."""
    parcels: tuple[Parcel, ...] = ()
    """What was proven, for the store it is kept in and the browsers'."""


def ensure_logged_in(context: Context, operation: Operation) -> None:
    """Log in unless done; NotThisPerson when another person did.

    To the issuer someone else's operation does not exist: what it would refuse might be a certificate it has issued.
    """
    account = log_in(context, known_id=operation.holder, to_renew=operation.action == "renew")
    if account.person_id != operation.holder:
        raise NotThisPerson(issuer=context.issuer_name)


def open_keys(context: Context, operation: Operation, hand: InHand) -> bool:
    """Ask for the password chosen before the interruption; False when the person has forgotten it. A token's need none."""
    folder = context.operations.folder(operation.id)
    if not context.medium.sealed:
        hand.keys, hand.password = context.medium.reopen(folder, Secret("")), Secret("")
        return True
    error: WrongPassword | None = None
    while True:
        answer = context.face.ask(
            SecretLine(
                key="pending_password",
                facts={"issuer": context.issuer_name, "date": shown_stamp(operation.created)},
                actions=("forgot",),
                error=error,
            )
        )
        if isinstance(answer, Action):
            return False
        password = answer
        try:
            hand.keys = context.face.wait("open_keys", lambda: context.medium.reopen(folder, password))  # noqa: B023
            hand.password = password
            return True
        except WrongPassword as wrong:
            error = wrong
