"""What every way of asking a model has in common: who may, what was sent, and what the answer carries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response

from mesh_platform.serve.operation.documents import Documents
from mesh_platform.serve.operation.refusals import problem_of_fields
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.service import Access

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.requests import Request

    from mesh_platform.contract.export.published import PublishedProduct
    from mesh_platform.ml.served import Served
    from mesh_platform.serve.models.live import LiveProduct
    from mesh_platform.serve.models.serving import Serving
    from mesh_platform.serve.service import Caller, Service

_log = logging.getLogger(__name__)
LOOKED_AT_EVERY_S: Final = 2.0
"""How often the published documents are looked at; it costs a thread a millisecond."""
MOST_REQUESTS: Final = 1_000
"""Requests of one batch: more belong into the batch product."""
BATCH: Final = "requests"
JSON: Final = "application/json"
TOO_DEEP: Final = "lists and objects in one another at most 254 deep"


class Asking:
    """Answers for the routes.

    Args:
        service: What every route is given.
        serving: The live models.
    """

    def __init__(self, service: Service, serving: Serving) -> None:
        self._service, self.serving = service, serving
        self._documents = Documents(service.contracts)
        self._published: dict[tuple[str, int], PublishedProduct] | None = None

    async def keep_documents(self) -> None:
        """Read the documents again once they change, in a thread: parsing them would hold up every answer."""
        while True:
            await asyncio.sleep(LOOKED_AT_EVERY_S)
            await asyncio.to_thread(self.prepare)

    def prepare(self) -> None:
        """Read the documents where they have changed; where they can't be read, what was read before still holds."""
        try:
            self._published = self._read()
        except Exception:  # whatever is wrong with a document, the others are to be served
            _log.exception("the published documents can't be read; fix them, they are looked at again and again")

    def _read(self) -> dict[tuple[str, int], PublishedProduct]:
        return {(found.full_name, found.major): found for found in self._documents.products()}

    def admit(self, request: Request) -> Caller:
        """Prove who asks; see `Gate.admit`."""
        return self._service.gate.admit(request)

    async def ask(
        self,
        request: Request,
        caller: Caller,
        product: LiveProduct,
        asked: Sequence[BaseModel],
        version: int | None = None,
    ) -> list[Served]:
        """Answer requests of a caller who may read what the model makes, and keep the access.

        Raises:
            Problem: 403 where the caller has no grant, 429 where its quota is used up, 503 where nothing can answer.
        """
        document = self._document(product)
        permit = self._service.gate.permit(caller, document)
        self._service.gate.spend(caller, len(asked))
        request_id = str(getattr(request.state, "request_id", ""))
        served = await self.serving.model(product.name).answer(asked, caller.consumer, request_id, version)
        self._service.accesses.record(
            Access(
                request_id=request_id,
                consumer=caller.consumer,
                proof=caller.proof,
                action="predict",
                product=product.product,
                major=product.major,
                purpose=permit.purpose,
                rows=len(served),
            )
        )
        return served

    def _document(self, product: LiveProduct) -> PublishedProduct:
        """The published document of what a model makes: whoever may read that may ask the model."""
        if self._published is None:
            self._published = self._read()
        found = self._published.get((product.product, product.major))
        if found is None:
            raise Problem(503, "not-published", f"model '{product.name}': {product.product} has no published contract")
        return found


async def read_body(request: Request) -> Any:
    """Read a request's JSON.

    Raises:
        Problem: 400 where it is none, 415 where it says to be something else.
    """
    said = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if said != JSON:
        raise Problem(415, "wrong-media-type", f"the body must be {JSON}", "Content-Type", said[:80], JSON)
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Problem(400, "unreadable", "the body must be JSON (RFC 8259)", "body", rule="JSON") from None


def validated(model: type[BaseModel], bodies: Sequence[Any], where: str) -> list[BaseModel]:
    """Hold requests against the model's type.

    Args:
        model: The type of a request.
        bodies: What was sent.
        where: Where in the body the list is; "" for a single one.

    Raises:
        Problem: 422, naming field and rule, never the value: it may be personal.
    """
    from pydantic import ValidationError

    found = []
    for number, body in enumerate(bodies):
        place = ("body", where, number) if where else ("body",)
        try:
            found.append(model.model_validate_json(orjson.dumps(body)))
        except orjson.JSONEncodeError:  # what can be read can be too deep to be written again
            raise problem_of_fields([{"type": "depth", "loc": place, "msg": TOO_DEEP}]) from None
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False, include_context=False)
            raise problem_of_fields([{**e, "loc": (*place, *e["loc"])} for e in errors]) from None
    return found


def envelope(served: Served) -> dict[str, Any]:
    """An answer with what made it."""
    return {
        "answer": served.answer,
        "prediction_id": served.prediction_id,
        "model": served.model,
        "model_version": served.version,
        "route": served.route,
        "reason": served.reason or None,
        "snapshots": served.snapshots,
        "views": served.views,
    }


def trust(served: Sequence[Served]) -> dict[str, str]:
    """Headers of an answer that say what made it; of a batch, what all its answers share."""
    first = served[0]
    shared = {
        "X-Model-Version": {str(one.version) for one in served},
        "X-Model-Route": {one.route for one in served},
    }
    headers = {name: values.pop() for name, values in shared.items() if len(values) == 1}
    if len(served) == 1:
        headers["X-Prediction-Id"] = first.prediction_id
    if first.views:
        headers["X-Feature-Snapshots"] = ", ".join(f"{view}={snapshot}" for view, snapshot in first.views.items())
    return headers


def reply(content: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS), 200, dict(headers or {}), JSON)
