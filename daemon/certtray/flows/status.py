"""How certificates stand at their issuers, seen without any issuer's interface: revocation lists, responders, the chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.certificate import Certificate
from certtray.core.dates import taiwan_date, taiwan_time
from certtray.core.errors import CertTrayError, FileMissing
from certtray.core.identity import is_mine
from certtray.core.masks import mask_numbers
from certtray.core.revocation import Standing, Verdict
from certtray.crypto.der import facts
from certtray.crypto.files import read_certificates
from certtray.crypto.path import is_root
from certtray.flows.done import Cell, Done, Table, Word
from certtray.flows.stage import Stage, entry_at, find_entry, looks_like_fingerprint
from certtray.flows.standings import standing_word
from certtray.inventory.model import Entry
from certtray.issuers.revocation import Revocation
from certtray.system.connections import load_connection
from certtray.system.files import read_limited

Row = dict[str, object]
_LEVELS = {Standing.GOOD: "ok", Standing.UNKNOWN: "off"}


@dataclass(frozen=True, slots=True)
class Link:
    """One certificate of a chain; ``verdict`` is None for a root, which nobody stands above."""

    certificate: Certificate
    role: str
    """``own``, ``between``, ``root_trusted``, ``root``; ``end`` where the chain breaks off above it."""
    verdict: Verdict | None


def play(stage: Stage, given: str) -> Done:
    """Ask about one certificate, or about every own one; what was found out is kept for every list and notice."""
    entries = [_entry(stage, given)] if given else _own(stage)
    if not entries:
        return Done("status_nothing", level="info", data={"certificates": []})
    chains = stage.face.wait("asking_issuers", lambda: look_up(stage, entries, fresh=True))
    rows = list(_rows(chains))
    verdicts = [chain[0].verdict for chain in chains]
    bad = sum(1 for each in verdicts if each and not each.stands)
    unknown = sum(1 for each in verdicts if each and each.standing is Standing.UNKNOWN)
    key, level = ("status_bad", "bad") if bad else ("status_unknown", "info") if unknown else ("status_good", "ok")
    return Done(
        key,
        {"n": len(chains), "bad": bad, "unknown": unknown},
        Table(
            ("certificate", "role", "from", "to", "standing", "said_by"),
            [cells for cells, _ in rows],
            [each for _, each in rows],
        ),
        {"certificates": [_data(chain) for chain in chains]},
        level,
    )


def look_up(stage: Stage, entries: Sequence[Entry], *, fresh: bool) -> list[list[Link]]:
    """Return the chain of each certificate with what is said of every part of it, and keep what is said of the first."""
    now = stage.clock()
    trusted = _trusted(stage)
    pool = [*trusted, *_loaded(stage.inventory.authorities())]
    revocation = Revocation(stage.home.cache, pool, now)
    roots = {each.fingerprint(hashes.SHA256()) for each in trusted}
    chains = []
    for entry in entries:
        der = stage.inventory.der(entry.certificate.fingerprint)
        path = revocation.path(_loaded([der])[0]) if der and _loaded([der]) else ()
        links = []
        for at, each in enumerate(path):
            above = path[at + 1] if at + 1 < len(path) else None
            verdict = None if is_root(each) else revocation.verdict(each, above, fresh=fresh)
            role = "own" if at == 0 else "between"
            if above is None and at:
                role = "end"
                if is_root(each):
                    role = "root_trusted" if each.fingerprint(hashes.SHA256()) in roots else "root"
            links.append(Link(facts(each.public_bytes(Encoding.DER)), role, verdict))
        if not links:  # the library does not read this certificate (crypto/der.py says why it is listed all the same)
            links = [Link(entry.certificate, "own", Verdict(Standing.UNKNOWN, "no-pointer"))]
        if verdict := links[0].verdict:
            stage.inventory.record_verdict(entry.certificate.fingerprint, verdict, now)
        chains.append(links)
    return chains


def _entry(stage: Stage, given: str) -> Entry:
    if looks_like_fingerprint(given):
        return find_entry(stage, given)
    entry = entry_at(stage, Path(given).expanduser().absolute())
    if entry is None:
        raise FileMissing(path=given)
    return entry


def _own(stage: Stage) -> list[Entry]:
    return [entry for entry in stage.inventory.entries() if is_mine(entry.certificate, entry.has_key)]


def _trusted(stage: Stage) -> list[x509.Certificate]:
    """Return the roots of the issuers that are set up here."""
    found: list[bytes] = []
    for profile in stage.profiles:
        try:
            if connection := load_connection(stage.home, profile):
                held = read_certificates(read_limited(connection.ca_root), str(connection.ca_root)).holdings
                found += [each.der for each in held]
        except CertTrayError:  # a broken connection is its procedure's business
            continue
    return _loaded(found)


def _loaded(ders: Sequence[bytes]) -> list[x509.Certificate]:
    found = []
    for der in ders:
        try:
            found.append(x509.load_der_x509_certificate(der))
        except (ValueError, x509.InvalidVersion):
            continue
    return found


def _rows(chains: Sequence[Sequence[Link]]) -> Iterator[tuple[list[Cell], str]]:
    """Yield the cells and the level of each line."""
    for chain in chains:
        for link in chain:
            certificate, verdict = link.certificate, link.verdict
            yield (
                [
                    mask_numbers(certificate.subject_cn),
                    Word(f"role_{link.role}"),
                    f"{taiwan_date(certificate.not_before):%Y/%m/%d}",
                    f"{taiwan_date(certificate.not_after):%Y/%m/%d}",
                    standing_word(verdict),
                    _source(verdict),
                ],
                _LEVELS.get(verdict.standing, "bad") if verdict else "off",
            )


def _source(verdict: Verdict | None) -> Word:
    if verdict is None or verdict.asked is None:
        return Word("source_none")
    return Word("source", {"source": verdict.source.upper(), "asked": taiwan_time(verdict.asked)})


def _data(chain: Sequence[Link]) -> Row:
    verdict = chain[0].verdict
    return {
        "fingerprint_sha256": chain[0].certificate.fingerprint,
        **_verdict(verdict),
        "chain": [
            {
                "subject_cn": mask_numbers(link.certificate.subject_cn),
                "fingerprint_sha256": link.certificate.fingerprint,
                "not_before": link.certificate.not_before.isoformat(),
                "not_after": link.certificate.not_after.isoformat(),
                "role": link.role,
                **_verdict(link.verdict),
            }
            for link in chain
        ],
    }


def _verdict(verdict: Verdict | None) -> Row:
    if verdict is None:
        return {"standing": None}
    return {
        "standing": verdict.standing,
        "reason": verdict.reason,
        "since": verdict.since.isoformat() if verdict.since else None,
        "source": verdict.source,
        "asked": verdict.asked.isoformat() if verdict.asked else None,
        "until": verdict.until.isoformat() if verdict.until else None,
    }
