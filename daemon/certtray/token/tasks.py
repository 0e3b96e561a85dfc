"""What the worker does with its module. Every task ends logged out, with no session left open."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from certtray.token import piv
from certtray.token.cryptoki import Cryptoki, CryptokiError, Flag, User, text

if TYPE_CHECKING:
    from pkcs11 import Session

UNKNOWN_SPACE: Final = (1 << 64) - 1, (1 << 32) - 1
"""CK_UNAVAILABLE_INFORMATION, for either width of a long."""
Answer = dict[str, Any]


class Gone(Exception):
    """The token is not there, or another one is in its place."""


class Unsupported(Exception):
    """Neither the module nor the card offers this."""


class Tasks:
    """One loaded and initialised module; OSError or AttributeError when it is none."""

    def __init__(self, path: str) -> None:
        import pkcs11

        self._module = Cryptoki(path)  # says why not, where python-pkcs11 would only say that
        self._library = pkcs11.lib(path)
        self._module.initialize()

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
        from pkcs11 import Attribute, ObjectClass

        slot = self._slot(reader, serial)
        with self._module.session(slot), self._objects(slot) as session:
            found = [
                {"id": bytes(each[Attribute.ID]).hex(), "der": base64.b64encode(each[Attribute.VALUE]).decode()}
                for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
            ]
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
                self._module.login(session, User.SO, puk)
                self._module.init_pin(session, new)
            return {}
        try:
            left = piv.unblock(reader, puk, new)
        except ValueError as error:
            raise Unsupported(error) from None
        finally:
            self._library.reinitialize()  # what went past the module, it must read anew
        return {} if left is None else {"error": "puk_locked" if left == 0 else "puk_wrong", "tries_left": left}

    def keys(self, pin: bytearray, reader: str, serial: str) -> Answer:
        """Log in and return the ids of the private keys."""
        from pkcs11 import Attribute, ObjectClass

        with self._as_user(reader, serial, pin) as session:
            found = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
            return {"ids": [bytes(each[Attribute.ID]).hex() for each in found]}

    def sign(self, pin: bytearray, reader: str, serial: str, ids: list[str], data: str) -> Answer:
        """Sign ``data`` (base64) with each key of ``ids``: RSA PKCS#1 v1.5 with SHA-256; one login for all."""
        from pkcs11 import Mechanism, ObjectClass

        signatures = []
        with self._as_user(reader, serial, pin) as session:
            for each in ids:
                key: Any = session.get_key(ObjectClass.PRIVATE_KEY, id=bytes.fromhex(each))
                made = key.sign(base64.b64decode(data), mechanism=Mechanism.SHA256_RSA_PKCS)
                signatures.append(base64.b64encode(made).decode())
        return {"signatures": signatures}

    def delete(self, pin: bytearray, *manager: bytearray, reader: str, serial: str, ids: list[str]) -> Answer:
        """Delete certificates and keys of ``ids``; return which were there and are gone."""
        from pkcs11 import Attribute

        with self._as_manager(reader, serial, pin, *manager) as session:
            for each in ids:
                for found in list(session.get_objects({Attribute.ID: bytes.fromhex(each)})):
                    found.destroy()
            left = [each for each in ids if list(session.get_objects({Attribute.ID: bytes.fromhex(each)}))]
        self._slot(reader, serial)
        return {"left": left}

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
    def _as_user(self, reader: str, serial: str, pin: bytearray) -> Iterator[Session]:
        """Log in once, for the length of the block."""
        slot = self._slot(reader, serial)
        with self._module.session(slot) as handle:
            self._module.login(handle, User.USER, pin)
            with self._objects(slot) as session:
                yield session

    @contextmanager
    def _as_manager(self, reader: str, serial: str, pin: bytearray, *manager: bytearray) -> Iterator[Session]:
        """As the user; where the card wants a management key for it, the user proves to be one first."""
        if not manager:
            with self._as_user(reader, serial, pin) as session:
                yield session
            return
        with self._as_user(reader, serial, pin):
            pass
        slot = self._slot(reader, serial)
        with self._module.session(slot) as handle:
            self._module.login(handle, User.SO, manager[0])
            with self._objects(slot) as session:
                yield session

    @contextmanager
    def _objects(self, slot: int) -> Iterator[Session]:
        for each in self._library.get_slots(token_present=True):
            if each.slot_id == slot:
                with each.get_token().open(rw=True) as session:
                    yield session
                return
        raise Gone(slot)
