"""PFX files that today's tools do not write but that exist or could: built piece by piece, for tests only."""

from __future__ import annotations

import hashlib
import hmac
from hashlib import pbkdf2_hmac, scrypt

from certtray.core.secret import Secret
from certtray.crypto import container, mac, pbe, seal
from certtray.crypto.ber import OCTET_STRING, SEQUENCE, SET, header, parse, wrap, write_integer, write_oid
from certtray.crypto.ciphers import AES_256, RC2_40
from certtray.crypto.keys import pkcs8
from tests.makers import Party

SALT = bytes(range(8))
NULL = b"\x05\x00"


def bag(kind: str, value: bytes, local_key_id: bytes | None) -> bytes:
    """A SafeBag, with a localKeyId attribute or none."""
    attributes = b""
    if local_key_id is not None:
        values = wrap(SET, wrap(OCTET_STRING, local_key_id))
        attributes = wrap(SET, wrap(SEQUENCE, write_oid(container.LOCAL_KEY_ID), values))
    return wrap(SEQUENCE, write_oid(kind), wrap(0xA0, value), attributes)


def certificate_bag(der: bytes, local_key_id: bytes | None = None) -> bytes:
    """A bag of one X.509 certificate."""
    value = wrap(SEQUENCE, write_oid(container.X509_CERTIFICATE), wrap(0xA0, wrap(OCTET_STRING, der)))
    return bag(container.CERTIFICATE_BAG, value, local_key_id)


def key_bag(party: Party, password: str, local_key_id: bytes | None = None) -> bytes:
    """A shrouded key bag."""
    shrouded = seal.seal_pkcs8(pkcs8(party.key), Secret(password), compatible=True)
    return bag(container.SHROUDED_KEY_BAG, shrouded, local_key_id)


def clear_safe(*bags: bytes) -> bytes:
    """A safe that nothing encrypts."""
    return container.write_content_info(container.DATA, wrap(OCTET_STRING, wrap(SEQUENCE, *bags)))


def locked_safe(algorithm: bytes, ciphertext: bytes) -> bytes:
    """A safe under the given AlgorithmIdentifier."""
    content = wrap(SEQUENCE, write_oid(container.DATA), algorithm, wrap(0x80, ciphertext))
    return container.write_content_info(container.ENCRYPTED_DATA, wrap(SEQUENCE, write_integer(0), content))


def sealed_safe(password: str, *bags: bytes, compatible: bool = True) -> bytes:
    """A safe as this program encrypts it."""
    sealed = seal.seal(wrap(SEQUENCE, *bags), Secret(password), compatible=compatible)
    return locked_safe(sealed.algorithm, sealed.ciphertext)


def rc2_40_safe(bmp_password: bytes, *bags: bytes, rounds: int = 2048) -> bytes:
    """A safe under RC2-40 from the exact octets of a password."""
    key = pbe.pkcs12_kdf("sha1", bmp_password, SALT, rounds, purpose=1, size=5)
    iv = pbe.pkcs12_kdf("sha1", bmp_password, SALT, rounds, purpose=2, size=8)
    ciphertext = RC2_40.encrypt(key, iv, wrap(SEQUENCE, *bags))
    return locked_safe(legacy_algorithm("1.2.840.113549.1.12.1.6", rounds), ciphertext)


def legacy_algorithm(oid: str, rounds: int) -> bytes:
    """The AlgorithmIdentifier of a PKCS#12 scheme."""
    return wrap(SEQUENCE, write_oid(oid), wrap(SEQUENCE, wrap(OCTET_STRING, SALT), write_integer(rounds)))


def pbkdf2_algorithm(rounds: int, *, key_size: int | None = None, prf: str = "1.2.840.113549.2.9") -> bytes:
    """The AlgorithmIdentifier of PBKDF2."""
    size = b"" if key_size is None else write_integer(key_size)
    pseudorandom = wrap(SEQUENCE, write_oid(prf), NULL)
    parameters = wrap(SEQUENCE, wrap(OCTET_STRING, SALT), write_integer(rounds), size, pseudorandom)
    return wrap(SEQUENCE, write_oid(pbe.PBKDF2), parameters)


def scrypt_algorithm(n: int, r: int = 8, p: int = 1) -> bytes:
    """The AlgorithmIdentifier of scrypt."""
    costs = (write_integer(n), write_integer(r), write_integer(p))
    return wrap(SEQUENCE, write_oid(pbe.SCRYPT), wrap(SEQUENCE, wrap(OCTET_STRING, SALT), *costs))


def pbes2_algorithm(derivation: bytes, cipher: str = "2.16.840.1.101.3.4.1.42") -> bytes:
    """The AlgorithmIdentifier of PBES2 with an all-zero IV."""
    encryption = wrap(SEQUENCE, write_oid(cipher), wrap(OCTET_STRING, bytes(16)))
    return wrap(SEQUENCE, write_oid(pbe.PBES2), wrap(SEQUENCE, derivation, encryption))


def scrypt_safe(password: str, *bags: bytes) -> bytes:
    """A safe under scrypt and AES-256."""
    key = scrypt(password.encode(), salt=SALT, n=1024, r=8, p=1, dklen=32)
    ciphertext = AES_256.encrypt(key, bytes(16), wrap(SEQUENCE, *bags))
    return locked_safe(pbes2_algorithm(scrypt_algorithm(1024)), ciphertext)


def pfx(*safes: bytes, password: str | None = None, digest: str = "sha1") -> bytes:
    """A PFX of these safes, with a MAC where a password is given."""
    infos = list(safes)
    if password is None:
        return container.write_container(infos)
    check = mac.write_mac(container.write_authenticated(infos), Secret(password), digest, 2048)
    return container.write_container(infos, check)


def pbmac1_pfx(*safes: bytes, password: str) -> bytes:
    """A PFX under PBMAC1 (RFC 9579)."""
    infos = list(safes)
    key = pbkdf2_hmac("sha256", password.encode(), SALT, 2048, 32)
    value = hmac.digest(key, container.write_authenticated(infos), hashlib.sha256)
    authentication = wrap(SEQUENCE, write_oid("1.2.840.113549.2.9"), NULL)
    parameters = wrap(SEQUENCE, pbkdf2_algorithm(2048, key_size=32), authentication)
    info = wrap(SEQUENCE, wrap(SEQUENCE, write_oid("1.2.840.113549.1.5.14"), parameters), wrap(OCTET_STRING, value))
    unused = wrap(OCTET_STRING, b"NOT USED") + write_integer(1)
    return container.write_container(infos, wrap(SEQUENCE, info, unused))


def indefinite(der: bytes) -> bytes:
    """The same value in BER: every constructed element of indefinite length, octet strings in two pieces."""
    node = parse(der)
    if node.tag == OCTET_STRING and len(node.content) > 1:
        middle = len(node.content) // 2
        pieces = wrap(OCTET_STRING, node.content[:middle]) + wrap(OCTET_STRING, node.content[middle:])
        return b"\x24\x80" + pieces + b"\0\0"
    if not node.tag & 0x20:
        return node.raw
    return bytes([node.tag, 0x80]) + b"".join(indefinite(child.raw) for child in node.inside()) + b"\0\0"


def is_indefinite(data: bytes) -> bool:
    """Whether the outermost length is indefinite."""
    return header(data)[1] is None
