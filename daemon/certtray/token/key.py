"""A key on a token that stands in where a key in memory would: it signs and decrypts on the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from certtray.token.logged_in import LoggedIn


class TokenKey(rsa.RSAPrivateKey):
    """The private key of ``public`` with this id (hex); ``card`` returns the login that is open when it is used.

    Signs with PKCS#1 v1.5 and SHA-256, decrypts with PKCS#1 v1.5, and does nothing else: TypeError, and what the token says.
    """

    def __init__(self, public: rsa.RSAPublicKey, id: str, card: Callable[[], LoggedIn]) -> None:
        self._public, self._id, self._card = public, id, card

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """Return the public half."""
        return self._public

    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
        """Sign on the token."""
        if not isinstance(padding, _PKCS1) or not isinstance(algorithm, SHA256):
            raise TypeError("a token signs with PKCS#1 v1.5 and SHA-256 here")
        return self._card().sign(self._id, bytes(data))

    def decrypt(self, ciphertext: Any, padding: Any) -> bytes:
        """Decrypt on the token."""
        if not isinstance(padding, _PKCS1):
            raise TypeError("a token decrypts with PKCS#1 v1.5 here")
        return self._card().decrypt(self._id, bytes(ciphertext))

    def private_numbers(self) -> NoReturn:
        """It has none to give."""
        raise TypeError("the key never leaves the token")

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        """It has none to give."""
        raise TypeError("the key never leaves the token")

    def __copy__(self) -> TokenKey:
        return self

    def __deepcopy__(self, memo: object) -> TokenKey:
        return self


_PKCS1 = padding.PKCS1v15
