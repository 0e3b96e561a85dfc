"""Sample PFX files as a broker's program would have left them, ending any number of days from now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

from certtray.core.dates import TAIPEI, taiwan_date
from certtray.core.secret import Secret
from certtray.crypto.der import facts
from certtray.crypto.keys import new_key
from certtray.crypto.pfx import KeyPair
from certtray.crypto.pfx_write import write_pfx
from certtray.system.files import write_atomic
from certtray_sandbox.certificates import Usage
from certtray_sandbox.desks import Device
from certtray_sandbox.home import FIRST
from certtray_sandbox.samples import issue_sample

TERM = timedelta(days=730)


def write_sample(
    sandbox: Path,
    path: Path,
    person_id: str,
    days: int,
    password: Secret,
    usages: Sequence[Usage],
    now: datetime,
    *,
    profile: str = FIRST,
    device: Device | None = None,
) -> None:
    """Certify a new key for each usage and write them as one PFX; ends at 23:59:59 Taiwan time in ``days`` days."""
    last = taiwan_date(now) + timedelta(days=days)
    not_after = datetime.combine(last, time(23, 59, 59), TAIPEI)
    pairs, above = [], []
    for usage in usages:
        key = new_key(2048)
        leaf, *above = issue_sample(
            sandbox,
            person_id,
            not_after - TERM,
            not_after,
            key.public_key(),
            usage=usage,
            profile=profile,
            device=device,
        )
        certificate = facts(leaf)
        pairs.append(KeyPair(key, certificate, leaf, certificate.subject_cn))
    write_atomic(path, write_pfx(pairs, tuple(above), password, compatible=True))
