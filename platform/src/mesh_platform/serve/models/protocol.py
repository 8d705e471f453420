"""The Open Inference Protocol, version 2, in JSON over HTTP: health, metadata, inference.

Source: the protocol's specification (open-inference/open-inference-protocol, `inference_rest.md`). Left out are its
extensions for binary tensors and shared memory. Refusals are problem details, as everywhere in these APIs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.serve.document import OPEN
from mesh_platform.serve.models.asking import MOST_REQUESTS, Asking, read_body, reply, trust, validated
from mesh_platform.serve.models.tensors import fields, to_rows, to_tensors
from mesh_platform.serve.problems import Problem, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from mesh_platform.ml.served import Served
    from mesh_platform.serve.models.lineup import Lineup
    from mesh_platform.serve.models.live import LiveProduct
    from mesh_platform.serve.models.tensors import Field

    _Handler = Callable[..., Awaitable[Response]]

PLATFORM = "omnishop_mesh"
"""What the metadata name as the models' framework."""
LARGEST_VERSION: Final = 999_999_999
"""More than a registry ever counts."""
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_TENSOR = {
    "type": "object",
    "required": ["name", "datatype", "shape", "data"],
    "properties": {
        "name": {"type": "string"},
        "datatype": {"type": "string", "enum": ["BYTES", "FP64", "INT64", "BOOL"]},
        "shape": {"type": "array", "items": {"type": "integer"}},
        "data": {"type": "array", "items": {}},
    },
}
_INFER = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["inputs"],
                    "properties": {
                        "id": {"type": "string"},
                        "inputs": {"type": "array", "items": _TENSOR, "minItems": 1},
                        "outputs": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {"name": {"type": "string"}},
                            },
                        },
                    },
                }
            }
        },
    }
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    "401": refusal("Nobody is proven."),
    "404": refusal("No such model or version."),
}
_WRONG_VERSION: dict[int | str, dict[str, Any]] = {"422": refusal("The version is no number.")}
_INFER_REFUSED: dict[int | str, dict[str, Any]] = {
    "400": refusal("The body is no JSON."),
    "403": refusal("The caller has no grant for the model's product."),
    "415": refusal("The body is not said to be JSON."),
    "422": refusal("A tensor breaks its rule."),
    "429": refusal("The caller asks too often."),
    "503": refusal("Nothing can answer now."),
}


def add_protocol(router: APIRouter, asking: Asking) -> None:
    """Add the protocol's routes."""
    _add_health(router, asking)
    from starlette.requests import Request

    async def metadata(request: Request) -> Response:
        """Describe a model: its versions, its inputs and its outputs as tensors."""
        asking.admit(request)
        return reply(_metadata(asking, *_named(request)))

    async def ready(request: Request) -> Response:
        """Tell whether a model, or a version of it, can answer."""
        asking.admit(request)
        name, version = _named(request)
        _, lineup = _find(asking, name)
        _demand(lineup, name, version)
        return reply({"name": name, "ready": True})

    async def infer(request: Request) -> Response:
        """Ask a model with one tensor a field; a version that is named answers outside of every share."""
        caller = asking.admit(request)
        name, version = _named(request)
        product, _ = _find(asking, name)
        body = await read_body(request)
        if not isinstance(body, dict):
            raise Problem(422, "wrong-tensor", "the body must be an object with inputs", "body", rule="an object")
        rows = to_rows(body.get("inputs"), fields(product.live.request), MOST_REQUESTS)
        wanted = _wanted(body.get("outputs"), product)
        served = await asking.ask(request, caller, product, validated(product.live.request, rows, "inputs"), version)
        return reply(_answer(name, body, served, wanted), trust(served))

    for handler in (metadata, ready, infer):
        handler.__annotations__["request"] = Request
    _add_model_routes(router, asking, metadata, ready, infer)


def _add_model_routes(router: APIRouter, asking: Asking, metadata: _Handler, ready: _Handler, infer: _Handler) -> None:
    """Add what is asked of one model, each with and without a version."""
    for prefix in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        named = "_version" if "version}" in prefix else ""
        parameters = {"parameters": _parameters(asking, versioned=bool(named))}
        for path, handler, name in (("", metadata, "model_metadata"), ("/ready", ready, "model_ready")):
            found = _REFUSED | (_WRONG_VERSION if named else {})
            router.add_api_route(
                prefix + path,
                handler,
                methods=["GET"],
                name=name + named,
                response_model=None,
                responses=found,
                openapi_extra=parameters,
            )
        router.add_api_route(
            f"{prefix}/infer",
            infer,
            methods=["POST"],
            name=f"model_infer{named}",
            response_model=None,
            responses={**_REFUSED, **_INFER_REFUSED},
            openapi_extra=_INFER | parameters,
        )


def _add_health(router: APIRouter, asking: Asking) -> None:
    async def live() -> Response:
        """Tell that the process runs."""
        return reply({"live": True})

    async def ready() -> Response:
        """Tell whether every model can answer."""
        if problems := asking.serving.problems:
            raise Problem(503, "not-ready", f"not every model is loaded: {', '.join(sorted(problems))}; try again")
        return reply({"ready": True})

    for path, handler, name in (("live", live, "server_live"), ("ready", ready, "server_ready")):
        router.add_api_route(
            f"/v2/health/{path}", handler, methods=["GET"], name=name, response_model=None, openapi_extra=dict(OPEN)
        )


def _parameters(asking: Asking, *, versioned: bool) -> list[dict[str, Any]]:
    """The parts of a path, for the document."""
    schemas: dict[str, Any] = {"name": {"type": "string", "enum": list(asking.serving.products)}}
    if versioned:
        schemas["version"] = {"type": "integer", "minimum": 0, "maximum": LARGEST_VERSION}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in schemas.items()]


def _named(request: Request) -> tuple[str, int | None]:
    """The model and the version that the path names, read once it is known who asks.

    Raises:
        Problem: 422 where the version is no number.
    """
    name, version = request.path_params["name"], request.path_params.get("version")
    if version is None:
        return name, None
    if not _NUMBER.fullmatch(version):
        rule = f"a whole number from 0 to {LARGEST_VERSION}"
        raise Problem(422, "wrong-version", f"version: must be {rule}", "version", version[:20], rule)
    return name, int(version)


def _find(asking: Asking, name: str) -> tuple[LiveProduct, Lineup | None]:
    answering = asking.serving.model(name)
    return answering.product, answering.lineup


def _demand(lineup: Lineup | None, name: str, version: int | None) -> None:
    if lineup is None or not lineup.ready:
        raise Problem(503, "model-not-ready", f"model '{name}' is not loaded yet; try again shortly")
    if version is not None and lineup.version(version) is None:
        known = ", ".join(str(v.version) for v in lineup.loaded)
        raise Problem(404, "unknown-version", f"model '{name}' has no loaded version {version}; there are: {known}")


def _metadata(asking: Asking, name: str, version: int | None) -> dict[str, Any]:
    product, lineup = _find(asking, name)
    if version is not None:
        _demand(lineup, name, version)
    return {
        "name": name,
        "versions": [str(v.version) for v in lineup.loaded] if lineup else [],
        "platform": PLATFORM,
        "inputs": [field.described for field in fields(product.live.request)],
        "outputs": [field.described for field in fields(product.live.answer)],
    }


def _answer(name: str, body: dict[str, Any], served: list[Served], wanted: list[Field]) -> dict[str, Any]:
    """Put what was served as the protocol's answer; it names one version only where one answered all."""
    versions = {str(one.version) for one in served}
    return {
        "model_name": name,
        "model_version": versions.pop() if len(versions) == 1 else "",
        **({"id": body["id"]} if isinstance(body.get("id"), str) else {}),
        "parameters": {
            "prediction_id": [one.prediction_id for one in served],
            "model_version": [one.version for one in served],
            "route": [one.route for one in served],
            "reason": [one.reason or None for one in served],
            "snapshots": served[0].snapshots,
            "views": served[0].views,
        },
        "outputs": to_tensors([one.answer for one in served], wanted),
    }


def _wanted(outputs: Any, product: LiveProduct) -> list[Any]:
    """The answer's fields that are asked for; all where none is named."""
    known = {field.name: field for field in fields(product.live.answer)}
    if outputs is None:
        return list(known.values())
    asked = outputs if isinstance(outputs, list) else [None]
    names = [str(output.get("name")) if isinstance(output, dict) else "" for output in asked]
    if not names or any(name not in known for name in names):
        rule = f"objects that each name one of {', '.join(known)}"
        raise Problem(422, "wrong-tensor", f"outputs: must be {rule}", "outputs", rule=rule)
    return [known[name] for name in names]
