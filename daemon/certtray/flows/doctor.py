"""``certtray doctor``: every PKCS#11 module tried: it loads, has the right bitness, sees the token, signs (4-08)."""

from __future__ import annotations

from dataclasses import dataclass

from certtray.core.errors import CertTrayError, TokenModuleFailed
from certtray.flows.done import Cell, Done, Table, Word
from certtray.flows.questions import Choice, Option
from certtray.flows.stage import Stage
from certtray.flows.token_test import Tested, sign_all
from certtray.flows.tokens import Hand
from certtray.token.client import About, TokenWorker
from certtray.token.model import Standing, Token
from certtray.token.modules import Module, installed, modules

LATER = "later"


@dataclass(frozen=True, slots=True)
class Examined:
    """A module, and how far it came: ``about`` when it loads, ``tokens`` it sees, ``failure`` when it does not."""

    module: Module
    about: About | None
    tokens: tuple[Token, ...]
    failure: TokenModuleFailed | None


def play(stage: Stage, given: str) -> Done:
    """Try every module that is installed; then, if the person likes, sign with one token."""
    del given
    found = stage.face.wait(
        "look_for_tokens", lambda: [_examined(stage, each) for each in installed(modules(stage.home.modules))]
    )
    tested, failure = _sign(stage, found)
    return _result(found, tested, failure)


def _examined(stage: Stage, module: Module) -> Examined:
    try:
        with TokenWorker(module, stage.home.card_locks) as worker:
            return Examined(module, worker.about, worker.tokens(), None)
    except TokenModuleFailed as failure:
        return Examined(module, None, (), failure)


def _sign(stage: Stage, found: list[Examined]) -> tuple[list[Tested], CertTrayError | None]:
    """Let one token sign, if there is one that could and the person wants it."""
    usable = [
        (each.module, token)
        for each in found
        for token in each.tokens
        if token.held and token.standing not in (Standing.LOCKED, Standing.UNSET)
    ]
    if not usable:
        return [], None
    options = [
        Option(str(at), "doctor_token", {"token": token.name, "module": module.name})
        for at, (module, token) in enumerate(usable)
    ]
    picked = stage.face.ask(Choice(key="doctor_sign", options=(*options, Option(LATER, "doctor_later"))))
    if picked == LATER:
        return [], None
    module, token = usable[int(picked)]
    try:
        with TokenWorker(module, stage.home.card_locks) as worker:
            return sign_all(Hand(stage.face, worker, module, token)), None
    except CertTrayError as error:
        if error.code in ("cancelled", "time-up"):
            raise
        return [], error


def _result(found: list[Examined], tested: list[Tested], failure: CertTrayError | None) -> Done:
    rows: list[list[Cell]] = []
    levels = []
    for each in found:
        said: Cell = Word("doctor_sees", {"library": each.about.library, "n": len(each.tokens)}) if each.about else "–"
        if each.failure is not None:
            said = Word(f"doctor_{each.failure.facts['rule']}")
        rows.append([each.module.name, str(each.module.path), said])
        levels.append("bad" if each.failure else "ok")
    for test in tested:
        rows.append([Word("doctor_signature"), test.held.certificate.issuer_cn, Word(_word(test.good))])
        levels.append("ok" if test.good else "bad")
    if failure is not None:
        rows.append([Word("doctor_signature"), "–", Word("test_failed")])
        levels.append("bad")
    data = {
        "modules": [
            {
                "id": each.module.id,
                "path": str(each.module.path),
                "library": f"{each.about.library} {each.about.version}" if each.about else None,
                "fault": str(each.failure.facts["rule"]) if each.failure else None,
                "tokens": [token.serial for token in each.tokens],
            }
            for each in found
        ],
        "signed": None if not tested and failure is None else failure is None and all(each.good for each in tested),
        "error": None if failure is None else failure.code,
    }
    key = "doctor_nothing" if not found else "doctor_bad" if "bad" in levels else "doctor_ok"
    return Done(key, {"n": len(found)}, Table(("module", "path", "standing"), rows, levels), data, _level(key))


def _word(good: bool) -> str:
    return "test_ok" if good else "test_failed"


def _level(key: str) -> str:
    return {"doctor_ok": "ok", "doctor_bad": "bad"}.get(key, "info")
