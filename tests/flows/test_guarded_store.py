"""The system's store with a password of its own: asked for when a key goes in or the old one comes out, tried once a time."""

from __future__ import annotations

from tests.faces import Dialogue, Program
from tests.flows.browsers import PRIMARY, made, shared
from tests.flows.site import LATER_PASSWORD, site

SOFT = "twca-soft"


def test_applied_and_renewed(certtray: Program, dialogue: Dialogue) -> None:
    made(shared(certtray), primary=PRIMARY)
    with site(certtray, SOFT) as soft:
        soft.register()
        answers = soft.first_login(primary_password=["not-it", PRIMARY])
        applied = dialogue.play("apply", "--issuer", SOFT, answers=answers)
        assert applied.end.get("step") == "installed", applied.end
        first, second = applied.questions("primary_password")[-2:]
        assert "error" not in first and second["error"]["code"] == "store-password-wrong"
        before = soft.held()
        assert len(before) == 2
        answers = soft.answers(primary_password=PRIMARY, new_key_password=LATER_PASSWORD)
        renewed = dialogue.play("renew", answers=answers)
        assert renewed.end.get("step") == "installed", renewed.end
        assert len(renewed.questions("primary_password")) == 2, "to take the old one out, and to put the new one in"
        assert len([each for each in soft.held() if each not in before]) == 2
        lost = dialogue.play("renew", answers={**answers, "primary_password": {"action": "skip_store"}})
        assert lost.end["code"] == "old-certificate-lost"
        assert PRIMARY not in str(applied.rows + renewed.rows)
