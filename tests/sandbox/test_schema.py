"""schemathesis against the running server with a valid session: no 5xx, nothing undocumented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from certtray_sandbox.captcha import last_digits
from certtray_sandbox.desks import DESKS
from certtray_sandbox.home import profiles
from certtray_sandbox.people import EVERYONE
from tests.patience import SECONDS
from tests.rigs import ReferenceRa, reference_ra

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
DIGEST = "0" * 64


@dataclass
class Target:
    """One RA, a session there, and the enrollment it began."""

    ra: ReferenceRa
    profile: str

    def __post_init__(self) -> None:
        self.url = self.ra.url_of(self.profile)
        self.session = requests.Session()
        self.session.verify = str(self.ra.tls_root)
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {self.log_in()}"
        self.enrollment = "11111111-2222-4333-8444-555555555555"
        self.enroll()

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        answer = self.session.request(method, self.url + path, json=body, timeout=SECONDS)
        assert answer.ok, answer.text
        return answer

    def log_in(self) -> str:
        rules, person = profiles()[self.profile].login, EVERYONE["A123456789"]
        if not rules.captcha:
            body = {"login": "national_id", "id": person.id, "password": person.password}
            return str(self.ask("POST", "/sessions", body).json()["token"])
        slip = self.ra.registered(self.profile, person.id)
        picture = self.ask("POST", "/captchas").json()["id"]
        body = {"login": "account", "account": slip.account, "password": slip.password, "captcha_id": picture}
        body["captcha"] = last_digits(self.ra.folder, self.profile)
        token = str(self.ask("POST", "/sessions", body).json()["token"])
        if rules.first_change:
            self.session.headers["Authorization"] = f"Bearer {token}"
            self.ask("POST", "/password", {"old": slip.password, "new": "schema-2468"})
        return token

    def enroll(self) -> None:
        pairs = [usage.value for usage in profiles()[self.profile].pairs]
        waiting = self.ask("GET", "/registrations").json()
        body = {
            "action": "apply",
            "old_serials": [],
            "request_hashes": [DIGEST] * len(pairs),
            "usages": pairs,
            "terms_version": "2026-1",
            "registration": waiting[0]["id"] if waiting else "",
        }
        self.ask("PUT", f"/enrollments/{self.enrollment}", body)

    def tried(self, examples: int) -> int:
        """Send so many cases to every operation; return how many operations there were."""
        document = self.ask("GET", "/openapi.json").json()
        operations = [
            found.ok()
            for found in schemathesis.openapi.from_dict(document).get_all_operations()
            if isinstance(found, Ok)
        ]
        for operation in operations:
            self._try(operation, examples)
        return len(operations)

    def _try(self, operation: schemathesis.APIOperation[Any, Any, Any, Any], examples: int) -> None:
        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), known=st.booleans())
        def one(case: schemathesis.Case[Any], known: bool) -> None:
            if known and "enrollment_id" in case.path_parameters:
                case.path_parameters["enrollment_id"] = self.enrollment
            # Logging out would end the session the others need.
            session = requests.Session() if operation.path == "/sessions/current" else self.session
            root = str(self.ra.tls_root)
            case.call_and_validate(base_url=self.url, session=session, checks=CHECKS, verify=root, timeout=SECONDS)

        one()


@pytest.fixture
def ra(tmp_path: Path) -> Iterator[ReferenceRa]:
    with reference_ra(tmp_path / "ra") as ra:
        yield ra


def test_what_is_answered_is_documented(ra: ReferenceRa) -> None:
    assert Target(ra, "sinopac").tried(examples=12) >= 22
    assert '" 500' not in ra.log_file.read_text("utf-8")


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("profile", DESKS)
def test_what_is_answered_is_documented_for_long(ra: ReferenceRa, profile: str) -> None:
    assert Target(ra, profile).tried(examples=400) >= 22
    assert '" 500' not in ra.log_file.read_text("utf-8")
