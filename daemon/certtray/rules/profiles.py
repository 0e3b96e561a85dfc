"""Loading issuer profiles, and finding the one a certificate belongs to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import certtray
from certtray.core.certificate import Certificate, Usage
from certtray.core.errors import ProfileInvalid
from certtray.core.identity import units
from certtray.core.periods import parse_period
from certtray.rules.profile import (
    Adapter,
    AfterExpiry,
    Contact,
    Device,
    Factor,
    FilePlan,
    KeyPlan,
    Login,
    LoginKind,
    Manage,
    Match,
    Medium,
    OldKey,
    Otp,
    Profile,
    Renewal,
    Resource,
    TokenRules,
    Validity,
    Way,
)
from certtray.rules.table import Table

_ID = r"[a-z][a-z0-9-]{0,39}"
_WORDS = r"\S(?:.*\S)?"
_PHONE = r"[0-9+#*() -]+"
_HTTPS = r"https://[^\s/@]+(?:/\S*)?"
# A profile may come from a stranger: the file it names stays in the folder, and only the number is filled in.
_FILE_NAME = r"[^\s/\\:*?{}.][^/\\:*?{}]*\.(?:pfx|p12)"
_FOLDER = r"(?:[A-Za-z]:\\|~/|/)(?:(?!\.\.)[^{}*?]|\{id\})*"
_SCAN = r"(?:[A-Za-z?]:\\|~/|/)(?:(?!\.\.)[^{}]|\{id\})*"
_FOLDER_RULE = r"an absolute folder (C:\, ~/ or /) with no other placeholder than {id}, and without .."


def config_folder() -> Path:
    """Return the folder of the rules: package data in a wheel, else the repository's own."""
    packaged = Path(certtray.__file__).with_name("config")
    return packaged if packaged.is_dir() else packaged.parents[2] / "config"


def load_profiles(*folders: Path) -> tuple[Profile, ...]:
    """Load all ``*.toml`` of ``folders`` (default: ours), sorted by file name.

    Raises ProfileInvalid, also for an id used twice.
    """
    profiles: dict[str, Profile] = {}
    for folder in folders or (config_folder() / "issuers",):
        for path in sorted(folder.glob("*.toml")):
            profile = load_profile(path)
            if profile.id in profiles:
                raise ProfileInvalid(path=str(path), key="id", reason=f"{profile.id} is the id of another profile")
            profiles[profile.id] = profile
    return tuple(profiles.values())


def add_profiles(own: Iterable[Profile], folder: Path) -> tuple[tuple[Profile, ...], tuple[ProfileInvalid, ...]]:
    """Load the profiles a person keeps in ``folder`` beside ``own``; return the good ones, and what is wrong with the others."""
    known = {profile.id for profile in own}
    good: list[Profile] = []
    bad: list[ProfileInvalid] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            profile = load_profile(path)
            if profile.id in known:
                raise ProfileInvalid(path=str(path), key="id", reason=f"{profile.id} is the id of another profile")
        except ProfileInvalid as error:
            bad.append(error)
        else:
            known.add(profile.id)
            good.append(replace(profile, added=True))
    return tuple(good), tuple(bad)


def load_profile(path: Path) -> Profile:
    """Load one profile. Raises ProfileInvalid, naming the key and what is allowed there."""
    try:
        top = Table(str(path), "", tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise ProfileInvalid(path=str(path), key="-", reason=error.strerror or "cannot be read") from None
    except ValueError as error:  # TOML syntax, or not UTF-8
        raise ProfileInvalid(path=str(path), key="-", reason=str(error)) from None
    name, factors = top.table("name"), top.table("factors")
    profile = Profile(
        id=top.text("id", _ID, "lower-case letters, digits and -"),
        name_zh_tw=name.text("zh_TW", _WORDS, "a name"),
        name_en=name.text("en", _WORDS, "a name"),
        adapter=top.choice("adapter", Adapter),
        media=(media := top.choices("media", Medium)) or top.refuse("media", "must not be empty"),
        pairs=_pairs(top),
        match=_match(top.table("match")),
        key=_key(top.table("key")),
        login=_login(top.table("login")),
        apply_factors=(apply := factors.choices("apply", Factor)),
        renew_factors=(renew := factors.choices("renew", Factor)),
        otp=_otp(top.table("otp")) if Factor.OTP in (*apply, *renew) else None,
        renewal=_renewal(top.table("renewal")),
        validity=_validity(top.table("validity")),
        manage=_manage(top.table("manage")),
        download=top.flag("download"),
        file=_file(top.table("file")) if Medium.PFX in media else None,
        tokens=_tokens(top.table("token")) if Medium.TOKEN in media else {},
        contact=_contact(top.table("contact")),
        resources=tuple(map(_resource, top.tables("resources"))),
    )
    for table in (name, factors, top):
        table.done()
    return profile


def match(certificate: Certificate, profiles: Iterable[Profile]) -> Profile | None:
    """Return the profile of a certificate, or None.

    The issuer's O or CN tells the CA, the subject's OU (``RA-…``) the broker; order and repetition of attributes vary
    (FACTS.md 1.3).
    """
    names = [value.upper() for attribute, value in certificate.issuer if attribute in ("O", "CN")]
    subject_units = units(certificate.subject)
    for profile in profiles:
        from_its_ca = any(part in name for part in profile.match.issuer_contains for name in names)
        if from_its_ca and subject_units & profile.match.subject_ou:
            return profile
    return None


def _pairs(top: Table) -> tuple[Usage, ...]:
    pairs = top.choices("pairs", Usage)
    if pairs not in ((Usage.BOTH,), (Usage.SIGN, Usage.ENCRYPT)):
        top.refuse("pairs", 'must be ["both"] or ["sign", "encrypt"]')
    return pairs


def _match(table: Table) -> Match:
    issuer_contains = table.texts("issuer_contains", _WORDS, "a part of the issuer's O or CN")
    subject_ou = table.texts("subject_ou", _WORDS, "an OU of the subject")
    table.done()
    return Match(tuple(part.upper() for part in issuer_contains), frozenset(unit.upper() for unit in subject_ou))


def _key(table: Table) -> KeyPlan:
    plan = KeyPlan(table.text("algorithm", "RSA", "RSA"), table.number("bits", (2048, 3072, 4096)))
    table.done()
    return plan


def _otp(table: Table) -> Otp:
    otp = Otp(table.number("digits", range(4, 11)), table.number("tries", range(1, 11)))
    table.done()
    return otp


def _renewal(table: Table) -> Renewal:
    renewal = Renewal(
        opens=table.parsed("opens", parse_period, "an ISO 8601 duration such as P30D or P1M"),
        after_expiry=table.choice("after_expiry", AfterExpiry),
        old_key=table.choice("old_key", OldKey),
    )
    table.done()
    return renewal


def _file(table: Table) -> FilePlan:
    folder = table.table("folder")
    stored = table.table("stored_in") if "stored_in" in table else None
    plan = FilePlan(
        name=table.text("name", _FILE_NAME, "a file name ending in .pfx or .p12"),
        folder_windows=folder.text("windows", _FOLDER, _FOLDER_RULE),
        folder_other=folder.text("other", _FOLDER, _FOLDER_RULE),
        scan=table.texts("scan", _SCAN, r"folders (?:\, ~/ or /; * and ? as wildcards)") if "scan" in table else (),
        ask=table.flag("ask"),
        compatible=table.flag("compatible"),
        stored_in_zh_tw=stored.text("zh_TW", _WORDS, "a sentence") if stored else "",
        stored_in_en=stored.text("en", _WORDS, "a sentence") if stored else "",
    )
    folder.done()
    if stored:
        stored.done()
    table.done()
    return plan


def _tokens(table: Table) -> dict[Device, TokenRules]:
    kinds = {kind: _token(table.table(kind)) for kind in Device if kind in table}
    if not kinds:
        table.refuse("card", "is missing; at least one of " + ", ".join(Device))
    table.done()
    return kinds


def _token(table: Table) -> TokenRules:
    rules = TokenRules(
        tries=table.number("tries", range(1, 16)),
        advise_over=table.number("advise_over", range(1, 100)) if "advise_over" in table else None,
        button=table.flag("button"),
    )
    table.done()
    return rules


def _contact(table: Table) -> Contact:
    contact = Contact(
        phone=table.text("phone", _PHONE, "a phone number"),
        page=table.text("page", _HTTPS, "an https address"),
        fax=table.text("fax", _PHONE, "a phone number") if "fax" in table else "",
        address=table.text("address", _WORDS, "an address") if "address" in table else "",
    )
    table.done()
    return contact


def _login(table: Table) -> Login:
    kind = table.choice("kind", LoginKind)
    lengths = table.numbers("password_length", range(1, 129)) if "password_length" in table else None
    if lengths is not None and (len(lengths) != 2 or lengths[0] > lengths[1]):
        table.refuse("password_length", "must be the shortest and the longest length")
    login = Login(
        kind=kind,
        renew=table.choice("renew", LoginKind) if "renew" in table else kind,
        captcha=table.flag("captcha"),
        tries=table.number("tries", range(1, 11)),
        sso=table.flag("sso"),
        first_change=table.flag("first_change"),
        password=(lengths[0], lengths[1]) if lengths else None,
        reset=table.choice("reset", Way),
    )
    if login.first_change and login.password is None:
        table.refuse("password_length", "is missing; a password that must be changed has a rule")
    table.done()
    return login


def _validity(table: Table) -> Validity:
    validity = Validity(
        term=table.parsed("term", parse_period, "an ISO 8601 duration such as P1Y"),
        end_of_day=table.flag("end_of_day"),
        keeps_rest=table.flag("keeps_rest"),
    )
    table.done()
    return validity


def _manage(table: Table) -> Manage:
    bring = table.table("bring")
    manage = Manage(
        register=table.choice("register", Way),
        revoke=table.choice("revoke", Way),
        suspend=table.choice("suspend", Way),
        reinstate=table.choice("reinstate", Way),
        unlock=table.choice("unlock", Way) if "unlock" in table else Way.NONE,
        bring_zh_tw=bring.text("zh_TW", _WORDS, "a sentence"),
        bring_en=bring.text("en", _WORDS, "a sentence"),
    )
    bring.done()
    table.done()
    return manage


def _resource(table: Table) -> Resource:
    resource = Resource(
        name_zh_tw=table.text("zh_TW", _WORDS, "a name"),
        name_en=table.text("en", _WORDS, "a name"),
        url=table.text("url", _HTTPS, "an https address"),
    )
    table.done()
    return resource
