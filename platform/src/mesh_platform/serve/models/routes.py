"""The routes of the live models: a typed address each, and the Open Inference Protocol (version 2) for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mesh_platform.serve.models.asking import BATCH, MOST_REQUESTS, Asking, envelope, read_body, reply, trust, validated
from mesh_platform.serve.models.documents import documented
from mesh_platform.serve.models.lineup import described
from mesh_platform.serve.models.protocol import add_protocol
from mesh_platform.serve.models.serving import Serving
from mesh_platform.serve.problems import Problem

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from mesh_platform.serve.models.live import LiveProduct
    from mesh_platform.serve.service import Service


def routes(service: Service, serving: Serving | None = None) -> APIRouter:
    """Make the routes; models are loaded when the application starts.

    Args:
        service: What every route is given.
        serving: The live models; None for the installed ones.
    """
    from fastapi import APIRouter

    models = serving or Serving.of(service)
    asking = Asking(service, models)
    router = APIRouter(tags=["models"], lifespan=_serving(models, asking))
    _add_list(router, asking)
    for product in models.products.values():
        _add_model(router, asking, product)
    add_protocol(router, asking)
    return router


def _serving(models: Serving, asking: Asking) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        asking.prepare()
        models.start()
        keeping = asyncio.create_task(asking.keep_documents())
        try:
            yield
        finally:
            keeping.cancel()
            models.close()

    return lifespan


def _add_list(router: APIRouter, asking: Asking) -> None:
    from starlette.requests import Request

    async def models(request: Request) -> Response:
        """List the live models: what each is for, and which versions answer."""
        asking.admit(request)
        found = [_listed(asking, product) for product in asking.serving.products.values()]
        return reply({"models": found})

    models.__annotations__["request"] = Request  # FastAPI reads it when the route is made, not when this is imported
    router.add_api_route("/models", models, methods=["GET"], response_model=None)


def _listed(asking: Asking, product: LiveProduct) -> dict[str, Any]:
    lineup = asking.serving.model(product.name).lineup
    return {
        "name": product.name,
        "domain": product.domain,
        "product": product.product,
        "purpose": product.purpose,
        "ready": bool(lineup and lineup.ready),
        **(described(lineup) if lineup else {}),
    }


def _add_model(router: APIRouter, asking: Asking, product: LiveProduct) -> None:
    from starlette.requests import Request

    async def predict(request: Request) -> Response:
        caller = asking.admit(request)
        body = await read_body(request)
        if isinstance(body, dict) and BATCH in body:
            asked = validated(product.live.request, _batch(body), BATCH)
            served = await asking.ask(request, caller, product, asked)
            return reply({"predictions": [envelope(one) for one in served]}, trust(served))
        served = await asking.ask(request, caller, product, validated(product.live.request, [body], ""))
        return reply(envelope(served[0]), trust(served))

    predict.__annotations__["request"] = Request
    router.add_api_route(
        f"/models/{product.name}",
        predict,
        methods=["POST"],
        name=f"predict_{product.name}",
        summary=product.purpose.partition(". ")[0].rstrip(".") + ".",
        response_model=None,
        openapi_extra=documented(product),
    )


def _batch(body: dict[str, Any]) -> list[Any]:
    requests = body[BATCH]
    if len(body) != 1 or not isinstance(requests, list) or not 1 <= len(requests) <= MOST_REQUESTS:
        rule = f"a list of 1 to {MOST_REQUESTS} requests, and nothing beside it"
        raise Problem(422, "wrong-batch", f"{BATCH}: must be {rule}", BATCH, rule=rule)
    return requests
