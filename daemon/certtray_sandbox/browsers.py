"""Firefox and Chromium, told what a test needs of them.

Both choose a certificate by themselves here, where a person would be asked: Firefox takes the first that fits, Chromium the newest
(measured, 153.7 and 156.0). Both are told to trust one site's certificate without a change to their certificate store.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certtray.stores.browsers import browser_stores
from certtray_sandbox.browser import Browser, Site

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


class Firefox(Browser):
    """Mozilla's extended support release, in the profile it makes itself."""

    name = "Firefox"
    package = "firefox-esr"
    profile = "tried"

    @property
    def folder(self) -> Path:
        """Its profile's folder, made with its preferences when it is first asked for."""
        if not self._profiles():
            make = [self.program(), "--headless", "-CreateProfile", self.profile]
            subprocess.run(make, env=self.environment, check=True, capture_output=True, timeout=60)  # noqa: S603
            (self._profiles()[0] / "user.js").write_text("\n".join(_QUIET))
        return self._profiles()[0]

    def prepare(self, site: Site) -> None:
        """See ``Browser``: an exception for the site, as a person could make it."""
        address = site.url.removeprefix("https://")
        digest = site.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        line = f"{address}:\tOID.2.16.840.1.101.3.4.2.1\t{digest}\t\n"  # the object identifier of SHA-256
        (self.folder / "cert_override.txt").write_text(line)

    def command(self, url: str) -> list[str]:
        """See ``Browser``."""
        return [self.program(), "--headless", "--no-remote", "-P", self.profile, url]

    def _profiles(self) -> list[Path]:
        return [each.folder for each in browser_stores(self.home, {}) if each.profile == self.profile]


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
