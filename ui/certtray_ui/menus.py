"""Each issuer's own menu, item by item as its manual has it (0-04, 1-16, 2-05, 3-01, 4-11).

The words are ``window.menu.<item>``. An item does what its row says; one without a procedure is not there yet, and says so.
"""

from __future__ import annotations

from certtray.rules.profile import LoginKind, Medium, Profile, Way

DOES: dict[str, str] = {
    "view": "view",
    "query": "query",
    "look_up": "view",
    "apply": "apply",
    "renew": "renew",
    "extend": "renew",
    "download": "download",
    "list": "certificates",
    "revoke": "revoke",
    "abolish": "revoke",
    "suspend": "suspend",
    "hold": "suspend",
    "unhold": "reinstate",
    "proof": "proof",
    "fedi": "fedi",
    "site_password": "site-password",
}
"""Item → procedure about the issuer; manuals call the same thing by several names."""

_OWN: dict[str, tuple[str, ...]] = {
    "sinopac": ("view", "apply", "renew", "revoke", "password", "hint", "manual", "downloads", "browsers"),
    "ezongguan": ("look_up", "apply", "renew", "import", "backup", "list", "revoke", "browsers"),
    "twca-soft": ("apply", "extend", "download", "abolish", "view", "site_password", "downloads"),
    "tcb-fxml": (
        *("apply", "renew", "download", "query", "suspend", "pc_export", "pc_import", "proof", "token_password"),
        *("token_to_system", "token_tidy", "environment", "fedi", "faq"),
    ),
    "twca-fine": (
        *("apply", "extend", "download", "abolish", "view", "hold", "unhold", "site_password"),
        *("card_password", "card_reset", "card_unlock", "card_to_system", "environment"),
    ),
}


_NOT_ON_A_MAC: dict[str, tuple[str, ...]] = {"ezongguan": ("import", "backup")}
"""What a manual's menu lacks there (1-16)."""


def menu(profile: Profile, platform: str) -> tuple[str, ...]:
    """Return the items of an issuer's menu on ``platform`` (as ``sys.platform``).

    An issuer whose manual we do not have gets what its profile offers.
    """
    if profile.id in _OWN:
        missing = _NOT_ON_A_MAC.get(profile.id, ()) if platform == "darwin" else ()
        return tuple(item for item in _OWN[profile.id] if item not in missing)
    offered = {
        "view": True,
        "apply": True,
        "renew": True,
        "download": profile.download,
        "list": True,
        "query": True,
        "suspend": profile.manage.suspend is not Way.NONE,
        "unhold": profile.manage.reinstate is not Way.NONE,
        "revoke": profile.manage.revoke is not Way.NONE,
        "proof": True,
        "site_password": profile.login.password is not None and profile.login.kind is LoginKind.ACCOUNT,
        "password": Medium.PFX in profile.media,
        "downloads": bool(profile.resources),
    }
    return tuple(item for item, there in offered.items() if there)
