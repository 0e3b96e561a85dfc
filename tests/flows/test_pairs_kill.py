"""A pair of certificates survives a SIGKILL at each step of applying, and a refused or broken managing call can be repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faces import Dialogue, Program
from tests.flows.browsers import shared
from tests.flows.site import Site, site
from tests.stores.whole import assert_whole, orphans

SOFT = "twca-soft"
MOMENTS = (
    "question after_applying",
    "event kept",
    "wait issue",
    "event issued",
    "wait prove",
    "event proven",
    "wait install",
)


def killed_at(at: Site, dialogue: Dialogue, moment: str) -> None:
    """Apply, and end the process by SIGKILL when it says ``moment``."""
    conversation = dialogue.start("apply", "--issuer", SOFT)
    answers = at.first_login()
    try:
        for row in conversation.rows():
            if f"{row['type']} {row.get('key')}" == moment:
                conversation.process.kill()
                break
            if row["type"] == "question":
                answer = answers[row["key"]]
                conversation.answer(row, answer(row) if callable(answer) else answer)
        else:
            pytest.fail(f"never came to {moment}")
    finally:
        conversation.close()


@pytest.mark.parametrize(
    "moment",
    [pytest.param(each, marks=() if each == "event issued" else pytest.mark.full) for each in MOMENTS],
)
def test_killed_and_resumed(certtray: Program, dialogue: Dialogue, moment: str, tmp_path: Path) -> None:
    with site(certtray, SOFT) as soft:
        soft.register()
        killed_at(soft, dialogue, moment)
        resumed = dialogue.play("resume", answers=soft.answers())
        assert resumed.exit_status == 0, resumed.end
        if resumed.end["operations"]:
            assert resumed.end["operations"][0]["step"] == "installed"
        serials = {int(each["serial"], 16) for each in soft.held()}
        assert len(serials) == 2
        assert_whole(shared(certtray))
        assert orphans(shared(certtray)) == 0
        listed = dialogue.play("certificates", "--issuer", SOFT, answers=soft.answers())
        assert {int(row["serial"], 16) for row in listed.end["certificates"]} == serials, "one of each was issued"
        (operation,) = (certtray.home / "operations").glob("*/operation.json")
        assert sorted(each.name for each in operation.parent.iterdir()) == ["issued.p7", "operation.json"]


def test_suspending_again_after_a_cut_does_no_harm(certtray: Program, dialogue: Dialogue) -> None:
    with site(certtray, "tcb-fxml") as bank:
        bank.register()
        answers = bank.first_login()
        assert dialogue.play("apply", "--issuer", "tcb-fxml", answers=answers).end["step"] == "installed"
        conversation = dialogue.start("suspend", "--issuer", "tcb-fxml")
        try:
            for row in conversation.rows():
                if row["type"] == "question":
                    answer = answers[row["key"]]
                    conversation.answer(row, answer(row) if callable(answer) else answer)
                if (row["type"], row.get("key")) == ("wait", "suspend"):
                    conversation.process.kill()
        finally:
            conversation.close()
        after = dialogue.play("query", "--issuer", "tcb-fxml", answers=answers)
        if after.end["status"] == 0:  # the kill came before the request left
            assert dialogue.play("suspend", "--issuer", "tcb-fxml", answers=answers).exit_status == 0
        again = dialogue.play("query", "--issuer", "tcb-fxml", answers=answers)
        assert again.end["status"] == 26
