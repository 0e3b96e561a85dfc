"""Rules of care for PINs: read before asking, said before typing, never guessed, never sent twice (4-13, 3-22)."""

from __future__ import annotations

from collections.abc import Collection

from certtray.core.errors import InputError, PinLocked, TokenFailed, TokenReadOnly
from certtray.token.cryptoki import Flag
from certtray.token.model import Standing, Token


def standing(flags: Collection[str], tries_left: int | None) -> Standing:
    """Return how a token stands by its flags' names and its counter; where they disagree, the worse of both."""
    if Flag.LOCKED.name in flags or tries_left == 0:
        return Standing.LOCKED
    if Flag.PIN_INITIALIZED.name not in flags:
        return Standing.UNSET
    if Flag.FINAL_TRY.name in flags or tries_left == 1:
        return Standing.FINAL
    return Standing.LOW if Flag.COUNT_LOW.name in flags else Standing.FINE


def known_tries(standing: Standing, counted: int | None) -> int | None:
    """Return the tries left where a number is certain."""
    return {Standing.LOCKED: 0, Standing.FINAL: 1}.get(standing, counted)


def check_usable(token: Token) -> None:
    """Refuse a PIN for a token that would only be harmed by it: PinLocked, or TokenFailed where it has none or its own keys."""
    if token.standing is Standing.LOCKED:
        raise PinLocked(token=token.name)
    if token.standing is Standing.UNSET:
        raise TokenFailed(token=token.name, rule="pin_not_set")
    if token.pin_pad:
        raise TokenFailed(token=token.name, rule="pin_pad")


def check_changeable(token: Token) -> None:
    """TokenReadOnly for a card whose issuer forbids it."""
    if token.read_only:
        raise TokenReadOnly(token=token.name)


def check_pin(token: Token, typed: str) -> str:
    """Return a PIN that this token could have; InputError, and no try is spent on one that it could not."""
    shortest, longest = token.pin_length
    if not shortest <= len(typed.encode()) <= (longest or len(typed.encode())):
        raise InputError(field="token_pin", rule="pin_length", n=shortest, most=longest)
    return typed
