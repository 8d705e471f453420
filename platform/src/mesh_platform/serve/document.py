"""What the OpenAPI document says of every address: how a caller proves who it is, and refusals that any of them gives.

The rooms describe their own routes. A route that is open says so itself, by `OPEN`; all others ask for a proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI

from mesh_platform.serve.problems import SCHEMA, refusal

OPEN: Final[Mapping[str, Any]] = {"security": []}
"""What a route says that asks for no proof: it tells about the service, and nothing of a product's rows."""
SCHEMES: Final[Mapping[str, Any]] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of a registered consumer (`mesh keys create`): `Authorization: Bearer mesh_…`.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the company's issuer, where the service accepts them: `Authorization: Bearer …`.",
    },
}
ANYWHERE: Final = {
    "400": "The request can't be read, or asks a host by a name that is not known.",
    "413": "The body is too large.",
    "414": "Path and query are too long.",
    "431": "The headers are too large.",
    "500": "The service failed; it is logged under the id in `instance`.",
    "503": "This can't be answered now.",
}
BEHIND_THE_GATE: Final = {
    "401": "Nobody is proven.",
    "403": "The consumer is not registered, or has no grant.",
    "429": "The consumer asks too often.",
}
RANGE: Final = "4XX"
"""With it a route documents all refusals at once."""


class Documented(FastAPI):
    """An application whose document names its security schemes, and the refusals that every route shares."""

    def openapi(self) -> dict[str, Any]:
        """Make the document; it is made once, and completing a complete one changes nothing."""
        document = super().openapi()
        components = document.setdefault("components", {})
        components["securitySchemes"] = dict(SCHEMES)
        components.setdefault("schemas", {})["Problem"] = dict(SCHEMA)
        document["security"] = [{name: []} for name in SCHEMES]
        for path in document["paths"].values():
            for operation in path.values():
                _complete(operation)
        return document


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if RANGE in responses:
        return
    shared = ANYWHERE if operation.get("security") == OPEN["security"] else ANYWHERE | BEHIND_THE_GATE
    for status, text in shared.items():
        responses.setdefault(status, refusal(text))
