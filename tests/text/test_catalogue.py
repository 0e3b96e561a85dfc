"""One catalogue, two languages, nothing missing."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from cryptography.x509 import ReasonFlags

from certtray.core import errors
from certtray.core.drift import Cell
from certtray.core.errors import CertTrayError, InputError
from certtray.core.languages import LANGUAGES
from certtray.core.revocation import Standing
from certtray.core.store import Unread
from certtray.flows.procedures import PROCEDURES
from certtray.inventory.history import What
from certtray.issuers.base import Action
from certtray.text import FOLDER, Text, choose_language

WAITING = ("issuing", "not_yet_valid", "download")
"""What an operation can wait for."""
PACKAGES = FOLDER.parents[2]


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "certtray.po").open("rb") as file:
        return read_po(file, locale=language)


def entries(language: str) -> dict[str, list[str]]:
    """Return key → all its forms."""
    found = {}
    for message in catalogue(language):
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key:
            found[key] = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return found


ENTRIES = {language: entries(language) for language in LANGUAGES}


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_entries_and_fields() -> None:
    chinese, english = (ENTRIES[language] for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    for key in chinese:
        forms = chinese[key] + english[key]
        # "help" may be empty; everything else says something.
        assert all(forms) or key.endswith(".help"), key
        wanted = set.union(*map(fields, forms)) - {"zh_TW", "en"}
        assert all(fields(form) | {"n"} >= wanted for form in forms), key


def error_classes(kind: type[CertTrayError] = CertTrayError) -> Iterator[type[CertTrayError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from error_classes(below)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(error_classes()), ids=lambda kind: kind.code)
def test_every_error_has_three_sentences(language: str, kind: type[CertTrayError]) -> None:
    title, what, todo = Text(language).error(kind())
    assert title and what and todo


def test_error_classes_were_found() -> None:
    assert errors.WrongPassword in set(error_classes())


def literals() -> Iterator[tuple[str, str]]:
    """Yield (place, key) for each key the code names in full: say("…"), Event("…"), wait("…"), key="…", rule="…"."""
    own_words = {kind.__name__ for kind in error_classes()} - {"InputError"}  # a rule of theirs may have words, or none
    for path in PACKAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = f"{path.name}:{node.lineno}"
            first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            if isinstance(first, str):
                match name:
                    case "say":
                        yield place, first
                    case "Event":
                        yield place, f"event.{first}"
                    case "wait":
                        yield place, f"wait.{first}"
                    case "Done":
                        yield place, f"done.{first}.title"
                        yield place, f"done.{first}.text"
            for keyword in node.keywords:
                if not (isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)):
                    continue
                if keyword.arg == "key" and name in (
                    "Line",
                    "SecretLine",
                    "Code",
                    "Choice",
                    "File",
                    "Picture",
                    "Place",
                    "Terms",
                    "Confirm",
                ):
                    yield place, f"question.{keyword.value.value}.title"
                    yield place, f"question.{keyword.value.value}.help"
                if keyword.arg == "rule" and name not in own_words:
                    yield place, f"error.input.{keyword.value.value}.title"


def test_every_key_the_code_names_exists() -> None:
    named = list(literals())
    assert len(named) > 60
    missing = [(place, key) for place, key in named if key not in ENTRIES["zh_TW"]]
    assert missing == []


def test_every_step_and_column_has_a_name() -> None:
    steps = {f"window.step.{name}" for each in PROCEDURES.values() for name, _ in each.steps}
    missing = (steps | {f"help.{name}" for name in PROCEDURES}) - set(ENTRIES["zh_TW"])
    assert missing == set()


def test_every_way_an_operation_can_stand_has_words() -> None:
    wanted = {f"{key}.{action}" for action in get_args(Action) for key in ("window.end", "word")}
    wanted |= {f"{key}.{waiting}" for waiting in WAITING for key in ("event.waiting", "window.unfinished")}
    wanted |= {f"word.history_{what}" for what in What}
    wanted |= {f"window.flow.{name}" for name in PROCEDURES}
    assert wanted - set(ENTRIES["zh_TW"]) == set()


def test_an_error_in_words() -> None:
    title, what, todo = Text("zh_TW").error(InputError(field="otp", rule="digits", n=6))
    assert title == "驗證碼是 6 位數字"
    assert "不會用掉次數" in what
    assert todo
    assert Text("en").say("terminal.tries_left", n=1) == "1 try left"
    assert Text("en").say("terminal.tries_left", n=2) == "2 tries left"
    with pytest.raises(KeyError):
        Text("en").say("no.such.entry")


@pytest.mark.parametrize(
    ("setting", "lang", "chosen"),
    [("", "zh_TW.UTF-8", "zh_TW"), ("", "en_GB.UTF-8", "en"), ("", "C.UTF-8", "zh_TW"), ("en", "zh_TW.UTF-8", "en")],
)
def test_language(monkeypatch: pytest.MonkeyPatch, setting: str, lang: str, chosen: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    assert choose_language(setting) == chosen


def test_catalogues_stand_in_the_package() -> None:
    assert sorted(path.name for path in Path(FOLDER).iterdir() if path.is_dir()) == sorted(LANGUAGES)


def test_every_check_of_the_environment_has_its_words() -> None:
    made = {
        node.args[0].value: node.func.id
        for path in (PACKAGES / "certtray" / "environment").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Finding", "Value", "_told")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }
    assert len(made) > 40
    prefix = {"Finding": "word.env_", "Value": "word.env_value_", "_told": "word.env_system_"}
    wanted = {prefix[kind] + name for name, kind in made.items()}
    wanted |= {f"word.env_{name}_todo" for name, kind in made.items() if kind == "Finding"}
    assert wanted - set(ENTRIES["zh_TW"]) == set()


def test_every_reason_about_a_certificate_s_standing_has_its_words() -> None:
    wanted = {f"word.revoked_{flag.value}" for flag in ReasonFlags if flag is not ReasonFlags.remove_from_crl}
    wanted -= {"word.revoked_certificateHold", "word.revoked_superseded"}  # their states say it
    for name in ("crl", "ocsp"):
        for rule in re.findall(r'fault="(\w+)"', (PACKAGES / "certtray" / "crypto" / f"{name}.py").read_text("utf-8")):
            wanted.add(f"word.unknown_{rule}")
    wanted |= {f"word.standing_{each}" for each in Standing}
    assert wanted - set(ENTRIES["zh_TW"]) == set()


def test_every_reason_and_cell_of_a_browser_s_store_has_its_words() -> None:
    wanted = {f"{key}.{each}" for each in Cell for key in ("drift", "window.drift")} | {
        f"unread.{each}" for each in Unread
    }
    assert wanted - set(ENTRIES["zh_TW"]) == set()
