"""The routes: what there is, and features by keys, as a POST for many and personal keys or a GET for a few."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson

from mesh_platform.errors import UnknownName, UserError
from mesh_platform.serve.features.asked import JSON, of_body, of_query
from mesh_platform.serve.features.desk import Answer, Desk, Visit
from mesh_platform.serve.features.document import ANSWER, LIST, operation, view_of
from mesh_platform.serve.problems import Problem

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from mesh_platform.serve.service import Service

LIST_PATH = "/features"
VIEW_PATH = "/features/{view}"
FAILED, REFUSED, UNKNOWN = 500, 422, 404


def routes(service: Service, desk: Desk | None = None) -> APIRouter:
    """Make the routes.

    Args:
        service: What every route is given.
        desk: Answers; None for one of the installed domains' views and the settings' store.
    """
    from fastapi import APIRouter
    from starlette.requests import Request

    answering = desk or Desk(service)
    named = view_of()
    router = APIRouter(tags=["features"], lifespan=_open(answering, named))

    async def views(request: Request) -> Response:
        """List the feature views: entity, features, source, and which snapshot is online."""

        async def listed(visit: Visit) -> Answer:
            return answering.list(visit)

        return await _visited(answering, Visit(request, "", LIST_PATH), listed)

    async def features(request: Request) -> Response:
        """Read features of entities by their keys; one that is unknown is answered with nulls and `found: false`."""

        async def read(visit: Visit) -> Answer:
            caller = answering.admit(visit)
            return answering.answer(visit, caller, await of_body(request), texts=False)

        return await _visited(answering, Visit(request, request.path_params["view"], VIEW_PATH), read)

    async def features_of(request: Request) -> Response:
        """Read features of a few entities; ask for personal keys by POST, where no proxy writes them down."""

        async def read(visit: Visit) -> Answer:
            caller = answering.admit(visit)
            return answering.answer(visit, caller, of_query(request), texts=True)

        return await _visited(answering, Visit(request, request.path_params["view"], VIEW_PATH), read)

    for path, method, answer, said in (
        (LIST_PATH, "GET", views, operation(LIST)),
        (VIEW_PATH, "POST", features, operation(ANSWER, view=named, body=True)),
        (VIEW_PATH, "GET", features_of, operation(ANSWER, view=named, query=True)),
    ):
        answer.__annotations__["request"] = Request  # FastAPI reads it when the route is made
        router.add_api_route(path, answer, methods=[method], openapi_extra=said, response_model=None)
    return router


async def _visited(desk: Desk, visit: Visit, answer: Callable[[Visit], Awaitable[Answer]]) -> Response:
    """Answer a request and remember it, however it ends."""
    from starlette.responses import Response

    try:
        content, headers = await answer(visit)
    except Problem as problem:
        desk.end(visit, problem.status, problem.kind)
        raise
    except UserError as error:
        desk.end(visit, UNKNOWN if isinstance(error, UnknownName) else REFUSED, type(error).__name__)
        raise
    except Exception as error:
        desk.end(visit, FAILED, type(error).__name__)
        raise
    desk.end(visit, 200)
    return Response(orjson.dumps(content, default=str), 200, headers, JSON)


def _open(desk: Desk, named: dict[str, Any]) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        named.update(view_of(desk.start()))  # the views are known now, and the document is made when it is asked for
        try:
            yield
        finally:
            desk.close()

    return lifespan
