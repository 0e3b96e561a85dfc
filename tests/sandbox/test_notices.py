"""The renewal notice by mail: one month before, once, over restarts (2-14, 3-13, 4-05)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from certtray_sandbox import certificates, counter, notices
from certtray_sandbox.home import Sandbox, open_sandbox
from certtray_sandbox.outbox import Message, outbox
from certtray_sandbox.samples import issue_sample
from tests.furnished import furnished
from tests.rigs import ReferenceRa, reference_ra

END = datetime(2027, 3, 31, 15, 59, 59, tzinfo=UTC)
DUE = datetime(2027, 2, 27, 16, 0, 0, tzinfo=UTC)  # 28 February in Taiwan: a month before 31 March
PERSON = "A123456789"


class Clock:
    now = DUE - timedelta(days=60)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def soft(tmp_path: Path, clock: Clock) -> Iterator[Sandbox]:
    with furnished(tmp_path / "ra"):
        counter.register(tmp_path / "ra", "twca-soft", PERSON)
        usages: tuple[certificates.Usage, ...] = ("sign", "encrypt")
        for usage in usages:
            key, start = rsa.generate_private_key(65537, 2048).public_key(), END - timedelta(days=365)
            issue_sample(tmp_path / "ra", PERSON, start, END, key, usage=usage, profile="twca-soft")
        yield open_sandbox(tmp_path / "ra", "twca-soft", clock)


def mails(folder: Path) -> list[Message]:
    return [message for message in outbox(folder) if message.kind == "email"]


def test_one_mail_for_a_pair_when_the_month_begins(soft: Sandbox, clock: Clock) -> None:
    for clock.now in (DUE - timedelta(days=1), DUE - timedelta(seconds=1)):
        notices.send_due(soft)
        assert mails(soft.folder) == []
    for clock.now in (DUE, DUE + timedelta(days=1), END - timedelta(days=1)):
        notices.send_due(soft)
        (mail,) = mails(soft.folder)
    assert (mail.address, mail.profile, mail.sent_at) == ("ming@example.com", "twca-soft", DUE)
    for word in ("憑證展期通知", "00004439", "0000443A", "2027/03/31 23:59:59", "https://www.twca.com.tw/"):
        assert word in mail.text


def test_none_for_what_is_revoked_or_over(soft: Sandbox, clock: Clock) -> None:
    with soft.store.transaction() as db:
        certificates.revoke(db, "00004439", "keyCompromise", clock.now)
    clock.now = END + timedelta(seconds=1)
    notices.send_due(soft)
    assert mails(soft.folder) == []
    clock.now = END - timedelta(days=3)
    notices.send_due(soft)
    (mail,) = mails(soft.folder)
    assert "0000443A" in mail.text
    assert "00004439" not in mail.text


@pytest.fixture
def stopped(soft: Sandbox) -> Iterator[ReferenceRa]:
    with reference_ra(soft.folder) as ra:
        ra.stop()
        yield ra


def test_what_fell_due_meanwhile_is_mailed_at_the_start(stopped: ReferenceRa) -> None:
    assert mails(stopped.folder) == []
    stopped.put_forward(DUE + timedelta(days=5) - stopped.clock())
    for _ in range(2):
        stopped.restart(kill=True)
        assert len(mails(stopped.folder)) == 1
