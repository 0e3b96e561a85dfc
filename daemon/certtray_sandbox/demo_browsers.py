"""``certtray demo --browsers``: a renewed certificate reaches real browsers, and a site that asks for one sees it.

Issuer, site, browsers and every command are processes of their own; the site's word counts, not ours.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from certtray.text import Text
from certtray_sandbox.browser import Browser
from certtray_sandbox.browsers import BROWSERS
from certtray_sandbox.checks import verify_file
from certtray_sandbox.demo import DAYS, NEW_PASSWORD, OLD_PASSWORD, renew
from certtray_sandbox.script import Row
from certtray_sandbox.tour import PERSON, Step, Tour, mine_at, need, start_issuer, walk
from certtray_sandbox.visits import RunningSite

BACKUP_PASSWORD: Final = "demo-backup-9"  # noqa: S105 - nobody's
UNAVAILABLE: Final = 69
"""Exit status of sysexits where something needed is not installed."""


def demo(text: Text) -> int:
    """Walk the tour; return 0 only if every step held, 69 where a browser is not installed."""
    missing = [each.package for each in BROWSERS.values() if shutil.which(each.package) is None]
    if missing:
        print(text.say("demo.browsers.missing", packages=" ".join(missing)), file=sys.stderr)
        return UNAVAILABLE
    return walk(text, STEPS)


def browsers(tour: Tour) -> list[Browser]:
    """The person's browsers."""
    return [kind(tour.folder / "user") for kind in BROWSERS.values()]


def open_site(tour: Tour) -> str:
    """A site of its own process, which names the root it accepts."""
    tour.seen["site"] = tour.beside.enter_context(RunningSite(tour.environment))
    return str(tour.seen["site"].site.url)


def make_sample(tour: Tour) -> str:
    """A file as a broker's program leaves it, near its end, and opened once."""
    tour.run("sandbox", "sample", str(tour.sample), "--id", PERSON.id, f"--days={DAYS}", typed=OLD_PASSWORD + "\n")
    tour.play("unlock", str(tour.sample), answers={"file_password": OLD_PASSWORD, "remember_password": False})
    (old,) = mine_at(tour, tour.sample)
    tour.seen["old"] = old["fingerprint_sha256"]
    return str(old["fingerprint_sha256"])


def log_in(tour: Tour, wanted: str | None) -> str:
    """Every browser goes to the site, which tells what it was shown."""
    seen = {each.name: tour.seen["site"].visited_by(each)["fingerprint_sha256"] for each in browsers(tour)}
    need(set(seen.values()) == {wanted}, seen)
    return ", ".join(f"{name} {fingerprint or '–'}" for name, fingerprint in seen.items())


def nothing_yet(tour: Tour) -> str:
    """Both browsers are new; they have nothing to show."""
    return log_in(tour, None)


def a_year_ago(tour: Tour) -> str:
    """The old certificate is put into both, as it was when it was new."""
    install(tour, tour.seen["old"], OLD_PASSWORD)
    return log_in(tour, tour.seen["old"])


def renewed(tour: Tour) -> str:
    """Renewed, and the browsers left for later."""
    renew(tour)
    (new,) = mine_at(tour, tour.sample)
    tour.seen["new"] = new["fingerprint_sha256"]
    return str(new["fingerprint_sha256"])


def drift(tour: Tour) -> str:
    """The matrix says that no browser holds the newest."""
    cells = matrix(tour)
    need(all(each["drifts"] and each["cell"] == "older_valid" for each in cells.values()), cells)
    return said(cells)


def everywhere(tour: Tour) -> str:
    """One command puts it into every store; the matrix is green."""
    install(tour, tour.seen["new"], NEW_PASSWORD)
    cells = matrix(tour)
    need(all(each["cell"] == "newest" for each in cells.values()), cells)
    return said(cells)


def old_one_removed(tour: Tour) -> str:
    """Kept in the archive first; Firefox would go on showing it while it is in force."""
    answers = {"remove_keep": "pfx", "archive_password": BACKUP_PASSWORD, "remove_sure": True}
    end = tour.play("remove", tour.seen["old"], "--to", "all", answers=answers).end
    need(all(each["done"] for each in end["stores"]), end)
    kept = [*(tour.folder / "home" / "archive").glob(f"{tour.seen['old'][:16]}/**/*.pfx")]
    need(len(kept) == 1, "the old one is not in the archive")
    return ", ".join(verify_file(tour, kept[0], BACKUP_PASSWORD))


def with_the_new_one(tour: Tour) -> str:
    """The proof: each browser shows the new certificate."""
    return log_in(tour, tour.seen["new"])


def out_of_a_store(tour: Tour) -> str:
    """The file is gone; certificate and key come out of a browser's store, and OpenSSL signs with them."""
    tour.sample.unlink()
    folder = tour.folder / "usb"
    folder.mkdir()
    answers = {"backup_place": str(folder), "backup_same_disk": True, "backup_password": BACKUP_PASSWORD}
    (path,) = tour.play("backup", tour.seen["new"], answers=answers).end["paths"]
    return ", ".join(verify_file(tour, Path(path), BACKUP_PASSWORD))


def install(tour: Tour, fingerprint: str, password: str) -> None:
    """``certtray install FINGERPRINT --to all``; StepFailed where one store was not served."""
    end = tour.play("install", fingerprint, "--to", "all", answers={"file_password": password}).end
    need(len(end["stores"]) == len(BROWSERS) and all(each["done"] for each in end["stores"]), end)


def matrix(tour: Tour) -> dict[str, Row]:
    """How each store stands towards the person's certificate, by the store's name."""
    rows: list[Row] = json.loads(tour.run("stores", "--json"))
    need(len(rows) == len(BROWSERS), rows)
    return {row["name"]: cell for row in rows for cell in row["cells"]}


def said(cells: dict[str, Row]) -> str:
    """The matrix in a line."""
    return ", ".join(f"{name}: {each['cell']}" for name, each in cells.items())


STEPS: Sequence[Step] = (
    ("issuer", start_issuer),
    ("browsers.site", open_site),
    ("browsers.sample", make_sample),
    ("browsers.nothing", nothing_yet),
    ("browsers.old", a_year_ago),
    ("browsers.renew", renewed),
    ("browsers.drift", drift),
    ("browsers.install", everywhere),
    ("browsers.remove", old_one_removed),
    ("browsers.login", with_the_new_one),
    ("browsers.backup", out_of_a_store),
)
