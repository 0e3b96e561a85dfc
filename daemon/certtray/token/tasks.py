"""What the worker does with its module. No session stays open but between ``login`` and ``logout``."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import pkcs11
from asn1crypto import x509
from pkcs11 import Attribute, CertificateType, KeyType, Mechanism, ObjectClass, Session
from pkcs11.exceptions import AttributeTypeInvalid, TemplateInconsistent
from pkcs11.util.rsa import encode_rsa_public_key

from certtray.token import piv
from certtray.token.cryptoki import Cryptoki, CryptokiError, Flag, User, text
from certtray.token.readers import taken_out

UNKNOWN_SPACE: Final = (1 << 64) - 1, (1 << 32) - 1
"""CK_UNAVAILABLE_INFORMATION, for either width of a long."""
OFFICER_REFUSED: Final = {0xA0: "puk_wrong", 0xA1: "puk_wrong", 0xA2: "puk_wrong", 0xA4: "puk_locked"}
"""CKR_PIN_… where it was the security officer's."""
Answer = dict[str, Any]


class Gone(Exception):
    """The token is not there, or another one is in its place."""


class Unsupported(Exception):
    """Neither the module nor the card offers this."""


class Tasks:
    """One loaded and initialised module; OSError or AttributeError when it is none."""

    def __init__(self, path: str) -> None:
        self._module = Cryptoki(path)  # says why not, where python-pkcs11 would only say that
        self._library = pkcs11.lib(path)
        self._module.initialize()
        self._session: Session | None = None
        self._in_use: tuple[str, str] | None = None
        self._opened = ExitStack()

    def hello(self) -> Answer:
        """Return what the module calls itself."""
        info = self._module.info()
        version = f"{info.version.major}.{info.version.minor}"
        return {"library": text(info.library), "maker": text(info.maker), "version": version}

    def tokens(self) -> Answer:
        """Return every token; one that cannot be read does not hide the others."""
        found = []
        for slot in self._module.slots():
            try:
                found.append(self._token(slot))
            except (CryptokiError, Gone) as error:
                found.append({"unreadable": str(error)})
        return {"tokens": found}

    def certificates(self, reader: str, serial: str) -> Answer:
        """Return the certificates of a token: DER, and the id that joins each with its key."""
        slot = self._slot(reader, serial)
        with self._module.session(slot), self._objects(slot) as session:
            found = _certificates(session)
        self._slot(reader, serial)  # a card pulled meanwhile looks like an empty one
        return {"certificates": found}

    def set_pin(self, old: bytearray, new: bytearray, reader: str, serial: str) -> Answer:
        """Change the user's PIN."""
        with self._module.session(self._slot(reader, serial)) as session:
            self._module.set_pin(session, old, new)
        return {}

    def unblock(self, puk: bytearray, new: bytearray, reader: str, serial: str, how: str) -> Answer:
        """Give a locked token a new PIN: by its PUK, or by its security officer."""
        slot = self._slot(reader, serial)
        if how == "so":
            with self._module.session(slot) as session:
                try:
                    self._module.login(session, User.SO, puk)
                except CryptokiError as error:
                    if error.code in OFFICER_REFUSED:
                        return {"error": OFFICER_REFUSED[error.code]}
                    raise
                self._module.init_pin(session, new)
            return {}
        try:
            left = piv.unblock(reader, puk, new)
        except ValueError as error:
            raise Unsupported(error) from None
        finally:
            self._library.reinitialize()  # what went past the module, it must read anew
        return {} if left is None else {"error": "puk_locked" if left == 0 else "puk_wrong", "tries_left": left}

    def login(self, pin: bytearray, reader: str, serial: str, so: bool) -> Answer:
        """Log in, once, until ``logout``."""
        slot = self._slot(reader, serial)
        opened = ExitStack()
        with ExitStack() as failed:
            failed.push(opened)
            handle = opened.enter_context(self._module.session(slot))
            self._module.login(handle, User.SO if so else User.USER, pin)
            self._session = opened.enter_context(self._objects(slot))
            failed.pop_all()
        self._in_use = reader, serial
        self._opened = opened
        return {}

    def logout(self) -> Answer:
        """Log out and close every session."""
        self._session = self._in_use = None
        self._opened.close()
        return {}

    def lost(self) -> bool:
        """Say whether the token that is logged in to is no longer there: some modules only call that an error of the device."""
        return self._in_use is not None and taken_out(self._in_use[0])

    def keys(self) -> Answer:
        """Return the ids of the private keys."""
        found = self._logged_in.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        return {"ids": [bytes(each[Attribute.ID]).hex() for each in found]}

    def sign(self, id: str, data: str) -> Answer:
        """Sign ``data`` (base64): RSA PKCS#1 v1.5 with SHA-256."""
        key: Any = self._logged_in.get_key(ObjectClass.PRIVATE_KEY, id=bytes.fromhex(id))
        made = key.sign(base64.b64decode(data), mechanism=Mechanism.SHA256_RSA_PKCS)
        return {"signature": base64.b64encode(made).decode()}

    def decrypt(self, id: str, data: str) -> Answer:
        """Decrypt ``data`` (base64): RSA PKCS#1 v1.5."""
        key: Any = self._logged_in.get_key(ObjectClass.PRIVATE_KEY, id=bytes.fromhex(id))
        made = key.decrypt(base64.b64decode(data), mechanism=Mechanism.RSA_PKCS)
        return {"clear": base64.b64encode(made).decode()}

    def generate(self, id: str, label: str, bits: int) -> Answer:
        """Make an RSA key pair that never leaves the token; return its public half (RFC 8017 A.1.1). Slow."""
        wanted: dict[str, Any] = {"id": bytes.fromhex(id), "label": label, "store": True}
        never_out = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        try:
            public, _ = self._logged_in.generate_keypair(KeyType.RSA, bits, private_template=never_out, **wanted)
        except (AttributeTypeInvalid, TemplateInconsistent):  # a device whose keys have no way out lets nobody say so
            public, _ = self._logged_in.generate_keypair(KeyType.RSA, bits, **wanted)
        return {"public": base64.b64encode(encode_rsa_public_key(public)).decode()}

    def store(self, id: str, label: str, der: str) -> Answer:
        """Store a certificate beside the key with this id."""
        certificate = base64.b64decode(der)
        self._logged_in.create_object(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.ID: bytes.fromhex(id),
                Attribute.LABEL: label,
                Attribute.SUBJECT: x509.Certificate.load(certificate).subject.dump(),
                Attribute.VALUE: certificate,
            }
        )
        return {}

    def stored(self) -> Answer:
        """Return the certificates of the token logged in to, as ``certificates`` does of any."""
        return {"certificates": _certificates(self._logged_in)}

    def delete(self, ids: list[str]) -> Answer:
        """Delete certificates and keys of ``ids``; return the ids of which something is left."""
        for each in ids:
            for found in list(self._logged_in.get_objects({Attribute.ID: bytes.fromhex(each)})):
                found.destroy()
        left = [each for each in ids if list(self._logged_in.get_objects({Attribute.ID: bytes.fromhex(each)}))]
        return {"left": left}

    @property
    def _logged_in(self) -> Session:
        if self._session is None:
            raise Gone("not logged in")
        return self._session

    def _token(self, slot: int) -> Answer:
        info = self._module.token_info(slot)
        reader = self._reader(slot)
        return {
            "reader": reader,
            "label": text(info.label),
            "maker": text(info.maker),
            "model": text(info.model),
            "serial": text(info.serial),
            "flags": [flag.name for flag in Flag if info.flags & flag],
            "pin": [info.min_pin, info.max_pin],
            "free": None if info.free_private in UNKNOWN_SPACE else info.free_private,
            "tries_left": piv.tries_left(reader),
        }

    def _slot(self, reader: str, serial: str) -> int:
        """Return the slot of a token; Gone where it is not there: a PIN goes to the token it was typed for, or nowhere."""
        for slot in self._module.slots():
            with suppress(CryptokiError):
                if (self._reader(slot), text(self._module.token_info(slot).serial)) == (reader, serial):
                    return slot
        raise Gone(reader)

    def _reader(self, slot: int) -> str:
        return text(self._module.slot_info(slot).description)

    @contextmanager
    def _objects(self, slot: int) -> Iterator[Session]:
        for each in self._library.get_slots(token_present=True):
            if each.slot_id == slot:
                with each.get_token().open(rw=True) as session:
                    yield session
                return
        raise Gone(slot)


def _certificates(session: Session) -> list[dict[str, str]]:
    return [
        {"id": bytes(each[Attribute.ID]).hex(), "der": base64.b64encode(each[Attribute.VALUE]).decode()}
        for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    ]
