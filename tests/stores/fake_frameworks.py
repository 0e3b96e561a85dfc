"""Functions that stand in for macOS' Security and CoreFoundation, called through the product's own ctypes signatures.

Everything they make is counted, so that a test sees what was not released.
"""

from __future__ import annotations

import ctypes
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_der_private_key, pkcs12

from certtray.stores import keychain_export
from certtray.stores.keychain_export import Exporter
from tests.stores.fake_security import Keychain, Tool, public

_PKCS12, _UTF8 = 12, 0x08000100


class Frameworks:
    """The keychains of the same fake tool, seen through the frameworks."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.status = 0
        """What SecItemExport answers; 0: by what the key allows."""
        self.made: dict[int, Any] = {}
        self._buffers: list[Any] = []
        self._numbers = count(0x2000, 16)
        self.export = Exporter(self._framework).export

    def _framework(self, name: str) -> object:
        class Functions:
            pass

        made = Functions()
        for function, (result, *arguments) in keychain_export.SIGNATURES[name].items():
            setattr(made, function, ctypes.CFUNCTYPE(result, *arguments)(getattr(self, function)))
        return made

    def _make(self, thing: Any) -> int:
        number = next(self._numbers)
        self.made[number] = thing
        return number

    def CFRelease(self, made: int) -> None:
        del self.made[made]

    def CFStringCreateWithBytes(self, allocator: None, text: bytes, size: int, encoding: int, external: int) -> int:
        assert (allocator, len(text), encoding, external) == (None, size, _UTF8, 0)
        return self._make(text.decode())

    def CFDataGetBytePtr(self, data: int) -> int:
        octets = ctypes.create_string_buffer(self.made[data])
        self._buffers.append(octets)
        return ctypes.addressof(octets)

    def CFDataGetLength(self, data: int) -> int:
        return len(self.made[data])

    def SecKeychainOpen(self, path: bytes, out: Any) -> int:
        out[0] = self._make(self.tool.keychains[path.decode()])
        return 0

    def SecIdentitySearchCreate(self, keychain: int, usage: int, out: Any) -> int:
        assert usage == 0
        chain: Keychain = self.made[keychain]
        out[0] = self._make(iter([(chain, der) for der in chain.certificates if public(der) in chain.keys]))
        return 0

    def SecIdentitySearchCopyNext(self, search: int, out: Any) -> int:
        identity = next(self.made[search], None)
        if identity is None:
            return keychain_export.ITEM_NOT_FOUND
        out[0] = self._make(identity)
        return 0

    def SecIdentityCopyCertificate(self, identity: int, out: Any) -> int:
        out[0] = self._make(self.made[identity][1])
        return 0

    def SecCertificateCopyData(self, certificate: int) -> int:
        return self._make(self.made[certificate])

    def SecItemExport(self, identity: int, form: int, flags: int, parameters: Any, out: Any) -> int:
        assert (form, flags) == (_PKCS12, 0)
        chain, der = self.made[identity]
        key = chain.keys[public(der)]
        if self.status or not key.extractable:
            return self.status or -25258
        secret = BestAvailableEncryption(self.made[parameters[0].passphrase].encode())
        certificate = x509.load_der_x509_certificate(der)
        private: Any = load_der_private_key(key.pkcs8, None)
        out[0] = self._make(pkcs12.serialize_key_and_certificates(None, private, certificate, None, secret))
        return 0
