"""The renewal notice (2-14, 3-13, 4-05): mailed one month before the end, once for each certificate.

What was mailed is in the database, so a restart repeats nothing; what fell due while the RA stood still is mailed late.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final

from certtray.core.dates import taiwan_date, taiwan_time
from certtray.core.periods import Period
from certtray.core.periods import opens as before
from certtray_sandbox import outbox
from certtray_sandbox.home import Sandbox

ONE_MONTH: Final = Period(months=1, days=0)
LONGEST_MONTH: Final = timedelta(days=32)


def send_due(sandbox: Sandbox) -> None:
    """Mail what is due by the RA's clock; cheap where nothing is."""
    now = sandbox.clock()
    if not sandbox.desk.notice or not _any_near(sandbox, now):
        return
    with sandbox.store.transaction() as db:
        due = [row for row in _near(db, now) if taiwan_date(now) >= before(_end(row), ONE_MONTH)]
        for (person, email, cn), rows in groupby(due, key=lambda row: (row["person"], row["email"], row["cn"])):
            pair = list(rows)
            outbox.mail(db, person, email, _text(sandbox, cn, pair), now)
            db.executemany("UPDATE certificates SET noticed = 1 WHERE serial = ?", [(row["serial"],) for row in pair])


def _any_near(sandbox: Sandbox, now: datetime) -> bool:
    """Look without a write lock, since every request asks."""
    with closing(sqlite3.connect(sandbox.store.path, timeout=20)) as db:
        db.row_factory = sqlite3.Row
        return any(taiwan_date(now) >= before(_end(row), ONE_MONTH) for row in _near(db, now))


def _near(db: sqlite3.Connection, now: datetime) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT serial, person, email, cn, not_after FROM certificates"
        " WHERE noticed = 0 AND revoked IS NULL AND not_after > ? AND not_after <= ? ORDER BY person, email, cn, serial",
        (int(now.timestamp()), int((now + LONGEST_MONTH).timestamp())),
    ).fetchall()


def _end(row: sqlite3.Row) -> date:
    return taiwan_date(datetime.fromtimestamp(row["not_after"], UTC))


def _text(sandbox: Sandbox, cn: str, rows: list[sqlite3.Row]) -> str:
    profile = sandbox.profile
    end = min(datetime.fromtimestamp(row["not_after"], UTC) for row in rows)
    serials = "、".join(row["serial"] for row in rows)
    return (
        f"【{profile.name_zh_tw}】憑證展期通知：您的憑證 {cn}（序號 {serials}）將於 {taiwan_time(end)} 到期，"
        f"請於到期前完成更新：{profile.contact.page} 。洽詢電話 {profile.contact.phone}。"
    )
