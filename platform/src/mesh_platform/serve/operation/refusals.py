"""Errors as problem details: whose mistake it is, what holds and what helps; nothing of the inside.

A `Problem` says all of it itself. Of the mesh's errors the user's are told in their own words; ours only as what helps,
because their messages name files and machines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mesh_platform.errors import BadContract, BadFile, MeshError, MeshFailure, NoChampion, UnknownName, UserError
from mesh_platform.serve.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

OURS = (MeshFailure, BadContract, BadFile, NoChampion)
"""What no caller can mend: a broken store, published documents or models that can't be used."""
TOLD = frozenset({"limit", "major", "sort", "columns", "as_of", "since", "cursor", "group_by", "measure", "format"})
"""Parameters of ours whose values may be repeated; values of columns can be personal data."""
LONGEST_VALUE = 80
"""Letters of a value that is repeated."""
_RETRY_S = "1"


def problem_of(error: Exception) -> Problem:
    """Tell an error as a problem.

    Args:
        error: Any error that came out of a route.
    """
    if isinstance(error, Problem):
        return error
    if isinstance(error, UnknownName):
        return Problem(404, "unknown-name", str(error))
    if isinstance(error, OURS):
        return _ours(error)
    if isinstance(error, UserError):
        return Problem(422, "refused", str(error))
    if isinstance(error, HTTPException):
        return error.__cause__ if isinstance(error.__cause__, Problem) else _of_the_framework(error)
    return Problem(500, "failed", "the service failed at this request; it is logged under the id in `instance`")


def problem_of_fields(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Tell which fields of a request don't fit their types and bounds.

    Args:
        errors: What the validation found, in Pydantic's shape.
    """
    first, count = errors[0], len(errors)
    place = _place(first["loc"])
    others = f"; {count - 1} more: {', '.join(_place(e['loc']) for e in errors[1:4])}" if count > 1 else ""
    told = first["loc"][0] == "query" and first["loc"][-1] in TOLD
    return Problem(
        422,
        "wrong-field",
        f"{place}: {_rule(first)}{others}; see /openapi.json",
        place,
        str(first.get("input"))[:LONGEST_VALUE] if told else None,
        _rule(first),
    )


def answered(problem: Problem, request_id: str) -> Response:
    """Make the answer of a problem.

    Args:
        problem: The problem.
        request_id: The request's id.
    """
    body = orjson.dumps(problem.body(request_id), default=str)
    return Response(body, problem.status, dict(problem.headers), MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have an application answer errors so."""
    from fastapi.exceptions import RequestValidationError

    async def refused(request: Request, error: Exception) -> Response:
        return answered(problem_of(error), request.state.request_id)

    async def wrong_fields(request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else ()
        return answered(problem_of_fields(found), request.state.request_id)

    for kind in (Problem, MeshError, HTTPException):
        app.add_exception_handler(kind, refused)
    app.add_exception_handler(RequestValidationError, wrong_fields)


def _ours(error: MeshError) -> Problem:
    headers = {"Retry-After": _RETRY_S} if error.retry_helps else {}
    helps = "try again" if error.retry_helps else "its owner has to mend it"
    return Problem(
        503, "not-available", f"this can't be answered now ({type(error).__name__}); {helps}", headers=headers
    )


def _of_the_framework(error: HTTPException) -> Problem:
    said = {
        404: ("no-such-address", "nothing is at this address; /openapi.json lists what there is"),
        405: ("wrong-method", "the address does not take this method; /openapi.json lists those that it takes"),
        400: ("unreadable", "the request can't be read; its body must be what its Content-Type says"),
    }
    kind, detail = said.get(error.status_code, ("refused", HTTPStatus(error.status_code).phrase.lower()))
    return Problem(error.status_code, kind, detail, headers=dict(error.headers or {}))


def _place(location: Sequence[object]) -> str:
    """Where a field is, such as "limit" or "body.requests.0.amount"; a key that the caller made up is not repeated."""
    return ".".join(str(part)[:LONGEST_VALUE] for part in (location[1:] if location[0] == "query" else location))


def _rule(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).lower() if error["type"] != "value_error" else "a value that fits its description"
