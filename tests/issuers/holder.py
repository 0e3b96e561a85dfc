"""A holder of certificates of systems 2 to 4: registered at the counter, logs in with account, slip and picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from certtray.core.certificate import Usage
from certtray.core.secret import Secret
from certtray.crypto.challenge import answer_challenge
from certtray.crypto.cmc import renewal_proof
from certtray.crypto.request import build_request
from certtray.issuers.base import Action, EnrollmentRequest, EnrollmentState, Issued, LoginResult, SiteAccount
from certtray.issuers.ra import RaIssuer
from certtray_sandbox import captcha
from certtray_sandbox.samples import issue_sample
from tests.issuers.customer import Held, leaf, new_key
from tests.rigs import ReferenceRa

SITE_PASSWORD = "holder-2468"
PAIR = (Usage.SIGN, Usage.ENCRYPT)


class Holder:
    """Registered and approved, logged in with a password of their own, unless told otherwise."""

    def __init__(
        self,
        ra: ReferenceRa,
        profile: str,
        person: str = "A123456789",
        *,
        ready: bool = True,
        url: str = "",
        **form: Any,
    ) -> None:
        self.ra, self.profile, self.person = ra, profile, person
        self.issuer = RaIssuer(url or ra.url_of(profile), ra.tls_root, ra.clock)
        slip = ra.registered(profile, person, **form)
        self.account, self.password = slip.account, slip.password
        if ready:
            self.become_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.issuer.close()

    def become_ready(self) -> None:
        if self.log_in().must_change_password:
            self.issuer.change_password(Secret(self.password), Secret(SITE_PASSWORD))
            self.password = SITE_PASSWORD

    def credentials(self, password: str = "") -> SiteAccount:
        picture = self.issuer.captcha()
        read = captcha.last_digits(self.ra.folder, self.profile)
        return SiteAccount(self.account, Secret(password or self.password), picture.id, read)

    def log_in(self, password: str = "") -> LoginResult:
        return self.issuer.login(self.credentials(password))

    def notice(self) -> Secret:
        """The apply password on the latest notice."""
        found = [one for one in self.ra.outbox() if "憑證申請密碼" in one.text and one.person == self.person]
        return Secret(found[-1].password)

    def samples(self, days_left: int) -> list[Held]:
        """A signing and an encryption certificate that end in so many days."""
        now = self.ra.clock()
        start, end, held = now - timedelta(days=300), now + timedelta(days=days_left), []
        for usage in PAIR:
            key = new_key()
            der, *_ = issue_sample(
                self.ra.folder, self.person, start, end, key.public_key(), usage=usage.value, profile=self.profile
            )
            held.append(Held(key, der))
        return held

    def request(
        self, requests: Sequence[bytes], action: Action = "apply", old: Sequence[Held] = (), **more: str
    ) -> EnrollmentRequest:
        registration = "" if action == "renew" else self.issuer.registrations()[-1].id
        return EnrollmentRequest(
            id=uuid4(),
            action=action,
            old_serials=tuple(each.serial for each in old),
            request_hashes=tuple(hashlib.sha256(request).hexdigest() for request in requests),
            usages=PAIR,
            terms_version=self.issuer.terms().version,
            registration=more.get("registration", registration),
            email=more.get("email", ""),
        )

    def proofs(
        self, requests: Sequence[bytes], enrollment: EnrollmentRequest, state: EnrollmentState, old: Sequence[Held]
    ) -> list[bytes]:
        """CMC by what can sign, the answer to the challenge by what cannot."""
        return [
            answer_challenge(state.challenges[each.serial], enrollment.id, each.key, each.der)
            if each.serial in state.challenges
            else renewal_proof(requests, enrollment.id, state.nonce, each.key, each.der, now=self.ra.clock())
            for each in old
        ]

    def get(self, action: Action = "apply", old: Sequence[Held] = (), **more: str) -> list[Held]:
        """Apply, renew or convert, from the new keys to the certificates."""
        keys = [new_key(), new_key()]
        requests = [build_request(key, self.person) for key in keys]
        enrollment = self.request(requests, action, old, **more)
        state = self.issuer.enroll(enrollment)
        if "apply_password" in state.needs:
            self.issuer.give_apply_password(enrollment.id, self.notice())
        proofs = self.proofs(requests, enrollment, state, old)
        issued = self.issuer.submit(enrollment.id, requests, proofs, enrollment.terms_version)
        assert isinstance(issued, Issued)
        self.issuer.installed(enrollment.id)
        return [Held(key, leaf(issued, key)) for key in keys]
