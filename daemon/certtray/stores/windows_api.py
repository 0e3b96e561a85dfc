"""Windows' certificate functions as its headers declare them: structures, signatures, numbers.

Never run on Windows. Sizes, offsets and numbers are those of wincrypt.h and ncrypt.h for 64 bits (tests/stores/test_windows.py).
Fixed widths and UTF-16 by hand make them the same on every system. Nothing is loaded by importing this.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, c_char_p, c_int32, c_size_t, c_uint32, c_void_p
from typing import Any, Final

EXPORTABLE, USER_PROTECTED = 0x1, 0x2
"""CRYPT_EXPORTABLE, CRYPT_USER_PROTECTED of PFXImportCertStore."""
USE_EXISTING, REPLACE_EXISTING = 2, 3
"""CERT_STORE_ADD_…: what becomes of the same certificate that is there already."""
MACHINE_KEYSET, DELETE_KEYSET = 0x20, 0x10
MEMORY, SYSTEM = 2, 10
"""CERT_STORE_PROV_MEMORY, CERT_STORE_PROV_SYSTEM_W."""
CURRENT_USER, READ_ONLY = 0x1_0000, 0x8000
COMMIT: Final = 3
X509: Final = 1
KEY_PROVIDER, FRIENDLY_NAME = 2, 11
"""CERT_…_PROP_ID."""
ACQUIRE_SILENT, ACQUIRE_CNG_TOO = 0x40, 0x1_0000
CNG_KEY: Final = 0xFFFF_FFFF
"""CERT_NCRYPT_KEY_SPEC."""
EXPORT_WITH_KEYS: Final = 0x4 | 0x2 | 0x1
"""EXPORT_PRIVATE_KEYS, and fail where a key is not there or not to be exported."""

NOT_FOUND: Final = 0x8009_2004
"""CRYPT_E_NOT_FOUND."""
NO_SUCH_KEY: Final = frozenset({0x8009_0016, 0x8009_000D, NOT_FOUND, 0x8009_200B})
"""NTE_BAD_KEYSET, NTE_NO_KEY, CRYPT_E_NOT_FOUND, CRYPT_E_NO_KEY_PROPERTY."""
NOT_EXPORTABLE: Final = frozenset({0x8009_000B, 0x8009_000A, 0x8009_0010, 0x8009_0029})
"""NTE_BAD_KEY_STATE, NTE_BAD_TYPE, NTE_PERM, NTE_NOT_SUPPORTED, as PFXExportCertStoreEx answers."""
CANCELLED: Final = frozenset({0x8007_04C7, 0x8010_006E})
"""ERROR_CANCELLED, SCARD_W_CANCELLED_BY_USER."""
ACCESS_DENIED: Final = frozenset({0x8007_0005, 0x8009_0010})
"""ERROR_ACCESS_DENIED, NTE_PERM."""
BUSY: Final = frozenset({0x8007_0020, 0x8007_0021})
"""ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION."""
FULL: Final = frozenset({0x8007_0070, 0x8007_0027})
"""ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL."""
DAMAGED: Final = frozenset({0x8007_000D, 0x8007_0570, 0x8007_03F1, 0x8009_2003})
"""ERROR_INVALID_DATA, ERROR_FILE_CORRUPT, ERROR_BADDB, CRYPT_E_FILE_ERROR."""
ABSENT: Final = frozenset({0x8007_0002, 0x8007_0003})
"""ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND."""


class CertContext(ctypes.Structure):
    """CERT_CONTEXT."""

    _fields_ = (
        ("encoding", c_uint32),
        ("encoded", c_void_p),
        ("size", c_uint32),
        ("info", c_void_p),
        ("store", c_void_p),
    )


class Blob(ctypes.Structure):
    """CRYPT_DATA_BLOB."""

    _fields_ = (("size", c_uint32), ("data", c_void_p))


class KeyProviderInfo(ctypes.Structure):
    """CRYPT_KEY_PROV_INFO."""

    _fields_ = (
        ("container", c_void_p),
        ("provider", c_void_p),
        ("kind", c_uint32),
        ("flags", c_uint32),
        ("parameter_count", c_uint32),
        ("parameters", c_void_p),
        ("key_spec", c_uint32),
    )


SIGNATURES: Final[dict[str, dict[str, tuple[Any, ...]]]] = {  # the result's type, then each argument's
    "crypt32": {
        "CertOpenStore": (c_void_p, c_void_p, c_uint32, c_size_t, c_uint32, c_char_p),
        "CertCloseStore": (c_int32, c_void_p, c_uint32),
        "CertControlStore": (c_int32, c_void_p, c_uint32, c_uint32, c_void_p),
        "CertEnumCertificatesInStore": (c_void_p, c_void_p, c_void_p),
        "CertDuplicateCertificateContext": (c_void_p, c_void_p),
        "CertFreeCertificateContext": (c_int32, c_void_p),
        "CertGetCertificateContextProperty": (c_int32, c_void_p, c_uint32, c_void_p, POINTER(c_uint32)),
        "CertAddCertificateContextToStore": (c_int32, c_void_p, c_void_p, c_uint32, c_void_p),
        "CertAddEncodedCertificateToStore": (*(c_int32, c_void_p, c_uint32, c_char_p, c_uint32, c_uint32, c_void_p),),
        "CertDeleteCertificateFromStore": (c_int32, c_void_p),
        "PFXImportCertStore": (c_void_p, POINTER(Blob), c_char_p, c_uint32),
        "PFXExportCertStoreEx": (c_int32, c_void_p, POINTER(Blob), c_char_p, c_void_p, c_uint32),
        "CryptAcquireCertificatePrivateKey": (
            *(c_int32, c_void_p, c_uint32, c_void_p, POINTER(c_size_t), POINTER(c_uint32), POINTER(c_int32)),
        ),
    },
    "advapi32": {
        "CryptAcquireContextW": (c_int32, POINTER(c_size_t), c_char_p, c_char_p, c_uint32, c_uint32),
        "CryptReleaseContext": (c_int32, c_size_t, c_uint32),
    },
    "ncrypt": {"NCryptDeleteKey": (c_uint32, c_size_t, c_uint32), "NCryptFreeObject": (c_uint32, c_size_t)},
}


class WindowsFailure(Exception):
    """A function failed; ``number`` is an HRESULT, also where Windows gave a plain error number."""

    def __init__(self, number: int) -> None:
        number &= 0xFFFF_FFFF
        self.number = number if number & 0x8000_0000 else 0x8007_0000 | number
        super().__init__(f"0x{self.number:08X}")


def windows_library(name: str) -> Any:
    """Load a library; OSError on another system."""
    if sys.platform != "win32":
        raise OSError(f"{name} is Windows'")
    return ctypes.WinDLL(name, use_last_error=True)


def windows_error() -> int:
    """Return why the last function failed."""
    if sys.platform != "win32":
        raise OSError("only Windows keeps one")
    return ctypes.get_last_error()
