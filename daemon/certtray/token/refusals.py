"""What a worker's refusals mean for a person."""

from __future__ import annotations

from certtray.core.errors import CertTrayError, PinLocked, PinWrong, TokenFailed, TokenGone

RULES = frozenset(("full", "logged_in", "write_protected", "unsupported", "cancelled", "pin_not_set", "pin_expired"))
"""Refusals with words of their own: ``error.token-failed.<rule>``."""


def refusal(name: str, token: str, detail: str) -> CertTrayError:
    """Return the error for what the worker calls ``name``; ``detail`` is the module's own word, for the log."""
    match name:
        case "pin_wrong" | "pin_form" | "pin_length":
            return PinWrong(token=token)
        case "pin_locked":
            return PinLocked(token=token)
        case "puk_wrong":
            return PinWrong(token=token, rule="puk")
        case "puk_locked":
            return PinLocked(token=token, rule="puk")
        case "gone":
            return TokenGone(token=token)
    if name in RULES:
        return TokenFailed(token=token, rule=name, detail=detail)
    return TokenFailed(token=token, detail=detail)
