"""What the fuzzer feeds: every reader of bytes that come from elsewhere. Only the errors each reader names may come out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from certtray.core.errors import CertTrayError
from certtray.core.secret import Secret
from certtray.crypto.ber import Malformed
from certtray.crypto.der import facts
from certtray.crypto.files import read_certificates
from certtray.crypto.pfx import open_pfx
from certtray.rules.profiles import load_profile

PASSWORD = Secret("fuzz-1234")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
_FOLDER = Path(tempfile.mkdtemp(prefix="certtray-fuzz-"))


def certificate_file(data: bytes) -> None:
    """A file found on disk, read without and with a password."""
    for passwords in ([], [PASSWORD]):
        with suppress(CertTrayError):
            for holding in read_certificates(data, "a.pfx", passwords).holdings:
                assert holding.certificate.not_before.tzinfo is not None


def keys(data: bytes) -> None:
    """A PFX opened with its keys."""
    with suppress(CertTrayError):
        assert open_pfx(data, PASSWORD, "a.pfx").pairs


def certificate(data: bytes) -> None:
    """One DER certificate."""
    with suppress(Malformed):
        assert len(facts(data).fingerprint) == 64


def profile(data: bytes) -> None:
    """An issuer profile somebody handed out."""
    path = _FOLDER / "p.toml"
    path.write_bytes(data)
    with suppress(CertTrayError):
        assert load_profile(path).id


def broken(data: bytes) -> None:
    """A reader whose errors nobody catches, to show that the fuzzer would see it."""
    facts(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__.replace("_", "-"): each for each in (certificate_file, keys, certificate, profile)
}
