"""Whether certificates still stand, asked of what they themselves name: OCSP responder, then revocation list.

What was fetched is kept in a folder until it is due (each file is verified again when it is read), and nothing older than
what is kept there is believed: an answer from before the revocation cannot be played back.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from certtray.core.errors import CertTrayError, FileMissing, RevocationUnusable, WriteFailed
from certtray.core.revocation import Standing, Verdict
from certtray.crypto import crl as lists
from certtray.crypto import ocsp
from certtray.crypto.path import path_above, pointers
from certtray.issuers.download import LARGEST, download
from certtray.system.files import read_limited, write_atomic

log = logging.getLogger(__name__)


class Revocation:
    """Answers about certificates; one object for one run of a procedure, so that a dead server is tried once.

    ``pool`` are issuers' certificates that are known already.
    """

    def __init__(self, cache: Path, pool: Iterable[x509.Certificate], now: datetime) -> None:
        self._cache, self._pool, self._now = cache, list(pool), now
        self._failed: dict[str, CertTrayError] = {}

    def path(self, leaf: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """Return the certificate and those above it, as far as they can be found or fetched."""
        return path_above(leaf, self._pool, self._issuers_at)

    def verdict(self, certificate: x509.Certificate, issuer: x509.Certificate | None, *, fresh: bool = True) -> Verdict:
        """Return how ``certificate`` stands; UNKNOWN with the reason where nobody could be asked or believed.

        ``fresh``: ask the responder now. Else the list comes first, which serves many certificates and tells nobody
        which one is asked about, and an answer that is kept and not due yet will do.
        """
        places = pointers(certificate)
        if not places.crls and not places.responders:
            return Verdict(Standing.UNKNOWN, "no-pointer")
        if issuer is None:
            return Verdict(Standing.UNKNOWN, "no-issuer")
        responders = [(self._ask_responder, url) for url in places.responders]
        published = [(self._ask_list, url) for url in places.crls]
        reason = ""
        for ask, where in responders + published if fresh else published + responders:
            try:
                found = ask(where, certificate, issuer, fresh)
                if found.standing is not Standing.UNKNOWN:
                    return found
                reason = reason or found.reason
            except CertTrayError as error:
                log.info("revocation: %s", error)
                reason = str(error.facts.get("fault", "unreachable"))
        return Verdict(Standing.UNKNOWN, reason)

    def _ask_responder(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, fresh: bool) -> Verdict:
        asked_about = certificate.fingerprint(hashes.SHA256()).hex()
        kept = self._place(url + asked_about, "ocsp")
        before: Verdict | None = None
        with suppress(CertTrayError):
            before = ocsp.read_answer(read_limited(kept, LARGEST), certificate, issuer, self._now, where=url)
        if before and not fresh:
            return before
        nonce = secrets.token_bytes(16)
        question = ocsp.question(certificate, issuer, nonce)
        try:
            data = self._get(url, body=question, kind="application/ocsp-request")
        except CertTrayError:
            if before:
                return before
            raise
        answer = ocsp.read_answer(data, certificate, issuer, self._now, where=url, nonce=nonce)
        if before and before.asked and answer.asked and answer.asked < before.asked:
            raise RevocationUnusable(where=url, fault="replay")
        self._keep(kept, data)
        return answer

    def _ask_list(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, _fresh: bool) -> Verdict:
        kept = self._place(url, "crl")
        newest: datetime | None = None
        try:
            data = read_limited(kept, LARGEST)
            with suppress(ValueError, x509.InvalidVersion):
                newest = x509.load_der_x509_crl(data).last_update_utc
            return lists.ask_crl(lists.read_crl(data, issuer, self._now, where=url), certificate.serial_number)
        except (FileMissing, RevocationUnusable):
            pass
        crl = lists.read_crl(self._get(url), issuer, self._now, where=url)
        if newest and crl.last_update_utc < newest:
            raise RevocationUnusable(where=url, fault="replay")
        self._keep(kept, crl.public_bytes(Encoding.DER))
        return lists.ask_crl(crl, certificate.serial_number)

    def _issuers_at(self, url: str) -> list[x509.Certificate]:
        """Return the certificates at a caIssuers address; whatever cannot be read is none."""
        kept = self._place(url, "cer")
        try:
            return _certificates(read_limited(kept, LARGEST))
        except (CertTrayError, ValueError):
            pass
        try:
            data = self._get(url)
            found = _certificates(data)
        except (CertTrayError, ValueError) as error:
            log.info("issuer's certificate: %s", type(error).__name__)
            return []
        self._keep(kept, data)
        return found

    def _get(self, url: str, *, body: bytes | None = None, kind: str = "") -> bytes:
        if url in self._failed:
            raise self._failed[url]
        try:
            return download(url, body=body, kind=kind)
        except CertTrayError as error:
            self._failed[url] = error
            raise

    def _place(self, name: str, suffix: str) -> Path:
        return self._cache / f"{hashlib.sha256(name.encode()).hexdigest()}.{suffix}"

    @staticmethod
    def _keep(path: Path, data: bytes) -> None:
        try:
            write_atomic(path, data)
        except WriteFailed as error:  # the answer is good all the same
            log.warning("%s", error)


def _certificates(data: bytes) -> list[x509.Certificate]:
    """Return the certificates of a caIssuers answer: one in DER or PEM, or a certs-only CMS (RFC 5280 4.2.2.1); ValueError."""
    try:
        if data.lstrip()[:5] == b"-----":
            return x509.load_pem_x509_certificates(data)
        with suppress(ValueError):
            return [x509.load_der_x509_certificate(data)]
        return pkcs7.load_der_pkcs7_certificates(data)
    except (x509.InvalidVersion, UnsupportedAlgorithm) as error:  # neither is a ValueError
        raise ValueError(str(error)) from error
