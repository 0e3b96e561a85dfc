"""One identity out of a keychain as PFX, through macOS' Security framework; never run on macOS.

The ``security`` tool exports all identities of a keychain or none, and asks the person for each key. SecItemExport takes exactly
one, and the passphrase never leaves this process. The search functions are old but need no dictionary of constants; the tool
itself uses them. Source: Apple's SecImportExport.h, SecIdentitySearch.h, CFData.h, CFString.h.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from contextlib import ExitStack
from ctypes import POINTER, byref, c_char_p, c_int32, c_long, c_ubyte, c_uint32, c_void_p
from pathlib import Path
from typing import Any, Final

from certtray.core.secret import Secret
from certtray.stores.keychain_native import KeychainFailure

ITEM_NOT_FOUND: Final = -25300
_PKCS12: Final = 12
_UTF8: Final = 0x0800_0100


class KeyParameters(ctypes.Structure):
    """SecItemImportExportKeyParameters, version 0."""

    _fields_ = (
        ("version", c_uint32),
        ("flags", c_uint32),
        *((name, c_void_p) for name in ("passphrase", "title", "prompt", "access", "usage", "attributes")),
    )


SIGNATURES: Final[dict[str, dict[str, tuple[Any, ...]]]] = {  # the result's type, then each argument's
    "CoreFoundation": {
        "CFDataGetBytePtr": (c_void_p, c_void_p),
        "CFDataGetLength": (c_long, c_void_p),
        "CFRelease": (None, c_void_p),
        "CFStringCreateWithBytes": (c_void_p, c_void_p, c_char_p, c_long, c_uint32, c_ubyte),
    },
    "Security": {
        "SecCertificateCopyData": (c_void_p, c_void_p),
        "SecIdentityCopyCertificate": (c_int32, c_void_p, POINTER(c_void_p)),
        "SecIdentitySearchCopyNext": (c_int32, c_void_p, POINTER(c_void_p)),
        "SecIdentitySearchCreate": (c_int32, c_void_p, c_uint32, POINTER(c_void_p)),
        "SecItemExport": (c_int32, c_void_p, c_uint32, c_uint32, POINTER(KeyParameters), POINTER(c_void_p)),
        "SecKeychainOpen": (c_int32, c_char_p, POINTER(c_void_p)),
    },
}


def framework(name: str) -> Any:
    """Load a framework; OSError on another system."""
    if sys.platform != "darwin":
        raise OSError(f"{name} is macOS'")
    return ctypes.CDLL(f"/System/Library/Frameworks/{name}.framework/{name}")


def export(keychain: Path, der: bytes, passphrase: Secret) -> bytes:
    """Return the PFX of one identity (``Exporter.export``); the frameworks are loaded only now."""
    return Exporter().export(keychain, der, passphrase)


class Exporter:
    """Exports one identity; everything the frameworks give is released."""

    def __init__(self, load: Callable[[str], Any] = framework) -> None:
        self._call: dict[str, Callable[..., Any]] = {}
        for library, functions in SIGNATURES.items():
            loaded = load(library)
            for name, (result, *arguments) in functions.items():
                function = getattr(loaded, name)
                function.restype, function.argtypes = result, arguments
                self._call[name] = function

    def export(self, keychain: Path, der: bytes, passphrase: Secret) -> bytes:
        """Return the PFX of the identity with this certificate; the system may ask the person. Raises KeychainFailure."""
        with ExitStack() as release:
            opened = self._made(release, "SecKeychainOpen", str(keychain).encode())
            search = self._made(release, "SecIdentitySearchCreate", opened, 0)
            while True:
                with ExitStack() as each:
                    identity = self._made(each, "SecIdentitySearchCopyNext", search)
                    if self._der(each, identity) == der:
                        return self._exported(each, identity, passphrase)

    def _der(self, release: ExitStack, identity: int) -> bytes:
        certificate = self._made(release, "SecIdentityCopyCertificate", identity)
        return self._octets(self._kept(release, self._call["SecCertificateCopyData"](certificate)))

    def _exported(self, release: ExitStack, identity: int, passphrase: Secret) -> bytes:
        text = passphrase.reveal().encode()
        given = self._call["CFStringCreateWithBytes"](None, text, len(text), _UTF8, 0)
        parameters = KeyParameters(passphrase=self._kept(release, given))
        return self._octets(self._made(release, "SecItemExport", identity, _PKCS12, 0, byref(parameters)))

    def _made(self, release: ExitStack, name: str, *arguments: Any) -> int:
        """Call a function whose last argument takes what it makes, which is released with ``release``."""
        made = c_void_p()
        if status := self._call[name](*arguments, byref(made)):
            raise KeychainFailure(status, name)
        return self._kept(release, made.value)

    def _kept(self, release: ExitStack, made: int | None) -> int:
        if not made:
            raise KeychainFailure(0, "nothing made")
        release.callback(self._call["CFRelease"], made)
        return made

    def _octets(self, data: int) -> bytes:
        return ctypes.string_at(self._call["CFDataGetBytePtr"](data), self._call["CFDataGetLength"](data))
