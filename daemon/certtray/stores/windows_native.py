"""Windows' certificate functions, one method each, over ctypes; what they mean together is ``windows.py``'s.

Never run on Windows: the tests put functions in their place that are called through the same signatures.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_int32, c_size_t, c_uint32
from typing import Any, NamedTuple

from certtray.core.secret import Secret
from certtray.stores import windows_api as api
from certtray.stores.windows_api import WindowsFailure

Handle = int
Context = int


class Container(NamedTuple):
    """Where a key lies: ``kind`` is 0 for a key storage provider (CNG), else a cryptographic provider's type."""

    name: str
    provider: str
    kind: int
    flags: int


class Crypt32:
    """The functions; every handle and context given out is closed at the end of its ``with``. Raises WindowsFailure."""

    def __init__(
        self, load: Callable[[str], Any] = api.windows_library, last_error: Callable[[], int] = api.windows_error
    ) -> None:
        self._last_error = last_error
        self._call: dict[str, Callable[..., Any]] = {}
        for library, functions in api.SIGNATURES.items():
            loaded = load(library)
            for name, (result, *arguments) in functions.items():
                function = getattr(loaded, name)
                function.restype, function.argtypes = result, arguments
                self._call[name] = function

    @contextmanager
    def system_store(self, name: str, *, write: bool = False) -> Iterator[Handle]:
        """Open a store of this user by its name (My, CA, Root)."""
        flags = api.CURRENT_USER | (0 if write else api.READ_ONLY)
        with self._closing(self._must("CertOpenStore", api.SYSTEM, 0, 0, flags, _utf16(name))) as handle:
            yield handle

    @contextmanager
    def memory_store(self) -> Iterator[Handle]:
        """Open an empty store that ends with its handle."""
        with self._closing(self._must("CertOpenStore", api.MEMORY, 0, 0, 0, None)) as handle:
            yield handle

    @contextmanager
    def imported(self, pfx: bytes, password: Secret, flags: int) -> Iterator[Handle]:
        """Open a PFX as a store; its keys lie in containers of this user from then on, and stay there.

        With USER_PROTECTED Windows asks the person how the key is to be guarded.
        """
        data = ctypes.create_string_buffer(pfx, len(pfx))
        blob = api.Blob(len(pfx), ctypes.addressof(data))
        with self._closing(self._must("PFXImportCertStore", byref(blob), _utf16(password.reveal()), flags)) as handle:
            yield handle

    @contextmanager
    def contexts(self, store: Handle) -> Iterator[list[Context]]:
        """Give every certificate of a store."""
        found: list[Context] = []
        try:
            current = None
            while current := self._call["CertEnumCertificatesInStore"](store, current):
                found.append(self._call["CertDuplicateCertificateContext"](current))
            yield found
        finally:
            for context in found:
                self._call["CertFreeCertificateContext"](context)

    def der(self, context: Context) -> bytes:
        """Return a certificate's DER."""
        facts = api.CertContext.from_address(context)
        return ctypes.string_at(facts.encoded, facts.size)

    def friendly_name(self, context: Context) -> str:
        """Return the name the person sees; empty without one."""
        data = self._property(context, api.FRIENDLY_NAME)
        return data.raw.decode("utf-16-le", "replace").rstrip("\0") if data else ""

    def container(self, context: Context) -> Container | None:
        """Return where a certificate's key is said to lie; None where nothing is said."""
        data = self._property(context, api.KEY_PROVIDER)
        if data is None:
            return None
        info = api.KeyProviderInfo.from_buffer(data)  # its pointers lead into the same buffer
        return Container(_text(info.container), _text(info.provider), info.kind, info.flags)

    def key_opens(self, context: Context) -> bool:
        """Say whether the key is really there, asking nobody; a failure that does not say so counts as there."""
        try:
            with self._key(context):
                return True
        except WindowsFailure as failure:
            return failure.number not in api.NO_SUCH_KEY

    def delete_key(self, context: Context, container: Container) -> None:
        """Delete a certificate's key for good."""
        if container.kind:
            unused, flags = c_size_t(), container.flags & api.MACHINE_KEYSET | api.DELETE_KEYSET
            names = _utf16(container.name), _utf16(container.provider)
            self._must("CryptAcquireContextW", byref(unused), *names, container.kind, flags)
            return
        with self._key(context, keep=True) as (handle, _):
            if status := self._call["NCryptDeleteKey"](handle, 0):
                self._call["NCryptFreeObject"](handle)
                raise WindowsFailure(status)

    def add(self, store: Handle, context: Context, disposition: int) -> None:
        """Put a certificate with its properties, where its key lies among them, into a store."""
        self._must("CertAddCertificateContextToStore", store, context, disposition, None)

    def add_encoded(self, store: Handle, der: bytes, disposition: int) -> None:
        """Put a certificate alone into a store."""
        self._must("CertAddEncodedCertificateToStore", store, api.X509, der, len(der), disposition, None)

    def remove(self, context: Context) -> None:
        """Take a certificate out of its store."""
        # The function frees what it is given, even where it fails.
        self._must("CertDeleteCertificateFromStore", self._call["CertDuplicateCertificateContext"](context))

    def commit(self, store: Handle) -> None:
        """Write changes down; without it Wine loses them, and Windows tells nothing of a failure (STACK.md A5)."""
        self._must("CertControlStore", store, 0, api.COMMIT, None)

    def export(self, store: Handle, password: Secret) -> bytes:
        """Return all of a store with its keys as PFX; fails where a key is missing or not to be exported."""
        blob = api.Blob()
        arguments = store, byref(blob), _utf16(password.reveal()), None, api.EXPORT_WITH_KEYS
        self._must("PFXExportCertStoreEx", *arguments)
        data = ctypes.create_string_buffer(blob.size)
        blob.data = ctypes.addressof(data)
        self._must("PFXExportCertStoreEx", *arguments)
        return data.raw[: blob.size]

    @contextmanager
    def _closing(self, handle: Handle) -> Iterator[Handle]:
        try:
            yield handle
        finally:
            self._call["CertCloseStore"](handle, 0)

    @contextmanager
    def _key(self, context: Context, *, keep: bool = False) -> Iterator[tuple[int, int]]:
        """Open a key; ``keep``: what is done with it ends its handle."""
        handle, spec, ours = c_size_t(), c_uint32(), c_int32()
        arguments = context, api.ACQUIRE_SILENT | api.ACQUIRE_CNG_TOO, None, byref(handle), byref(spec), byref(ours)
        self._must("CryptAcquireCertificatePrivateKey", *arguments)
        try:
            yield handle.value, spec.value
        finally:
            if ours.value and not keep:
                release, more = ("NCryptFreeObject", ()) if spec.value == api.CNG_KEY else ("CryptReleaseContext", (0,))
                self._call[release](handle.value, *more)

    def _property(self, context: Context, number: int) -> ctypes.Array[ctypes.c_char] | None:
        size = c_uint32()
        read = self._call["CertGetCertificateContextProperty"]
        if not read(context, number, None, byref(size)):
            if self._last_error() & 0xFFFF_FFFF == api.NOT_FOUND:
                return None
            raise WindowsFailure(self._last_error())
        data = ctypes.create_string_buffer(size.value)
        if not read(context, number, data, byref(size)):
            raise WindowsFailure(self._last_error())
        return data

    def _must(self, name: str, *arguments: Any) -> Any:
        result = self._call[name](*arguments)
        if not result:
            raise WindowsFailure(self._last_error())
        return result


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


def _text(address: int | None) -> str:
    """Read a text that ends with a 0 of two octets."""
    if not address:
        return ""
    end = address
    while ctypes.string_at(end, 2) != b"\0\0":
        end += 2
    return ctypes.string_at(address, end - address).decode("utf-16-le", "replace")
