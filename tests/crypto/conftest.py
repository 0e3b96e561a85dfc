"""One holder, and the errors that reading a certificate file may raise."""

from __future__ import annotations

import pytest

from tests.makers import ALICE, Party, authority, holder, issue, name, spare_key


@pytest.fixture(scope="session")
def alice() -> Party:
    """A holder below the test authorities, one certificate for both uses."""
    return holder()


@pytest.fixture(scope="session")
def alice_encrypting() -> Party:
    """The same holder's second key pair, for encryption."""
    return issue(name(ALICE), issuer=authority(), use="encrypt", key=spare_key(2), serial=0x7E0445FD)
