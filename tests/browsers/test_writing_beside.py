"""CertTray writes while a real Firefox writes the same database, on and on."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from certtray.core.store import Store
from certtray.stores.base import Protection
from certtray.stores.nss_write import NssAdapter
from certtray_sandbox.browsers import Firefox
from tests.browsers.marionette import OPTIONS, START_WRITING, STOP_WRITING, Marionette
from tests.makers import ALICE, BRUNO, holder, issue, name, spare_key
from tests.stores.kinds import fingerprint, parcel
from tests.stores.whole import assert_whole, orphans


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.full)])
def test_beside_a_firefox_that_writes(tmp_path: Path, rounds: int) -> None:
    browser, adapter = Firefox(tmp_path), NssAdapter()
    store = Store("nss", "Firefox", browser.profile, browser.folder)
    stays, comes_and_goes = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)
    foreign = issue(name("another authority"), use="ca", key=spare_key(3), serial=9)
    with browser.opened("about:blank", *OPTIONS), Marionette(browser.folder) as firefox:
        adapter.put(store, parcel(stays), None, Protection())
        firefox.run(START_WRITING, b64encode(foreign.der).decode())
        for _ in range(rounds):
            adapter.put(store, parcel(comes_and_goes), None, Protection())
            adapter.remove(store, fingerprint(comes_and_goes), None)
        written, failed = firefox.run(STOP_WRITING)
    assert written >= rounds, "Firefox wrote too"
    assert failed == 0, "Firefox was not kept from writing"
    held = assert_whole(store.folder)
    assert held[stays.der]
    assert comes_and_goes.der not in held
    assert orphans(store.folder) == 0
