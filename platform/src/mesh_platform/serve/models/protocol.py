"""The Open Inference Protocol, version 2, in JSON over HTTP: health, metadata, inference.

Source: the protocol's specification (open-inference/open-inference-protocol, `inference_rest.md`). Left out are its
extensions for binary tensors and shared memory. Refusals are problem details, as everywhere in these APIs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesh_platform.serve.models.asking import MOST_REQUESTS, Asking, read_body, reply, trust, validated
from mesh_platform.serve.models.documents import problem
from mesh_platform.serve.models.tensors import fields, to_rows, to_tensors
from mesh_platform.serve.problems import Problem

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from mesh_platform.serve.models.lineup import Lineup
    from mesh_platform.serve.models.live import LiveProduct

PLATFORM = "omnishop_mesh"
"""What the metadata name as the models' framework."""
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
    "401": problem("Nobody is proven."),
    "404": problem("No such model or version."),
}
_INFER_REFUSED: dict[int | str, dict[str, Any]] = {
    "400": problem("The body is no JSON."),
    "403": problem("The caller has no grant for the model's product."),
    "415": problem("The body is not said to be JSON."),
    "422": problem("A tensor breaks its rule."),
    "429": problem("The caller asks too often."),
    "503": problem("Nothing can answer now."),
}


def add_protocol(router: APIRouter, asking: Asking) -> None:
    """Add the protocol's routes."""
    _add_health(router, asking)
    from starlette.requests import Request

    async def metadata(request: Request, name: str, version: int | None = None) -> Response:
        """Describe a model: its versions, its inputs and its outputs as tensors."""
        asking.admit(request)
        return reply(_metadata(asking, name, version))

    async def ready(request: Request, name: str, version: int | None = None) -> Response:
        """Tell whether a model, or a version of it, can answer."""
        asking.admit(request)
        _, lineup = _find(asking, name)
        _demand(lineup, name, version)
        return reply({"name": name, "ready": True})

    async def infer(request: Request, name: str, version: int | None = None) -> Response:
        """Ask a model with one tensor a field; a version that is named answers outside of every share."""
        caller = asking.admit(request)
        product, _ = _find(asking, name)
        body = await read_body(request)
        if not isinstance(body, dict):
            raise Problem(422, "wrong-tensor", "the body must be an object with inputs", "body", rule="an object")
        rows = to_rows(body.get("inputs"), fields(product.live.request), MOST_REQUESTS)
        wanted = _wanted(body.get("outputs"), product)
        served = await asking.ask(request, caller, product, validated(product.live.request, rows, "inputs"), version)
        versions = {str(one.version) for one in served}
        answer = {
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
        return reply(answer, trust(served))

    for handler in (metadata, ready, infer):
        handler.__annotations__["request"] = Request
    for prefix in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        named = "_version" if "version}" in prefix else ""
        for path, handler, name in (("", metadata, "model_metadata"), ("/ready", ready, "model_ready")):
            found: dict[int | str, dict[str, Any]] = _REFUSED | ({503: problem("It is not loaded.")} if path else {})
            router.add_api_route(
                prefix + path, handler, methods=["GET"], name=name + named, response_model=None, responses=found
            )
        router.add_api_route(
            f"{prefix}/infer",
            infer,
            methods=["POST"],
            name=f"model_infer{named}",
            response_model=None,
            responses={**_REFUSED, **_INFER_REFUSED},
            openapi_extra=_INFER,
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

    refused: dict[int | str, dict[str, Any]] = {503: problem("Not every model is loaded.")}
    router.add_api_route("/v2/health/live", live, methods=["GET"], name="server_live", response_model=None)
    router.add_api_route(
        "/v2/health/ready", ready, methods=["GET"], name="server_ready", response_model=None, responses=refused
    )


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
