"""Functions that stand in for crypt32, advapi32 and ncrypt, called through the product's own ctypes signatures.

They behave as Microsoft documents, and as Wine was seen to (STACK.md A5): what is not committed is lost, an enumeration ends
what it gave before, deleting ends the context. Everything given out is counted, so that a test sees what was not closed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)

from certtray.stores import windows_api as api
from certtray.stores.windows_native import Container, Crypt32

SOFTWARE = "Microsoft Software Key Storage Provider"
OLD_SOFTWARE = "Microsoft Enhanced Cryptographic Provider v1.0"
CARD = "Microsoft Smart Card Key Storage Provider"

_E_NO_SUCH, _E_INVALID_PASSWORD, _E_CANCELLED, _E_BAD_KEY_STATE, _E_BAD_KEYSET, _E_EXISTS = (
    *(0x80092004, 86, 1223, 0x8009000B, 0x80090016, 0x80092005),
)


@dataclass
class Item:
    """A certificate in a store, and the properties that travel with it."""

    der: bytes
    container: Container | None = None
    friendly_name: str = ""


@dataclass
class Key:
    """A key in a container."""

    pkcs8: bytes
    exportable: bool = True
    asks: bool = False


@dataclass
class _Opened:
    name: str | None  # None: in memory
    items: list[Item]
    writable: bool


@dataclass
class _Context:
    struct: api.CertContext
    octets: Any
    item: Item
    store: int
    references: int = 1


@dataclass
class Windows:
    """One person's computer: stores by name, keys by provider and container."""

    stores: dict[str, list[Item]] = field(default_factory=lambda: {"My": [], "CA": [], "Root": []})
    keys: dict[tuple[str, str], Key] = field(default_factory=dict)
    provider: str = SOFTWARE
    """Where imported keys go."""
    allows: bool = True
    """What the person answers to Windows' own windows."""
    asked: int = 0
    fails: dict[str, int] = field(default_factory=dict)
    """Functions that fail, and with which number."""
    loses: bool = False
    """Commits say yes and write nothing."""

    def __post_init__(self) -> None:
        self.error = 0
        self.opened: dict[int, _Opened] = {}
        self.contexts: dict[int, _Context] = {}
        self.handles: dict[int, tuple[str, str]] = {}
        self._numbers = count(0x1000, 16)
        self.crypt32 = Crypt32(self._library, lambda: self.error)

    def left_open(self) -> list[object]:
        """Everything that was given out and not given back."""
        return [*self.opened.values(), *self.contexts.values(), *self.handles.values()]

    def give(self, store: str, der: bytes, key: Key | None = None, provider: str = SOFTWARE, name: str = "") -> None:
        """Put a certificate, and a key, there as another program would."""
        container = None
        if key or name:
            container = Container(
                name or f"{{container {next(self._numbers)}}}", provider, int(provider == OLD_SOFTWARE), 0
            )
            if key:
                self.keys[container.provider, container.name] = key
        self.stores[store].append(Item(der, container, "友善的名稱"))

    def _library(self, library: str) -> object:
        class Functions:
            pass

        made = Functions()
        for name, (result, *arguments) in api.SIGNATURES[library].items():
            plain = [ctypes.c_void_p if each is ctypes.c_char_p else each for each in arguments]
            function = ctypes.CFUNCTYPE(result, *plain)(self._guarded(name, getattr(self, name)))
            setattr(made, name, function)
        return made

    def _guarded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if name in self.fails:
                self.error = self.fails[name]
                if name == "CertDeleteCertificateFromStore":
                    self._release(arguments[0])
                return self.error if name.startswith("NCrypt") else 0
            return function(*arguments) or 0

        return call

    def _fail(self, number: int) -> int:
        self.error = number
        return 0

    def CertOpenStore(self, provider: int, encoding: int, legacy: int, flags: int, para: int | None) -> int:
        assert (encoding, legacy) == (0, 0)
        handle = next(self._numbers)
        if provider == api.MEMORY:
            self.opened[handle] = _Opened(None, [], writable=True)
            return handle
        assert provider == api.SYSTEM
        assert flags & api.CURRENT_USER
        name = _wide(para)
        if name not in self.stores:
            return self._fail(2)
        self.opened[handle] = _Opened(name, list(self.stores[name]), writable=not flags & api.READ_ONLY)
        return handle

    def CertCloseStore(self, store: int, _flags: int) -> int:
        del self.opened[store]
        return 1

    def CertControlStore(self, store: int, _flags: int, control: int, _para: int | None) -> int:
        assert control == api.COMMIT
        opened = self.opened[store]
        if opened.name and not self.loses:
            self.stores[opened.name] = list(opened.items)
        return 1

    def CertEnumCertificatesInStore(self, store: int, previous: int | None) -> int:
        items = self.opened[store].items
        at = 0
        if previous:
            at = items.index(self.contexts[previous].item) + 1
            self._release(previous)
        return self._context(items[at], store) if at < len(items) else self._fail(_E_NO_SUCH)

    def CertDuplicateCertificateContext(self, context: int) -> int:
        self.contexts[context].references += 1
        return context

    def CertFreeCertificateContext(self, context: int) -> int:
        self._release(context)
        return 1

    def CertGetCertificateContextProperty(self, context: int, number: int, data: int | None, size: Any) -> int:
        item = self.contexts[context].item
        if number == api.FRIENDLY_NAME:
            value = item.friendly_name.encode("utf-16-le") + b"\0\0" if item.friendly_name else b""
        else:
            assert number == api.KEY_PROVIDER
            value = b"\0" * ctypes.sizeof(api.KeyProviderInfo) if item.container else b""
            if item.container:
                value += b"".join(part.encode("utf-16-le") + b"\0\0" for part in item.container[:2])
        if not value:
            return self._fail(_E_NO_SUCH)
        given, size[0] = size[0], len(value)
        if data:
            assert given >= len(value)
            ctypes.memmove(data, value, len(value))
            if number == api.KEY_PROVIDER and item.container:
                info = api.KeyProviderInfo.from_address(data)
                info.container = data + ctypes.sizeof(info)
                info.provider = info.container + 2 * len(item.container.name) + 2
                info.kind, info.flags = item.container.kind, item.container.flags
        return 1

    def CertAddCertificateContextToStore(self, store: int, context: int, disposition: int, _out: int | None) -> int:
        item = self.contexts[context].item
        return self._add(store, Item(item.der, item.container, item.friendly_name), disposition)

    def CertAddEncodedCertificateToStore(
        self, store: int, encoding: int, data: int, size: int, disposition: int, _out: int | None
    ) -> int:
        assert encoding == api.X509
        return self._add(store, Item(ctypes.string_at(data, size)), disposition)

    def CertDeleteCertificateFromStore(self, context: int) -> int:
        held = self.contexts[context]
        opened = self.opened[held.store]
        self._release(context)
        if not opened.writable:
            return self._fail(5)
        opened.items.remove(held.item)
        return 1

    def PFXImportCertStore(self, blob: Any, password: int, flags: int) -> int:
        data = ctypes.string_at(blob[0].data, blob[0].size)
        try:
            pfx = pkcs12.load_pkcs12(data, _wide(password).encode())
        except ValueError:
            return self._fail(_E_INVALID_PASSWORD)
        asks = bool(flags & api.USER_PROTECTED)
        if asks and not self._person():
            return self._fail(_E_CANCELLED)
        assert pfx.cert is not None
        assert pfx.key is not None
        container = Container(f"{{import {next(self._numbers)}}}", self.provider, int(self.provider == OLD_SOFTWARE), 0)
        clear = pfx.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self.keys[container.provider, container.name] = Key(clear, bool(flags & api.EXPORTABLE), asks)
        handle = next(self._numbers)
        name = (pfx.cert.friendly_name or b"").decode()
        item = Item(pfx.cert.certificate.public_bytes(Encoding.DER), container, name)
        self.opened[handle] = _Opened(None, [item], writable=True)
        return handle

    def PFXExportCertStoreEx(self, store: int, blob: Any, password: int, _reserved: int | None, flags: int) -> int:
        assert flags == api.EXPORT_WITH_KEYS
        (item,) = self.opened[store].items
        key = self._key_of(item)
        if key is None:
            return self._fail(_E_BAD_KEYSET)
        if not key.exportable:
            return self._fail(_E_BAD_KEY_STATE)
        if blob[0].data and key.asks and not self._person():
            return self._fail(_E_CANCELLED)
        certificate = x509.load_der_x509_certificate(item.der)
        secret = BestAvailableEncryption(_wide(password).encode())
        private: Any = load_der_private_key(key.pkcs8, None)
        pfx = pkcs12.serialize_key_and_certificates(None, private, certificate, None, secret)
        given, blob[0].size = blob[0].size, len(pfx)
        if blob[0].data:
            assert given >= len(pfx)
            ctypes.memmove(blob[0].data, pfx, len(pfx))
        return 1

    def CryptAcquireCertificatePrivateKey(
        self, context: int, flags: int, _parameters: int | None, handle: Any, spec: Any, ours: Any
    ) -> int:
        assert flags & api.ACQUIRE_SILENT
        item = self.contexts[context].item
        if self._key_of(item) is None or item.container is None:
            return self._fail(_E_BAD_KEYSET)
        handle[0] = next(self._numbers)
        self.handles[handle[0]] = item.container.provider, item.container.name
        spec[0], ours[0] = 1 if item.container.kind else api.CNG_KEY, 1
        return 1

    def CryptAcquireContextW(self, _out: Any, container: int, provider: int, kind: int, flags: int) -> int:
        assert flags == api.DELETE_KEYSET
        assert kind == 1
        return 1 if self.keys.pop((_wide(provider), _wide(container)), None) else self._fail(_E_BAD_KEYSET)

    def CryptReleaseContext(self, handle: int, _flags: int) -> int:
        assert self.handles.pop(handle)[0] == OLD_SOFTWARE
        return 1

    def NCryptDeleteKey(self, handle: int, _flags: int) -> int:
        del self.keys[self.handles.pop(handle)]
        return 0

    def NCryptFreeObject(self, handle: int) -> int:
        assert self.handles.pop(handle)[0] != OLD_SOFTWARE
        return 0

    def _add(self, store: int, item: Item, disposition: int) -> int:
        opened = self.opened[store]
        if not opened.writable:
            return self._fail(5)
        there = [each for each in opened.items if each.der == item.der]
        if there and disposition == api.USE_EXISTING:
            return 1
        opened.items = [each for each in opened.items if each.der != item.der] + [item]
        return 1

    def _person(self) -> bool:
        self.asked += 1
        return self.allows

    def _key_of(self, item: Item) -> Key | None:
        return self.keys.get((item.container.provider, item.container.name)) if item.container else None

    def _context(self, item: Item, store: int) -> int:
        octets = ctypes.create_string_buffer(item.der, len(item.der))
        struct = api.CertContext(api.X509, ctypes.addressof(octets), len(item.der), None, None)
        address = ctypes.addressof(struct)
        self.contexts[address] = _Context(struct, octets, item, store)
        return address

    def _release(self, context: int) -> None:
        held = self.contexts[context]
        held.references -= 1
        if not held.references:
            del self.contexts[context]


def _wide(address: int | None) -> str:
    """Read the text of two-octet units there."""
    assert address
    units = b""
    while (unit := ctypes.string_at(address + len(units), 2)) != b"\0\0":
        units += unit
    return units.decode("utf-16-le")
