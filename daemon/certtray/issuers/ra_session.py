"""What all calls to an RA share: the channel, who is logged in, and reading answers strictly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from certtray.core.errors import IssuerRefused
from certtray.core.secret import Secret
from certtray.issuers.answers import Malformed
from certtray.issuers.base import NOT_LOGGED_IN, Pending
from certtray.issuers.channel import Channel, Limits

T = TypeVar("T")


class RaSession:
    """A connection to the RA at ``url``, whose TLS certificate must chain to ``root`` (PEM file).

    ``clock`` gives aware UTC and dates countdowns. Raises as ``base`` says, and ``FileMissing`` or ``DamagedFile`` for
    ``root``.
    """

    def __init__(
        self,
        url: str,
        root: Path,
        clock: Callable[[], datetime],
        limits: Limits = Limits(),  # noqa: B008 - immutable
    ) -> None:
        self._url = url.rstrip("/")
        self._channel = Channel(url, root, limits)
        self._clock = clock
        self._token: Secret | None = None

    def close(self) -> None:
        """Close the connection; the session ends by itself on the RA's side."""
        self._token = None
        self._channel.close()

    def _session(self) -> Secret:
        if self._token is None:
            raise IssuerRefused(number=NOT_LOGGED_IN, detail="尚未登入或登入已逾時，請重新登入。")
        return self._token

    def _pending(self, seconds: int) -> Pending:
        return Pending(self._clock() + timedelta(seconds=seconds))

    def _read(self, read: Callable[[], T]) -> T:
        """Run ``read`` over an answer; what does not fit the contract becomes ``IssuerAnswerInvalid``."""
        try:
            return read()
        except Malformed as error:
            raise self._channel.invalid(str(error)) from error
