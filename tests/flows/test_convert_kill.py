"""Converting, killed wherever the program touches the world: the original stays, the new file is whole or absent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faces import Program
from tests.flows.files import NEW, OLD, broker_place, history, killed, play
from tests.flows.test_convert import key_of, public
from tests.flows.test_kill import shares
from tests.flows.world import KILLED
from tests.makers import holder, openssl_pfx


@pytest.mark.parametrize("share", shares(None, parts=1))
def test_killed_anywhere_and_converted_once_more(certtray: Program, share: slice) -> None:
    path = openssl_pfx(broker_place(certtray), party := holder(), OLD)
    before, place = path.read_bytes(), path.parent / "converted.pem"
    answers: dict[str, Any] = {
        "file_password": OLD,
        "convert_to": "pem",
        "convert_place": str(place),
        "place_taken": True,
        "converted_password": NEW,
    }
    played, points = killed(certtray, "nowhere", "convert", path, answers=answers)
    assert played.end["done"] == "converted", played.end
    for number, point in enumerate(points[share]):
        program = Program(certtray.folder / f"{number}")
        own = broker_place(program)
        own.write_bytes(before)
        new = own.parent / "converted.pem"
        there = {**answers, "convert_place": str(new)}
        cut, passed = killed(program, point, "convert", own, answers=there)
        assert (cut.exit_status, passed[-1:]) == (KILLED, [point])
        assert own.read_bytes() == before
        assert not new.exists() or b"END CERTIFICATE" in new.read_bytes(), point
        again = play(program, "convert", own, answers=there)
        assert again.end["done"] == "converted", again.end
        assert own.read_bytes() == before
        assert sorted(each.name for each in own.parent.iterdir()) == ["Sinopac.pfx", "converted.pem"]
        assert key_of(new, NEW) == public(party)
        assert history(program)[-1] == "convert"
