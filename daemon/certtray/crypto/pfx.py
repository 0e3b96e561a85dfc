"""PFX files opened whole, private keys included (RFC 7292)."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from certtray.core.certificate import Certificate
from certtray.core.errors import DamagedFile, FileTooLarge, KeyMissing, NotACertificateFile, WrongPassword
from certtray.core.secret import Secret
from certtray.crypto.container import SHROUDED_KEY_BAG, Bag, Container, read_bags, read_container
from certtray.crypto.der import facts
from certtray.crypto.files import MAX_SIZE, kind_of, named_errors
from certtray.crypto.keys import load_pkcs8, open_pkcs8, public_hash


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and its certificate, with the labels the file gave them."""

    private_key: PrivateKeyTypes = field(repr=False)
    certificate: Certificate
    der: bytes = field(repr=False)
    friendly_name: str | None = None
    local_key_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pfx:
    """All key pairs of a file, and the DER of its other certificates, each in the file's order."""

    pairs: tuple[KeyPair, ...]
    others: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """The clear SafeContents of each safe, and the clear PKCS#8 of each key bag in order, under the right password."""

    safes: tuple[bytes, ...] = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)


def open_pfx(data: bytes, password: Secret, path: str) -> Pfx:
    """Return every key pair of a PFX; a key belongs to the certificate of its public key, localKeyId settling ties.

    Raises ``WrongPassword``, ``DamagedFile`` (its MAC is always checked), ``UnsupportedAlgorithm``,
    ``NotACertificateFile``, ``FileTooLarge``, and ``KeyMissing`` where no key has its certificate.
    """
    with named_errors(path):
        opened = unlock(read(data, path), password, path)
        bags = [bag for safe in opened.safes for bag in read_bags(safe)]
        certificates = [(facts(der), der, bag) for bag in bags if (der := bag.certificate) is not None]
        key_bags = [bag for bag in bags if bag.is_key]
        paired: dict[int, KeyPair] = {}
        for bag, clear in zip(key_bags, opened.keys, strict=True):
            key = load_pkcs8(clear)
            key_hash, label = public_hash(key), bag.local_key_id
            fitting = [at for at, (certificate, _, _) in enumerate(certificates) if certificate.key_hash == key_hash]
            labelled = [at for at in fitting if label is not None and certificates[at][2].local_key_id == label]
            if fitting:
                at = max(labelled or fitting, key=lambda at: certificates[at][0].not_after)
                certificate, der, its_bag = certificates[at]
                paired[at] = KeyPair(key, certificate, der, its_bag.friendly_name or bag.friendly_name, label)
    if not paired:
        raise KeyMissing(path=path)
    others = tuple(der for at, (_, der, _) in enumerate(certificates) if at not in paired)
    return Pfx(tuple(paired.values()), others)


def read(data: bytes, path: str) -> Container:
    """Take a PFX apart; raise ``FileTooLarge``, ``NotACertificateFile``, or as ``read_container``."""
    if len(data) > MAX_SIZE:
        raise FileTooLarge(path=path, size=len(data), limit=MAX_SIZE)
    if kind_of(data) != "pfx":
        raise NotACertificateFile(path=path)
    return read_container(data)


def unlock(container: Container, password: Secret, path: str) -> Opened:
    """Check the MAC and decrypt everything; raise ``WrongPassword`` or ``DamagedFile``.

    A piece that decrypts proves the password, so a MAC that fails all the same means an altered file. Without a MAC a
    failure is taken for a wrong password.
    """
    mac = container.mac
    if mac is not None and not mac.verifies(container.content, password):
        raise DamagedFile(path=path, reason="MAC") if _opens_a_piece(container, password) else WrongPassword(path=path)
    failure = WrongPassword(path=path) if mac is None else DamagedFile(path=path, reason="ciphertext")
    safes: list[bytes] = []
    keys: list[bytes] = []
    for safe in container.safes:
        clear = safe.content if safe.scheme is None else safe.scheme.decrypt(safe.content, password)
        if clear is None:
            raise failure
        safes.append(clear)
        for bag in read_bags(clear):
            if bag.is_key:
                key = _clear_key(bag, password)
                if key is None:
                    raise failure
                keys.append(key)
    return Opened(tuple(safes), tuple(keys))


def _opens_a_piece(container: Container, password: Secret) -> bool:
    """Return whether the first encrypted piece opens; one is proof enough, and a hostile file may hold thousands."""
    for safe in container.safes:
        if safe.scheme is not None:
            return safe.scheme.decrypt(safe.content, password) is not None
        for bag in read_bags(safe.content):
            if bag.kind == SHROUDED_KEY_BAG:
                return open_pkcs8(bag.value, password) is not None
    return False


def _clear_key(bag: Bag, password: Secret) -> bytes | None:
    return open_pkcs8(bag.value, password) if bag.kind == SHROUDED_KEY_BAG else bag.value.raw
