"""Where links lead, and that one behind an open procedure waits its turn."""

from __future__ import annotations

import queue
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.faces import Program
from tests.makers import ALICE, holder, openssl_pfx
from tests.patience import SECONDS

from certtray.core.errors import UsageError
from certtray.core.secret import Secret
from certtray.inventory.matrix import Matrix
from certtray.program.parts import Parts
from certtray.system.settings import Settings, save_settings
from certtray.text import Text
from certtray_ui.desk import Desk
from certtray_ui.face import Answer
from certtray_ui.known import Known
from certtray_ui.targets import Target, read_target
from certtray_ui.views import Views
from certtray_ui.work import path_hash

FINGERPRINT = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "target",
    [
        Target("overview"),
        Target("settings"),
        Target("stores"),
        Target("help"),
        Target("certificate", FINGERPRINT),
        Target("issuer", "sinopac"),
        Target("renew", FINGERPRINT),
        Target("apply", "sinopac"),
        Target("login", "sinopac"),
        Target("resume", "7d444840-9dc0-11d1-b245-5ffdce74fad2"),
        Target("unlock", FINGERPRINT),
    ],
)
def test_links_there_and_back(target: Target) -> None:
    assert read_target(target.link) == target


@pytest.mark.parametrize(
    "link",
    [
        "",
        "overview",
        "https://overview",
        "certtray://",
        "certtray://flow",
        "certtray://flow/renew",
        "certtray://flow/renew/" + FINGERPRINT + "/x",
        "certtray://flow/renew/" + FINGERPRINT.upper(),
        "certtray://flow/overview",
        "certtray://issuer/../x",
        "certtray://overview\n",
        "certtray://overview?x=1",
        "CERTTRAY://overview",
    ],
)
def test_what_leads_nowhere(link: str) -> None:
    with pytest.raises(UsageError):
        read_target(link)


class Seen:
    """The pictures a desk pushes."""

    def __init__(self) -> None:
        self._pictures: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def push(self, picture: dict[str, Any], _text: Text) -> None:
        self._pictures.put(picture)

    def until(self, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait for a picture of which ``holds`` is true."""
        while not holds(picture := self._pictures.get(timeout=SECONDS)):
            pass
        return picture


def test_a_later_link_waits_behind_an_open_procedure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTTRAY_HOME", str(tmp_path / "certtray"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    (tmp_path / "files").mkdir()
    files = [
        openssl_pfx(tmp_path / "files" / f"{name}.pfx", holder(ALICE), "pw", protection="aes", chain=False)
        for name in "ab"
    ]
    parts = Parts.of_this_user()
    save_settings(parts.home.make().settings, Settings(folders=(str(tmp_path / "files"),)))
    parts = Parts.of_this_user()
    parts.refresh()
    first, second = (Target("unlock", path_hash(str(file))) for file in files)
    seen = Seen()
    desk = Desk(parts, first, seen.push)
    desk.start()
    shown = seen.until(lambda picture: picture["flow"] and picture["flow"].get("question"))
    assert "a.pfx" in shown["flow"]["question"]["help"]
    desk.show(second)
    desk.show(second)
    desk.show(first)
    assert seen.until(lambda picture: picture["queued"])["queued"] == "1 more after this one"
    desk.answer(shown["flow"]["question"]["id"], Answer(Secret("pw")))
    shown = seen.until(lambda picture: picture["flow"].get("question", {}).get("key") == "remember_password")
    desk.answer(shown["flow"]["question"]["id"], Answer(False))
    seen.until(lambda picture: picture["flow"].get("end"))
    desk.leave()
    shown = seen.until(lambda picture: picture["flow"] and picture["flow"].get("question"))
    assert "b.pfx" in shown["flow"]["question"]["help"] and not shown["queued"]
    desk.close()


def test_a_link_never_resumes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTTRAY_HOME", str(tmp_path / "certtray"))
    monkeypatch.setenv("HOME", str(tmp_path))
    seen = Seen()
    desk = Desk(Parts.of_this_user(), Target("resume", "7d444840-9dc0-11d1-b245-5ffdce74fad2"), seen.push)
    desk.start()
    assert seen.until(lambda picture: picture["page"] == "overview")["flow"] is None
    desk.close()


@pytest.mark.parametrize(
    ("days", "due", "said"),
    [
        (0, False, "You set it today"),
        (1, False, "1 day old"),
        (88, False, "88 days old"),
        (100, True, "please change it"),
    ],
)
def test_the_footer_knows_the_password_s_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, due: bool, said: str
) -> None:
    monkeypatch.setenv("CERTTRAY_HOME", str(tmp_path / "certtray"))
    now = datetime(2026, 11, 21, tzinfo=UTC)
    known = Known((), (), (), {"a.pfx": now - timedelta(days=days)}, Matrix(), now)
    footer = Views(Parts.of_this_user(), Text("en"), known, checking=False).footer()
    assert footer["due"] is due and said in footer["text"]


def test_without_a_screen_it_says_so(certtray: Program) -> None:
    done = certtray.run("window")
    assert done.returncode == 69
    assert done.stderr.startswith("certtray: 無法開啟視窗") and done.stderr.count("\n") == 1
