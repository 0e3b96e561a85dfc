"""The adapter for the enrollment API of DESIGN.md 7, as the reference RA serves it: one enrollment after the login."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, get_args
from uuid import UUID

from certtray.core.errors import CertTrayError, IssuerRefused
from certtray.core.secret import Secret
from certtray.crypto.files import read_certificates
from certtray.issuers import base
from certtray.issuers.answers import Answer, Malformed
from certtray.issuers.base import Contact, Issued, Pending
from certtray.issuers.channel import ANSWER_BYTES
from certtray.issuers.ra_card import CardCalls
from certtray.issuers.ra_login import LoginCalls
from certtray.issuers.ra_manage import ManageCalls

ISSUING: Final = "6025"
ENVELOPE: Final = 16384
"""Characters of a challenge in base64; a real one has under a thousand."""


class RaIssuer(LoginCalls, ManageCalls, CardCalls):
    """One person's dealings with an RA; the arguments are those of ``RaSession``."""

    def contacts(self) -> tuple[Contact, ...]:
        """See ``base.Issuer``."""
        reply = self._channel.send("GET", "/contacts", token=self._session())
        return self._read(
            lambda: tuple(
                Contact(one.text("id", 64), one.one_of("kind", ("phone", "email")), one.text("masked", 100))
                for one in Answer.parse_list(reply.body)
            )
        )

    def terms(self) -> base.Terms:
        """See ``base.Issuer``."""
        reply = self._channel.send("GET", "/terms")

        def read() -> base.Terms:
            answer = Answer.parse(reply.body)
            clauses = tuple(base.Clause(one.text("zh_TW"), one.text("en")) for one in answer.objects("clauses"))
            return base.Terms(answer.text("version", 32), clauses)

        return self._read(read)

    def enroll(self, enrollment: base.EnrollmentRequest) -> base.EnrollmentState:
        """See ``base.Issuer``."""
        body = {
            "action": enrollment.action,
            "old_serials": [f"{serial:08X}" for serial in enrollment.old_serials],
            "request_hashes": enrollment.request_hashes,
            "usages": [usage.value for usage in enrollment.usages],
            "terms_version": enrollment.terms_version,
            "registration": enrollment.registration,
            "email": enrollment.email,
        }
        reply = self._channel.send("PUT", f"/enrollments/{enrollment.id}", body, self._session())

        def read() -> base.EnrollmentState:
            answer = Answer.parse(reply.body)
            state = answer.one_of("state", get_args(base.State))
            needs = tuple(_factor(text) for text in answer.texts("needs"))
            challenges = {
                one.serial("serial"): one.binary("envelope", ENVELOPE) for one in answer.objects("challenges")
            }
            device = answer.one_of("device", get_args(base.Device))
            return base.EnrollmentState(state, answer.binary("nonce", 200), needs, challenges, device)

        return self._read(read)

    def start_otp(self, enrollment_id: UUID, contact_id: str) -> base.OtpTicket:
        """See ``base.Issuer``."""
        path = f"/enrollments/{enrollment_id}/otp"
        asked_at = self._clock()
        reply = self._channel.send("POST", path, {"contact": contact_id}, self._session())

        def read() -> base.OtpTicket:
            answer = Answer.parse(reply.body)
            return base.OtpTicket(
                asked_at + timedelta(seconds=answer.number("expires_in", 1, 86400)),
                answer.number("tries_left"),
                answer.number("resends_left"),
                answer.number("digits", 4, 12),
            )

        return self._read(read)

    def verify_otp(self, enrollment_id: UUID, code: Secret) -> None:
        """See ``base.Issuer``."""
        path = f"/enrollments/{enrollment_id}/otp/verify"
        self._channel.send("POST", path, {"code": code.reveal()}, self._session())

    def give_apply_password(self, enrollment_id: UUID, password: Secret) -> None:
        """See ``base.Issuer``."""
        path = f"/enrollments/{enrollment_id}/apply-password"
        self._channel.send("POST", path, {"password": password.reveal()}, self._session())

    def submit(
        self, enrollment_id: UUID, requests: Sequence[bytes], proofs: Sequence[bytes], terms_version: str
    ) -> Issued | Pending:
        """See ``base.Issuer``."""
        body = {
            "requests": [base64.b64encode(request).decode() for request in requests],
            "proofs": [base64.b64encode(proof).decode() for proof in proofs],
            "terms_accepted": True,
            "terms_version": terms_version,
        }
        reply = self._channel.send("PUT", f"/enrollments/{enrollment_id}/requests", body, self._session())

        def read() -> Issued | Pending:
            answer = Answer.parse(reply.body)
            if answer.one_of("state", ("issued", "pending")) == "pending":
                return self._pending(answer.number("retry_after", 0, 86400))
            return _issued(answer.binary("certificates", ANSWER_BYTES))

        return self._read(read)

    def result(self, enrollment_id: UUID) -> Issued | Pending:
        """See ``base.Issuer``."""
        try:
            reply = self._channel.send("GET", f"/enrollments/{enrollment_id}/certificates", token=self._session())
        except IssuerRefused as refused:
            if refused.number != ISSUING:
                raise
            return self._pending(int(refused.facts.get("retry_after", 0)))
        return self._read(lambda: _issued(reply.body))

    def installed(self, enrollment_id: UUID) -> None:
        """See ``base.Issuer``."""
        self._channel.send("POST", f"/enrollments/{enrollment_id}/installed", token=self._session())


def _factor(text: str) -> base.Factor:
    factors: dict[str, base.Factor] = {"otp": "otp", "apply_password": "apply_password"}
    if text not in factors:
        raise Malformed("needs")
    return factors[text]


def _issued(pkcs7: bytes) -> Issued:
    try:
        return Issued(pkcs7, tuple(each.der for each in read_certificates(pkcs7, "").holdings))
    except CertTrayError as error:
        raise Malformed("certificates") from error
