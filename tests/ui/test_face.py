"""The window's face without a window: what each verb promises."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.patience import SECONDS

from certtray.core.errors import Cancelled, TimeUp, TokenModuleFailed
from certtray.core.secret import Secret
from certtray.flows.questions import Action, Code, Confirm, Line, Question, SecretLine
from certtray.text import Text
from certtray_ui.face import Answer, WindowFace

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TEXT = Text("en")


class Shown:
    """A face whose pictures can be waited for."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.face = WindowFace(self._changed, lambda: NOW)
        self._pool = ThreadPoolExecutor(1)

    def _changed(self) -> None:
        with self._news:
            self._news.notify_all()

    def begin(self, work: Callable[[], Any]) -> Future[Any]:
        """Run a verb as a procedure does, in another thread."""
        return self._pool.submit(work)

    def until(self, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait for a picture."""
        with self._news:
            assert self._news.wait_for(lambda: holds(self.face.picture(TEXT, "")), 10)
        return self.face.picture(TEXT, "")

    def ask(self, question: Question[Any]) -> tuple[Future[Any], dict[str, Any]]:
        """Ask in the other thread; return the coming answer and the question as shown."""
        answer = self.begin(lambda: self.face.ask(question))
        return answer, self.until(lambda picture: picture.get("question", {}).get("key") == question.key)["question"]


def typed(text: str, again: str | None = None) -> Answer:
    return Answer(Secret(text), None if again is None else Secret(again))


def test_an_answer_and_one_that_cannot_be() -> None:
    shown = Shown()
    answer, question = shown.ask(Code(key="otp", facts={"contact": "x", "action": "renew", "issuer": "y"}))
    shown.face.answer(question["id"], typed("12"))
    error = shown.until(lambda picture: "error" in picture.get("question", {}))["question"]["error"]
    assert error["title"] and not answer.done()
    shown.face.answer(question["id"], typed("123456"))
    assert answer.result(10) == Secret("123456")
    assert "123456" not in repr(shown.face.picture(TEXT, ""))


def test_twice_must_be_the_same() -> None:
    shown = Shown()
    answer, question = shown.ask(SecretLine(key="new_file_password", facts={"n": 8, "path": "p"}, twice=True))
    shown.face.answer(question["id"], typed("one-password", "another"))
    assert shown.until(lambda picture: "error" in picture.get("question", {}))["question"]["error"]["code"] == "input"
    shown.face.answer(question["id"], typed("one-password", "one-password"))
    assert answer.result(10) == Secret("one-password")


def test_answers_and_actions_to_another_question_are_dropped() -> None:
    shown = Shown()
    first, question = shown.ask(Line(key="birth_date", facts={"issuer": "x"}))
    shown.face.answer(question["id"] + 1, typed("too early"))
    shown.face.act(question["id"], "resend")  # not offered
    shown.face.answer(question["id"], typed("right"))
    assert first.result(10) == "right"
    shown.face.answer(question["id"], typed("a double click"))
    second, following = shown.ask(
        SecretLine(key="pending_password", facts={"issuer": "x", "date": "d"}, actions=("forgot",))
    )
    assert following["id"] == question["id"] + 1 and not second.done()
    shown.face.act(following["id"], "forgot")
    assert second.result(10) == Action("forgot")


def test_the_deadline() -> None:
    with pytest.raises(TimeUp):
        Shown().face.ask(Code(key="otp", facts={"action": "renew"}, deadline=NOW - timedelta(seconds=1)))


def test_stopping_lands_in_a_question_at_once() -> None:
    shown = Shown()
    answer, _ = shown.ask(Confirm(key="offer_apply_none", facts={"issuer": "x"}))
    shown.face.stop()
    with pytest.raises(Cancelled):
        answer.result(10)


def test_stopping_never_cuts_off_what_was_begun() -> None:
    shown = Shown()
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go_on.wait(SECONDS)
        ended.set()

    waiting = shown.begin(lambda: shown.face.wait("install", work))
    assert begun.wait(SECONDS)
    shown.face.stop()
    assert shown.face.picture(TEXT, "")["stopping"] and not waiting.done()
    go_on.set()
    with pytest.raises(Cancelled):
        waiting.result(10)
    assert ended.is_set()
    with pytest.raises(Cancelled):  # and nothing is asked any more
        shown.face.ask(Confirm(key="offer_apply_none", facts={"issuer": "x"}))


def test_stopping_ends_what_can_be_aborted() -> None:
    shown = Shown()
    begun, aborted = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert aborted.wait(SECONDS)
        raise TokenModuleFailed(module="its", rule="crash")

    waiting = shown.begin(lambda: shown.face.wait("new_keys_on_token", work, aborted.set))
    assert begun.wait(SECONDS)
    shown.face.stop()
    with pytest.raises(Cancelled):
        waiting.result(10)


def test_what_the_work_raises_comes_before_stopping() -> None:
    face = Shown().face
    face.stop()
    with pytest.raises(ZeroDivisionError):
        face.wait("install", lambda: 1 // 0)
