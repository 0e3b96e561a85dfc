"""Real browsers at a site that asks for a certificate: before ``certtray install`` the old one or none, after it the new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from certtray_sandbox.browser import Browser
from certtray_sandbox.browsers import Chromium, Firefox
from tests.browsers.marionette import OPTIONS, TYPE_PRIMARY_AND_GO, Marionette
from tests.browsers.person import PRIMARY, Person, import_by_hand, store_of
from tests.stores.whole import assert_whole

EACH = pytest.mark.parametrize("kind", [Firefox, Chromium])
FIREFOX_IN_FULL = pytest.mark.parametrize("kind", [pytest.param(Firefox, marks=pytest.mark.full), Chromium])
CHROMIUM_IN_FULL = pytest.mark.parametrize("kind", [Firefox, pytest.param(Chromium, marks=pytest.mark.full)])


@pytest.mark.full
@EACH
def test_an_empty_store(person: Person, kind: type[Browser]) -> None:
    browser, new = kind(person.home), person.sample(400)
    assert person.shown_by(browser) is None
    person.install(new)
    assert person.shown_by(browser) == new.fingerprint


def test_chromium_that_was_never_started(person: Person) -> None:
    """Its database is made before it asks for one."""
    browser, new = Chromium(person.home), person.sample(400)
    played = person.install(new)
    assert [each["path"] for each in played.end["stores"]] == [str(store_of(browser))]
    assert person.shown_by(browser) == new.fingerprint


@pytest.mark.feature("1-15")
def test_an_old_certificate_in_chromium(person: Person) -> None:
    browser, old, new = Chromium(person.home), person.sample(12), person.sample(400)
    import_by_hand(browser, old)
    assert person.shown_by(browser) == old.fingerprint
    person.install(new)
    assert person.shown_by(browser) == new.fingerprint


@pytest.mark.full
def test_an_old_certificate_in_firefox(person: Person) -> None:
    """Firefox goes on showing the one it has had for longer, while that is in force: the fix ends with removing it."""
    browser, old, new = Firefox(person.home), person.sample(12), person.sample(400)
    import_by_hand(browser, old)
    assert person.shown_by(browser) == old.fingerprint
    person.install(new)
    assert person.shown_by(browser) == old.fingerprint
    person.remove(old)
    assert person.shown_by(browser) == new.fingerprint


@pytest.mark.full
@EACH
def test_an_expired_one_left_over(person: Person, kind: type[Browser]) -> None:
    browser, expired, new = kind(person.home), person.sample(-3), person.sample(400)
    import_by_hand(browser, expired)
    assert person.shown_by(browser) is None
    person.install(new)
    assert person.shown_by(browser) == new.fingerprint


@FIREFOX_IN_FULL
def test_the_issuing_authority_is_missing(person: Person, kind: type[Browser]) -> None:
    """The site names the root only: without the certificate between, the browser finds none of its own fitting."""
    browser, new = kind(person.home), person.sample(400)
    import_by_hand(browser, new, chain=False)
    assert person.shown_by(browser) is None
    person.install(new)
    assert person.shown_by(browser) == new.fingerprint


def test_firefox_with_a_primary_password(person: Person) -> None:
    """Set by Firefox's own NSS; asked by ``install`` once, and by Firefox in a dialog of its own."""
    browser, old, new = Firefox(person.home), person.sample(-3), person.sample(400)
    import_by_hand(browser, old, primary=PRIMARY)
    assert shown_after_typing(person, browser) is None
    played = person.install(new, primary_password=PRIMARY)
    assert len(played.questions("primary_password")) == 1
    assert shown_after_typing(person, browser) == new.fingerprint


def shown_after_typing(person: Person, browser: Firefox) -> str | None:
    """Send Firefox to the site, type its primary password when it asks, and return the fingerprint of what it showed."""
    page = person.site.page_for(browser)
    with browser.opened("about:blank", *OPTIONS), Marionette(browser.folder) as firefox:
        firefox.run(TYPE_PRIMARY_AND_GO, PRIMARY, page)
        fingerprint: str | None = person.site.seen(page)["fingerprint_sha256"]
        return fingerprint


@CHROMIUM_IN_FULL
def test_a_browser_that_runs_meanwhile(person: Person, kind: type[Browser]) -> None:
    """Its store is empty, it is written while it runs, said that it should be started anew, and seen then."""
    browser, new = kind(person.home), person.sample(400)
    page = person.site.page_for(browser)
    with browser.opened(page) as running:
        assert person.site.seen(page)["fingerprint_sha256"] is None
        played = person.install(new)
        assert running.poll() is None
    assert [each["restart"] for each in played.end["stores"] if each["path"] == str(store_of(browser))] == [True]
    assert person.shown_by(browser) == new.fingerprint
    assert_whole(store_of(browser))


def test_nothing_of_a_browser_is_left(person: Person) -> None:
    """No process of it, also of those that leave their parent."""
    for browser in (Firefox(person.home), Chromium(person.home)):
        person.shown_by(browser)
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/environ") if _readable(path)]
    assert not [each for each in running if f"HOME={person.home}\0".encode() in each]


def _readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True
