"""How this API says no: RFC 9457 on the wire, and the same in its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from certtray_sandbox.models import Problem
from certtray_sandbox.refusals import (
    INVALID,
    MALFORMED,
    NO_SESSION,
    NO_SUCH_METHOD,
    NO_SUCH_PAGE,
    TOO_LARGE,
    Reason,
    Refusal,
)

MEDIA_TYPE = "application/problem+json"


def answer(refusal: Refusal, where: str | None = None) -> JSONResponse:
    """Turn a refusal into an answer; ``where`` names the fields that are wrong, never what they held."""
    reason = refusal.reason
    problem = Problem(
        type=f"urn:certtray:ra:{reason.number}",
        title=f"{reason.title}: {where}" if where else reason.title,
        status=reason.status,
        detail=reason.detail,
        code=reason.number,
        tries_left=refusal.tries_left,
        retry_after=refusal.retry_after,
    )
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    if reason.status == NO_SESSION.status:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(problem.model_dump(exclude_none=True), reason.status, headers, MEDIA_TYPE)


def documented(*reasons: Reason) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's ``responses`` for these reasons, grouped by status."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for reason in dict.fromkeys(reasons):
        entry = by_status.setdefault(reason.status, {"model": Problem, "description": ""})
        entry["description"] = f"{entry['description']}\n\n{reason.number}: {reason.title}".strip()
    return by_status


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document, in its answers and in its OpenAPI."""

    @app.exception_handler(Refusal)
    def refused(_request: Request, refusal: Refusal) -> JSONResponse:
        return answer(refusal)

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        # Pydantic's own list would repeat the input, passwords included. Names may be the client's: ASCII only.
        fields = {".".join(str(part) for part in one["loc"])[:60] for one in error.errors()}
        where = ", ".join(sorted(fields))[:200].encode("ascii", "backslashreplace").decode("ascii")
        malformed = any(one["type"] == "json_invalid" for one in error.errors())
        return answer(Refusal(MALFORMED if malformed else INVALID), where)

    @app.exception_handler(HTTPException)
    def http(_request: Request, error: HTTPException) -> JSONResponse:
        reasons = {404: NO_SUCH_PAGE, 405: NO_SUCH_METHOD, 413: TOO_LARGE}
        response = answer(Refusal(reasons.get(error.status_code, MALFORMED)))
        response.headers.update(error.headers or {})
        return response

    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        for operations in document["paths"].values():
            for operation in operations.values():
                _as_problems(operation["responses"])
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _as_problems(responses: Mapping[str, dict[str, Any]]) -> None:
    for status, response in responses.items():
        content = response.get("content", {})
        if status >= "400" and "application/json" in content:
            content[MEDIA_TYPE] = content.pop("application/json")
