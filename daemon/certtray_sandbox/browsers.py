"""Real browsers, headless, in a home of their own: opened on a page, ended with everything they started.

Both choose a certificate by themselves here, where a person would be asked: Firefox takes the first that fits, Chromium the newest
(measured, 153.7 and 156.0). Both are told to trust one site's certificate without a change to their certificate store.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certtray.stores.browsers import browser_stores

MARK: Final = "CERTTRAY_BROWSER"
"""Every process of a browser inherits it: some leave their parent's session, so the session alone does not find them."""

_QUIET: Final = (
    'user_pref("security.default_personal_cert", "Select Automatically");',
    'user_pref("browser.aboutwelcome.enabled", false);',
    'user_pref("browser.shell.checkDefaultBrowser", false);',
    'user_pref("datareporting.policy.dataSubmissionEnabled", false);',
    'user_pref("app.normandy.enabled", false);',
    'user_pref("network.captive-portal-service.enabled", false);',
    'user_pref("network.connectivity-service.enabled", false);',
    'user_pref("network.proxy.type", 0);',
    'user_pref("marionette.port", 0);',
)


class BrowserMissing(Exception):
    """It is not installed; says the Debian package."""

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed (apt-get install {package})")


@dataclass(frozen=True)
class Site:
    """A site a browser is sent to: its address and its own certificate."""

    url: str
    certificate: x509.Certificate


@dataclass(frozen=True)
class Browser(ABC):
    """One browser in the home of one made-up person."""

    home: Path

    name: ClassVar[str]
    package: ClassVar[str]

    @classmethod
    def program(cls) -> str:
        """Return where it is; BrowserMissing."""
        found = shutil.which(cls.package)
        if found is None:
            raise BrowserMissing(cls.package)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the home, the desktop or the bus of whoever runs us."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "HOME": str(self.home)}

    @abstractmethod
    def prepare(self, site: Site) -> None:
        """Make it trust ``site`` and choose a certificate for it by itself."""

    @abstractmethod
    def command(self, url: str) -> list[str]:
        """Return the command line that opens ``url``."""

    @contextmanager
    def opened(self, url: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run it while the block runs; nothing of it is left afterwards."""
        mark = uuid.uuid4().hex
        process = subprocess.Popen(  # noqa: S603 - found on PATH on purpose
            [*self.command(url), *options],
            env={**self.environment, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process, mark)


class Firefox(Browser):
    """Mozilla's extended support release, in the profile it makes itself."""

    name = "Firefox"
    package = "firefox-esr"
    profile = "tried"

    @property
    def folder(self) -> Path:
        """Its profile's folder, made when it is first asked for."""
        stores = [each for each in browser_stores(self.home, {}) if each.profile == self.profile]
        if not stores:
            make = [self.program(), "--headless", "-CreateProfile", self.profile]
            subprocess.run(make, env=self.environment, check=True, capture_output=True, timeout=60)  # noqa: S603
            stores = [each for each in browser_stores(self.home, {}) if each.profile == self.profile]
        return stores[0].folder

    def prepare(self, site: Site) -> None:
        """See ``Browser``: preferences, and an exception for the site as a person could make it."""
        (self.folder / "user.js").write_text("\n".join(_QUIET))
        address = site.url.removeprefix("https://")
        digest = site.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        line = f"{address}:\tOID.2.16.840.1.101.3.4.2.1\t{digest}\t\n"  # the object identifier of SHA-256
        (self.folder / "cert_override.txt").write_text(line)

    def command(self, url: str) -> list[str]:
        """See ``Browser``."""
        return [self.program(), "--headless", "--no-remote", "-P", self.profile, url]


class Chromium(Browser):
    """Chromium with a profile in its usual place; its certificates lie in the NSS database all of its family share."""

    name = "Chromium"
    package = "chromium"

    @property
    def folder(self) -> Path:
        """Its data folder."""
        return self.home / ".config" / "chromium"

    def prepare(self, site: Site) -> None:
        """See ``Browser``: the preference that the policy AutoSelectCertificateForUrls sets, and the site's key."""
        choose = json.dumps({"pattern": site.url, "filter": {}})
        profile = self.folder / "Default"
        profile.mkdir(parents=True, exist_ok=True)
        settings = {"profile": {"managed_auto_select_certificate_for_urls": [choose]}}
        (profile / "Preferences").write_text(json.dumps(settings))
        public = site.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        (self.folder / "trusted-key").write_bytes(base64.b64encode(hashlib.sha256(public).digest()))

    def command(self, url: str) -> list[str]:
        """See ``Browser``; its own sandbox refuses to start under root, and only then is it left out."""
        key = (self.folder / "trusted-key").read_text()
        options = [f"--user-data-dir={self.folder}", f"--ignore-certificate-errors-spki-list={key}"]
        options += ["--no-first-run", "--no-proxy-server", "--disable-background-networking", "--disable-sync"]
        options += ["--no-sandbox"] if os.geteuid() == 0 else []
        return [self.program(), "--headless", *options, url]


BROWSERS: Final[Mapping[str, type[Browser]]] = {each.name: each for each in (Firefox, Chromium)}


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """Ask it to end, then make it, then whatever of it went elsewhere."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    while left := _marked(mark):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def _marked(mark: str) -> list[int]:
    """Return the living processes that inherited ``mark``."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:  # it ended, or is not ours to read
            continue
    return found
