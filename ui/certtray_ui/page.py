"""The page as one string: style sheet and modules inlined, so that nothing is served and nothing is fetched.

A strict policy lets only what carries this page's own random mark run. Modules keep their names (``import … from
"app/dom.js"``): ``boot.js`` gives each a blob of its own, which only a script that already runs can make.
"""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Any

from certtray.text import Text

WEB = Path(__file__).parent / "web"
_SAY = re.compile(r"""\bsay\("([a-z0-9_.]+)"\)""")

_PAGE = """<!doctype html>
<html lang="{language}" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style nonce="{mark}">{style}</style>
</head>
<body>
<div id="window"></div>
<div id="said" role="status" aria-live="polite" class="unseen"></div>
<script type="application/json" id="modules">{modules}</script>
<script type="application/json" id="first">{first}</script>
<script nonce="{mark}">{boot}</script>
</body>
</html>"""


def page(text: Text, picture: dict[str, Any]) -> str:
    """Return the page, with ``picture`` (``Desk.picture``) as the first thing it shows."""
    mark = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{mark}' blob:; style-src 'nonce-{mark}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-src 'none'; object-src 'none'"
    )
    return _PAGE.format(
        language=html_language(text.language),
        theme=picture["theme"],
        policy=policy,
        mark=mark,
        title=text.say("window.title"),
        style=(WEB / "style.css").read_text("utf-8"),
        modules=_inert(modules()),
        first=_inert({"words": words(text), **picture}),
        boot=(WEB / "boot.js").read_text("utf-8"),
    )


def modules() -> dict[str, str]:
    """Return every module by the name the others import it by."""
    return {f"app/{path.name}": path.read_text("utf-8") for path in sorted((WEB / "app").glob("*.js"))}


def words(text: Text) -> dict[str, str]:
    """Return every sentence the modules name, in the language of ``text``."""
    return {key: text.say(key) for source in modules().values() for key in _SAY.findall(source)}


def html_language(language: str) -> str:
    """Return a language as HTML names it."""
    return "zh-Hant" if language == "zh_TW" else language


def _inert(data: object) -> str:
    # Inside a script element only "<" can end it or open a comment.
    return json.dumps(data).replace("<", "\\u003c")
