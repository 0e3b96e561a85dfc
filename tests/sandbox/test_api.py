"""The API as any client sees it: what it documents is what it answers, and it gives nothing away."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from certtray_sandbox.limits import BODY_BYTES
from certtray_sandbox.people import PEOPLE
from tests.rigs import ReferenceRa, reference_ra

LOGIN = {"login": "national_id", "id": PEOPLE[0].id, "password": PEOPLE[0].password}


@pytest.fixture(scope="module")
def ra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReferenceRa]:
    with reference_ra(tmp_path_factory.mktemp("ra") / "ra") as ra:
        yield ra


@pytest.fixture(scope="module")
def http(ra: ReferenceRa) -> Iterator[httpx.Client]:
    verify = ssl.create_default_context(cafile=str(ra.tls_root))
    with httpx.Client(verify=verify, base_url=ra.url, trust_env=False) as client:
        token = client.post("/sessions", json=LOGIN).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture(scope="module")
def openapi(http: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = http.get("/openapi.json").json()
    return document


def test_openapi_is_3_1_and_every_error_is_a_problem(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1")
    errors = [
        (path, status, list(response["content"]))
        for path, operations in openapi["paths"].items()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        if status >= "400"
    ]
    assert len(errors) > 20
    assert {tuple(content) for _, _, content in errors} == {("application/problem+json",)}


@pytest.fixture(scope="module", autouse=True)
def known_enrollment(http: httpx.Client) -> None:
    body = {
        "action": "apply",
        "old_serials": [],
        "request_hashes": ["0" * 64],
        "usages": ["both"],
        "terms_version": "2026-1",
    }
    assert http.put(f"/enrollments/{uuid4()}", json={**body, "usages": ["sign"]}).json()["code"] == "8036"
    assert http.put(f"/enrollments/{uuid4()}", json={**body, "registration": "x"}).json()["code"] == "8051"
    known = str(uuid4())
    assert http.put(f"/enrollments/{known}", json=body).status_code == 201
    assert http.put(f"/enrollments/{known}", json=body).status_code == 200
    http.headers["X-Known"] = known


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/sessions", b"{", 400),
        ("POST", "/sessions", b"\xff", 400),
        ("POST", "/sessions", b'{"id":' + b"1" * 5000 + b"}", 400),
        ("POST", "/sessions", b'{"\\ud800":1}', 422),
        ("POST", "/sessions", b" " * (BODY_BYTES + 1), 413),
        ("GET", "/nothing", b"", 404),
        ("DELETE", "/terms", b"", 405),
    ],
)
def test_hostile_bodies_and_paths(http: httpx.Client, method: str, path: str, content: bytes, status: int) -> None:
    answer = http.request(method, path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_error_never_repeats_what_was_typed(http: httpx.Client) -> None:
    answer = http.post("/sessions", json={**LOGIN, "id": "nobody", "password": ["correct horse"]})
    assert answer.status_code == 422
    assert "correct horse" not in answer.text
    assert "body.national_id.password" in answer.text


def test_without_a_token_nothing_is_told(http: httpx.Client) -> None:
    for path in ("/contacts", "/certificates", f"/enrollments/{http.headers['X-Known']}"):
        for header in ({"Authorization": ""}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp4"}):
            answer = http.get(path, headers=header)
            assert (answer.status_code, answer.json()["code"]) == (401, "8003")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_after_logging_out_the_token_is_worth_nothing(http: httpx.Client) -> None:
    other = {"Authorization": f"Bearer {http.post('/sessions', json=LOGIN).json()['token']}"}
    assert http.get("/contacts", headers=other).status_code == 200
    assert http.delete("/sessions/current", headers=other).status_code == 204
    assert http.get("/contacts", headers=other).status_code == 401


def test_no_secret_lies_in_the_folder(ra: ReferenceRa, http: httpx.Client) -> None:
    token = str(http.headers["Authorization"]).removeprefix("Bearer ")
    assert stat.S_IMODE(ra.folder.stat().st_mode) == 0o700
    files = [file for file in ra.folder.rglob("*") if file.is_file()]
    kept = b"".join(file.read_bytes() for file in files)
    assert b"A123456789" in kept  # we did read the database
    for secret in (token, PEOPLE[0].password):
        assert secret.encode() not in kept
        assert secret not in ra.log_file.read_text("utf-8")
    keys = [file for file in files if file.suffix == ".key" or file.name.startswith("ra.sqlite")]
    assert len(keys) >= 6
    assert {stat.S_IMODE(file.stat().st_mode) for file in keys} == {0o600}


def test_the_server_listens_on_loopback_only(ra: ReferenceRa) -> None:
    port = f"{urlsplit(ra.url).port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    assert [line[1] for line in lines if line[1].endswith(f":{port}") and line[3] == "0A"] == [f"0100007F:{port}"]
