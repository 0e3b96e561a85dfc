"""The pages that are about no certificate: settings, help, what was done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from certtray.cli.helping import code_row, contact_rows, faq_rows
from certtray.cli.shown import result_as_data
from certtray.core.languages import LANGUAGES
from certtray.core.masks import mask_numbers
from certtray.flows import past
from certtray.program.parts import Parts
from certtray.rules.codes import codes
from certtray.system.autostart import can_start_at_login, starts_at_login
from certtray.system.settings import INSTALL_EVERYWHERE, THEMES
from certtray.text import Text
from certtray_ui.targets import Target

Row = dict[str, Any]


class Pages:
    """Builds what these pages show, in the language of ``text``."""

    def __init__(self, parts: Parts, text: Text) -> None:
        self._parts, self._text, self._say = parts, text, text.say

    def settings(self) -> Row:
        """What the person chose."""
        chosen = self._parts.settings
        return {
            "language": [
                {"id": each, "label": self._say(f"window.language.{each or 'system'}"), "on": each == chosen.language}
                for each in ("", *LANGUAGES)
            ],
            "theme": [
                {"id": each, "label": self._say(f"window.theme.{each or 'system'}"), "on": each == chosen.theme}
                for each in ("", *THEMES)
            ],
            "everywhere": [
                {"id": each, "label": self._say(f"window.everywhere.{each}"), "on": each == chosen.install_everywhere}
                for each in INSTALL_EVERYWHERE
            ],
            "autostart": [
                {"id": each, "label": self._say(f"window.autostart.{each}"), "on": (each == "on") == starts_at_login()}
                for each in (("on", "off") if can_start_at_login() else ())
            ],
            "folders": [
                {
                    "name": mask_numbers(name),
                    "missing": "" if Path(name).expanduser().is_dir() else self._say("window.settings.no_folder"),
                }
                for name in chosen.folders
            ],
        }

    def help(self) -> Row:
        """Answers, whom to call, what to download, what error numbers mean, and what can be done with any file."""
        return {
            "answers": [[row["question"], row["answer"]] for row in faq_rows(self._text)],
            "contacts": [{**row, "fax": self._fax(row["fax"])} for row in contact_rows(self._parts)],
            "codes": [code_row(self._text, code) for code in codes()],
            "tools": [
                {
                    "label": self._say(f"window.tool.{name}"),
                    "detail": self._say(f"window.tool.{name}.detail"),
                    "target": Target(name).link,
                }
                for name in ("restore", "convert")
            ],
        }

    def _fax(self, number: str) -> str:
        return f"{self._say('window.help.fax')} {number}" if number else ""

    def record(self) -> Row:
        """What was done, and whether all of it is still there."""
        done = past.of(self._parts.home)
        return {**result_as_data(self._text, done), "export": Target("history-export").link}
