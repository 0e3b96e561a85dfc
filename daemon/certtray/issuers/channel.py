"""The TLS channel to an RA: one trusted root, finite times, bounded answers, retries only where harmless."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal

import httpx

from certtray.core.errors import (
    DamagedFile,
    FileMissing,
    IssuerAnswerInvalid,
    IssuerNotTrusted,
    IssuerRefused,
    IssuerUnreachable,
)
from certtray.core.secret import Secret
from certtray.issuers.answers import Answer, Malformed

Method = Literal["GET", "PUT", "POST", "DELETE"]

IDEMPOTENT: Final = frozenset({"GET", "PUT"})
BACKOFF: Final = (0.3, 1.0)
"""Seconds before the second and the third attempt."""

ANSWER_BYTES: Final = 1024 * 1024
CUT_OFF: Final = re.compile("disconnected|peer closed")
"""How httpx words an answer that broke off; its other protocol errors mean that this is no HTTP at all."""

PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, between two pieces of an answer, and for the whole answer."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer below 400, fully read."""

    status: int
    body: bytes


class Channel:
    """Talks to ``url`` and to nobody else: no redirects, no proxies or credentials from the environment.

    ``root`` is the PEM file of the only TLS root accepted. Raises ``FileMissing`` or ``DamagedFile`` for it, and
    ``IssuerNotTrusted`` for a URL that is not https.
    """

    def __init__(self, url: str, root: Path, limits: Limits) -> None:
        self.host = httpx.URL(url).host
        if httpx.URL(url).scheme != "https":
            raise IssuerNotTrusted(host=self.host, reason="not https")
        self._limits = limits
        self._client = httpx.Client(
            base_url=url,
            verify=_context(root),
            trust_env=False,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},  # a small packed answer cannot unpack into a huge one
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
        )

    def send(self, method: Method, path: str, body: object = None, token: Secret | None = None) -> Reply:
        """Send one request and read its answer.

        GET and PUT are tried up to three times after network trouble or a 5xx; a POST exactly once, since the RA may
        have counted it. Raises the four issuer errors of ``core.errors``.
        """
        waits = BACKOFF if method in IDEMPOTENT else ()
        for wait in waits:
            try:
                return self._send_once(method, path, body, token)
            except IssuerUnreachable:
                time.sleep(wait)
        return self._send_once(method, path, body, token)

    def command(self, method: Method, path: str, body: object, token: Secret) -> None:
        """Send what is answered by 204 once it has been done; whoever answers otherwise has not said so."""
        reply = self.send(method, path, body, token)
        if reply.status != HTTPStatus.NO_CONTENT:
            raise self.invalid(f"HTTP {reply.status}")

    def invalid(self, reason: str) -> IssuerAnswerInvalid:
        """Return the error for an answer outside the contract."""
        return IssuerAnswerInvalid(host=self.host, reason=reason)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send_once(self, method: Method, path: str, body: object, token: Secret | None) -> Reply:
        headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._client.stream(method, path, content=content, headers=headers) as response:
                answer = self._read(response)
        except httpx.HTTPError as error:
            raise self._trouble(error) from error
        if response.status_code >= 500:
            raise IssuerUnreachable(host=self.host, reason=f"HTTP {response.status_code}")
        if response.status_code >= 400:
            raise self._refusal(response.headers, answer)
        if not 200 <= response.status_code < 300:
            raise self.invalid(f"HTTP {response.status_code}")
        return Reply(response.status_code, answer)

    def _read(self, response: httpx.Response) -> bytes:
        """Read the body piece by piece: a server that drips or pours must not hold or fill us."""
        deadline = time.monotonic() + self._limits.total
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > ANSWER_BYTES:
                raise self.invalid("too long")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the whole answer took too long")
        return bytes(body)

    def _trouble(self, error: httpx.HTTPError) -> IssuerUnreachable | IssuerNotTrusted | IssuerAnswerInvalid:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return IssuerNotTrusted(host=self.host, reason=cause.verify_message)
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, httpx.RemoteProtocolError) and not CUT_OFF.search(str(error)):
            return self.invalid("not HTTP")
        return IssuerUnreachable(host=self.host, reason=type(error).__name__)

    def _refusal(self, headers: Mapping[str, str], body: bytes) -> IssuerRefused | IssuerAnswerInvalid:
        try:
            if headers.get("Content-Type", "").partition(";")[0] != PROBLEM:
                raise Malformed("a refusal without a problem document")
            problem = Answer.parse(body)
            facts: dict[str, str | int] = {"number": problem.text("code", 16), "detail": problem.text("detail", 400)}
            for name in ("tries_left", "retry_after"):
                if problem.fields.get(name) is not None:
                    facts[name] = problem.number(name)
        except Malformed as error:
            return self.invalid(str(error))
        return IssuerRefused(**facts)


def _context(root: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies name and chain; no system roots are loaded
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=root)
    except FileNotFoundError as error:
        raise FileMissing(path=str(root)) from error
    except OSError as error:  # ssl.SSLError is one
        raise DamagedFile(path=str(root), reason="no certificate to trust in it") from error
    return context
