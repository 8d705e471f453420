"""The features' part of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mesh_platform.serve.features.asked import JSON, MOST_KEYS
from mesh_platform.serve.problems import refusal

REFUSALS = {
    "400": "The body is no JSON.",
    "401": "Nobody is proven.",
    "403": "The caller has no grant for the view's product and columns.",
    "404": "There is no such view.",
    "415": "The body is not said to be JSON.",
    "422": "A key, a feature or a parameter breaks its rule.",
    "429": "The caller asks too often, or its quota is used up.",
    "503": "The view was never pushed, or the online store can't be reached.",
}
_PART = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]}
BODY: dict[str, Any] = {
    "type": "object",
    "required": ["keys"],
    "additionalProperties": False,
    "properties": {
        "keys": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_KEYS,
            "items": {"anyOf": [*_PART["anyOf"], {"type": "array", "items": _PART, "minItems": 1}]},
            "description": "A value an entity, or a list of values where several columns name it.",
        },
        "features": {
            "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
            "description": "The features; all of them where left out.",
        },
    },
}
_OF: dict[str, Any] = {
    "version": {"type": "string", "description": "Names the view's definition."},
    "snapshot": {"type": "string", "description": "The source's snapshot that the features are of."},
    "data_as_of": {"type": "string", "format": "date-time", "description": "The newest moment of the snapshot."},
}
_ENTITY: dict[str, Any] = {
    "type": "object",
    "required": ["found", "features"],
    "properties": {
        "found": {"type": "boolean", "description": "Whether anything is known of the entity."},
        "features": {
            "type": "object",
            "description": "Name to value; missing ones and those past their time to live are null. Decimals and times "
            "are texts. Of a history each value is a list, the newest last.",
        },
    },
}
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["view", *_OF, "entities"],
    "properties": {
        "view": {"type": "string"},
        **_OF,
        "entities": {"type": "array", "items": _ENTITY, "description": "In the order of the keys."},
    },
}
LIST: dict[str, Any] = {
    "type": "object",
    "required": ["views"],
    "properties": {"views": {"type": "array", "items": {"type": "object"}}},
}
_STRINGS = {"type": "array", "items": {"type": "string"}}
QUERY: list[dict[str, Any]] = [
    {
        "name": "key",
        "in": "query",
        "required": True,
        "schema": {**_STRINGS, "minItems": 1, "maxItems": MOST_KEYS},
        "description": "An entity; once for each. Where several columns name it, their values with commas between.",
    },
    {"name": "feature", "in": "query", "schema": _STRINGS, "description": "A feature; once for each, all where none."},
]


def view_of(names: Sequence[str] = ()) -> dict[str, Any]:
    """Describe the part of a path that names a view.

    Args:
        names: The views that there are; none where that is not known yet.
    """
    return {"type": "string", **({"enum": list(names)} if names else {})}


def operation(
    answer: dict[str, Any], *, view: dict[str, Any] | None = None, body: bool = False, query: bool = False
) -> dict[str, Any]:
    """Describe a route.

    Args:
        answer: The schema of its answer.
        view: The schema of the view's name in its path; None where there is none.
        body: Whether it takes the body of a POST.
        query: Whether it takes the parameters of a GET.
    """
    said: dict[str, Any] = {
        "responses": {
            "200": {"description": "The answer.", "content": {JSON: {"schema": answer}}},
            **{status: refusal(text) for status, text in REFUSALS.items()},
        }
    }
    if body:
        said["requestBody"] = {"required": True, "content": {JSON: {"schema": BODY}}}
    named = [{"name": "view", "in": "path", "required": True, "schema": view}] if view is not None else []
    if parameters := [*named, *(QUERY if query else [])]:
        said["parameters"] = parameters
    return said
