from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from certtray.core.certificate import Usage
from certtray.core.errors import ProfileInvalid
from certtray.core.periods import Period
from certtray.rules.profile import AfterExpiry, Factor, LoginKind, Medium, Otp
from certtray.rules.profiles import config_folder, load_profile, load_profiles, match
from tests.core.samples import make

SINOPAC = config_folder() / "issuers" / "sinopac.toml"


def changed(folder: Path, key: str, value: Any) -> Path:
    """Write the real profile with one dotted key set (None: taken away)."""
    document = tomllib.loads(SINOPAC.read_text("utf-8"))
    table = document
    *parents, last = key.split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
    if value is None:
        del table[last]
    else:
        table[last] = value
    path = folder / "changed.toml"
    path.write_bytes(tomli_w.dumps(document).encode())
    return path


def test_the_shipped_profile() -> None:
    (profile,) = [each for each in load_profiles() if each.id == "sinopac"]
    assert profile.name_zh_tw == "永豐金證券"
    assert profile.media == (Medium.PFX,)
    assert profile.login.kind is LoginKind.NATIONAL_ID
    assert profile.pairs == (Usage.BOTH,)
    assert profile.apply_factors == profile.renew_factors == (Factor.BIRTH_DATE, Factor.OTP)
    assert profile.otp == Otp(digits=6, tries=3)
    assert profile.renewal.opens == Period(months=0, days=30)
    assert profile.renewal.after_expiry is AfterExpiry.APPLY
    assert profile.file is not None
    assert (profile.file.name, profile.file.folder_windows) == ("Sinopac.pfx", r"C:\ekey\551\{id}\S")
    assert profile.contact.phone == "0800-038-123"


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("id", "Sino Pac", "lower-case"),
        ("id", None, "missing"),
        ("adapter", "fax", "ra, portal"),
        ("media", ["floppy"], "pfx, system_store, token"),
        ("media", [], "must not be empty"),
        ("pairs", ["sign"], '["sign", "encrypt"]'),
        ("pairs", "both", "a list"),
        ("renewal.opens", "30 days", "P30D"),
        ("renewal.opens", 30, "a text"),
        ("renewal.after_expiry", "never", "apply, counter, register"),
        ("renewal.old_key", "maybe", "required, not_needed"),
        ("renewal.opnes", "P30D", "not a key"),
        ("login.kind", "face", "national_id, account"),
        ("login.extra", True, "not a key"),
        ("factors.apply", ["otp", "otp"], "once"),
        ("factors.renew", ["sms"], "birth_date, otp, email, apply_password, pin"),
        ("otp.digits", 60, "4 to 10"),
        ("otp.tries", True, "a whole number"),
        ("otp", None, "missing"),
        ("key.bits", 1024, "2048, 3072, 4096"),
        ("file.compatible", "yes", "true or false"),
        ("file.name", "../Sinopac.pfx", "a file name"),
        ("file.folder.other", "~/../../etc", "without .."),
        ("file.folder.windows", r"C:\ekey\{user}", "{id}"),
        ("file.folder.linux", "~/x", "not a key"),
        ("file.scan", [], "empty"),
        ("match.subject_ou", [1], "an OU"),
        ("contact.page", "http://www.example.com/", "https"),
        ("ra", {"url": "https://ra.example.com"}, "not a key"),
        ("name.zh_TW", " ", "a name"),
        ("colour", "red", "not a key"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, key: str, value: Any, reason: str) -> None:
    path = changed(tmp_path, key, value)
    with pytest.raises(ProfileInvalid) as caught:
        load_profile(path)
    assert caught.value.facts["path"] == str(path)
    assert caught.value.facts["key"] == key
    assert reason in str(caught.value.facts["reason"])


def test_a_code_nobody_asks_for_is_a_mistake(tmp_path: Path) -> None:
    document = tomllib.loads(SINOPAC.read_text("utf-8"))
    document["factors"] = {"apply": [], "renew": []}
    path = tmp_path / "changed.toml"
    path.write_bytes(tomli_w.dumps(document).encode())
    with pytest.raises(ProfileInvalid) as caught:
        load_profile(path)
    assert caught.value.facts["key"] == "otp"


@pytest.mark.parametrize("content", [b"id = ", b"\xff\xfe", b""])
def test_what_is_no_profile_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(ProfileInvalid) as caught:
        load_profile(path)
    assert caught.value.facts["path"] == str(path)


def test_missing_file_and_double_id(tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalid):
        load_profile(tmp_path / "none.toml")
    changed(tmp_path, "name.en", "Someone else")
    with pytest.raises(ProfileInvalid) as caught:
        load_profiles(SINOPAC.parent, tmp_path)
    assert caught.value.facts["key"] == "id"


@pytest.mark.parametrize(
    ("issuer", "ous", "found"),
    [
        ((("O", "TAIWAN-CA.COM Inc."), ("C", "TW")), ("RA-SinoPac",), True),
        (
            (("CN", "TaiCA Information User CA"), ("O", "TaICA")),
            ("SinoPac Group", "ra-sinopac - Evaluation Only"),
            True,
        ),
        ((("CN", "TWCA Secure User CA"),), ("RA-SinoPac", "RA-SinoPac"), True),
        ((("CN", "TWCA Secure User CA"),), ("RA-TheCapital",), False),
        ((("CN", "TWCA Secure User CA"),), (), False),
        ((("OU", "TWCA"), ("CN", "Someone's CA")), ("RA-SinoPac",), False),
    ],
)
def test_match(issuer: tuple[tuple[str, str], ...], ous: tuple[str, ...], found: bool) -> None:
    profile = match(make(issuer=issuer, ous=ous), load_profiles())
    assert (profile is not None and profile.id == "sinopac") == found
