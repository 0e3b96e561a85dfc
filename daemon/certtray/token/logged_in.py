"""What can be done with a token while somebody is logged in to it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certtray.core.secret import Secret
from certtray.token.model import Token
from certtray.token.refusals import refusal

USE_SECONDS: Final = 120.0
"""A device may wait a minute for its button, and a slow one takes another to make a key."""


class Call(Protocol):
    """Sends a request to the worker; a CertTrayError where it, or the token, did not do it."""

    def __call__(
        self, request: dict[str, Any], seconds: float, secrets: Sequence[Secret] = (), token: str = ""
    ) -> dict[str, Any]:
        """Return the answer."""
        ...


class LoggedIn:
    """An open login (``TokenWorker.login``, ``manage``); methods raise TokenGone, TokenFailed, TokenModuleFailed. Ids are hex."""

    def __init__(self, token: Token, call: Call) -> None:
        self._token, self._call = token, call

    def keys(self) -> list[str]:
        """Return the ids of the private keys."""
        ids: list[str] = self._do("keys")["ids"]
        return ids

    def sign(self, id: str, data: bytes) -> bytes:
        """Sign ``data``: RSA PKCS#1 v1.5 with SHA-256 (RFC 8017 8.2)."""
        return base64.b64decode(self._do("sign", id=id, data=_text(data))["signature"])

    def decrypt(self, id: str, data: bytes) -> bytes:
        """Decrypt ``data``: RSA PKCS#1 v1.5 (RFC 8017 7.2)."""
        return base64.b64decode(self._do("decrypt", id=id, data=_text(data))["clear"])

    def generate(self, id: str, label: str, bits: int) -> RSAPublicKey:
        """Make a key pair that never leaves the token; its public half. Slow; what had this id on a PIV card is lost."""
        public = load_der_public_key(base64.b64decode(self._do("generate", id=id, label=label, bits=bits)["public"]))
        if not isinstance(public, RSAPublicKey):
            raise TypeError(type(public))
        return public

    def store(self, id: str, label: str, der: bytes) -> None:
        """Store the certificate of the key ``id``."""
        self._do("store", id=id, label=label, der=_text(der))

    def stored(self) -> list[tuple[str, bytes]]:
        """Return id and DER of every certificate on the token, as it has them now."""
        return [(each["id"], base64.b64decode(each["der"])) for each in self._do("stored")["certificates"]]

    def delete(self, ids: Sequence[str]) -> None:
        """Delete certificates and keys with these ids, and see that they are gone."""
        if self._do("delete", ids=list(ids))["left"]:
            raise refusal("unsupported", self._token.name, "")

    def _do(self, task: str, **more: Any) -> dict[str, Any]:
        return self._call({"do": task, **more}, USE_SECONDS, (), self._token.name)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
