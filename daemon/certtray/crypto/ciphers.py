"""The block ciphers that password-based encryption uses, all in CBC mode with the padding of RFC 8018 6.1.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from certtray.crypto.ber import Malformed

Run = Callable[[bytes, bytes, bytes, bool], bytes]


@dataclass(frozen=True, slots=True)
class Cipher:
    """A block cipher in CBC mode; sizes in octets."""

    name: str
    key_size: int
    block_size: int
    run: Run
    """(key, iv, whole blocks, encrypt?) → whole blocks."""

    def decrypt(self, key: bytes, iv: bytes, ciphertext: bytes) -> bytes | None:
        """Return the plaintext, or None where the padding shows that the key is wrong."""
        if not ciphertext or len(ciphertext) % self.block_size:
            raise Malformed("ciphertext is not whole blocks")
        padded = self.run(key, iv, ciphertext, False)
        count = padded[-1]
        if not 0 < count <= self.block_size or padded[-count:] != bytes([count]) * count:
            return None
        return padded[:-count]

    def encrypt(self, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """Return the ciphertext of ``plaintext``, padded."""
        count = self.block_size - len(plaintext) % self.block_size
        return self.run(key, iv, plaintext + bytes([count]) * count, True)


# Imported where they are used: listing certificates that nothing protects must not load any of it.
def _aes(key: bytes, iv: bytes, blocks: bytes, encrypt: bool) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher as Pass
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    context = Pass(AES(key), CBC(iv)).encryptor() if encrypt else Pass(AES(key), CBC(iv)).decryptor()
    return context.update(blocks) + context.finalize()


def _triple_des(key: bytes, iv: bytes, blocks: bytes, encrypt: bool) -> bytes:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher as Pass
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    algorithm = TripleDES(key if len(key) == 24 else key + key[:8])  # two keys: the first comes again as the third
    context = Pass(algorithm, CBC(iv)).encryptor() if encrypt else Pass(algorithm, CBC(iv)).decryptor()
    return context.update(blocks) + context.finalize()


def _rc2(key: bytes, iv: bytes, blocks: bytes, encrypt: bool, *, effective_bits: int) -> bytes:
    from Crypto.Cipher import ARC2  # 40-bit RC2, which cryptography has not

    cipher = ARC2.new(key, ARC2.MODE_CBC, iv=iv, effective_keylen=effective_bits)  # noqa: S304  # what old files use
    return cipher.encrypt(blocks) if encrypt else cipher.decrypt(blocks)


RC2_40: Final = Cipher("RC2-40", 5, 8, partial(_rc2, effective_bits=40))
RC2_128: Final = Cipher("RC2-128", 16, 8, partial(_rc2, effective_bits=128))
TRIPLE_DES: Final = Cipher("3DES", 24, 8, _triple_des)
AES_256: Final = Cipher("AES-256-CBC", 32, 16, _aes)

LEGACY: Final = {
    "1.2.840.113549.1.12.1.3": TRIPLE_DES,
    "1.2.840.113549.1.12.1.4": Cipher("3DES-2", 16, 8, _triple_des),
    "1.2.840.113549.1.12.1.5": RC2_128,
    "1.2.840.113549.1.12.1.6": RC2_40,
}
"""Ciphers of the PKCS#12 schemes (RFC 7292 appendix C) by OID."""

CIPHERS: Final = {
    "2.16.840.1.101.3.4.1.2": Cipher("AES-128-CBC", 16, 16, _aes),
    "2.16.840.1.101.3.4.1.22": Cipher("AES-192-CBC", 24, 16, _aes),
    "2.16.840.1.101.3.4.1.42": AES_256,
    "1.2.840.113549.3.7": replace(TRIPLE_DES, name="DES-EDE3-CBC"),
    "1.2.840.113549.3.2": replace(RC2_128, name="RC2"),
}
"""Ciphers of PBES2 by OID."""


def rc2_effective_bits(version: int) -> Cipher:
    """Return RC2 with the effective key bits an RC2 version number stands for (RFC 8018 B.2.3)."""
    known = {160: RC2_40, 120: replace(RC2_128, key_size=8, run=partial(_rc2, effective_bits=64)), 58: RC2_128}
    if version not in known:
        raise Malformed("RC2 version")
    return known[version]
