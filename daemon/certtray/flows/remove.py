"""Take one certificate out of stores, kept in the archive first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from certtray.core.certificate import Certificate
from certtray.core.dates import taiwan_time
from certtray.core.errors import Cancelled, CertificateGone, KeyMissing, KeyNotExportable
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.der import facts
from certtray.crypto.keys import load_pkcs8
from certtray.crypto.pfx import KeyPair
from certtray.crypto.pfx_write import write_pfx
from certtray.flows.chosen_stores import Place, choose_places, places
from certtray.flows.done import Done, Word
from certtray.flows.face import Event
from certtray.flows.key_file import proven
from certtray.flows.new_password import ask_new_password
from certtray.flows.put_in_stores import summary, treat
from certtray.flows.questions import Choice, Confirm, Option
from certtray.flows.recorded import record
from certtray.flows.stage import Stage, entry_of
from certtray.inventory.history import History, What
from certtray.stores.base import Parcel
from certtray.system.archive import replace_archived


def play(stage: Stage, given: str) -> Done:
    """Choose among the stores that hold the certificate, keep it (with its key, or alone), confirm, and remove it there.

    It is meant by its DER: another one of the same name stays. CertificateGone where no store holds it.
    """
    entry = entry_of(stage, given)
    certificate, der = entry.certificate, stage.inventory.der(entry.certificate.fingerprint)
    holding = [each for each in places(stage.face, with_system=False) if _holds(each, der)]
    if der is None or not holding:
        raise CertificateGone(store=mask_numbers(certificate.subject_cn))
    chosen = choose_places(stage.face, "remove_stores", holding, [])
    if not chosen:
        raise Cancelled(where="remove_stores")
    with_key = any(each.has_key for place in chosen for each in place.reading.held if each.der == der)
    kept = _ask_archive(stage, certificate) if with_key else None
    _confirm(stage, certificate, chosen)
    removal = _Removal(stage, der, kept)
    done = [treat(stage.face, place, removal.carry_out) for place in chosen]
    if removal.archived is not None:
        stage.face.tell(Event("archived", {"path": mask_numbers(str(removal.archived))}))
    if any(each.error is None for each in done):
        record(stage.face, History(stage.home.history), stage.clock(), What.REMOVE, [certificate.fingerprint])
    return summary("removed", done)


class _Removal:
    """One certificate, kept once before it goes from the first store; ``password`` None: without its key."""

    def __init__(self, stage: Stage, der: bytes, password: Secret | None) -> None:
        self._stage, self._der, self._password = stage, der, password
        self._certificate = facts(der)
        self.archived: Path | None = None

    def carry_out(self, place: Place, primary: Secret | None) -> None:
        """Archive, then remove."""
        fingerprint = self._certificate.fingerprint
        if self.archived is None or self.archived.suffix == ".cer":
            self.archived = self._archive(place, primary)
        place.adapter.remove(place.store, fingerprint, primary)

    def _archive(self, place: Place, primary: Secret | None) -> Path:
        folder = self._stage.home.archive / self._certificate.fingerprint[:16]
        name = f"{self._certificate.serial_hex}"
        if self._password is not None:
            try:
                parcel = place.adapter.take(place.store, self._certificate.fingerprint, primary)
            except (KeyMissing, KeyNotExportable):
                self._stage.face.tell(Event("archived_without_key", {"store": mask_numbers(place.store.label)}))
            else:
                target = folder / f"{name}.pfx"
                replace_archived(target, self._pfx(parcel, self._password, target), self._stage.home.archive)
                return target
        target = folder / f"{name}.cer"
        replace_archived(target, self._der, self._stage.home.archive)
        return target

    def _pfx(self, parcel: Parcel, password: Secret, target: Path) -> bytes:
        pair = KeyPair(load_pkcs8(parcel.pkcs8()), self._certificate, self._der)
        data = write_pfx([pair], parcel.authorities, password, compatible=False)
        proven(data, password, mask_numbers(str(target)), [self._certificate.fingerprint])
        return data


def _holds(place: Place, der: bytes | None) -> bool:
    return any(each.der == der for each in place.reading.held)


def _ask_archive(stage: Stage, certificate: Certificate) -> Secret | None:
    """Ask whether the key is kept too, and under which password; None: the certificate alone."""
    options = (Option("pfx", "remove_keep.pfx"), Option("der", "remove_keep.der"))
    if stage.face.ask(Choice(key="remove_keep", options=options)) == "der":
        return None
    shown = mask_numbers(str(stage.home.archive))
    return ask_new_password(stage.face, "archive_password", shown, (identity(certificate).holder,))


def _confirm(stage: Stage, certificate: Certificate, chosen: Sequence[Place]) -> None:
    rows = [
        (Word("cn"), mask_numbers(certificate.subject_cn)),
        (Word("serial"), certificate.serial_hex),
        (Word("to"), taiwan_time(certificate.not_after)),
        *((Word("store"), mask_numbers(each.store.label)) for each in chosen),
    ]
    if not stage.face.ask(Confirm(key="remove_sure", rows=rows)):
        raise Cancelled(where="remove_sure")
