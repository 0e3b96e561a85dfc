"""A process with nothing but the tray: situations come in on stdin, commands go out on stdout, one JSON line each.

Seconds as an argument: until a missing panel is spoken of.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from datetime import datetime
from typing import Any

from certtray.tray import app as tray
from certtray.tray.icon import Mark
from certtray.tray.situation import Command, Do, Line, NoTray, Open, Situation


def decoded(line: str) -> Situation:
    """Read a situation."""
    fields: dict[str, Any] = json.loads(line)
    paused = fields["paused_until"]
    return Situation(
        fields["language"],
        fields["sentence"],
        tuple(Line(text, target, Mark(mark)) for text, target, mark in fields["attention"]),
        datetime.fromisoformat(paused) if paused else None,
    )


def encoded(situation: Situation) -> str:
    """Write a situation."""
    paused = situation.paused_until.isoformat() if situation.paused_until else None
    lines = [[line.text, line.target, int(line.mark)] for line in situation.attention]
    fields = {"language": situation.language, "sentence": situation.sentence, "attention": lines}
    return json.dumps({**fields, "paused_until": paused})


def say(command: Command) -> None:
    """Print a command."""
    match command:
        case Do():
            fields = {"do": command.value}
        case Open(target):
            fields = {"open": target}
        case NoTray(why):
            fields = {"no tray": why}
    print(json.dumps(fields), flush=True)


def main() -> None:
    """Run until SIGTERM or the end of stdin."""
    if sys.argv[1:]:
        tray.PATIENCE = float(sys.argv[1])
    app = tray.TrayApp(decoded(sys.stdin.readline()), say)

    def read() -> None:
        for line in sys.stdin:
            app.show(decoded(line))
        app.stop()

    signal.signal(signal.SIGTERM, lambda *_: app.stop())
    threading.Thread(target=read, daemon=True).start()
    app.run()
    print(json.dumps({"ended": [module for module in ("gi", "httpx", "cryptography") if module in sys.modules]}))


if __name__ == "__main__":
    main()
