"""``certtray folders``: where to look."""

from __future__ import annotations

import argparse
import json

from certtray.cli.parts import Parts
from certtray.core.errors import FileMissing
from certtray.system.settings import save_settings


def folders(given: argparse.Namespace, parts: Parts) -> int:
    """Show, add or remove folders that are searched recursively; the issuers' own places are always searched."""
    settings = parts.settings
    if given.add:
        folder = given.add.expanduser().absolute()
        if not folder.is_dir():
            raise FileMissing(path=str(folder))
        settings = settings.with_folder(folder)
    elif given.remove:
        settings = settings.without_folder(given.remove.expanduser().absolute())
    if settings != parts.settings:
        save_settings(parts.home.make().settings, settings)
    shown = [str(folder) for folder in settings.search_folders()]
    print(json.dumps(shown, ensure_ascii=False) if given.json else "\n".join(shown))
    return 0
