"""Servers that are not what they should be, over real TLS."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certtray.core.errors import (
    CertTrayError,
    DamagedFile,
    FileMissing,
    IssuerAnswerInvalid,
    IssuerNotTrusted,
    IssuerRefused,
    IssuerUnreachable,
)
from certtray.core.secret import Secret
from certtray.issuers import channel
from certtray.issuers.base import NationalId
from certtray.issuers.channel import ANSWER_BYTES, Limits
from certtray.issuers.ra import RaIssuer
from certtray_sandbox import tls
from tests.rigs import ReferenceRa
from tests.wires import FaultyServer

HASTY = Limits(connect=2, read=0.3, total=1)


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TLS root and a server certificate for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    now = clock().replace(microsecond=0)
    tls.create_root(folder, now)
    tls.renew_server(folder, now)
    return folder


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "BACKOFF", (0.01, 0.02))


@contextmanager
def faulty(identity: Path, answer: Callable[[ssl.SSLSocket], None]) -> Iterator[tuple[FaultyServer, RaIssuer]]:
    with FaultyServer(identity / "server.crt", identity / "server.key", answer) as server:
        issuer = RaIssuer(server.url, identity / "root.crt", clock, HASTY)
        try:
            yield server, issuer
        finally:
            issuer.close()


def sends(*pieces: bytes) -> Callable[[ssl.SSLSocket], None]:
    def answer(connection: ssl.SSLSocket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return answer


def http(status: str, body: bytes, kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def drip(connection: ssl.SSLSocket) -> None:
    """Never silent for long, never done."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.1)


def silent(_connection: ssl.SSLSocket) -> None:
    time.sleep(2)


ANSWERS: dict[str, tuple[Callable[[ssl.SSLSocket], None], type[CertTrayError], int]] = {
    # what it answers, the error, how often a GET is tried
    "500": (sends(http("500 Oops", b"<html>")), IssuerUnreachable, 3),
    "503": (sends(http("503 Later", b"{}")), IssuerUnreachable, 3),
    "nothing": (sends(), IssuerUnreachable, 3),
    "silence": (silent, IssuerUnreachable, 3),
    "drip": (drip, IssuerUnreachable, 3),
    "cut body": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), IssuerUnreachable, 3),
    "not http": (sends(b"220 mail.example.com ESMTP\r\n\r\n"), IssuerAnswerInvalid, 1),
    "not json": (sends(http("200 OK", b"<html>hello</html>", "text/html")), IssuerAnswerInvalid, 1),
    "not utf-8": (sends(http("200 OK", b'{"version":"\xff"}')), IssuerAnswerInvalid, 1),
    "deep": (sends(http("200 OK", b"[" * 200_000)), IssuerAnswerInvalid, 1),
    "huge number": (sends(http("200 OK", b'{"version":' + b"1" * 5000 + b"}")), IssuerAnswerInvalid, 1),
    "wrong shape": (sends(http("200 OK", b"[]")), IssuerAnswerInvalid, 1),
    "wrong type": (sends(http("200 OK", b'{"version":1,"clauses":[]}')), IssuerAnswerInvalid, 1),
    "control": (sends(http("200 OK", b'{"version":"\\u001b[2J","clauses":[]}')), IssuerAnswerInvalid, 1),
    "too long": (sends(http("200 OK", b'{"version":"1","clauses":[]}' + b" " * ANSWER_BYTES)), IssuerAnswerInvalid, 1),
    "redirect": (sends(b"HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\n\r\n"), IssuerAnswerInvalid, 1),
    "no problem": (sends(http("403 No", b"{}")), IssuerAnswerInvalid, 1),
    "odd problem": (sends(http("403 No", b'{"code":7}', "application/problem+json")), IssuerAnswerInvalid, 1),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_get_to_a_bad_server(identity: Path, name: str) -> None:
    answer, error, tries = ANSWERS[name]
    with faulty(identity, answer) as (server, issuer):
        before = time.monotonic()
        with pytest.raises(error) as caught:
            issuer.terms()
        assert time.monotonic() - before < 10
        assert caught.value.facts["host"] == "127.0.0.1"
        assert server.requests == tries


@pytest.mark.parametrize("name", ["500", "nothing", "silence", "cut body"])
def test_a_login_is_never_sent_twice(identity: Path, name: str) -> None:
    with faulty(identity, ANSWERS[name][0]) as (server, issuer):
        with pytest.raises(IssuerUnreachable):
            issuer.login(NationalId("A123456789", Secret("hunter-2")))
        assert server.requests == 1


def test_a_refusal_carries_its_facts(identity: Path) -> None:
    body = '{"code":"8012","detail":"一次性密碼不正確。","tries_left":2}'.encode()
    answer = sends(http("403 No", body, "application/problem+json; charset=utf-8"))
    with faulty(identity, answer) as (_, issuer), pytest.raises(IssuerRefused) as refused:
        issuer.login(NationalId("A123456789", Secret("hunter-2")))
    assert (refused.value.number, refused.value.tries_left) == ("8012", 2)
    assert refused.value.facts["detail"] == "一次性密碼不正確。"
    assert "hunter-2" not in repr(refused.value)


def test_another_root_is_refused_and_nothing_is_sent(shared_ra: ReferenceRa, identity: Path) -> None:
    before = shared_ra.requests_seen()
    issuer = RaIssuer(shared_ra.url, identity / "root.crt", clock)
    with pytest.raises(IssuerNotTrusted) as caught:
        issuer.login(NationalId("A123456789", Secret("hunter-2")))
    with pytest.raises(IssuerNotTrusted):
        issuer.terms()
    issuer.close()
    assert "self-signed certificate in certificate chain" in str(caught.value.facts["reason"])
    assert shared_ra.requests_seen() == before
    trusting = RaIssuer(shared_ra.url, shared_ra.tls_root, clock)
    trusting.terms()
    trusting.close()
    assert shared_ra.requests_seen() == before + 1  # the log does show what is sent


def test_the_certificate_must_be_for_this_host(identity: Path) -> None:
    with FaultyServer(identity / "server.crt", identity / "server.key", sends(), host="127.0.0.2") as server:
        issuer = RaIssuer(server.url, identity / "root.crt", clock)
        with pytest.raises(IssuerNotTrusted) as caught:
            issuer.terms()
        issuer.close()
    assert "IP address mismatch" in str(caught.value.facts["reason"])


def test_a_proxy_in_the_environment_is_not_asked(shared_ra: ReferenceRa, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    issuer = RaIssuer(shared_ra.url, shared_ra.tls_root, clock)
    assert len(issuer.terms().clauses) == 7
    issuer.close()


def test_plain_http_missing_root_and_bad_root(tmp_path: Path, identity: Path) -> None:
    with pytest.raises(IssuerNotTrusted):
        RaIssuer("http://127.0.0.1:1", identity / "root.crt", clock)
    with pytest.raises(FileMissing):
        RaIssuer("https://127.0.0.1:1", tmp_path / "none.crt", clock)
    (tmp_path / "bad.crt").write_text("not a certificate")
    with pytest.raises(DamagedFile):
        RaIssuer("https://127.0.0.1:1", tmp_path / "bad.crt", clock)


def test_nobody_listens(identity: Path) -> None:
    issuer = RaIssuer("https://127.0.0.1:9", identity / "root.crt", clock)
    with pytest.raises(IssuerUnreachable):
        issuer.terms()
    issuer.close()
