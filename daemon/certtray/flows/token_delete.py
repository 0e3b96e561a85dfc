"""Expired, revoked or replaced certificates deleted from a token, so that it does not fill up (3-25 載具過期或無效憑證刪除)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certtray.core.certificate import Certificate
from certtray.core.dates import taiwan_time
from certtray.core.errors import Cancelled, NoneFits
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers
from certtray.core.revocation import Standing, Verdict
from certtray.core.secret import Secret
from certtray.core.states import certificate_state
from certtray.flows.done import Cell, Done, Word
from certtray.flows.questions import Choice, Confirm, Option
from certtray.flows.recorded import record
from certtray.flows.stage import Stage
from certtray.flows.standings import standing_word
from certtray.flows.tokens import chosen
from certtray.inventory.history import History, What
from certtray.token.model import Held, Token
from certtray.token.pin import check_changeable, check_usable


def play(stage: Stage, serial: str) -> Done:
    """Let the person pick what has expired; its pair goes with it, and both are named before: NoneFits, PinLocked …"""
    with chosen(stage.face, stage.home, serial) as hand:
        check_changeable(hand.token)
        pairs = ended(stage, hand.token)
        if not pairs:
            raise NoneFits(issuer=hand.token.name, rule="token-delete")
        check_usable(hand.token)
        options = tuple(Option(str(at), "token_old", _facts(pair[0].certificate)) for at, pair in enumerate(pairs))
        pair = pairs[int(stage.face.ask(Choice(key="token_old", facts={"token": hand.token.name}, options=options)))]
        over = _over_at_issuer(stage)
        rows = tuple(row for held in pair for row in _rows(stage, held.certificate, over))
        if not stage.face.ask(
            Confirm(key="token_delete_sure", facts={"token": hand.token.name, "n": len(pair)}, rows=rows)
        ):
            raise Cancelled(where="token_delete_sure")
        ids = [held.id for held in pair]

        def delete(pin: Secret) -> None:
            with hand.worker.manage(hand.token, pin) as card:
                card.delete(ids)

        hand.with_pin(delete)
        name = hand.token.name
    gone = [held.certificate.fingerprint for held in pair]
    record(stage.face, History(stage.home.history), stage.clock(), What.TOKEN_DELETE, gone)
    return Done("token_delete", {"token": name, "n": len(pair)}, data={"deleted": gone})


def ended(stage: Stage, token: Token) -> list[tuple[Held, ...]]:
    """Return what may be deleted, soonest ended first: certificates that are over, each with the other of its pair."""
    now, gone = stage.clock(), _over_at_issuer(stage)
    over = [
        held
        for held in token.held
        if not held.certificate.is_ca and (held.certificate.not_after < now or held.certificate.fingerprint in gone)
    ]
    pairs: dict[tuple[object, ...], list[Held]] = {}
    for held in over:
        pairs.setdefault(_pair(held.certificate), []).append(held)
    return [tuple(pair) for pair in sorted(pairs.values(), key=lambda pair: pair[0].certificate.not_after)]


def _over_at_issuer(stage: Stage) -> dict[str, Verdict]:
    """Return what was said of those, by fingerprint, that their issuers have ended for good."""
    return {
        entry.certificate.fingerprint: entry.verdict
        for entry in stage.inventory.entries()
        if entry.verdict is not None and entry.verdict.standing in (Standing.REVOKED, Standing.SUPERSEDED)
    }


def _pair(certificate: Certificate) -> tuple[object, ...]:
    """Return what a signing and an encryption certificate of one issuance share: person, issuer and last day (2-15, 4-16)."""
    own = identity(certificate)
    return own.holder, own.issuer_cn, own.suffix, certificate.not_after.date()


def _facts(certificate: Certificate) -> dict[str, str | int]:
    return {"cn": mask_numbers(certificate.subject_cn), "date": taiwan_time(certificate.not_after)}


def _rows(stage: Stage, certificate: Certificate, over: Mapping[str, Verdict]) -> Sequence[tuple[Cell, Cell]]:
    said = over.get(certificate.fingerprint)
    state = Word("state_of", {"state": certificate_state(certificate, stage.clock()).name})
    return (
        (Word("usage_of", {"usage": certificate.usage}), mask_numbers(certificate.subject_cn)),
        (Word("issuer"), certificate.issuer_cn),
        (Word("valid"), f"{taiwan_time(certificate.not_before)} – {taiwan_time(certificate.not_after)}"),
        (Word("state"), state if said is None else standing_word(said)),
    )
