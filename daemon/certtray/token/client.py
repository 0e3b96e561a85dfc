"""Our side of a worker: one module, its tokens, and what can be done with them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from certtray.core.errors import CertTrayError, ChildFailed, PinUnclear, TokenFailed, TokenGone, TokenModuleFailed
from certtray.core.secret import Secret
from certtray.crypto.ber import Malformed
from certtray.crypto.der import facts
from certtray.system.locks import alone
from certtray.system.spawn import LiveChild
from certtray.token.cryptoki import Flag
from certtray.token.logged_in import USE_SECONDS, LoggedIn
from certtray.token.model import Held, Token, self_signed
from certtray.token.modules import Module, foreign_bits, read_only
from certtray.token.pin import check_changeable, check_usable, known_tries, standing
from certtray.token.refusals import refusal

LOAD_SECONDS: Final = 15.0
READ_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class About:
    """What a module calls itself."""

    library: str
    maker: str
    version: str


class TokenWorker:
    """A worker with its module loaded, for the length of a ``with`` block; TokenModuleFailed says why it is not.

    ``locks`` is a folder of this user's: one command at a time goes to a card, whichever process sends it (AlreadyRunning).
    """

    def __init__(self, module: Module, locks: Path) -> None:
        path = module.path
        if path is None:
            raise TokenModuleFailed(module=module.name, rule="missing")
        if (bits := foreign_bits(path)) is not None:
            raise TokenModuleFailed(module=module.name, rule="bitness", detail=bits)
        self._module, self._locks = module, locks
        self._child = LiveChild("_token")
        try:
            self.about = About(**self._call({"module": str(path)}, LOAD_SECONDS))
        except BaseException:
            self._child.end()
            raise

    def __enter__(self) -> TokenWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end()

    def kill(self) -> None:
        """End the worker whatever it does; the call it answers fails with TokenModuleFailed. From any thread."""
        self._child.kill()

    def tokens(self) -> tuple[Token, ...]:
        """Return the tokens this module shows, with the certificates on them; no PIN is needed.

        One that cannot be read right now is left out: unknown cards are left alone.
        """
        found = []
        for row in self._call({"do": "tokens"}, READ_SECONDS)["tokens"]:
            if "unreadable" not in row and Flag.INITIALIZED.name in row["flags"]:
                found.append(self._token(row))
        return tuple(found)

    def set_pin(self, token: Token, old: Secret, new: Secret) -> None:
        """Change the PIN, in one command: PinWrong, PinLocked, TokenReadOnly, PinUnclear."""
        check_changeable(token)
        check_usable(token)
        self._changing("set_pin", token, (old, new))

    def unblock(self, token: Token, puk: Secret, new: Secret) -> None:
        """Give it a new PIN by its PUK or security officer, in one command: PinWrong, PinLocked (rule ``puk``), PinUnclear."""
        check_changeable(token)
        self._changing("unblock", token, (puk, new), how=self._module.unblock)

    @contextmanager
    def login(self, token: Token, pin: Secret) -> Iterator[LoggedIn]:
        """Log in with one PIN command, for the length of the block: PinWrong, PinLocked, TokenGone … The card is ours alone."""
        check_usable(token)
        with alone(self.lock_of(token), "card"), self._logged_in(token, pin, so=False) as opened:
            yield opened

    @contextmanager
    def manage(self, token: Token, pin: Secret) -> Iterator[LoggedIn]:
        """As ``login``, to write: where the card is managed by a key of its own, after the PIN has shown whose it is."""
        check_changeable(token)
        check_usable(token)
        key = self._module.management_key
        with alone(self.lock_of(token), "card"):
            if key is not None:
                with self._logged_in(token, pin, so=False):
                    pass
            with self._logged_in(token, key or pin, so=key is not None) as opened:
                yield opened

    @contextmanager
    def _logged_in(self, token: Token, secret: Secret, *, so: bool) -> Iterator[LoggedIn]:
        request = {"do": "login", "reader": token.reader, "serial": token.serial, "so": so}
        self._call(request, USE_SECONDS, (secret,), token.name)
        try:
            yield LoggedIn(token, self._call)
        finally:
            with suppress(CertTrayError):  # it may be gone, and what the block raised says more
                self._call({"do": "logout"}, READ_SECONDS, (), token.name)

    def lock_of(self, token: Token) -> Path:
        """Return the lock file of the place the token is in: the same whichever module shows it."""
        return self._locks / f"card-{hashlib.sha256(token.reader.encode()).hexdigest()[:16]}.lock"

    def _changing(self, task: str, token: Token, secrets: Sequence[Secret], **more: str) -> None:
        request = {"do": task, "reader": token.reader, "serial": token.serial, **more}
        try:
            with alone(self.lock_of(token), "card"):
                self._call(request, USE_SECONDS, secrets, token.name)
        except (TokenModuleFailed, TokenGone):
            raise PinUnclear(token=token.name) from None
        except TokenFailed as failed:
            if "rule" in failed.facts:  # it says what it would not do, so nothing is changed
                raise
            raise PinUnclear(token=token.name) from None

    def _call(
        self, request: dict[str, Any], seconds: float, secrets: Sequence[Secret] = (), token: str = ""
    ) -> dict[str, Any]:
        try:
            answer = self._child.call(request, seconds, secrets)
        except ChildFailed as error:
            rule = "hang" if error.facts["reason"] == "time" else "crash"
            raise TokenModuleFailed(module=self._module.name, rule=rule) from None
        if "error" not in answer:
            return answer
        if not token:
            raise TokenModuleFailed(module=self._module.name, rule="not_loadable", detail=str(answer.get("detail", "")))
        raise refusal(str(answer["error"]), token, str(answer.get("detail", "")))

    def _token(self, row: dict[str, Any]) -> Token:
        flags, counted = row["flags"], row["tries_left"]
        stands = standing(flags, counted)
        held = self._held(row)
        return Token(
            module=self._module.id,
            reader=row["reader"],
            label=row["label"],
            maker=row["maker"],
            model=row["model"],
            serial=row["serial"],
            standing=stands,
            tries_left=known_tries(stands, counted),
            pin_pad=Flag.PIN_PAD.name in flags,
            pin_length=(row["pin"][0], row["pin"][1]),
            free=row["free"],
            held=held,
            read_only=_forbidden(held),
        )

    def _held(self, row: dict[str, Any]) -> tuple[Held, ...]:
        try:
            answer = self._on_public(row)
        except CertTrayError as error:
            if error.code == "token-module":
                raise
            return ()
        held = []
        for each in answer["certificates"]:
            der = base64.b64decode(each["der"])
            try:
                certificate = facts(der)
            except Malformed:
                continue  # an object of this class that is no certificate
            if not self_signed(certificate):
                held.append(Held(each["id"], certificate, der))
        return tuple(held)

    def _on_public(self, row: dict[str, Any]) -> dict[str, Any]:
        request = {"do": "certificates", "reader": row["reader"], "serial": row["serial"]}
        return self._call(request, READ_SECONDS, (), row["label"] or row["serial"])


def _forbidden(held: Sequence[Held]) -> bool:
    """Say whether a certificate on it is of an issuer that lets no other program change its cards."""
    issuers = [value.upper() for each in held for _, value in each.certificate.issuer]
    wanted = [part for card in read_only() for part in card.issuer_contains]
    return any(part in issuer for part in wanted for issuer in issuers)
