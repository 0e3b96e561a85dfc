"""Calls to an RA about cards: the challenge a card answers to log in (4-14), and unlocking (4-21, 4-22)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from certtray.core.secret import Secret
from certtray.issuers import base
from certtray.issuers.answers import Answer, Malformed
from certtray.issuers.ra_session import RaSession


class CardCalls(RaSession):
    """Fetching a challenge spends the picture, so it is sent once; unlocking is PUTs under one id, safe to repeat."""

    def card_challenge(self, certificate_id: str, captcha_id: str, captcha: str) -> base.CardChallenge:
        """See ``base.Issuer``."""
        body = {"certificate_id": certificate_id, "captcha_id": captcha_id, "captcha": captcha}
        reply = self._channel.send("POST", "/card-logins", body)

        def read() -> base.CardChallenge:
            answer = Answer.parse(reply.body)
            return base.CardChallenge(_uuid(answer, "id"), answer.binary("nonce", 200))

        return self._read(read)

    def verify_card(self, unlock_id: UUID, serial: str, certificates: Sequence[bytes]) -> base.UnlockState:
        """See ``base.Issuer``."""
        body = {"serial": serial, "certificates": [base64.b64encode(each).decode() for each in certificates]}
        reply = self._channel.send("PUT", f"/unlocks/{unlock_id}", body, self._session())

        def read() -> base.UnlockState:
            answer = Answer.parse(reply.body)
            if _uuid(answer, "id") != unlock_id:
                raise Malformed("id")
            return answer.one_of("state", get_args(base.UnlockState))

        return self._read(read)

    def release(self, unlock_id: UUID) -> Secret:
        """See ``base.Issuer``."""
        reply = self._channel.send("PUT", f"/unlocks/{unlock_id}/release", token=self._session())
        return self._read(lambda: Secret(Answer.parse(reply.body).text("secret", 64)))

    def unlocked(self, unlock_id: UUID) -> None:
        """See ``base.Issuer``."""
        self._channel.command("PUT", f"/unlocks/{unlock_id}/done", None, self._session())


def _uuid(answer: Answer, name: str) -> UUID:
    try:
        return UUID(answer.text(name, 36))
    except ValueError as error:
        raise Malformed(name) from error
