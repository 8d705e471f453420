"""A model's part of the OpenAPI document: the request and the answer with their real types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesh_platform.ml.served import ROUTES
from mesh_platform.serve.models.asking import BATCH, JSON, MOST_REQUESTS
from mesh_platform.serve.problems import refusal

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mesh_platform.serve.models.live import LiveProduct

REFUSALS = {
    "400": "The body is no JSON.",
    "401": "Nobody is proven.",
    "403": "The caller has no grant for the model's product.",
    "415": "The body is not said to be JSON.",
    "422": "A field breaks its rule.",
    "429": "The caller asks too often.",
    "503": "Nothing can answer now.",
}


def documented(product: LiveProduct) -> dict[str, Any]:
    """Describe a model's operation."""
    one, answer = _schema(product.live.request), _envelope(_schema(product.live.answer, of="serialization"))
    several = _only({BATCH: {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_REQUESTS}})
    answers = _only({"predictions": {"type": "array", "items": answer}})
    said = {
        "200": {"description": "The answer, or one for each request.", "content": _json(one_of(answer, answers))},
        **{status: refusal(text) for status, text in REFUSALS.items()},
    }
    return {"requestBody": {"required": True, "content": _json(one_of(one, several))}, "responses": said}


def one_of(*schemas: dict[str, Any]) -> dict[str, Any]:
    """One of several shapes."""
    return {"anyOf": list(schemas)}


def _schema(model: type[BaseModel], of: Any = "validation") -> dict[str, Any]:
    """A type's JSON Schema with its inner types in their places: OpenAPI's own are elsewhere."""
    schema = model.model_json_schema(mode=of)
    inner = schema.pop("$defs", {})
    placed: dict[str, Any] = _placed(schema, inner)
    return placed


def _placed(part: Any, inner: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_placed(one, inner) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _placed(inner[part["$ref"].rpartition("/")[2]], inner)
    return {name: _placed(one, inner) for name, one in part.items()}


def _envelope(answer: dict[str, Any]) -> dict[str, Any]:
    numbers = {"type": "object", "additionalProperties": {"type": "integer"}}
    return _only(
        {
            "answer": answer,
            "prediction_id": {"type": "string", "description": "Names the prediction, for `mesh replay`."},
            "model": {"type": "string"},
            "model_version": {"type": "integer", "minimum": 0, "description": "0 is the baseline rule."},
            "route": {"type": "string", "enum": [route for route in ROUTES if route != "shadow"]},
            "reason": {"type": ["string", "null"], "description": "Why another one than the champion answered."},
            "snapshots": {**numbers, "description": "Lake table → the snapshot that the version was prepared with."},
            "views": {**numbers, "description": "Feature view and version → the snapshot that was read online."},
        }
    )


def _only(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {JSON: {"schema": schema}}
