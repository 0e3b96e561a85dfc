"""A page without any policy that tries to leave; what holds it is the guard alone. Run by test_guard.py in a child process.

Prints a line for each attempt once the page has answered after it. Not driven over the debugging port: the driver would hold
new windows back itself.
"""

from __future__ import annotations

import os
import queue
import sys
from typing import Any

import webview
from tests.patience import SECONDS

from certtray_ui.guard import stay_on_page

WAYS = (
    "location.href = URL",
    "location.replace(URL)",
    "window.open(URL)",
    "const a = document.createElement('a'); a.href = URL; document.body.append(a); a.click()",
    "const a = document.createElement('a'); a.href = URL; a.target = '_blank'; document.body.append(a); a.click()",
    "const f = document.createElement('form'); f.action = URL; f.method = 'post'; document.body.append(f); f.submit()",
    "const f = document.createElement('iframe'); f.src = URL; document.body.append(f)",
    "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '0;url=' + URL; document.head.append(m)",
    "location.reload()",
)


def main(url: str) -> None:
    """Try everything, then end the process."""
    window: Any = webview.create_window("guarded", html="<!doctype html><h1>guarded</h1>", text_select=True)
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()

    def answer(heading: str) -> None:
        answers.put(heading)

    def attack() -> None:
        for way in WAYS:
            script = way.replace("URL", repr(url))
            window.run_js(
                f"setTimeout(() => {{ {script} }}, 0); setTimeout(() => pywebview.api.answer(document.body.innerText), 300); 0"
            )
            print(answers.get(timeout=SECONDS).strip(), flush=True)
        os._exit(0)

    window.expose(answer)
    window.events.before_show += lambda: stay_on_page(window)
    window.events._pywebviewready += attack
    webview.settings["OPEN_EXTERNAL_LINKS_IN_BROWSER"] = False
    webview.start()


if __name__ == "__main__":
    main(sys.argv[1])
