"""Sending a browser to the site, and what the site saw of it."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final, Self, cast

from cryptography import x509

from certtray.system.spawn import command
from certtray_sandbox.browser import Browser, Site
from certtray_sandbox.tour import StepFailed

PATIENCE: Final = 60.0
"""Seconds a browser has from its start to the site: one or two on an idle machine."""

Visit = dict[str, Any]


class NobodyCame(StepFailed):
    """A browser was started and did not come to the site; says to which page of which browser."""


class RunningSite:
    """``certtray sandbox site`` as a process of its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command("sandbox", "site"), env=dict(environment), stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._stdout = cast(IO[str], self._process.stdout)
        ready = json.loads(self._stdout.readline())
        certificate = x509.load_pem_x509_certificate(Path(ready["certificate"]).read_bytes())
        self.site = Site(ready["url"], certificate)
        self._rows: queue.Queue[Visit] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def visited_by(self, browser: Browser) -> Visit:
        """Open the browser on a page nobody else asks for; return what the site saw. NobodyCame, BrowserMissing."""
        page = self.page_for(browser)
        with browser.opened(page):
            return self.seen(page)

    def page_for(self, browser: Browser) -> str:
        """Prepare the browser for the site; return the address of a page nobody else asks for. BrowserMissing."""
        browser.prepare(self.site)
        return f"{self.site.url}/{browser.name}-{uuid.uuid4().hex}"

    def seen(self, page: str) -> Visit:
        """Wait until somebody asks for ``page``; NobodyCame."""
        while True:
            try:
                row = self._rows.get(timeout=PATIENCE)
            except queue.Empty:
                raise NobodyCame(page) from None
            if page.endswith(row["path"]):
                return row

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _read(self) -> None:
        with self._stdout:
            for line in self._stdout:
                self._rows.put(json.loads(line))
