"""Shaping what several routes answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from certtray.core.periods import Period
from certtray_sandbox import certificates
from certtray_sandbox.manage_models import HostCertificate, ShownFact
from certtray_sandbox.registrations import Fact


def host_certificate(certificate: certificates.Issued, now: datetime, opens: Period) -> HostCertificate:
    """Show a row of the register."""
    return HostCertificate(
        serial=certificate.serial,
        cn=certificate.cn,
        usage=certificate.usage,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        status=certificate.status(now, opens),
        reason=certificate.revoked or "",
        device=certificate.device,
        subject=certificate.subject,
        issuer=certificate.issuer,
    )


def shown(facts: Iterable[Fact]) -> list[ShownFact]:
    """Show facts in their order."""
    return [ShownFact(zh_TW=chinese, en=english, value=value) for chinese, english, value in facts]
