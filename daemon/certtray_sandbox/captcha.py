"""Pictures of digits (2-04, 4-10): each serves one login, for a short while."""

from __future__ import annotations

import hmac
import io
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from certtray_sandbox import counters
from certtray_sandbox.counters import CAPTCHAS
from certtray_sandbox.home import made, store_of
from certtray_sandbox.limits import CAPTCHA_DIGITS, CAPTCHA_LIFE
from certtray_sandbox.refusals import CAPTCHA_WRONG, Refusal


@dataclass(frozen=True, slots=True)
class Picture:
    """What is sent to be read."""

    id: str
    png: bytes


def make(db: sqlite3.Connection, now: datetime) -> Picture:
    """Draw a new picture and remember its digits; those whose time is over are forgotten."""
    digits = "".join(secrets.choice("0123456789") for _ in range(CAPTCHA_DIGITS))
    name = secrets.token_urlsafe(16)
    db.execute("DELETE FROM captchas WHERE expires_at <= ?", (int(now.timestamp()),))
    db.execute(
        "INSERT INTO captchas (id, digits, expires_at) VALUES (?, ?, ?)",
        (name, digits, int((now + CAPTCHA_LIFE).timestamp())),
    )
    return Picture(name, draw(digits))


def check(db: sqlite3.Connection, account: str, picture: str, typed: str, now: datetime) -> None:
    """Refuse unless ``typed`` is what the picture shows; right or wrong, it is used up. Wrong ones count per account."""
    left = counters.spend(db, CAPTCHAS, account, now)
    row = db.execute(
        "DELETE FROM captchas WHERE id = ? AND expires_at > ? RETURNING digits", (picture, int(now.timestamp()))
    ).fetchone()
    if row is None or not hmac.compare_digest(str(row["digits"]), typed):
        raise Refusal(CAPTCHA_WRONG, tries_left=left)
    counters.forget(db, CAPTCHAS, account)


def draw(digits: str) -> bytes:
    """Return a PNG: each digit turned and moved a little, with lines across."""
    random = secrets.SystemRandom()
    picture = Image.new("L", (26 * len(digits) + 20, 48), 255)
    for position, digit in enumerate(digits):
        tile = Image.new("L", (40, 44), 255)
        ImageDraw.Draw(tile).text((10, 2), digit, font=ImageFont.load_default(32), fill=random.randrange(0, 90))
        tile = tile.rotate(random.uniform(-18, 18), fillcolor=255)
        place = (8 + 26 * position - 6, random.randrange(-2, 5))
        picture.paste(0, place, tile.point(lambda grey: 255 - grey))
    lines = ImageDraw.Draw(picture)
    for _ in range(3):
        ends = [(x, random.randrange(picture.height)) for x in (0, picture.width)]
        lines.line(ends, fill=150, width=1)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def last_digits(folder: Path, profile: str) -> str:
    """Return what the newest unused picture of an RA shows: what eyes would read; empty where there is none."""
    if profile not in made(folder):
        return ""
    with store_of(folder, profile).transaction() as db:
        row = db.execute("SELECT digits FROM captchas ORDER BY number DESC LIMIT 1").fetchone()
    return str(row["digits"]) if row else ""
