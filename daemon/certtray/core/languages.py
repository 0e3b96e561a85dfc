"""The languages every text exists in, the first one first."""

LANGUAGES = ("zh_TW", "en")
