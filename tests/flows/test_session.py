"""What a window remembers between two procedures: who is logged in, and how their certificates stand now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from certtray.core.errors import Cancelled
from certtray.flows import welcome
from certtray.flows.context import Session
from certtray.flows.face import Event
from certtray.flows.questions import Question
from certtray.flows.revoke import revoke
from certtray.program.parts import Parts
from certtray.system.paths import Home
from certtray.system.settings import Settings
from certtray.text import Text
from tests.faces import Program
from tests.flows.sinopac import connected_broker

T = TypeVar("T")


class Scripted:
    """A face in this process; what it has no answer for is cancelled."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, list[str]()

    def ask(self, question: Question[T]) -> T:
        self.asked.append(question.key)
        if question.key not in self.answers:
            raise Cancelled(where=question.key)
        return question.read(self.answers[question.key])

    def tell(self, event: Event) -> None:
        del event

    def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
        del key, abort
        return work()


def test_who_revoked_is_offered_to_apply_without_logging_in_again(certtray: Program) -> None:
    with connected_broker(certtray) as broker:
        broker.give_certificate(200)
        parts, sessions = Parts(Home(certtray.home), Settings(), Text("en")), dict[str, Session]()
        typed = {"national_id": broker.person.id, "trading_password": broker.person.password}
        face = Scripted(**typed, revoke="0", revoke_reason="keyCompromise", revoke_sure=True)
        revoke(parts.stage(face, sessions).context("sinopac"))
        account = sessions["sinopac"].account
        assert account is not None and account.found.state == "none"
        after = Scripted()
        with pytest.raises(Cancelled):
            welcome.play(parts.stage(after, sessions), "sinopac")
        assert after.asked == ["offer_apply_none"]
        sessions["sinopac"].issuer.close()
