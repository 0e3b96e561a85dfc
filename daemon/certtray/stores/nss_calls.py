"""The few functions of NSS that write, through ctypes: only ever called in the short-lived child ``_nss``.

Names, arguments and codes as in NSS's headers nss.h, pk11pub.h, cert.h, secmodt.h and secoidt.h. One certificate is meant by its
DER; a nickname is only given, never searched for (STACK.md A1).
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_ubyte, c_uint, c_ulong, c_void_p
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from certtray.core.secret import Secret
from certtray.crypto.ber import OCTET_STRING, SEQUENCE, parse, wrap, write_oid
from certtray.stores.nss_libraries import file_name

_READ_ONLY: Final = 0x1
_NO_MODULES: Final = 0x4
"""The profile may name vendors' PKCS#11 modules; they are neither loaded nor touched."""
_NO_ROOTS: Final = 0x10
_WOULD_BLOCK: Final = -2
"""How PK11_CheckUserPassword says that the password is wrong."""
_ALL_USES: Final = 0xFF
_PBE_3DES: Final = 156
"""SEC_OID_PKCS12_V2_PBE_WITH_SHA1_AND_3KEY_TRIPLE_DES_CBC: how a key leaves the token, under a password made for it."""
_PBE_3DES_OID: Final = "1.2.840.113549.1.12.1.3"
_BESIDE: Final = ("nspr4", "plc4", "plds4", "mozsqlite3", "nssutil3", "softokn3")
"""What a browser's libnss3 needs, in this order, where the browser has its own."""


class NssError(Exception):
    """NSS refused; its error's name, such as SEC_ERROR_ADDING_CERT."""


class Gone(Exception):
    """The certificate is not in the database."""


class NoKey(Exception):
    """The certificate has no private key there."""


class _Item(Structure):
    """SECItem."""

    _fields_ = (("type", c_int), ("data", POINTER(c_ubyte)), ("len", c_uint))


class _EncryptedKey(Structure):
    """SECKEYEncryptedPrivateKeyInfo."""

    _fields_ = (("arena", c_void_p), ("algorithm", _Item), ("parameters", _Item), ("data", _Item))


class Database:
    """One opened NSS database; a process opens one in its life."""

    def __init__(self, library: Path | None, folder: Path, *, write: bool) -> None:
        """Open ``folder`` with the NSS in ``library`` (None: the system's); OSError where there is none, NssError.

        To write is to create what is missing.
        """
        os.environ["NSS_SDB_USE_CACHE"] = "no"  # it would measure the disk first, for a cache that lives a moment
        self._nss, self._nspr = _load(library)
        self._prepare()
        exists = (folder / "cert9.db").exists()
        flags = _NO_ROOTS | (0 if write else _READ_ONLY) | (_NO_MODULES if exists else 0)
        self._must(self._nss.NSS_Initialize(f"sql:{folder}".encode(), b"", b"", b"secmod.db", flags) == 0)
        self._slot = self._nss.PK11_GetInternalKeySlot()
        self._must(self._slot)
        if write and self._nss.PK11_NeedUserInit(
            self._slot
        ):  # never used: it gets the empty password, as browsers do it
            self._must(self._nss.PK11_InitPin(self._slot, None, b"") == 0)

    @property
    def asks_password(self) -> bool:
        """Whether there is a primary password."""
        return bool(self._nss.PK11_NeedLogin(self._slot))

    def log_in(self, password: Secret) -> bool:
        """Try the primary password, once; False where it is wrong."""
        status: int = self._nss.PK11_CheckUserPassword(self._slot, password.reveal().encode())
        self._must(status in (0, _WOULD_BLOCK))
        return status == 0

    def put_key(self, pkcs8: bytes) -> Callable[[], None]:
        """Store a private key; return what takes it away again."""
        item, key = _item(pkcs8), c_void_p()
        self._must(
            self._nss.PK11_ImportDERPrivateKeyInfoAndReturnKey(
                self._slot, byref(item), None, None, 1, 1, _ALL_USES, byref(key), None
            )
            == 0
        )
        return lambda: self._must(self._nss.PK11_DeleteTokenPrivateKey(key, 1) == 0)

    def put_certificate(self, der: bytes, nickname: str) -> None:
        """Store a certificate, tied to its key by the public key, without any trust."""
        item = _item(der)
        self._must(self._nss.PK11_ImportDERCert(self._slot, byref(item), 0, nickname.encode(), 0) == 0)

    def take_key(self, der: bytes) -> bytes:
        """Return the PKCS#8 DER of a certificate's key; Gone, NoKey, NssError."""
        from certtray.crypto.keys import open_pkcs8  # most requests are not about a key

        password = token_hex(24)
        key = self._nss.PK11_FindPrivateKeyFromCert(self._slot, self._find(der), None)
        if not key:
            raise NoKey
        spelled = _item(password.encode("utf-16-be") + b"\0\0")  # a BMPString with its end, RFC 7292 appendix B.1
        sealed = self._nss.PK11_ExportEncryptedPrivKeyInfo(self._slot, _PBE_3DES, byref(spelled), key, 2048, None)
        self._must(sealed)
        parts = sealed.contents
        algorithm = wrap(SEQUENCE, write_oid(_PBE_3DES_OID), _bytes(parts.parameters))
        info = wrap(SEQUENCE, algorithm, wrap(OCTET_STRING, _bytes(parts.data)))
        clear = open_pkcs8(parse(info), Secret(password))
        if clear is None:
            raise NssError("unwrap")
        return clear

    def remove(self, der: bytes, *, takes_key: bool) -> None:
        """Delete a certificate, with its key where there is one to take; Gone, NoKey, NssError."""
        certificate = self._find(der)
        if takes_key:  # first: a key without its certificate would be found by nobody who repeats this after a crash
            key = self._nss.PK11_FindPrivateKeyFromCert(self._slot, certificate, None)
            if not key:
                raise NoKey
            self._must(self._nss.PK11_DeleteTokenPrivateKey(key, 1) == 0)
        self._must(self._nss.SEC_DeletePermCertificate(certificate) == 0)

    def _find(self, der: bytes) -> Any:
        item = _item(der)
        found = self._nss.PK11_FindCertFromDERCertItem(self._slot, byref(item), None)
        if not found:
            raise Gone
        return found

    def _must(self, fine: object) -> None:
        if not fine:
            code = self._nspr.PR_GetError()
            name = self._nspr.PR_ErrorToName(code)
            raise NssError(name.decode() if name else str(code))

    def _prepare(self) -> None:
        """Tell ctypes what is no int: pointers would be cut to 32 bits."""
        nss, nspr, pointer = self._nss, self._nspr, c_void_p
        item = POINTER(_Item)
        nss.NSS_Initialize.argtypes = (c_char_p, c_char_p, c_char_p, c_char_p, c_uint)
        nss.PK11_GetInternalKeySlot.restype = pointer
        nss.PK11_NeedLogin.argtypes = nss.PK11_NeedUserInit.argtypes = (pointer,)
        nss.PK11_InitPin.argtypes = (pointer, c_char_p, c_char_p)
        nss.PK11_CheckUserPassword.argtypes = (pointer, c_char_p)
        nss.PK11_ImportDERPrivateKeyInfoAndReturnKey.argtypes = (
            *(pointer, item, item, item, c_int, c_int, c_uint, POINTER(c_void_p), pointer),
        )
        nss.PK11_DeleteTokenPrivateKey.argtypes = (pointer, c_int)
        nss.PK11_ImportDERCert.argtypes = (pointer, item, c_ulong, c_char_p, c_int)
        nss.PK11_FindCertFromDERCertItem.argtypes = (pointer, item, pointer)
        nss.PK11_FindCertFromDERCertItem.restype = pointer
        nss.PK11_FindPrivateKeyFromCert.argtypes = (pointer, pointer, pointer)
        nss.PK11_FindPrivateKeyFromCert.restype = pointer
        nss.PK11_ExportEncryptedPrivKeyInfo.argtypes = (pointer, c_int, item, pointer, c_int, pointer)
        nss.PK11_ExportEncryptedPrivKeyInfo.restype = POINTER(_EncryptedKey)
        nss.SEC_DeletePermCertificate.argtypes = (pointer,)
        nspr.PR_ErrorToName.restype = c_char_p


def _load(folder: Path | None) -> tuple[Any, Any]:
    """Return libnss3 and libnspr4; OSError."""
    if folder is None:
        return ctypes.CDLL(file_name("nss3")), ctypes.CDLL(file_name("nspr4"))
    for name in _BESIDE:  # found by name once they are loaded, whatever the search path says
        if (folder / file_name(name)).exists():
            ctypes.CDLL(str(folder / file_name(name)), mode=ctypes.RTLD_GLOBAL)
    nss, nspr = ctypes.CDLL(str(folder / file_name("nss3"))), folder / file_name("nspr4")
    if nspr.exists():
        return nss, ctypes.CDLL(str(nspr))
    return nss, ctypes.CDLL(file_name("nspr4")) if sys.platform == "linux" else nss  # elsewhere it is inside


def _item(data: bytes) -> _Item:
    octets = (c_ubyte * len(data)).from_buffer_copy(data)
    return _Item(0, ctypes.cast(octets, POINTER(c_ubyte)), len(data))


def _bytes(item: _Item) -> bytes:
    return ctypes.string_at(item.data, item.len)
