"""Somebody with certificates in files, real browsers, and a site that asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from certtray.core.secret import Secret
from certtray.stores.browsers import browser_stores
from certtray_sandbox.browser import Browser
from certtray_sandbox.browsers import Firefox
from certtray_sandbox.people import PEOPLE
from certtray_sandbox.sample_files import write_sample
from certtray_sandbox.script import Played
from certtray_sandbox.visits import RunningSite
from tests.faces import Dialogue
from tests.makers import run_tool
from tests.stores.kinds import firefox_library

PASSWORD, PRIMARY = "file-2468", "主密碼 primary-7"


@dataclass(frozen=True)
class Sample:
    """A PFX that the sandbox's issuer knows."""

    path: Path
    password: str
    fingerprint: str


def sample_in(path: Path, password: str) -> Sample:
    """Return what the file ``path`` holds."""
    leaf = pkcs12.load_pkcs12(path.read_bytes(), password.encode()).cert
    assert leaf is not None
    return Sample(path, password, sha256(leaf.certificate.public_bytes(Encoding.DER)).hexdigest())


@dataclass(frozen=True)
class Person:
    """One home, driven by public commands over ``--json``."""

    dialogue: Dialogue
    site: RunningSite
    sandbox: Path

    @property
    def home(self) -> Path:
        """HOME of the person and of the browsers."""
        return Path(self.dialogue.program.environment["HOME"])

    def sample(self, days: int) -> Sample:
        """Get a certificate that ends in ``days`` days, as a file in one's documents."""
        path = self.home / "Documents" / f"{days}.pfx"
        path.parent.mkdir(exist_ok=True)
        write_sample(self.sandbox, path, PEOPLE[0].id, days, Secret(PASSWORD), ("both",), datetime.now(UTC))
        return sample_in(path, PASSWORD)

    def shown_by(self, browser: Browser) -> str | None:
        """Send the browser to the site; return the fingerprint of what it showed there."""
        fingerprint: str | None = self.site.visited_by(browser)["fingerprint_sha256"]
        return fingerprint

    def install(self, sample: Sample, **other: Any) -> Played:
        """``certtray install FINGERPRINT --to all``; it must succeed everywhere."""
        answers = {"file_password": sample.password, **other}
        self.dialogue.play("unlock", sample.path, answers={**answers, "remember_password": False})
        played = self.dialogue.play("install", sample.fingerprint, "--to", "all", answers=answers)
        assert played.exit_status == 0, played.rows
        assert played.end["stores"], played.rows
        assert all(each["done"] for each in played.end["stores"]), played.end
        return played

    def remove(self, sample: Sample) -> None:
        """``certtray remove FINGERPRINT --to all``: kept in the archive first."""
        answers = {"remove_keep": "pfx", "archive_password": "archive-1357", "remove_sure": True}
        played = self.dialogue.play("remove", sample.fingerprint, "--to", "all", answers=answers)
        assert played.exit_status == 0, played.rows


def store_of(browser: Browser) -> Path:
    """Return the folder of the browser's database; it need not exist."""
    if isinstance(browser, Firefox):
        return browser.folder
    found = [each.folder for each in browser_stores(browser.home, {}) if not each.name.startswith("Firefox")]
    return found[0] if found else browser.home / ".local/share/pki/nssdb"


def import_by_hand(browser: Browser, sample: Sample, *, chain: bool = True, primary: str = "") -> None:
    """Put a certificate into the browser's database with that browser's own NSS, as its import dialog does."""
    own = ["env", f"LD_LIBRARY_PATH={firefox_library()}"] if isinstance(browser, Firefox) else []
    folder, secret, word = store_of(browser), browser.home / "secret", browser.home / "primary"
    secret.write_text(sample.password + "\n", "utf-8")
    word.write_text(primary + "\n", "utf-8")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "cert9.db").exists():
        run_tool(*own, "certutil", "-N", "-d", f"sql:{folder}", "-f", word)
    source = sample.path if chain else _alone(sample.path, browser.home)
    run_tool(*own, "pk12util", "-i", source, "-d", f"sql:{folder}", "-w", secret, "-k", word)


def _alone(pfx: Path, work: Path) -> Path:
    """Return a copy of a PFX without the authorities above its certificate."""
    target, pem, secret = work / "alone.pfx", work / "alone.pem", work / "secret"
    opened: Sequence[str | Path] = ("openssl", "pkcs12", "-legacy", "-in", pfx, "-passin", f"file:{secret}")
    run_tool(*opened, "-clcerts", "-nodes", "-out", pem)
    run_tool("openssl", "pkcs12", "-export", "-in", pem, "-passout", f"file:{secret}", "-name", "alone", "-out", target)
    return target
