"""How a procedure ends that the issuer does on its own page, at its counter or on paper (1-14, 2-19, 4-15)."""

from __future__ import annotations

from certtray.flows.done import Done, Table
from certtray.rules.profile import Profile, Way


def elsewhere(profile: Profile, issuer_name: str, way: Way, procedure: str, table: Table | None = None) -> Done:
    """Return where to go, whom to call and what to bring; ``table`` is what a form asks for.

    ``way`` is none where the issuer does not offer the ``procedure`` at all. The page is opened by the person only.
    """
    contact, manage = profile.contact, profile.manage
    facts: dict[str, str | int] = {
        "issuer": issuer_name,
        "page": contact.page,
        "phone": contact.phone,
        "fax": contact.fax or "–",
        "address": contact.address or "–",
        "procedure": procedure,
        "zh_TW": manage.bring_zh_tw,
        "en": manage.bring_en,
    }
    data = {"procedure": procedure, "way": way.value, "page": contact.page, "phone": contact.phone}
    return Done(f"elsewhere.{way}", facts, table, data)
