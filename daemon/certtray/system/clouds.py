"""Which folders are copied to a cloud: only names and marks left in them tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_NAMES: Final = {
    "onedrive": "OneDrive",
    "dropbox": "Dropbox",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "my drive": "Google Drive",
    "icloud": "iCloud",
    "icloud drive": "iCloud",
    "iclouddrive": "iCloud",
    "mobile documents": "iCloud",
    "cloudstorage": "macOS CloudStorage",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
    "pcloud": "pCloud",
    "pcloud drive": "pCloud",
    "pclouddrive": "pCloud",
    "mega": "MEGA",
    "megasync": "MEGA",
    "synologydrive": "Synology Drive",
    "box sync": "Box",
}
_MARKS: Final = {".dropbox": "Dropbox", ".owncloudsync.log": "ownCloud", ".stfolder": "Syncthing", ".sync": "Resilio"}


def cloud_of(folder: Path) -> str:
    """Return the name of the service that copies ``folder`` elsewhere; empty for none that shows.

    A folder counts by its whole name, or by what stands before an account: ``OneDrive - Firm``, ``GoogleDrive-a@b``.
    """
    for place in (folder, *folder.parents):
        name = place.name.lower()
        if found := _NAMES.get(name) or _NAMES.get(re.split(r" ?[-(]", name, maxsplit=1)[0]):
            return found
        if len(place.parts) > 2:  # a mark at the root of a disk says nothing of what lies below
            for mark, cloud in _MARKS.items():
                if (place / mark).exists():
                    return cloud
    return ""
