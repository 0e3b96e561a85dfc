"""Fetching what anybody may have from an issuer: revocation lists, certificates, answers about one. All of it is signed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import httpx

from certtray.core.errors import IssuerAnswerInvalid, IssuerUnreachable

LARGEST: Final = 8 * 1024 * 1024
"""Bytes; the longest public lists have a few."""
REDIRECTS: Final = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to connect, between two pieces, and for all of it."""

    connect: float = 4.0
    read: float = 8.0
    total: float = 15.0


PATIENCE: Final = Patience()


def download(url: str, *, body: bytes | None = None, kind: str = "", patience: Patience = PATIENCE) -> bytes:
    """Return what ``url`` (http or https) holds; with ``body`` it is posted as ``kind``.

    The system's proxy is used, as browsers do; redirects lead to http and https only, a posted question is never redirected.
    IssuerUnreachable (also after ``patience.total``), IssuerAnswerInvalid above ``LARGEST`` bytes or outside of HTTP.
    """
    deadline = time.monotonic() + patience.total
    place = _checked(url)
    timeout = httpx.Timeout(patience.read, connect=patience.connect)
    headers = {"Accept-Encoding": "identity"}  # a small packed answer cannot unpack into a huge one
    if kind:
        headers["Content-Type"] = kind
    try:
        with httpx.Client(follow_redirects=False, timeout=timeout, headers=headers) as client:
            for _ in range(REDIRECTS + 1):
                method = "GET" if body is None else "POST"
                with client.stream(method, place, content=body) as response:
                    if body is None and response.has_redirect_location:
                        place = _checked(str(place.join(response.headers["Location"])))
                        continue
                    if response.status_code != 200:
                        raise IssuerUnreachable(host=place.host, reason=f"HTTP {response.status_code}")
                    return _read(response, place.host, deadline)
    except httpx.HTTPError as error:
        raise IssuerUnreachable(host=place.host, reason=type(error).__name__) from error
    raise IssuerAnswerInvalid(host=place.host, reason="redirects")


def _checked(url: str) -> httpx.URL:
    try:
        place = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise IssuerAnswerInvalid(host="?", reason="address") from error
    if place.scheme not in ("http", "https") or not place.host or place.userinfo:
        raise IssuerAnswerInvalid(host=place.host, reason="address")
    return place


def _read(response: httpx.Response, host: str, deadline: float) -> bytes:
    """Read piece by piece: a server that drips or pours must not hold or fill us."""
    body = bytearray()
    for piece in response.iter_raw(64 * 1024):
        body += piece
        if len(body) > LARGEST:
            raise IssuerAnswerInvalid(host=host, reason="too long")
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the whole answer took too long")
    return bytes(body)
