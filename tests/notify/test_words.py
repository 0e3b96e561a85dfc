"""What a notice says, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from certtray.core.certificate import Certificate
from certtray.core.errors import ChildFailed, FileUnreadable
from certtray.core.periods import parse_period
from certtray.core.store import Store
from certtray.inventory.matrix import matrix
from certtray.inventory.model import Entry, KnownStore, Location
from certtray.notify.base import Message, Obstacle
from certtray.notify.words import Words
from certtray.rules.profile import AfterExpiry, Profile
from certtray.rules.profiles import load_profiles
from certtray.text import Text
from certtray.watch.drift import Drift
from certtray.watch.due import Digest, Renewed, digest
from tests.core.samples import make, utc
from tests.watch.test_due import NEW, OLD, entry

(SHIPPED,) = (profile for profile in load_profiles() if profile.id == "sinopac")
ZH, EN = Words(Text("zh_TW")), Words(Text("en"))


def said(
    now: datetime, *certificates: Certificate, words: Words = ZH, profile: Profile | None = SHIPPED
) -> tuple[Message, ...]:
    found = digest(map(entry, certificates), [profile] if profile else [], {}, (), now)
    assert found.notices
    return words.messages(found)


def labels(message: Message) -> list[tuple[str, str]]:
    return [(button.id, button.label) for button in message.buttons]


def test_one_certificate_with_its_next_step() -> None:
    (message,) = said(utc(2026, 3, 8), OLD)
    assert message.title == "憑證還有 7 天到期"
    assert message.body == "永豐金證券　A12345****\n現在就能更新，約需 3 分鐘，請準備手機收驗證碼。"
    assert labels(message) == [("open", "立即更新"), ("later", "稍後提醒")]
    assert message.target == f"certtray://flow/renew/{OLD.fingerprint}"
    assert (message.id, message.fingerprints, message.urgent) == (OLD.fingerprint, (OLD.fingerprint,), False)


def test_the_same_in_english() -> None:
    (message,) = said(utc(2026, 3, 14), OLD, words=EN)
    assert (message.title, labels(message)[0]) == ("Your certificate ends in 1 day", ("open", "Renew now"))
    assert message.body.startswith("SinoPac Securities, A12345****\nYou can renew it now")


def test_the_last_day_cannot_be_put_off() -> None:
    (message,) = said(utc(2026, 3, 15), OLD)
    assert message.title == "憑證今天到期"
    assert labels(message) == [("open", "立即更新")]
    assert message.urgent
    both = said(utc(2026, 3, 15), OLD, make("F246061918-00", not_after=utc(2026, 3, 20)))
    assert [labels(message) for message in both] == [[("open", "查看")]]


@pytest.mark.parametrize("way", AfterExpiry)
def test_after_the_end_the_way_the_issuer_has(way: AfterExpiry) -> None:
    profile = replace(SHIPPED, renewal=replace(SHIPPED.renewal, after_expiry=way))
    (message,) = said(utc(2026, 3, 17), OLD, profile=profile)
    assert message.title == "憑證已經過期"
    page = "flow/apply/sinopac" if way is AfterExpiry.APPLY else f"certificate/{OLD.fingerprint}"
    assert message.target == f"certtray://{page}"
    assert (SHIPPED.contact.phone in message.body) == (way is not AfterExpiry.APPLY)


def test_before_the_window_opens_there_is_nothing_to_click_but_a_date() -> None:
    profile = replace(SHIPPED, renewal=replace(SHIPPED.renewal, opens=parse_period("P20D")))
    (message,) = said(utc(2026, 2, 15), OLD, profile=profile)
    assert "2026/02/23 起可以更新" in message.body
    assert labels(message)[0] == ("open", "查看")


def test_an_issuer_nobody_knows() -> None:
    (message,) = said(utc(2026, 3, 8), OLD, profile=None)
    assert "請向發行機構詢問" in message.body
    assert OLD.issuer_cn in message.body


def test_several_are_one_notice_of_few_lines() -> None:
    people = ["A123456789", "F246061918", "A123456789-01", "F246061918-01", "A123456789-02", "F246061918-02"]
    certificates = [
        make(f"{cn}-00", serial=n, not_after=utc(2026, 3, 9 + n, 15, 59, 59)) for n, cn in enumerate(people)
    ]
    (message,) = said(utc(2026, 3, 8), *certificates)
    assert message.title == "有 6 張憑證要處理"
    lines = message.body.split("\n")
    assert lines[0] == "永豐金證券　A12345****：還有 1 天"
    assert lines[-1] == "另外還有 3 張"
    assert len(lines) == 4
    assert message.target == "certtray://overview"
    assert len(message.fingerprints) == 6
    assert len(said(utc(2026, 3, 8), *certificates[:4])[0].body.split("\n")) == 4
    for full in ("A123456789", "F246061918"):
        assert full not in repr(message)


def test_names_from_files_bring_no_markup_no_lines_and_no_numbers() -> None:
    evil = make(
        'A123456789 <img src="x">&amp;\n\u202egnp\x00' + "長" * 80,
        issuer=(("CN", "<b>CA</b>\nB A123456789"),),
    )
    (message,) = said(utc(2026, 3, 8), evil, profile=None)
    assert not set("<>&\x00\u202e") & set(message.body)
    assert message.body.count("\n") == 1
    assert "A123456789" not in repr(message)
    assert len(message.body) < 200


def test_a_success_is_told() -> None:
    (message,) = ZH.messages(Digest((), (OLD.fingerprint,), (Renewed(NEW, SHIPPED),)))
    assert message.title == "憑證已經更新"
    assert message.body == "永豐金證券　A12345****\n新憑證有效到 2028/03/01。"
    assert (labels(message), message.urgent) == ([("open", "查看")], False)
    assert ZH.messages(Digest((), (OLD.fingerprint,))) == ()


def drift(*entries: Entry, stores: int = 2) -> Digest:
    known = [KnownStore(Store("nss", "Firefox", f"p{n} <A123456789>", Path(f"/{n}")), None) for n in range(stores)]
    shown = matrix(known, entries, [SHIPPED], utc(2026, 3, 8))
    return Digest((), (), drifts=tuple(Drift(line, each.store, square.cell) for line, each, square in shown.drifts()))


def in_stores(certificate: Certificate, *numbers: int) -> Entry:
    places = tuple(Location("nss", f"/{number}", True, "Firefox") for number in numbers)
    return Entry(certificate, (Location("pfx", "/a.pfx", True), *places))


def test_stores_that_drifted_are_one_notice() -> None:
    (message,) = ZH.messages(drift(in_stores(OLD, 0), in_stores(NEW)))
    assert message.title == "2 個瀏覽器缺少最新的憑證"
    assert message.body.split("\n") == [
        "永豐金證券　A12345****",
        "Firefox · p0 ＜A12345****＞：還是舊憑證（未到期）",
        "Firefox · p1 ＜A12345****＞：沒有這張憑證",
    ]
    assert labels(message) == [("open", "查看"), ("later", "稍後提醒")]
    assert (message.id, message.target, message.fingerprints) == ("drift", "certtray://stores", ("drift",))
    assert not message.urgent
    assert EN.messages(drift(in_stores(OLD, 0), in_stores(NEW), stores=1))[0].title.startswith("1 browser lacks")


def test_many_stores_are_few_lines() -> None:
    other = make("F246061918-00", serial=5, not_after=utc(2026, 9, 1))
    (message,) = ZH.messages(drift(in_stores(OLD, 0), in_stores(NEW), in_stores(other, 8), stores=9))
    lines = message.body.split("\n")
    assert lines[0] == "Firefox · p0 ＜A12345****＞：2 張憑證"
    assert (len(lines), lines[-1]) == (4, "另外還有 6 個瀏覽器")


def test_a_failure_says_what_and_what_to_do() -> None:
    message = EN.failing(ChildFailed(child="_scan", reason="time"))
    assert message.title == "Certificates cannot be checked"
    title, what, todo = Text("en").error(ChildFailed(child="_scan", reason="time"))
    assert message.body == f"{title}: {what} {todo}"
    path = "/home/a/" + 20 * "x/" + "A123456789/x.pfx"
    assert "A12345****" in ZH.failing(FileUnreadable(path=path, reason="<b>")).body


@pytest.mark.parametrize("language", ["zh_TW", "en"])
@pytest.mark.parametrize("obstacle", Obstacle)
def test_every_obstacle_has_a_sentence(obstacle: Obstacle, language: str) -> None:
    assert Text(language).say(f"obstacle.{obstacle}")
