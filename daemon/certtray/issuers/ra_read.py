"""Facts that several of an RA's answers carry."""

from __future__ import annotations

from typing import get_args

from certtray.core.certificate import Usage
from certtray.issuers import base
from certtray.issuers.answers import Answer, Malformed


def host_certificate(answer: Answer) -> base.HostCertificate:
    """Read one row of the register."""
    return base.HostCertificate(
        serial=answer.serial("serial"),
        subject_cn=answer.text("cn", 200),
        not_before=answer.time("not_before"),
        not_after=answer.time("not_after"),
        status=answer.number("status"),
        usage=read_usage(answer.text("usage")),
        device=answer.one_of("device", get_args(base.Device)),
        reason=answer.text_or_empty("reason", 64),
        subject=answer.text("subject", 1000),
        issuer=answer.text("issuer", 1000),
    )


def read_usage(text: str) -> Usage:
    """Read what a certificate is for; Malformed."""
    try:
        return Usage(text)
    except ValueError as error:
        raise Malformed("usages") from error


def read_device(text: str) -> base.Device:
    """Read where a key lives; Malformed."""
    return Answer({"device": text}).one_of("device", get_args(base.Device))


def shown_facts(answer: Answer) -> tuple[tuple[str, str, str], ...]:
    """Read rows to be shown: (name zh_TW, name en, value)."""
    rows = answer.objects("facts")
    return tuple((one.text("zh_TW", 100), one.text("en", 100), one.text_or_empty("value", 1000)) for one in rows)
