"""Calls to an RA about what a person has and may do: registrations, downloads, certificates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from certtray.issuers import base
from certtray.issuers.answers import Answer, Malformed
from certtray.issuers.base import Download, HostCertificate, ProofFacts, Registration
from certtray.issuers.ra_read import host_certificate, read_usage, shown_facts
from certtray.issuers.ra_session import RaSession


class ManageCalls(RaSession):
    """Suspending, reinstating and revoking are PUTs: repeating one changes nothing, so they survive a bad line."""

    def registrations(self) -> tuple[Registration, ...]:
        """See ``base.Issuer``."""
        reply = self._channel.send("GET", "/registrations", token=self._session())
        return self._read(lambda: tuple(_registration(one) for one in Answer.parse_list(reply.body)))

    def downloads(self) -> tuple[Download, ...]:
        """See ``base.Issuer``."""
        reply = self._channel.send("GET", "/downloads", token=self._session())
        return self._read(lambda: tuple(_download(one) for one in Answer.parse_list(reply.body)))

    def certificates(self) -> tuple[HostCertificate, ...]:
        """See ``base.Issuer``."""
        reply = self._channel.send("GET", "/certificates", token=self._session())
        return self._read(lambda: tuple(host_certificate(one) for one in Answer.parse_list(reply.body)))

    def suspend(self, serials: Sequence[int]) -> None:
        """See ``base.Issuer``."""
        self._channel.command("PUT", "/certificates/suspension", _body(serials), self._session())

    def reinstate(self, serials: Sequence[int]) -> None:
        """See ``base.Issuer``."""
        self._channel.command("PUT", "/certificates/reinstatement", _body(serials), self._session())

    def revoke(self, serials: Sequence[int], reason: str) -> None:
        """See ``base.Issuer``."""
        body = {**_body(serials), "reason": reason}
        self._channel.command("PUT", "/certificates/revocation", body, self._session())

    def proof(self, serial: int) -> ProofFacts:
        """See ``base.Issuer``."""
        reply = self._channel.send("POST", f"/certificates/{serial:08X}/proofs", token=self._session())

        def read() -> ProofFacts:
            answer = Answer.parse(reply.body)
            return ProofFacts(answer.text("number", 64), shown_facts(answer))

        return self._read(read)


def _body(serials: Sequence[int]) -> dict[str, object]:
    return {"serials": [f"{serial:08X}" for serial in serials]}


def _registration(answer: Answer) -> Registration:
    return Registration(
        id=answer.text("id", 64),
        action=answer.one_of("action", ("apply", "convert")),
        cn=answer.text("cn", 200),
        device=answer.one_of("device", get_args(base.Device)),
        email=answer.text_or_empty("email", 100),
        facts=shown_facts(answer),
    )


def _download(answer: Answer) -> Download:
    try:
        enrollment_id = UUID(answer.text("enrollment_id", 36))
    except ValueError as error:
        raise Malformed("enrollment_id") from error
    usages = tuple(read_usage(text) for text in answer.texts("usages"))
    device = answer.one_of("device", get_args(base.Device))
    return Download(enrollment_id, answer.text("cn", 200), device, usages, answer.flag("pending"))
