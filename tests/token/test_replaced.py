"""The old pair after a renewal: kept until its issuer has ended it, then deleted on request (3-25)."""

from __future__ import annotations

from pathlib import Path

import pytest

from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.softhsm import SoftToken
from tests.faces import Dialogue, Program
from tests.flows.site import Site
from tests.token.holder import FXML, bank, signs, soft_token

__all__ = ["bank", "soft_token"]


@pytest.mark.feature("3-25")
def test_a_pair_that_was_replaced_is_deleted_once_the_issuer_says_so(
    bank: Site, soft_token: SoftToken, dialogue: Dialogue, certtray: Program, tmp_path: Path
) -> None:
    answers = bank.first_login(token_pin=softhsm.PIN, token_old="0", token_delete_sure=True)
    assert dialogue.play("apply", "--issuer", FXML, answers=answers).end.get("step") == "installed"
    old = {each["id"] for each in certtray.rows("token", "list")[0]["certificates"]}
    assert dialogue.play("renew", answers=answers).end.get("step") == "installed"
    assert dialogue.play("token", "delete", answers=answers).end["code"] == "none-fits"  # in force by all that is known
    dialogue.play("status", answers={})
    played = dialogue.play("token", "delete", answers=answers)
    assert played.end["done"] == "token_delete", played.end
    rows = str(played.questions("token_delete_sure")[0]["rows"])
    assert rows.count("已換發新憑證") == 2 and "{" not in rows.replace("{'", "")
    left = {each["id"] for each in certtray.rows("token", "list")[0]["certificates"]}
    assert len(left) == 2 and not left & old
    assert all(signs(soft_token, each, tmp_path) for each in left)
