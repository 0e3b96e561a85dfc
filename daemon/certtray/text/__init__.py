"""One catalogue for notices, terminal and window: stable keys, Traditional Chinese first, English beside it.

Entries use ``{name}`` fields; an entry that counts has a plural form and takes ``n``.
"""

from __future__ import annotations

import gettext
import locale
import os
from pathlib import Path

from certtray.core.errors import CertTrayError

FOLDER = Path(__file__).parent / "locale"


class Text:
    """Sentences of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = gettext.translation("certtray", FOLDER, [language])

    def has(self, key: str) -> bool:
        """Whether the catalogue has an entry for ``key``."""
        return self._catalogue.gettext(key) != key

    def say(self, key: str, /, **facts: object) -> str:
        """Return the sentence for ``key`` with its fields filled; with ``n`` the plural form that fits. KeyError if missing."""
        number = facts.get("n")
        found = self._catalogue.ngettext(key, key, number) if isinstance(number, int) else key
        if found == key:  # no plural form, or nothing to count
            found = self._catalogue.gettext(key)
        if found == key:
            raise KeyError(key)
        return found.format_map(_Facts(facts))

    def error(self, error: CertTrayError) -> tuple[str, str, str]:
        """Return (title, what happened, what to do) for an error; a rule or an issuer's number may have its own words."""
        key = f"error.{error.code}"
        special = [f"{key}.{error.facts[fact]}" for fact in ("rule", "number") if fact in error.facts]
        words = []
        for part in ("title", "what", "todo"):
            chosen = next((f"{own}.{part}" for own in special if self.has(f"{own}.{part}")), f"{key}.{part}")
            words.append(self.say(chosen, **error.facts))
        title, what, todo = words
        return title, what, todo


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "–"


def choose_language(setting: str) -> str:
    """Return the user's setting, else what the environment asks for, else Traditional Chinese."""
    if setting:
        return setting
    asked = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    asked = asked or (locale.getlocale()[0] or "")
    return "en" if asked.lower().startswith("en") else "zh_TW"
