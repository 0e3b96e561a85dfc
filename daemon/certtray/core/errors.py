"""Errors made for a person: a stable code, an exit status, and the facts as fields.

The words live in the catalogue under ``error.<code>.title``, ``.what`` and ``.todo``; ``certtray.text`` joins them with
``facts``. Facts are shown on screen and logged: never put a secret into one.
"""

from __future__ import annotations

from typing import ClassVar


class CertTrayError(Exception):
    """Base of every error a face may show."""

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 70  # EX_SOFTWARE

    def __init__(self, **facts: str | int) -> None:
        super().__init__(facts)
        self.facts = facts

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.facts.items())])


class UsageError(CertTrayError):
    """The command line or a request does not say what to do. Facts: reason."""

    code = "usage"
    exit_status = 64


class InputError(CertTrayError):
    """What a person typed cannot be right. Facts: field, and rule (a catalogue key below ``rule.``)."""

    code = "input"
    exit_status = 65


class FileMissing(CertTrayError):
    """Facts: path."""

    code = "file-missing"
    exit_status = 66


class FileUnreadable(CertTrayError):
    """The operating system refuses to let us read it. Facts: path, reason."""

    code = "file-unreadable"
    exit_status = 66


class FileTooLarge(CertTrayError):
    """Larger than any certificate file. Facts: path, size, limit (bytes)."""

    code = "file-too-large"
    exit_status = 65


class WriteFailed(CertTrayError):
    """Disk full, folder read-only or vanished; nothing was changed. Facts: path, reason."""

    code = "write-failed"
    exit_status = 73


class PasswordNeeded(CertTrayError):
    """The file is locked and no password was given. Facts: path."""

    code = "locked"
    exit_status = 77


class WrongPassword(CertTrayError):
    """The file's integrity check fails under this password. Facts: path."""

    code = "wrong-password"
    exit_status = 77


class UnsupportedAlgorithm(CertTrayError):
    """Protected with something this program does not read. Facts: path, algorithm."""

    code = "unsupported-algorithm"
    exit_status = 65


class DamagedFile(CertTrayError):
    """It is the kind of file it claims to be, but cut off or altered. Facts: path, reason."""

    code = "damaged"
    exit_status = 65


class NotACertificateFile(CertTrayError):
    """Something else under a certificate file's name. Facts: path."""

    code = "not-a-certificate-file"
    exit_status = 65


class KeyMissing(CertTrayError):
    """The certificate is there but its private key is not. Facts: path."""

    code = "key-missing"
    exit_status = 65


class CertificateNotTrusted(CertTrayError):
    """No path to a trusted root. Facts: serial, reason (not-yet-valid, expired, no-path), detail."""

    code = "certificate-not-trusted"
    exit_status = 76


class ProfileInvalid(CertTrayError):
    """Facts: path, key, reason."""

    code = "profile-invalid"
    exit_status = 78


class SettingsInvalid(CertTrayError):
    """Facts: path, reason."""

    code = "settings-invalid"
    exit_status = 78


class InventoryUnusable(CertTrayError):
    """The inventory cannot be used, and only a person can help. Facts: path, reason."""

    code = "inventory-unusable"
    exit_status = 74


class ChildFailed(CertTrayError):
    """A helper process crashed, hung or spoke nonsense. Facts: child, reason."""

    code = "child-failed"
    exit_status = 70


class NoWindow(CertTrayError):
    """This desktop cannot show the window. Facts: reason."""

    code = "no-window"
    exit_status = 69


class NoSecretStore(CertTrayError):
    """No operating-system secret store that encrypts is available. Facts: reason."""

    code = "no-secret-store"
    exit_status = 69


class AlreadyRunning(CertTrayError):
    """Another process of this home does the same. Facts: what."""

    code = "already-running"
    exit_status = 75


class IssuerUnreachable(CertTrayError):
    """No answer: network, time-out, or a server in trouble. Safe to try again. Facts: host, reason."""

    code = "issuer-unreachable"
    exit_status = 69


class IssuerNotTrusted(CertTrayError):
    """The server's TLS certificate does not chain to the profile's root. Nothing was sent. Facts: host, reason."""

    code = "issuer-not-trusted"
    exit_status = 76


class IssuerAnswerInvalid(CertTrayError):
    """The issuer answered something outside its own contract. Facts: host, reason."""

    code = "issuer-answer-invalid"
    exit_status = 76


class IssuerRefused(CertTrayError):
    """The issuer said no. Facts: number (the issuer's own code), detail, and tries_left where it counts tries."""

    code = "issuer-refused"
    exit_status = 77

    @property
    def number(self) -> str:
        """The issuer's own error number, for example ``6025``."""
        return str(self.facts.get("number", ""))

    @property
    def tries_left(self) -> int | None:
        """How many tries remain, where the issuer said so."""
        left = self.facts.get("tries_left")
        return None if left is None else int(left)


class NoConnection(CertTrayError):
    """This issuer has no on-line interface configured here. Facts: issuer, page, phone."""

    code = "no-connection"
    exit_status = 69


class OperationLost(CertTrayError):
    """The pending key's password is gone: revoke and apply anew. Facts: operation, issuer."""

    code = "operation-lost"
    exit_status = 77


class Cancelled(CertTrayError):
    """The person stopped; nothing that cannot be repeated had happened. Facts: where."""

    code = "cancelled"
    exit_status = 75


class TimeUp(CertTrayError):
    """No answer before the deadline. Facts: where."""

    code = "time-up"
    exit_status = 75


class OldCertificateLost(CertTrayError):
    """Renewal needs the old certificate and its key; without them: revoke, then apply (0-20). Facts: issuer, phone."""

    code = "old-certificate-lost"
    exit_status = 66


class RenewalImpossible(CertTrayError):
    """The certificate has expired; the issuer's way out is applying anew. Facts: issuer, phone."""

    code = "renewal-impossible"
    exit_status = 65


class NotThisPerson(CertTrayError):
    """The file belongs to someone else than the person logged in. Facts: issuer."""

    code = "not-this-person"
    exit_status = 65


class NoticeNotShown(CertTrayError):
    """The desktop took no notice; it is said again at the next check. Facts: reason (an obstacle's name)."""

    code = "notice-not-shown"
    exit_status = 69


class EndpointUnusable(CertTrayError):
    """The place where a second start reaches the first one is not safe or not possible. Facts: path, reason."""

    code = "endpoint-unusable"
    exit_status = 73


class LoginSuspended(CertTrayError):
    """Too many wrong site passwords (2-22, 4-18). Facts: issuer, phone, address, rule (where it is freed: paper, counter)."""

    code = "login-suspended"
    exit_status = 77


class NotRegistered(CertTrayError):
    """Nothing is registered that could be applied for (2-02, 3-08). Facts: issuer, phone, rule (where one registers)."""

    code = "not-registered"
    exit_status = 66


class TokenNeeded(CertTrayError):
    """The keys belong on a token or card, which this version cannot reach. Facts: issuer, phone, page."""

    code = "token-needed"
    exit_status = 69


class NothingToDownload(CertTrayError):
    """6036 (3-31). Facts: issuer, number."""

    code = "nothing-to-download"
    exit_status = 66


class KeyElsewhere(CertTrayError):
    """80092004: the private key is on another computer or gone (3-32). Facts: issuer, number, phone, rule (how to revoke)."""

    code = "key-elsewhere"
    exit_status = 66


class PasswordUnclear(CertTrayError):
    """The connection broke while a password was being changed. Facts: issuer, phone, rule (unchanged, unclear)."""

    code = "password-unclear"
    exit_status = 69


class DeedUnclear(CertTrayError):
    """The connection broke while certificates were suspended, reinstated or revoked. Safe to do again. Facts: issuer, phone."""

    code = "deed-unclear"
    exit_status = 69


class SignOnFailed(CertTrayError):
    """What came back from a login in the browser is not what was begun (0-02). Facts: reason."""

    code = "sign-on-failed"
    exit_status = 76


class NoneFits(CertTrayError):
    """The issuer knows no certificate with which this could be done. Facts: issuer, rule (the procedure)."""

    code = "none-fits"
    exit_status = 66


class NoFont(CertTrayError):
    """No font with Chinese letters is installed. Facts: package."""

    code = "no-font"
    exit_status = 69


class NotPrinted(CertTrayError):
    """The system's printing did not take the document. Facts: reason."""

    code = "not-printed"
    exit_status = 69


class RevocationUnusable(CertTrayError):
    """A revocation list or status answer is not to be believed. Facts: where, fault (word.unknown_<fault>)."""

    code = "revocation-unusable"
    exit_status = 76


class OperationUnfinished(CertTrayError):
    """An application or renewal is to put its file there; it comes first. Facts: path (masked)."""

    code = "operation-unfinished"
    exit_status = 75


class FileChanged(CertTrayError):
    """Another program wrote the file while the person was answering; it is left as it is. Facts: path (masked)."""

    code = "file-changed"
    exit_status = 75


class StoreBusy(CertTrayError):
    """Another program writes to a store, and did not finish while we waited. Facts: store (its label)."""

    code = "store-busy"
    exit_status = 75


class StoreNoAccess(CertTrayError):
    """The system does not let us read or write a store; nothing was changed. Facts: store, path (masked)."""

    code = "store-no-access"
    exit_status = 73


class StoreDamaged(CertTrayError):
    """A store's files are not what its program writes. Facts: store, path (masked)."""

    code = "store-damaged"
    exit_status = 65


class StoreFull(CertTrayError):
    """No room on the disk of a store; nothing was changed. Facts: store, path (masked)."""

    code = "store-full"
    exit_status = 73


class StorePasswordNeeded(CertTrayError):
    """A store has a password of its own and none was given. Facts: store."""

    code = "store-password-needed"
    exit_status = 77


class StorePasswordWrong(CertTrayError):
    """A store did not take its password; it was tried once. Facts: store."""

    code = "store-password-wrong"
    exit_status = 77


class StoreUnreachable(CertTrayError):
    """What is needed to write a store is not here. Facts: store, package, and rule (sandboxed, read_only_kind) if that is why."""

    code = "store-unreachable"
    exit_status = 69


class StoreRefused(CertTrayError):
    """A store did not do what was asked, or did it and the change is not there. Facts: store, reason."""

    code = "store-refused"
    exit_status = 74


class KeyNotExportable(CertTrayError):
    """The private key was stored so that it cannot be copied out. Facts: store."""

    code = "key-not-exportable"
    exit_status = 77


class CertificateGone(CertTrayError):
    """The certificate is no longer in the store. Facts: store."""

    code = "certificate-gone"
    exit_status = 66


class BrowserRunning(CertTrayError):
    """A store can only be written while its program is closed. Facts: store, name (the program's)."""

    code = "browser-running"
    exit_status = 75


class NoToken(CertTrayError):
    """No card or token is seen. Facts: reader (empty, or the serial number that was asked for)."""

    code = "no-token"
    exit_status = 66


class TokenModuleFailed(CertTrayError):
    """A vendor's module cannot be used. Facts: module, rule (missing, bitness, not_loadable, crash, hang), detail."""

    code = "token-module"
    exit_status = 70


class TokenGone(CertTrayError):
    """The card was pulled, or another one is in its place. Facts: token."""

    code = "token-gone"
    exit_status = 75


class TokenFailed(CertTrayError):
    """The token refused for a reason that is not the PIN. Facts: token, detail, rule (full, logged_in, unsupported …)."""

    code = "token-failed"
    exit_status = 76


class TokenReadOnly(CertTrayError):
    """The card's issuer forbids other programs to change anything on it. Facts: token."""

    code = "token-read-only"
    exit_status = 77


class PinWrong(CertTrayError):
    """The token refused the PIN; it was sent once. Facts: token, and rule ``puk`` where it was the unblocking secret."""

    code = "pin-wrong"
    exit_status = 77


class PinLocked(CertTrayError):
    """Too many wrong PINs; nothing was sent. Facts: token, and rule ``puk`` where the unblocking secret is locked too."""

    code = "pin-locked"
    exit_status = 77


class PinUnclear(CertTrayError):
    """The card or its module was lost while the PIN was being changed. Facts: token."""

    code = "pin-unclear"
    exit_status = 75
