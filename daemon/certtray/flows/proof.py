"""A proof of a certificate, saved as PDF or printed (3-19 證明單列印)."""

from __future__ import annotations

from certtray.core.masks import mask_numbers
from certtray.flows.choose import choose_certificate
from certtray.flows.done import Cell, Done, both
from certtray.flows.login import log_in
from certtray.flows.paper import Document, hand_out
from certtray.flows.stage import Stage


def play(stage: Stage, profile_id: str) -> Done:
    """Choose a certificate at an issuer, show what its proof states, and hand the proof out."""
    context = stage.context(profile_id)
    log_in(context)
    chosen = choose_certificate(context, "proof")
    proof = context.face.wait("proof", lambda: context.issuer.proof(chosen.serial))
    rows = (("證明單號", "Number", proof.number), ("發行機構", "Issuer", context.profile.name_zh_tw), *proof.facts)
    shown: list[tuple[Cell, Cell]] = [(both(zh, en), mask_numbers(value)) for zh, en, value in rows]
    document = Document(("憑證證明單", "Certificate proof"), rows, f"certificate-proof-{chosen.serial:08X}.pdf")
    saved = hand_out(context, document, shown)
    facts = {"issuer": context.issuer_name, "number": proof.number}
    return Done("proof", facts, data={"number": proof.number, "path": str(saved) if saved else None})
