"""One process of a kind; a second start reaches the first; nobody else does, and nothing a client sends does harm."""

from __future__ import annotations

import json
import os
import queue
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certtray.core.errors import EndpointUnusable
from certtray.endpoint import place, unix
from certtray.endpoint.single import Endpoint, single, tell
from certtray.endpoint.words import LONGEST, Request, Verb, decode, encode
from certtray.system.paths import Home
from tests.patience import SECONDS

TARGET = "certtray://flow/renew/" + 64 * "a"
SHOW = Request(Verb.SHOW, TARGET)
Heard = queue.SimpleQueue[Request]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with tempfile.TemporaryDirectory() as runtime:  # pytest's own paths are too long for a socket
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        yield Home(tmp_path / "home")


@pytest.fixture
def heard() -> Heard:
    return queue.SimpleQueue()


@pytest.fixture
def first(home: Home, heard: Heard) -> Iterator[Endpoint]:
    endpoint = single("tray", home, Request(Verb.SHOW), heard.put)
    assert endpoint is not None
    yield endpoint
    endpoint.close()


def socket_of(home: Home) -> Path:
    return place.socket_folder(home) / "tray.sock"


def say(path: Path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(path))
        with suppress(OSError):  # put out in the middle of it
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            return client.recv(100)
        return b""


def test_a_second_start_reaches_the_first(home: Home, heard: Heard, first: Endpoint) -> None:
    assert single("tray", home, SHOW, lambda _: pytest.fail("this is not the first")) is None
    assert heard.get(timeout=SECONDS) == SHOW
    assert tell("tray", home, Request(Verb.CHANGED))
    assert heard.get(timeout=SECONDS) == Request(Verb.CHANGED)


def test_kinds_and_homes_do_not_meet(home: Home, tmp_path: Path, heard: Heard, first: Endpoint) -> None:
    for name, other in (("window", home), ("tray", Home(tmp_path / "other"))):
        endpoint = single(name, other, SHOW, heard.put)
        assert endpoint is not None
        endpoint.close()
    assert not tell("window", home, SHOW)
    assert heard.empty()


def test_private_whatever_the_umask(home: Home, heard: Heard) -> None:
    former = os.umask(0)
    try:
        endpoint = single("tray", home, SHOW, heard.put)
    finally:
        os.umask(former)
    assert endpoint is not None
    path = socket_of(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    endpoint.close()
    assert not path.exists()
    endpoint.close()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{}\n",
        b"null\n",
        b"[" * 900 + b"\n",
        b'{"verb": "show", "target": ""}',  # no end of line
        b'{"verb": "open", "target": ""}\n',
        b'{"verb": "show", "target": 7}\n',
        b'{"verb": ["show"], "target": ""}\n',
        b'{"verb": "show", "target": "", "more": 1}\n',
        b'{"verb": "show", "target": "https://example.com/"}\n',
        b'{"verb": "show", "target": "certtray://x y"}\n',
        b'{"verb": "show", "target": "certtray://\\u0000"}\n',
        b'{"verb": "show", "target": "certtray://' + 500 * b"a" + b'"}\n',
        b"\x80\x04\x95.\n",  # a pickle
        b"x" * 10_000_000,
    ],
)
def test_what_is_no_request_does_nothing(home: Home, heard: Heard, first: Endpoint, data: bytes) -> None:
    assert say(socket_of(home), data) in (b"refused\n", b"")
    assert tell("tray", home, SHOW)
    assert heard.get(timeout=SECONDS) == SHOW
    assert heard.empty()


def test_slow_and_silent_clients_keep_nobody_waiting(home: Home, heard: Heard, first: Endpoint) -> None:
    slow = [socket.socket(socket.AF_UNIX) for _ in range(unix.CLIENTS - 2)]
    for client in slow:
        client.connect(str(socket_of(home)))
        client.sendall(b'{"verb": ')
    assert tell("tray", home, SHOW)
    assert heard.get(timeout=1) == SHOW
    for client in slow:
        client.settimeout(10)
        assert client.recv(10) == b"", "put out after its time"
        client.close()


def test_a_crowd_is_sent_away(home: Home, heard: Heard, first: Endpoint) -> None:
    crowd = [socket.socket(socket.AF_UNIX) for _ in range(unix.CLIENTS)]
    for client in crowd:
        client.connect(str(socket_of(home)))
    assert not tell("tray", home, SHOW)
    for client in crowd:
        client.close()
    while not tell("tray", home, SHOW):  # as soon as it noticed that they left
        pass
    assert heard.get(timeout=SECONDS) == SHOW


KNOCK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as client:
    client.connect(sys.argv[1])
    try:
        client.sendall(sys.argv[2].encode() + b"\\n")
        print(client.recv(100))
    except OSError as error:  # it may be put out before it could say anything
        print(type(error).__name__)
"""


def test_another_user_is_refused_even_where_the_folder_is_open(
    home: Home, heard: Heard, first: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = socket_of(home)
    if os.geteuid() == 0:  # really another user
        for folder in (path.parent, path.parent.parent):
            folder.chmod(0o711)
        path.chmod(0o666)
        line = encode(SHOW).decode().strip()
        done = subprocess.run(
            ["python3", "-c", KNOCK, str(path), line], capture_output=True, text=True, check=True, user=65534, cwd="/"
        )
        assert done.stdout.strip() in ("b'refused\\n'", "ConnectionResetError", "BrokenPipeError")
    mine = os.getuid()
    monkeypatch.setattr("certtray.endpoint.peer.os.getuid", lambda: mine + 1)
    assert not unix.send(path, SHOW), "nor do we talk to somebody else's"
    assert say(path, encode(SHOW)) in (b"refused\n", b"")
    assert heard.empty()


CHILD = """
import sys, threading
from pathlib import Path
from certtray.endpoint.single import single
from certtray.endpoint.words import Request, Verb
from certtray.system.paths import Home
got = threading.Event()
endpoint = single("tray", Home(Path(sys.argv[1])), Request(Verb.SHOW), lambda request: print(request.verb, flush=True))
print("first" if endpoint else "second", flush=True)
if endpoint:
    sys.stdin.readline()
    endpoint.close()
"""


def start(home: Home) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_the_place_of_a_killed_process_is_taken_over(home: Home, heard: Heard) -> None:
    with start(home) as child:
        assert line(child) == "first"
        child.kill()
    assert socket_of(home).exists(), "what it left behind"
    endpoint = single("tray", home, SHOW, heard.put)
    assert endpoint is not None
    assert tell("tray", home, SHOW)
    endpoint.close()


def test_of_many_starts_at_once_one_is_the_first(home: Home) -> None:
    children = [start(home) for _ in range(6)]
    said = {}
    threads = [threading.Thread(target=lambda c=child: said.update({c: line(c)})) for child in children]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The first may hear of a second start before it has said that it is the first.
    (the_first,) = [child for child in children if said[child] != "second"]
    heard = [said[the_first], *(line(the_first) for _ in range(5))]
    assert sorted(heard) == ["first", *["show"] * 5]
    for child in children:
        child.communicate("\n" if child is the_first else None)


def test_who_holds_the_place_but_does_not_answer(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unix, "HAND_OVER_SECONDS", 0.2)
    with start(home) as child:
        assert line(child) == "first"
        socket_of(home).unlink()
        with pytest.raises(EndpointUnusable):
            single("tray", home, SHOW, print)
        child.kill()


def test_long_paths_and_no_runtime_folder_use_the_temporary_one(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Path(os.environ["XDG_RUNTIME_DIR"])
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(short))
    long = tmp_path / ("x" * 100)
    long.mkdir()
    for runtime in (str(long), "", "relative", str(tmp_path / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        folder = place.socket_folder(home)
        assert folder.parent == short
        endpoint = single("tray", home, SHOW, print)
        assert endpoint is not None
        endpoint.close()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(long))
    with pytest.raises(EndpointUnusable):
        place.socket_folder(home)


@pytest.mark.parametrize("how", ["link", "open", "file", "foreign"])
def test_a_folder_somebody_prepared_is_not_used(
    home: Home, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place.socket_folder(home)
    folder.rmdir()
    if how == "link":
        (tmp_path / "trap").mkdir()
        folder.symlink_to(tmp_path / "trap")
    elif how == "open":
        folder.mkdir()
        folder.chmod(0o777)
    elif how == "file":
        folder.touch()
    else:
        folder.mkdir(mode=0o700)
        me = os.getuid() + 1
        monkeypatch.setattr("certtray.endpoint.place.os.getuid", lambda: me)
    with pytest.raises(EndpointUnusable):
        single("tray", home, SHOW, print)


@given(st.sampled_from(Verb), st.from_regex(r"(?:certtray://[!-~]{0,400})?", fullmatch=True))
def test_what_is_said_is_heard(verb: Verb, target: str) -> None:
    request = Request(verb, target)
    assert decode(encode(request)) == request
    assert len(encode(request)) <= LONGEST


@given(
    st.binary(max_size=LONGEST)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["verb", "target", "x"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_nonsense_is_a_value_error_or_a_request(data: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(decode(data), Request)
