"""What stands, what is taken back; with a notifier that only remembers, since the real ones are tested beside."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from certtray.core.certificate import Certificate
from certtray.core.errors import ChildFailed, NoticeNotShown
from certtray.notify.base import Message, Obstacle
from certtray.notify.choose import Best
from certtray.notify.notices import Notices
from certtray.notify.plain import Plain, cut
from certtray.notify.words import Words
from certtray.text import Text
from certtray.watch.due import Digest, digest
from certtray.watch.trouble import Trouble
from tests.core.samples import make, utc
from tests.watch.test_due import OLD, PROFILES, entry

OTHER = make("F246061918-00", not_after=utc(2026, 3, 20))


class Remembers:
    def __init__(self, name: str = "remembers") -> None:
        self.name = name
        self.standing: dict[str, Callable[[str], None]] = {}
        self.obstacle: Obstacle | None = None

    def why_not(self) -> Obstacle | None:
        return self.obstacle

    def send(self, message: Message, on_choice: Callable[[str], None]) -> Obstacle | None:
        if self.obstacle is None:
            self.standing[message.id] = on_choice
        return self.obstacle

    def withdraw(self, message_id: str) -> None:
        self.standing.pop(message_id, None)

    def close(self) -> None:
        self.standing.clear()


def due(*certificates: Certificate) -> Digest:
    return digest(map(entry, certificates), PROFILES, {}, (), utc(2026, 3, 8))


def test_a_choice_comes_with_its_notice_and_a_renewal_takes_it_back() -> None:
    notifier, chosen = Remembers(), []
    notices = Notices(notifier, Words(Text("en")), lambda message, button: chosen.append((message.id, button)))
    notices.hand_over(due(OLD))
    notifier.standing[OLD.fingerprint]("later")
    assert chosen == [(OLD.fingerprint, "later")]
    notices.hand_over(Digest((), ("unknown", OLD.fingerprint)))
    assert not notifier.standing


def test_a_list_stands_until_all_of_it_is_settled() -> None:
    notifier = Remembers()
    notices = Notices(notifier, Words(Text("en")), lambda *_: None)
    notices.hand_over(due(OLD, OTHER))
    notices.hand_over(Digest((), (OLD.fingerprint,)))
    assert list(notifier.standing) == ["digest"]
    notices.hand_over(due(OTHER))  # the same, more urgent: one notice of it is enough
    assert list(notifier.standing) == [OTHER.fingerprint]


def test_what_the_desktop_did_not_take_is_an_error() -> None:
    notifier = Remembers()
    notifier.obstacle = Obstacle.NO_SERVER
    notices = Notices(notifier, Words(Text("en")), lambda *_: None)
    with pytest.raises(NoticeNotShown) as caught:
        notices.hand_over(due(OLD))
    assert caught.value.facts == {"reason": "no-server"}


def test_trouble_is_said_once_and_taken_back() -> None:
    trouble, notifier = Trouble(), Remembers()
    notices = Notices(notifier, Words(Text("en")), lambda *_: None)
    assert [trouble.failed() for _ in range(5)] == [False, False, True, False, False]
    notices.failing(ChildFailed(child="_scan", reason="time"))
    assert list(notifier.standing) == ["failing"]
    assert trouble.succeeded()
    notices.works_again()
    assert not notifier.standing
    assert not trouble.succeeded()
    assert not trouble.failed()


def test_the_first_that_works_is_used() -> None:
    first, second = Remembers("first"), Remembers("second")
    best = Best((first, second))
    message = Message("id", "title", "body", (), "")
    first.obstacle = Obstacle.NO_BUNDLE
    assert best.send(message, print) is None
    assert (list(first.standing), list(second.standing)) == ([], ["id"])
    assert best.why_not() is None
    second.obstacle = Obstacle.NO_SERVER
    assert best.send(message, print) is Obstacle.NO_BUNDLE
    assert best.why_not() is Obstacle.NO_BUNDLE
    assert best.obstacles() == {"first": Obstacle.NO_BUNDLE, "second": Obstacle.NO_SERVER}


@pytest.mark.parametrize(
    ("text", "units", "wanted"),
    [("憑證", 2, "憑證"), ("憑證到期", 3, "憑證…"), ("a😀b", 4, "a😀b"), ("a😀bc", 4, "a😀…"), ("😀😀😀", 4, "😀…")],
)
def test_long_text_is_cut_between_characters(text: str, units: int, wanted: str) -> None:
    assert cut(text, units) == wanted


def test_plain_says_when_its_helper_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert Plain().why_not() is Obstacle.NOT_INSTALLED
