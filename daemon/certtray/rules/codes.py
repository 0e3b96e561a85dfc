"""The table of error numbers that certificate programs show: cause and way out (``config/codes.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from certtray.rules.profiles import config_folder


class Family(StrEnum):
    """Whose number it is; texts under ``code.family.<value>``."""

    TWCA = "twca"
    FILE = "file"
    FXML = "fxml"
    WINDOWS = "windows"
    WEBCA = "webca"
    HITRUST = "hitrust"
    PKCS11 = "pkcs11"
    STATE = "state"
    """Not an error: the state number behind 「有效憑證(0)」 (0-16)."""


SAID_BY_ISSUERS = (Family.TWCA, Family.FXML, Family.WINDOWS, Family.WEBCA)
"""The families an issuer's refusal may name: their numbers are long enough to mean one thing only."""


@dataclass(frozen=True, slots=True)
class Code:
    """One number; cause and todo by language."""

    number: str
    family: Family
    cause: Mapping[str, str]
    todo: Mapping[str, str]


@lru_cache(maxsize=1)
def codes() -> tuple[Code, ...]:
    """Return the whole table in the file's order."""
    values = tomllib.loads((config_folder() / "codes.toml").read_text("utf-8"))
    return tuple(
        Code(
            row["number"], Family(row["family"]), {"zh_TW": row["zh_TW"], "en": row["en"]}, values["todo"][row["todo"]]
        )
        for row in values["code"]
    )


def find_codes(number: str) -> tuple[Code, ...]:
    """Return what ``number`` may mean, ``0x`` and leading zeros aside; several families count alike."""
    wanted = _plain(number)
    return tuple(code for code in codes() if _plain(code.number) == wanted)


def refusal_code(number: str) -> Code | None:
    """Return what an issuer means by ``number``."""
    return next((code for code in find_codes(number) if code.family in SAID_BY_ISSUERS), None)


def _plain(number: str) -> str:
    return number.strip().upper().removeprefix("0X").lstrip("0") or "0"
