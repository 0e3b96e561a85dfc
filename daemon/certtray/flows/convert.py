"""Write a certificate file in another form: PFX and PEM, old and new encryption, DER and PKCS#7."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from certtray.core.errors import NotACertificateFile, WriteFailed
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.content import FileContent
from certtray.crypto.files import kind_of, read_certificates
from certtray.crypto.pem_keys import block, write_pem
from certtray.crypto.pfx_write import change_password, write_pfx
from certtray.flows.done import Done
from certtray.flows.key_file import KeyFile, open_key_file, proven, remember
from certtray.flows.new_password import ask_new_password
from certtray.flows.places import choose_place, write_new
from certtray.flows.questions import Choice, File, Option, plain
from certtray.flows.recorded import record
from certtray.flows.stage import Stage
from certtray.inventory.history import History, What
from certtray.system.files import read_limited

_SUFFIXES = {"pem": ".pem", "der": ".cer", "modern": ".pfx", "compatible": ".pfx"}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What to write, and where."""

    form: str
    place: Path

    @property
    def shown(self) -> str:
        return mask_numbers(str(self.place))


def play(stage: Stage, given: str) -> Done:
    """Ask for the form and the place, write the new file beside the old one, and prove it."""
    path = (Path(given) if given else plain(stage.face.ask(File(key="convert_file")))).expanduser().absolute()
    data = read_limited(path)
    bare = _certificates_only(data, path)
    wish, fingerprints = _certificates(stage, path, data, bare) if bare else _keys(stage, open_key_file(stage, path))
    record(stage.face, History(stage.home.history), stage.clock(), What.CONVERT, fingerprints)
    facts = {"path": str(wish.place), "path_shown": wish.shown, "form": wish.form}
    return Done("converted", {"path": wish.shown}, data=facts)


def _certificates_only(data: bytes, path: Path) -> FileContent | None:
    """Return what a file without private keys holds; None for one with keys, or locked."""
    if kind_of(data) == "pfx" or b"PRIVATE KEY-----" in data:
        return None
    return read_certificates(data, mask_numbers(str(path)))


def _wish(stage: Stage, path: Path, forms: list[str]) -> _Wish:
    options = tuple(Option(form, f"convert.{form}") for form in forms)
    form = stage.face.ask(Choice(key="convert_to", options=options))
    name = f"{path.stem}-{form}{_SUFFIXES[form]}"
    return _Wish(form, choose_place(stage.face, "convert_place", path.with_name(name)))


def _certificates(stage: Stage, path: Path, data: bytes, content: FileContent) -> tuple[_Wish, list[str]]:
    # DER holds one certificate; what is PEM already has no other form to be had.
    is_pem = kind_of(data) is None
    forms = [form for form, fits in (("pem", not is_pem), ("der", is_pem and len(content.holdings) == 1)) if fits]
    if not forms:
        raise NotACertificateFile(path=mask_numbers(str(path)))
    wish = _wish(stage, path, forms)
    ders = [each.der for each in content.holdings]
    write_new(stage, wish.place, ders[0] if wish.form == "der" else b"".join(block("CERTIFICATE", der) for der in ders))
    again = read_certificates(read_limited(wish.place), wish.shown)
    if [each.der for each in again.holdings] != ders:
        raise WriteFailed(path=wish.shown, reason="reads back differently")
    return wish, [each.certificate.fingerprint for each in content.holdings]


def _keys(stage: Stage, file: KeyFile) -> tuple[_Wish, list[str]]:
    is_pfx = kind_of(file.data) == "pfx"
    wish = _wish(stage, file.path, ["pem", "modern", "compatible"] if is_pfx else ["modern", "compatible"])
    password = ask_new_password(stage.face, "converted_password", wish.shown, (file.holder,), keep=file.password)
    data = stage.face.wait("change", lambda: _written(file, wish.form, password, is_pfx=is_pfx))
    write_new(stage, wish.place, data)
    content = stage.face.wait(
        "prove", lambda: proven(read_limited(wish.place), password, wish.shown, file.fingerprints)
    )
    remember(stage, data, content, "pem" if wish.form == "pem" else "pfx")
    return wish, file.fingerprints


def _written(file: KeyFile, form: str, password: Secret, *, is_pfx: bool) -> bytes:
    if form == "pem":
        return write_pem(file.content.pairs, file.content.others, password)
    compatible = form == "compatible"
    if is_pfx:  # every bag and label kept
        return change_password(file.data, file.password, password, file.shown, compatible=compatible)
    return write_pfx(file.content.pairs, file.content.others, password, compatible=compatible)
