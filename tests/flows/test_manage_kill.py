"""Suspend, reinstate, revoke, site password: SIGKILL wherever the program touches the world, then once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faces import Program
from tests.flows.files import history, killed, play
from tests.flows.office import DEEDS, Deed, Office
from tests.flows.site import SITE_PASSWORD, site
from tests.flows.test_kill import shares
from tests.flows.world import KILLED
from tests.rigs import ReferenceRa


@pytest.mark.parametrize("share", shares(slice(22, None, 14), parts=2))
@pytest.mark.parametrize(
    "deed",
    [pytest.param(each, id=each.name, marks=pytest.mark.full if each.name == "reinstate" else ()) for each in DEEDS],
)
def test_killed_anywhere_and_done_once_more(own_ra: ReferenceRa, tmp_path: Path, deed: Deed, share: slice) -> None:
    office = Office(own_ra, deed, tmp_path)
    killed(office.program, "nowhere", *deed.words, answers=office.answers)  # what is made once only is made now
    office.reset()
    played, points = killed(office.program, "nowhere", *deed.words, answers=office.answers)
    assert (played.end["done"], office.truth()) == (deed.name, deed.after)
    assert len(points) > 30 and office.seen() == {deed.seen}
    sent, received = (points.index(f"{when} {deed.call} 1") for when in ("before send", "after receive"))
    for point in points[share]:
        office.reset()
        cut, passed = killed(office.program, point, *deed.words, answers=office.answers)
        assert (cut.exit_status, passed[-1:]) == (KILLED, [point])
        at = points.index(point)
        assert at >= sent or office.truth() == deed.before, point
        assert at < received or office.truth() == deed.after, point
        begun = office.truth()
        again = play(office.program, *deed.words, answers=office.answers)
        nothing_left = again.end.get("code") == "none-fits"
        if begun == deed.after:
            assert nothing_left, again.end
        else:  # what was sent may be carried out only after we looked
            assert again.end.get("done") == deed.name or (nothing_left and at >= sent), (point, again.end)
        assert office.truth() == deed.after
        assert office.seen() == {deed.seen}
        assert set(history(office.program)) <= {deed.name, "site_password"}


@pytest.mark.parametrize("share", shares(slice(15, None, 14), parts=2))
def test_a_site_password_is_the_old_or_the_new_one(certtray: Program, share: slice) -> None:
    with site(certtray, "twca-soft") as soft:
        soft.register()
        play(certtray, "certificates", "--issuer", "twca-soft", answers=soft.first_login())
        words, present, number = ("site-password", "--issuer", "twca-soft"), SITE_PASSWORD, 0

        def change(password: str, new: str) -> dict[str, Any]:
            return soft.answers(site_password=password, old_site_password=password, new_site_password=new)

        for new in ("site-30000", "site-40000"):  # what is made once only is made the first time
            _, points = killed(certtray, "nowhere", *words, answers=change(present, new))
            present = new
        sent, received = (
            points.index(f"{when} POST /twca-soft/password 1") for when in ("before send", "after receive")
        )
        for number, point in enumerate(points[share], 1):
            new, after = f"site-{number}1111", f"site-{number}2222"
            cut, passed = killed(certtray, point, *words, answers=change(present, new))
            assert (cut.exit_status, passed[-1:]) == (KILLED, [point])
            # The person tries the new one first, then the old one, as password-unclear advises; then once more.
            tries = soft.answers(site_password=[new, present])
            found = play(certtray, "certificates", "--issuer", "twca-soft", answers=tries)
            assert found.end["done"] == "certificates", found.end
            asked = len(found.questions("site_password"))
            assert asked == 2 or points.index(point) >= sent, point
            assert asked == 1 or points.index(point) < received, point
            again = play(certtray, *words, answers=change((new, present)[asked - 1], after))
            assert again.end["title"] == "密碼更改成功", again.end
            present = after
            assert set(history(certtray)) == {"site_password"}
