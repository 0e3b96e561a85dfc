"""``python -m tests.flows.on_a_mac certtray-arguments…``: the real program, told that it is on a Mac, where manuals differ."""

from __future__ import annotations

import sys
from dataclasses import replace

from certtray.flows.context import Context
from certtray.program.main import main
from certtray.program.stage import TheStage

if __name__ == "__main__":
    here = TheStage.context

    def on_a_mac(self: TheStage, profile_id: str) -> Context:
        return replace(here(self, profile_id), platform="darwin")

    TheStage.context = on_a_mac  # type: ignore[method-assign]
    sys.exit(main())
