"""The environment check (2-21, 3-27, 4-24): every check with its recommended and current value, and what can be changed for you."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certtray.environment.finding import Finding, Fix, Level, Value
from certtray.environment.fixes import apply, changes, undo
from certtray.environment.survey import in_the_way, survey
from certtray.flows.done import Cell, Done, Table, Word
from certtray.flows.face import Event
from certtray.flows.questions import Choice, Option
from certtray.flows.stage import Stage

LEAVE, ALL = "leave", "all"
_LEVELS = {Level.OK: "ok", Level.BAD: "bad", Level.UNKNOWN: "off"}


def play(stage: Stage, _argument: str) -> Done:
    """Look, offer to change what we can, one or all, and look again; what was changed can be put back."""
    findings = _look(stage)
    while (options := _options(stage, findings)) and (chosen := _ask(stage, options)) != LEAVE:
        fixable = {_id(each.fix): each.fix for each in findings if each.fix}
        if chosen == ALL:
            for fix in fixable.values():
                _change(stage, fix)
        elif chosen in fixable:
            _change(stage, fixable[chosen])
        else:
            change = next(each for each in changes(stage.home) if f"undo:{each.id}" == chosen)
            undo(stage.home, change)
            stage.face.tell(Event("environment_undone", {"env": change.kind, "about": change.target}))
        findings = _look(stage)
    bad = in_the_way(findings)
    return Done(
        "environment_trouble" if bad else "environment_well",
        {"n": len(bad)} if bad else {},
        Table(
            ("check", "recommended", "current", "standing", "to_do"),
            [_cells(each) for each in findings],
            [_LEVELS[each.level] for each in findings],
        ),
        {"checks": [_data(each) for each in findings]},
        "bad" if bad else "ok",
    )


def _look(stage: Stage) -> list[Finding]:
    return stage.face.wait("looking_around", lambda: survey(stage.home, stage.inventory, stage.profiles, stage.clock))


def _options(stage: Stage, findings: Sequence[Finding]) -> list[Option]:
    """Return what can be changed now or put back; empty where there is nothing to ask."""
    options = list(_changes_offered(findings))
    if len(options) > 1:
        options.insert(0, Option(ALL, "environment_all", {}))
    options += [
        Option(f"undo:{each.id}", "environment_undo", {"env": each.kind, "about": each.target})
        for each in changes(stage.home)
    ]
    return [*options, Option(LEAVE, "environment_leave", {})] if options else []


def _changes_offered(findings: Sequence[Finding]) -> Iterator[Option]:
    for each in findings:
        if each.fix:
            yield Option(_id(each.fix), "environment_change", {"env": each.check, "about": each.about})


def _ask(stage: Stage, options: list[Option]) -> str:
    return stage.face.ask(Choice(key="environment_fix", options=tuple(options)))


def _change(stage: Stage, fix: Fix) -> None:
    apply(stage.home, fix)
    stage.face.tell(Event("environment_changed", {"env": fix.kind, "about": fix.target}))


def _id(fix: Fix) -> str:
    return f"{fix.kind}:{fix.target}"


def _cells(finding: Finding) -> list[Cell]:
    told = finding.check.startswith("system_")
    need = finding.level is Level.OK or told
    return [
        Word(f"env_{finding.check}", {"about": finding.about}),
        _value(finding.recommended),
        _value(finding.current),
        "" if told else Word(f"env_level_{finding.level}"),
        "" if need else Word(f"env_{finding.check}_todo", {"about": finding.about}),
    ]


def _value(value: Value) -> Word:
    return Word(f"env_value_{value.key}", value.facts)


def _data(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "about": finding.about,
        "level": finding.level,
        "recommended": {"key": finding.recommended.key, **finding.recommended.facts},
        "current": {"key": finding.current.key, **finding.current.facts},
        "fix": _id(finding.fix) if finding.fix else None,
    }
