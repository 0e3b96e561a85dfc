"""The environment check at login: a short-lived child of the resident process, which says only how much is in the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from certtray.environment.survey import in_the_way, survey

if TYPE_CHECKING:
    from certtray.program.parts import Parts


def survey_once(parts: Parts) -> int:
    """The hidden subcommand ``_environment``: one JSON line with the names of the checks that failed."""
    findings = survey(parts.home, parts.inventory, parts.profiles, parts.clock)
    print(json.dumps({"bad": [each.check for each in in_the_way(findings)]}), flush=True)
    return 0
