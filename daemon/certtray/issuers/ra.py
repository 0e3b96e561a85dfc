"""The adapter for the enrollment API of DESIGN.md 7, as the reference RA serves it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar, get_args
from uuid import UUID

from certtray.core.certificate import Usage
from certtray.core.errors import CertTrayError, IssuerRefused
from certtray.core.secret import Secret
from certtray.crypto.files import read_certificates
from certtray.issuers import base
from certtray.issuers.answers import Answer, Malformed
from certtray.issuers.base import NOT_LOGGED_IN, Contact, HostCertificate, Issued, KeyPlan, LoginResult, Pending
from certtray.issuers.channel import ANSWER_BYTES, Channel, Limits

T = TypeVar("T")

ISSUING: Final = "6025"


class RaIssuer:
    """One person's dealings with the RA at ``url``, whose TLS certificate must chain to ``root`` (PEM file).

    ``clock`` gives aware UTC and dates countdowns. Raises as ``base`` says, and ``FileMissing`` or ``DamagedFile`` for
    ``root``.
    """

    def __init__(
        self,
        url: str,
        root: Path,
        clock: Callable[[], datetime],
        limits: Limits = Limits(),  # noqa: B008 - immutable
    ) -> None:
        self._channel = Channel(url, root, limits)
        self._clock = clock
        self._token: Secret | None = None

    def close(self) -> None:
        """Close the connection; the session ends by itself on the RA's side."""
        self._token = None
        self._channel.close()

    def login(self, credentials: base.Credentials) -> LoginResult:
        """See ``base.Issuer``."""
        self._token = None
        if not isinstance(credentials, base.NationalId):
            raise NotImplementedError
        body = {"login": "national_id", "id": credentials.person_id, "password": credentials.password.reveal()}
        reply = self._channel.send("POST", "/sessions", body)

        def read() -> tuple[Secret, LoginResult]:
            answer = Answer.parse(reply.body)
            plan = answer.object("key_plan")
            plan.one_of("algorithm", ("RSA",))
            key_plan = KeyPlan(plan.number("bits", 1024, 8192), tuple(_usage(text) for text in plan.texts("usages")))
            held = tuple(_host_certificate(one) for one in answer.objects("certificates"))
            state = answer.one_of("state", get_args(base.PersonState))
            person, must_change = answer.text("person_id", 64), answer.flag("must_change_password")
            return Secret(answer.text("token")), LoginResult(person, state, held, key_plan, must_change)

        self._token, result = self._read(read)
        return result

    def verify_identity(self, birth_date: str) -> None:
        """See ``base.Issuer``."""
        self._channel.send("POST", "/identity", {"birth_date": birth_date}, self._session())

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
        }
        reply = self._channel.send("PUT", f"/enrollments/{enrollment.id}", body, self._session())

        def read() -> base.EnrollmentState:
            answer = Answer.parse(reply.body)
            state = answer.one_of("state", get_args(base.State))
            needs = tuple(_factor(text) for text in answer.texts("needs"))
            return base.EnrollmentState(state, answer.binary("nonce", 200), needs, {})

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

    def certificates(self) -> tuple[HostCertificate, ...]:
        """See ``base.Issuer``."""
        reply = self._channel.send("GET", "/certificates", token=self._session())
        return self._read(lambda: tuple(_host_certificate(one) for one in Answer.parse_list(reply.body)))

    def captcha(self) -> base.Captcha:
        raise NotImplementedError

    def sign_on_page(self, redirect: str, challenge: str, state: str) -> str:
        raise NotImplementedError

    def change_password(self, old: Secret, new: Secret) -> None:
        raise NotImplementedError

    def registrations(self) -> tuple[base.Registration, ...]:
        raise NotImplementedError

    def give_apply_password(self, enrollment_id: UUID, password: Secret) -> None:
        raise NotImplementedError

    def downloads(self) -> tuple[base.Download, ...]:
        raise NotImplementedError

    def suspend(self, serials: Sequence[int]) -> None:
        raise NotImplementedError

    def reinstate(self, serials: Sequence[int]) -> None:
        raise NotImplementedError

    def revoke(self, serials: Sequence[int], reason: str) -> None:
        raise NotImplementedError

    def proof(self, serial: int) -> base.ProofFacts:
        raise NotImplementedError

    def _session(self) -> Secret:
        if self._token is None:
            raise IssuerRefused(number=NOT_LOGGED_IN, detail="尚未登入或登入已逾時，請重新登入。")
        return self._token

    def _pending(self, seconds: int) -> Pending:
        return Pending(self._clock() + timedelta(seconds=seconds))

    def _read(self, read: Callable[[], T]) -> T:
        """Run ``read`` over an answer; what does not fit the contract becomes ``IssuerAnswerInvalid``."""
        try:
            return read()
        except Malformed as error:
            raise self._channel.invalid(str(error)) from error


def _host_certificate(answer: Answer) -> HostCertificate:
    return HostCertificate(
        serial=answer.serial("serial"),
        subject_cn=answer.text("cn", 200),
        not_before=answer.time("not_before"),
        not_after=answer.time("not_after"),
        status=answer.number("status"),
        usage=_usage(answer.text("usage")),
        device=answer.one_of("device", get_args(base.Device)),
        reason=answer.text_or_empty("reason", 64),
        subject=answer.text("subject", 1000),
        issuer=answer.text("issuer", 1000),
    )


def _factor(text: str) -> base.Factor:
    factors: dict[str, base.Factor] = {"otp": "otp", "apply_password": "apply_password"}
    if text not in factors:
        raise Malformed("needs")
    return factors[text]


def _usage(text: str) -> Usage:
    try:
        return Usage(text)
    except ValueError as error:
        raise Malformed("usages") from error


def _issued(pkcs7: bytes) -> Issued:
    try:
        return Issued(pkcs7, tuple(each.der for each in read_certificates(pkcs7, "").holdings))
    except CertTrayError as error:
        raise Malformed("certificates") from error
