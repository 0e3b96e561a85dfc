"""The tray process against a host that speaks what panels speak."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

import pytest

from certtray.tray.icon import COLOURS, SIZES, Mark
from certtray.tray.situation import Line
from tests.patience import SECONDS
from tests.tray.conftest import BUSY, RENEW, WELL
from tests.tray.host import Host
from tests.tray.rig import Tray, patient_tray, session_bus, tray

NewHost = Callable[..., Host]


@pytest.fixture
def both(bus: dict[str, str], new_host: NewHost) -> Iterator[tuple[Host, Tray]]:
    """A host, and a tray registered with it that shows BUSY."""
    host = new_host()
    with tray(BUSY, bus) as child:
        host.wait_for_item()
        yield host, child


def test_says_what_it_is(both: tuple[Host, Tray]) -> None:
    shown = both[0].properties()
    assert shown["Title"] == "憑證守望：有 2 件憑證的事要請您看一下"
    assert shown["ToolTip"][2] == shown["Title"]
    assert (shown["Id"], shown["Status"], shown["Category"]) == ("certtray", "Active", "ApplicationStatus")
    assert shown["ItemIsMenu"] is False


def test_icon_at_every_size_in_network_order(both: tuple[Host, Tray]) -> None:
    pixmaps = both[0].properties()["IconPixmap"]
    assert [(width, height, len(data)) for width, height, data in pixmaps] == [(n, n, 4 * n * n) for n in SIZES]
    width, _height, data = pixmaps[-1]
    begin = 4 * (width * (width // 4) + width // 2)  # in the bubble, above its mark
    red, green, blue, alpha = COLOURS[Mark.NEEDS_YOU]
    assert list(data[begin - 40 : begin - 36]) == [alpha, red, green, blue]


def test_every_line_posts_its_command(both: tuple[Host, Tray]) -> None:
    host, child = both
    assert host.labels() == [
        "有 2 件憑證的事要請您看一下",
        "-",
        "永豐金證券 A12345****-00 今天到期",
        "還有一個更新沒做完",
        "-",
        "開啟憑證守望",
        "立即檢查",
        "暫停通知",
        "-",
        "關於憑證守望",
        "結束",
    ]
    wanted = {
        ("永豐金證券 A12345****-00 今天到期",): {"open": RENEW},
        ("還有一個更新沒做完",): {"open": "certtray://flow/resume/7"},
        ("開啟憑證守望",): {"open": "certtray://overview"},
        ("立即檢查",): {"do": "check"},
        ("暫停通知", "1 小時"): {"do": "pause-hour"},
        ("暫停通知", "到明天早上"): {"do": "pause-until-morning"},
        ("關於憑證守望",): {"open": "certtray://help"},
        ("結束",): {"do": "quit"},
    }
    for labels, command in wanted.items():
        for group in (False, True):
            host.click(host.find(*labels).id, group=group)
            assert child.said() == command
    assert child.stop() == {"ended": []}, "GTK, the network or cryptography came into the tray's process"


def test_left_click_opens_the_window(both: tuple[Host, Tray]) -> None:
    both[0].left_click()
    assert both[1].said() == {"open": "certtray://overview"}


def test_the_sentence_and_unknown_lines_do_nothing(both: tuple[Host, Tray]) -> None:
    host, child = both
    sentence = host.find("有 2 件憑證的事要請您看一下")
    assert sentence.properties["enabled"] is False
    host.click(sentence.id)
    host.click(host.find("暫停通知").id)
    host.click(4711)
    assert host.click(4711, group=True) == [[4711]]
    host.left_click()
    assert child.said() == {"open": "certtray://overview"}, "one of these clicks posted something"


def test_a_new_situation_is_shown(both: tuple[Host, Tray]) -> None:
    host, child = both
    host.until("NewStatus")
    before = host.properties()
    child.show(WELL)
    assert host.until("LayoutUpdated") == ["NewTitle", "NewToolTip", "NewIcon", "LayoutUpdated"]
    after = host.properties()
    assert after["Title"] == "憑證守望：2 張憑證都正常"
    assert after["IconPixmap"] != before["IconPixmap"]
    assert host.labels()[:3] == ["2 張憑證都正常", "-", "開啟憑證守望"]


def test_the_language_changes_live(both: tuple[Host, Tray]) -> None:
    host, child = both
    host.until("NewStatus")
    until = datetime(2025, 3, 4, 6, 30, tzinfo=UTC)
    child.show(replace(WELL, language="en", sentence="2 certificates, all well", paused_until=until))
    host.until("LayoutUpdated")
    assert "Resume notices (paused until 03/04 14:30)" in host.labels()
    host.click(host.find("Resume notices (paused until 03/04 14:30)").id)
    assert child.said() == {"do": "unpause"}


def test_a_click_into_an_open_menu_still_counts_and_never_for_another_line(both: tuple[Host, Tray]) -> None:
    host, child = both
    resume, gone = host.find("還有一個更新沒做完"), host.find("永豐金證券 A12345****-00 今天到期")
    host.until("NewStatus")
    new = Line("元富證券 還有 3 天到期", "certtray://flow/renew/ff", Mark.EXPIRING)
    child.show(replace(BUSY, attention=(new, BUSY.attention[1])))
    host.until("LayoutUpdated")
    host.click(gone.id)
    host.click(resume.id)
    assert child.said() == {"open": "certtray://flow/resume/7"}
    assert host.find(new.text).id not in {resume.id, gone.id}


def test_only_what_changed_is_told_to_the_panel(both: tuple[Host, Tray]) -> None:
    host, child = both
    host.until("NewStatus")
    child.show(BUSY)
    child.show(replace(BUSY, sentence="有 3 件"))
    assert host.until("LayoutUpdated") == ["NewTitle", "NewToolTip", "LayoutUpdated"]
    assert host.properties()["Title"] == "憑證守望：有 3 件"


def test_panels_may_ask_in_parts(both: tuple[Host, Tray]) -> None:
    host, _child = both
    path, menu = host.properties()["Menu"], "com.canonical.dbusmenu"
    assert all(not entry.children for entry in host.menu(0, 1)), "one level was asked for"
    pause = host.find("暫停通知")
    assert pause.properties["children-display"] == "submenu"
    assert [entry.label for entry in host.menu(pause.id)] == ["1 小時", "到明天早上"]
    assert host.menu(0, -1, "enabled")[0].properties == {"enabled": False}
    assert host.call(path, menu, "GetProperty", "is", pause.id, "label")[0].value == "暫停通知"
    groups = host.call(path, menu, "GetGroupProperties", "aias", [pause.id, 4711], ["label"])[0]
    assert [(number, found["label"].value) for number, found in groups] == [(pause.id, "暫停通知")]
    assert host.call(path, menu, "AboutToShow", "i", 0) == [False]
    assert host.call(path, menu, "AboutToShowGroup", "ai", [0, 4711]) == [[], [4711]]
    host.call("/StatusNotifierItem", "org.kde.StatusNotifierItem", "Scroll", "is", 1, "vertical")


def test_a_panel_that_starts_late_or_again_gets_the_icon(bus: dict[str, str], new_host: NewHost) -> None:
    with patient_tray(BUSY, bus) as child:
        for _ in range(3):
            host = new_host()
            host.wait_for_item()
            host.left_click()
            assert child.said() == {"open": "certtray://overview"}
            host.close()


def test_a_watcher_without_a_panel_is_no_panel_yet(bus: dict[str, str], new_host: NewHost) -> None:
    host = new_host(host=False)
    with patient_tray(BUSY, bus) as child:
        assert child.silent(1), "it took the watcher for a panel"
        host.host_appears()
        begin = monotonic()
        host.wait_for_item()
        assert monotonic() - begin < SECONDS / 2, "found when the patience ended, not when the panel came"
        host.left_click()
        assert child.said() == {"open": "certtray://overview"}


def test_lives_on_when_the_session_bus_ends(environment: dict[str, str]) -> None:
    with session_bus(environment) as bus:
        host = Host(environment["DBUS_SESSION_BUS_ADDRESS"])
        with tray(BUSY, environment) as child:
            host.wait_for_item()
            host.close()
            bus.kill()
            bus.wait()
            child.show(WELL)
            assert child.silent()
            assert child.stop() == {"ended": []}


def test_ends_on_sigterm_at_any_time(bus: dict[str, str], new_host: NewHost) -> None:
    with tray(BUSY, bus) as waiting_for_a_panel:
        assert waiting_for_a_panel.silent(1)
        assert waiting_for_a_panel.stop() == {"ended": []}
    host = new_host()
    with tray(BUSY, bus) as shown:
        host.wait_for_item()
        assert shown.stop() == {"ended": []}
