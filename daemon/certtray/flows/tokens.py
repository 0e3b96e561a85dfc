"""Which cards and tokens are there, and the care every procedure takes with their PIN."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from certtray.core.errors import Cancelled, InputError, NoToken, PinWrong, TokenFailed, TokenGone, TokenModuleFailed
from certtray.core.secret import Secret
from certtray.flows.done import Cell, Word
from certtray.flows.face import Face
from certtray.flows.questions import Choice, Confirm, Option, SecretLine, plain
from certtray.system.paths import Home
from certtray.token.client import TokenWorker
from certtray.token.logged_in import LoggedIn
from certtray.token.model import Standing, Token
from certtray.token.modules import Module, installed, modules
from certtray.token.pin import check_pin, check_usable

A = TypeVar("A")
T = TypeVar("T")
OLD, NEW, PUK = "token_pin", "new_token_pin", "token_puk"
PIN_QUESTIONS = frozenset((OLD, NEW, PUK))
"""Keys of the questions whose answers may come from a file descriptor."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All tokens seen, a card once however many modules show it, and the modules that could not be used."""

    tokens: tuple[Token, ...]
    failed: tuple[TokenModuleFailed, ...]


def look(home: Home) -> Seen:
    """Ask every module that is installed, each in a worker of its own; no PIN. ProfileInvalid for the person's own table."""
    found, failed, taken = [], [], set()
    with ThreadPoolExecutor(max_workers=4) as pool:
        for tokens in pool.map(lambda module: _read(home, module), installed(modules(home.modules))):
            if isinstance(tokens, TokenModuleFailed):
                failed.append(tokens)
                continue
            found += [token for token in tokens if token.reader not in taken]
            taken |= {token.reader for token in tokens}
    return Seen(tuple(found), tuple(failed))


def _read(home: Home, module: Module) -> tuple[Token, ...] | TokenModuleFailed:
    try:
        with TokenWorker(module, home.card_locks) as worker:
            return worker.tokens()
    except TokenModuleFailed as error:
        return error


@contextmanager
def chosen(face: Face, home: Home, serial: str, fits: Callable[[Token], bool] = lambda _: True) -> Iterator[Hand]:
    """Open the token with this serial number; with none given the only one that ``fits``, or the one the person picks. NoToken."""
    tokens = face.wait("look_for_tokens", lambda: look(home)).tokens
    fitting = [token for token in tokens if serial == token.serial or (not serial and fits(token))]
    if not fitting:
        raise NoToken(reader=serial)
    token = fitting[0]
    if len(fitting) > 1:
        options = tuple(
            Option(str(at), "token", {"token": each.name, "reader": each.reader}) for at, each in enumerate(fitting)
        )
        token = fitting[int(face.ask(Choice(key="token", options=options)))]
    module = next(each for each in installed(modules(home.modules)) if each.id == token.module)
    with TokenWorker(module, home.card_locks) as worker, Hand(face, worker, module, token) as hand:
        yield hand


@dataclass
class Hand:
    """A token with its worker; ``token`` is as it was read last. The end of a ``with`` block logs out."""

    face: Face
    worker: TokenWorker
    module: Module
    token: Token
    limit: int | None = None
    """Wrong PINs in a row that lock it, as its issuer says, where the token itself does not tell how many are left."""
    _login: LoggedIn | None = None
    _logins: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Hand:
        return self

    def __exit__(self, *_: object) -> None:
        self.log_out()

    def log_in(self) -> LoggedIn:
        """Return the open login; without one ask for the PIN, and open one to write. PinLocked, TokenReadOnly, Cancelled."""
        if self._login is None:
            self._login = self.with_pin(lambda pin: self._logins.enter_context(self.worker.manage(self.token, pin)))
        return self._login

    def opened(self) -> LoggedIn:
        """Return the open login; TokenFailed (``not_logged_in``) without one."""
        if self._login is None:
            raise TokenFailed(token=self.token.name, rule="not_logged_in")
        return self._login

    @property
    def is_open(self) -> bool:
        """Whether somebody is logged in."""
        return self._login is not None

    def log_out(self) -> None:
        """Log out, where somebody is logged in."""
        self._login = None
        self._logins.close()

    def with_pin(self, use: Callable[[Secret], T]) -> T:
        """Ask for the PIN and use it, once; see ``until_right``."""
        return self.until_right(self.ask_pin, use)

    def until_right(self, ask: Callable[[PinWrong | None], A], use: Callable[[A], T]) -> T:
        """Ask, and use what was typed once; where the token refused it, ask again, the tries read anew. PinLocked, Cancelled."""
        refused: PinWrong | None = None
        while True:
            typed = ask(refused)
            try:
                return self.face.wait("token_works", lambda: use(typed))  # noqa: B023
            except PinWrong as wrong:
                refused = wrong
            self.read_again()

    def ask_pin(self, refused: PinWrong | None) -> Secret:
        """Ask for the PIN of the token as it stands now: PinLocked, Cancelled.

        The person sees the tries left before typing, and confirms before the one that could lock the token.
        """
        check_usable(self.token)
        if self.token.standing is Standing.FINAL and not self.face.ask(
            Confirm(key="token_final_try", facts={"token": self.token.name})
        ):
            raise Cancelled(where="token_final_try")
        rows: list[tuple[Cell, Cell]] = [(Word("token_tries"), Word(f"pin_{self.token.standing}"))]
        if self.token.tries_left is None and self.limit is not None:
            rows.append((Word("token_limit"), str(self.limit)))
        return plain(
            self.face.ask(
                SecretLine(
                    key=OLD,
                    facts={"token": self.token.name},
                    tries_left=self.token.tries_left,
                    rows=rows,
                    error=refused,
                    check=lambda typed: check_pin(self.token, typed),
                )
            )
        )

    def ask_new_pin(self, old: Secret | None = None) -> Secret:
        """Ask for a new PIN, twice; not the ``old`` one again."""
        shortest, longest = self.token.pin_length

        def check(typed: str) -> str:
            if old is not None and typed == old.reveal():
                raise InputError(field=NEW, rule="same_pin")
            return check_pin(self.token, typed)

        facts: dict[str, str | int] = {"token": self.token.name, "n": shortest, "most": longest}
        return plain(self.face.ask(SecretLine(key=NEW, facts=facts, twice=True, check=check)))

    def read_again(self) -> None:
        """Read the token anew; TokenGone where it is not there."""
        same = [each for each in self.worker.tokens() if each.serial == self.token.serial]
        if not same:
            raise TokenGone(token=self.token.name)
        self.token = same[0]
