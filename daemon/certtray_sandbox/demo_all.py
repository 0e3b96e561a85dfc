"""``certtray demo --all``: systems 0 to 3 from the counter to revocation, each result looked at by a tool that is not ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from certtray_sandbox.checks import standing, verify_file, words_of
from certtray_sandbox.demo import STEPS as SPINE
from certtray_sandbox.people import Person
from certtray_sandbox.script import Played, Row
from certtray_sandbox.tour import PERSON, Step, Tour, need

SITE_PASSWORD, LATER_SITE_PASSWORD = "site-24680", "site-13579"
FILE_PASSWORD, LATER_PASSWORD, BACKUP_PASSWORD = "demo-key-1234", "demo-key-5678", "demo-backup-9"


@dataclass(frozen=True)
class Desk:
    """One person's dealings with one issuer, through public commands only."""

    tour: Tour
    issuer: str
    person: Person = PERSON

    def counter(self, act: str, *words: str) -> str:
        """Have the issuer's counter do something."""
        return self.tour.run("sandbox", "counter", act, self.issuer, *words).strip()

    def on_paper(self, word: str) -> str:
        """Return what stands after ``word`` on the last slip that has it."""
        texts = [
            row["text"]
            for row in json.loads(self.tour.run("sandbox", "outbox", "--json"))
            if row["issuer"] == self.issuer
        ]
        found = [match[1] for text in texts for match in re.finditer(rf"{word} ([0-9A-Za-z-]+)", text)]
        need(bool(found), f"no slip with {word}")
        return found[-1]

    def play(self, procedure: str, *about: str, **other: Any) -> Played:
        """Carry a procedure through with the answers of somebody who wants it to go well."""
        words = about or ("--issuer", self.issuer)
        return self.tour.play(procedure, *words, answers=self.answers(**other))

    def answers(self, **other: Any) -> dict[str, Any]:
        """Return the answers of somebody who wants it to go well, with some replaced."""
        return {
            "national_id": self.person.id,
            "trading_password": self.person.password,
            "captcha": lambda _: self.tour.run("sandbox", "captcha", self.issuer).strip(),
            "site_password": self.tour.seen.get(f"{self.issuer} site password", ""),
            "site_account": self.tour.seen.get(f"{self.issuer} account", ""),
            "new_site_password": SITE_PASSWORD,
            "registration": first,
            "registration_right": True,
            "email": "ming@example.com",
            "terms": True,
            "key_name": "L999",
            "new_key_password": FILE_PASSWORD,
            "new_file_password": FILE_PASSWORD,
            "file_place": "",
            "after_applying": "download",
            "renew_early": True,
            "renew_these": True,
            "backup_same_disk": True,
            "backup_password": BACKUP_PASSWORD,
            "restore_over": True,
            "restore_over_newer": True,
            "change_password_of": True,
            **{f"{each}_sure": True for each in ("suspend", "reinstate", "revoke")},
            **dict.fromkeys(("suspend", "reinstate", "revoke", "query", "proof"), first),
            "revoke_reason": "keyCompromise",
            "paper_out": "neither",
            **other,
        }

    @property
    def file(self) -> Path:
        """Where this issuer's certificate lies: a file, or the store and common name that the result of applying names."""
        path = self.tour.seen.get(f"{self.issuer} file")
        need(path is not None, "nothing was installed")
        return Path(str(path))

    def rows(self, place: Path | None = None) -> list[Row]:
        """Return the rows of ``certtray list`` for what lies at ``place`` (default ``file``), the newest of each usage first."""
        place = place or self.file
        rows: list[Row] = json.loads(self.tour.run("list", "--full", "--json"))
        found = [
            row
            for row in rows
            for each in row.get("locations", [])
            if each["path"] == str(place)
            or (each["store"] and each["path"] == str(place.parent) and _spelled(row["subject_cn"]) == place.name)
        ]
        found.sort(key=lambda row: (row["not_before"], row["not_after"], int(row["serial_hex"], 16)), reverse=True)
        return found

    def fingerprint(self, place: Path | None = None) -> str:
        """Return the SHA-256 of the newest certificate there."""
        rows = self.rows(place)
        need(bool(rows), "nothing is listed")
        return str(rows[0]["fingerprint_sha256"])

    def files(self, password: str, place: Path | None = None) -> list[Path]:
        """Return PFX files with what lies at ``place``: the file itself, or what a backup takes out of the store."""
        place = place or self.file
        if place.is_file():
            return [place]
        folder = Path(mkdtemp(dir=self.tour.folder))
        restored = BACKUP_PASSWORD  # of a file that is taken rather than the store, once a backup was restored
        answers = {"backup_place": str(folder), "backup_password": password, "file_password": restored}
        end = self.play("backup", self.fingerprint(place), **answers).end
        return [Path(path) for path in end["paths"]]

    def verified(self, password: str, pairs: int, place: Path | None = None) -> list[str]:
        """Let OpenSSL verify what lies at ``place``; return the serials."""
        files = self.files(password, place)
        each = pairs // len(files)
        return [serial for path in files for serial in verify_file(self.tour, path, password, each)]


def _spelled(cn: str) -> str:
    return re.sub("[^A-Za-z0-9-]", "_", cn)


def first(question: Row) -> str:
    """Choose the first one."""
    return str(question["options"][0]["id"])


def installed(desk: Desk, played: Played) -> Path:
    """Note where what was issued lies; StepFailed when it is not installed."""
    need(played.end.get("step") == "installed", played.end)
    desk.tour.seen[f"{desk.issuer} file"] = played.end["path"]
    return desk.file


def register(desk: Desk, *form_says: str) -> str:
    """The form handed in and approved; the slip tells account and first password (2-02, 3-02)."""
    form = desk.counter("register", "--id", desk.person.id, "--email", "ming@example.com", *form_says)
    desk.counter("approve", form)
    desk.tour.seen[f"{desk.issuer} account"] = desk.on_paper("帳號")
    desk.tour.seen[f"{desk.issuer} site password"] = desk.on_paper("密碼")
    return form


def first_login(desk: Desk) -> str:
    """The first password must be changed (2-03)."""
    slip = desk.tour.seen[f"{desk.issuer} site password"]
    played = desk.play("certificates", old_site_password=slip)
    need(bool(played.questions("new_site_password")), "no change was asked for")
    desk.tour.seen[f"{desk.issuer} site password"] = SITE_PASSWORD
    return " → ".join(row["key"] for row in played.questions())


def apply(desk: Desk, pairs: int) -> str:
    """Registered data, e-mail, apply password, terms, keys, download."""
    asked = desk.play("apply", apply_password=lambda _: desk.on_paper("憑證申請密碼"))
    installed(desk, asked)
    return ", ".join(desk.verified(FILE_PASSWORD, pairs))


def renew(desk: Desk, pairs: int) -> str:
    """Both old keys prove themselves; every serial is a new one."""
    before = desk.verified(FILE_PASSWORD, pairs)
    later = {"new_key_password": LATER_PASSWORD, "new_file_password": LATER_PASSWORD, "file_password": FILE_PASSWORD}
    installed(desk, desk.play("renew", desk.fingerprint(), **later))
    after = desk.verified(LATER_PASSWORD, pairs)
    need(not set(before) & set(after), after)
    return f"{', '.join(before)} → {', '.join(after)}"


def put_off_and_download(desk: Desk) -> str:
    """Held at the issuer (6025), fetched later on the same computer (3-16, 3-30)."""
    desk.counter("approve", desk.counter("register", "--id", PERSON.id))
    desk.counter("hold")
    waiting = desk.play("apply", apply_password=lambda _: desk.on_paper("憑證申請密碼"))
    need(waiting.end.get("waiting") in ("issuing", "download"), waiting.end)
    desk.counter("release")
    fetched = desk.play("download", download=first, pending_password=FILE_PASSWORD)
    need(fetched.end.get("step") == "installed", fetched.end)
    serials = desk.verified(FILE_PASSWORD, 2, Path(fetched.end["path"]))
    return f"6025 → {', '.join(serials)}"


def site_password(desk: Desk) -> str:
    """Changed by the site's rules; the next login needs the new one (2-23)."""
    old = desk.tour.seen[f"{desk.issuer} site password"]
    desk.play("site-password", old_site_password=old, new_site_password=LATER_SITE_PASSWORD)
    desk.tour.seen[f"{desk.issuer} site password"] = LATER_SITE_PASSWORD
    return str(desk.play("certificates").end["done"])


def file_password(desk: Desk, pairs: int) -> str:
    """Every bag kept; the old password opens it no more (0-22)."""
    changed = {"file_password": LATER_PASSWORD, "changed_file_password": FILE_PASSWORD}
    desk.play("password", str(desk.file), **changed)
    return ", ".join(verify_file(desk.tour, desk.file, FILE_PASSWORD, pairs))


def backup(desk: Desk, password: str, files: int) -> str:
    """One file for each pair, under a password of its own (2-12, 3-20)."""
    folder = desk.tour.folder / "usb" / desk.issuer
    folder.mkdir(parents=True)
    end = desk.play("backup", desk.fingerprint(), backup_place=str(folder), file_password=password).end
    need(len(end["paths"]) == files, end)
    serials = [serial for path in end["paths"] for serial in verify_file(desk.tour, Path(path), BACKUP_PASSWORD)]
    desk.tour.seen[f"{desk.issuer} backup"] = end["paths"]
    return ", ".join(serials)


def restore(desk: Desk) -> str:
    """Back where programs look, under the backup's password; the right password only (2-25, 3-21)."""
    restored = []
    for number, path in enumerate(desk.tour.seen[f"{desk.issuer} backup"]):
        place = desk.tour.folder / "user" / f"{desk.issuer}-{number}.pfx"
        end = desk.play("restore", path, restore_place=str(place), file_password=["wrong-one", BACKUP_PASSWORD]).end
        restored += verify_file(desk.tour, Path(end["path"]), BACKUP_PASSWORD)
    return ", ".join(restored)


def suspend(desk: Desk, password: str) -> str:
    """On hold on line, seen on the issuer's list by OpenSSL, freed at the counter (3-18)."""
    held = desk.play("suspend").end["serials"]
    during = standing(desk.tour, desk.files(password)[0], password)
    need("revoked" in during, during)
    desk.counter("resume", *held)
    after = standing(desk.tour, desk.files(password)[0], password)
    need(after == "OK", after)
    return f"{during} → {after}"


def proof(desk: Desk) -> str:
    """A PDF with the holder's name and the proof's number (3-19)."""
    path = desk.tour.folder / "proof.pdf"
    end = desk.play("proof", paper_out="save", paper_place=str(path)).end
    words = words_of(desk.tour, path)
    need(PERSON.name in words and end["number"] in words, words)
    return str(end["number"])


def revoke_on_line(desk: Desk, password: str) -> str:
    """Revoked here (0-24), and on the issuer's list."""
    desk.play("revoke")
    return seen_revoked(desk, password)


def revoke_elsewhere(desk: Desk, password: str) -> str:
    """The way out is told; the counter revokes, and it is on the issuer's list (1-14, 2-19, 3-32)."""
    way = desk.play("revoke").end.get("way")
    serials = desk.verified(password, 2) if password else []
    if not serials:
        return str(way)
    desk.counter("revoke", *serials)
    return f"{way}; {seen_revoked(desk, password)}"


def seen_revoked(desk: Desk, password: str) -> str:
    """OpenSSL and ``certtray status`` see it."""
    said = standing(desk.tour, desk.files(password)[0], password)
    need("revoked" in said, said)
    ours = desk.play("status", desk.fingerprint()).end
    need(ours["level"] == "bad", ours)
    return said


def at(issuer: str, key: str, step: Callable[..., str], *facts: Any) -> Step:
    """Return a step of the tour at one issuer."""
    return f"all.{key}", lambda tour: f"{issuer}: {partial(step, Desk(tour, issuer), *facts)()}"


def of_the_spine(tour: Tour) -> str:
    """Go on with the file the first part of the tour renewed."""
    tour.seen["sinopac file"] = str(tour.sample)
    return file_password_from(Desk(tour, "sinopac"), "demo-new-1357")


def file_password_from(desk: Desk, password: str) -> str:
    """Change the file's password."""
    desk.play("password", str(desk.file), file_password=password, changed_file_password=FILE_PASSWORD)
    return ", ".join(verify_file(desk.tour, desk.file, FILE_PASSWORD))


STEPS: Sequence[Step] = (
    *SPINE,
    ("all.file_password", of_the_spine),
    at("sinopac", "backup", backup, FILE_PASSWORD, 1),
    at("sinopac", "restore", restore),
    at("sinopac", "revoke", revoke_on_line, BACKUP_PASSWORD),
    at("ezongguan", "apply", apply, 1),
    at("ezongguan", "renew", renew, 1),
    at("ezongguan", "file_password", file_password, 1),
    at("ezongguan", "backup", backup, FILE_PASSWORD, 1),
    at("ezongguan", "restore", restore),
    at("ezongguan", "revoke", revoke_elsewhere, ""),
    at("twca-soft", "register", register),
    at("twca-soft", "first_login", first_login),
    at("twca-soft", "apply", apply, 2),
    at("twca-soft", "site_password", site_password),
    at("twca-soft", "renew", renew, 2),
    at("twca-soft", "backup", backup, FILE_PASSWORD, 2),
    at("twca-soft", "restore", restore),
    at("twca-soft", "revoke", revoke_elsewhere, FILE_PASSWORD),
    at("tcb-fxml", "register", register),
    at("tcb-fxml", "apply", apply, 2),
    at("tcb-fxml", "renew", renew, 2),
    at("tcb-fxml", "download", put_off_and_download),
    at("tcb-fxml", "suspend", suspend, LATER_PASSWORD),
    at("tcb-fxml", "proof", proof),
    at("tcb-fxml", "backup", backup, LATER_PASSWORD, 2),
    at("tcb-fxml", "restore", restore),
    at("tcb-fxml", "revoke", revoke_elsewhere, LATER_PASSWORD),
)
