"""Keys on a card or token (3-10, 3-11, 4-12): made there, used there, never out of it.

Nothing of a key is on disk. What is kept of an operation is where on which token its keys lie, written before they are made: so
keys that no operation came to be of are found and removed, and nothing else ever is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from certtray.core.certificate import Usage
from certtray.core.errors import IssuerAnswerInvalid, KeyMissing, TokenFailed, UnsupportedAlgorithm
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.der import facts
from certtray.crypto.files import read_certificates
from certtray.crypto.keys import public_hash
from certtray.crypto.request import build_request
from certtray.media.base import Assembled, Kind, OldCertificate, Unlock
from certtray.media.places import Places, on_token, read_places
from certtray.rules.profile import Profile
from certtray.rules.profiles import match
from certtray.system.files import read_limited, write_atomic
from certtray.token.key import TokenKey
from certtray.token.logged_in import LoggedIn
from certtray.token.model import Held, Token, self_signed

ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """New keys on a token: their requests, and where they lie by usage."""

    requests: tuple[bytes, ...] = field(repr=False)
    ids: Mapping[Usage, str]
    card: Callable[[], LoggedIn] = field(repr=False)
    folder: Path
    """Where it says where they lie."""

    def keep(self, folder: Path, password: Secret) -> None:
        """Write ``request-<usage>.p10``; the keys are kept already."""
        del password
        for usage, request in zip(self.ids, self.requests, strict=True):
            write_atomic(folder / f"request-{usage}.p10", request)

    def assemble(self, certificates: Sequence[bytes], folder: Path, password: Secret, label: str) -> Assembled:
        """Find each key's certificate; IssuerAnswerInvalid when one has none.

        Each key has signed its own request, so a certificate for the public key of that request is one for this key.
        """
        del folder, password, label
        by_key = {facts(der).key_hash: der for der in certificates}
        own = [by_key.get(_key_hash(request)) for request in self.requests]
        if None in own:
            raise IssuerAnswerInvalid(host="", reason="no certificate for the requested key")
        return Assembled(tuple(facts(der) for der in own if der is not None), "", None)

    def discard(self) -> None:
        """Take the keys off the token again; what it says when it does not do that."""
        self.card().delete(list(self.ids.values()))
        shutil.rmtree(self.folder)


@dataclass(frozen=True)
class TokenMedium:
    """One issuer's keys on ``token``; ``card`` returns the login that is open, which most of this needs.

    ``places`` are the ids (hex) that a device with a fixed number of them has, best first; without any, ids are made up.
    """

    token: Token
    profile: Profile
    places: tuple[str, ...]
    card: Callable[[], LoggedIn]
    kind: ClassVar[Kind] = "token"
    names_keys: ClassVar[bool] = False
    beside: ClassVar[bool] = True
    sealed: ClassVar[bool] = False

    def place(self, holder: str, cn: str) -> Path:
        """Return what names the certificates of ``cn`` on this token; it is no file."""
        del holder
        return place_on(self.token.serial, cn)

    def kept(self) -> Sequence[Path]:
        """Return the places of this issuer's certificates."""
        return list({self.place("", each.certificate.subject_cn): None for each in self.held()})

    def held(self) -> list[Held]:
        """Return this issuer's certificates on the token, the soonest to expire first."""
        own = [each for each in self.token.held if match(each.certificate, (self.profile,)) is not None]
        return sorted(own, key=lambda each: (each.certificate.not_after, each.certificate.not_before))

    def locked(self, path: Path) -> bool:
        """The PIN is the token's affair, not that of what lies on it."""
        del path
        return False

    def open_old(self, path: Path, password: Secret) -> list[OldCertificate]:
        """Return the certificates of one common name; their keys need a login only when they are used. KeyMissing."""
        del password
        here = [each for each in self.held() if self.place("", each.certificate.subject_cn) == path]
        if not here:
            raise KeyMissing(path=self.token.name)
        return [OldCertificate(each.certificate, each.der, self._key(each.der, each.id)) for each in here]

    def new_keys(self, usages: Sequence[Usage], bits: int, common_name: str, folder: Path) -> TokenKeys:
        """Make the keys, after it is written to ``folder`` where; TokenFailed (``full``), and what the token says."""
        card = self.card()
        self._sweep(folder.parent)
        ids = dict(zip(usages, self._free(len(usages), card, folder.parent), strict=True))
        Places(self.token.serial, ids).write(folder)
        requests = []
        for usage, id in ids.items():
            public = card.generate(id, f"{mask_numbers(common_name)} {usage}", bits)
            requests.append(build_request(TokenKey(public, id, self.card), common_name))
        return TokenKeys(tuple(requests), ids, self.card, folder)

    def reopen(self, folder: Path, password: Secret) -> TokenKeys:
        """Read where the keys lie; the token is not asked."""
        del password
        ids = read_places(folder).ids
        requests = tuple(read_limited(folder / f"request-{usage}.p10") for usage in ids)
        return TokenKeys(requests, ids, self.card, folder)

    def install(self, folder: Path, target: Path, archive: Path, unlock: Unlock) -> Path | None:
        """Store each certificate beside its key, unless it is there, and see that it is; KeyMissing, TokenFailed."""
        del target, archive, unlock
        card, keys, issued = self.card(), self.reopen(folder, Secret("")), folder / "issued.p7"
        by_key = {each.certificate.key_hash: each.der for each in read_certificates(read_limited(issued), "").holdings}
        there = card.keys()
        for id, request in zip(keys.ids.values(), keys.requests, strict=True):
            der = by_key[_key_hash(request)]
            if (id, der) in card.stored():
                continue
            if id not in there:
                raise KeyMissing(path=self.token.name)
            card.store(id, mask_numbers(facts(der).subject_cn), der)
            if (id, der) not in card.stored():
                raise TokenFailed(token=self.token.name, detail="the certificate is not there")
        return None

    def _key(self, der: bytes, id: str) -> TokenKey:
        public = x509.load_der_x509_certificate(der).public_key()
        if not isinstance(public, RSAPublicKey):
            raise UnsupportedAlgorithm(path=self.token.name, algorithm="EC")
        return TokenKey(public, id, self.card)

    def _free(self, count: int, card: LoggedIn, operations: Path) -> list[str]:
        """Return ids under which nothing lies on the token, and nothing of an operation under way is to lie."""
        if not self.places:
            return [os.urandom(ID_BYTES).hex() for _ in range(count)]
        taken = {*card.keys(), *(id for id, _ in card.stored())}
        for _, places in on_token(self.token.serial, operations):
            taken.update(places.ids.values())
        free = [each for each in self.places if each not in taken]
        if len(free) < count:
            raise TokenFailed(token=self.token.name, rule="full")
        return free[:count]

    def _sweep(self, operations: Path) -> None:
        """Remove keys that were made on this token for an operation that never came to be: nothing was sent for them."""
        for folder, orphan in list(on_token(self.token.serial, operations)):
            if (folder / "operation.json").exists():
                continue
            certified = {id for id, der in self.card().stored() if not self_signed(facts(der))}
            if ids := [id for id in orphan.ids.values() if id not in certified]:
                self.card().delete(ids)
            shutil.rmtree(folder)


def place_on(serial: str, cn: str) -> Path:
    """Return what names the certificates of a common name on a token; an absolute path, and no file."""
    return Path("/token") / serial.replace("/", "_") / cn.replace("/", "_")


def _key_hash(request: bytes) -> str:
    return public_hash(x509.load_der_x509_csr(request))
