"""The routes of products: `/products`, and below each one its rows, row, groups and changes.

The generic routes answer. Beside them every published product has routes of its own that never answer, because the
generic ones come first: they put its columns, types and keys into the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.convertors import PathConvertor, register_url_convertor

from mesh_platform.serve.products.describe import described, listed
from mesh_platform.serve.products.desk import Desk
from mesh_platform.serve.products.visits import Visit, visiting

if TYPE_CHECKING:
    from starlette.responses import Response

    from mesh_platform.serve.products.shelf import Shown
    from mesh_platform.serve.service import Service

PRODUCT = "/products/{product}"
Question = Callable[[Visit, "Shown"], Awaitable["Response"]]


class KeyConvertor(PathConvertor):
    """What follows in a path, line breaks too: the framework's own ends at one, and a key can hold it."""

    regex = r"[\s\S]*"


def routes(service: Service, desk: Desk | None = None) -> APIRouter:
    """Make the routes.

    Args:
        service: What they are given.
        desk: Answers them; one of their own where it is None.
    """
    from mesh_platform.serve.products.openapi import document

    register_url_convertor("key", KeyConvertor())
    desk = desk or Desk(service)
    router = APIRouter(tags=["products"])
    questions: dict[str, tuple[str, Question]] = {
        PRODUCT: ("describe", lambda visit, shown: described(desk, visit, shown)),
        f"{PRODUCT}/rows": ("rows", desk.rows),
        f"{PRODUCT}/rows/{{key:key}}": ("row", desk.row),
        f"{PRODUCT}/aggregate": ("aggregate", desk.aggregate),
        f"{PRODUCT}/changes": ("changes", desk.changes),
    }

    async def products(request: Request) -> Response:
        visit = Visit(service, request, "list", "/products")
        return await visiting(visit, lambda visit: listed(desk, visit))

    router.add_api_route("/products", products, methods=["GET", "HEAD"], include_in_schema=False)
    for path, (action, question) in questions.items():
        endpoint = _endpoint(desk, path, action, question)
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    document(router, desk.shelf.all())
    return router


def _endpoint(desk: Desk, path: str, action: str, question: Question) -> Callable[..., Awaitable[Response]]:
    async def endpoint(request: Request, product: str) -> Response:
        async def answer(visit: Visit) -> Response:
            return await question(visit, desk.open(visit, product))

        return await visiting(Visit(desk.service, request, action, path), answer)

    return endpoint
