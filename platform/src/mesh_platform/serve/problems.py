"""What an API says when it can't answer: RFC 9457 problem details that name the field, the value and the rule.

A `Problem` is raised wherever a request is found wrong; the application turns it, and the errors of other rooms, into
an answer. Nothing of the inside (paths, SQL, traces) is ever in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from http import HTTPStatus
from typing import Any, Final

MEDIA_TYPE = "application/problem+json"
TYPES = "https://omnishop.example/problems/"
"""Where the kinds of problems are named; a name, not an address that anybody has to reach."""

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "Why a request is not answered (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "The kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what helps."},
        "instance": {"type": "string", "description": "The request's id."},
        "field": {"type": "string", "description": "What of the request is wrong."},
        "value": {"description": "What was sent, where it may be repeated."},
        "rule": {"type": "string", "description": "What holds."},
    },
}
"""A problem's shape in the OpenAPI document; `serve.document` puts it among the document's components."""


def refusal(text: str) -> dict[str, Any]:
    """Describe a refusal in the OpenAPI document.

    Args:
        text: When it is given.
    """
    return {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


@dataclass(eq=False)  # not frozen: Python writes the trace into an exception that passes a context manager
class Problem(Exception):
    """Why a request is not answered.

    Args:
        status: The HTTP status.
        kind: The kind of problem in a word or two with hyphens, such as "unknown-column".
        detail: What is wrong and what helps, in a sentence for people.
        field: What of the request is wrong, such as "where"; "" where it is no single one.
        value: What was sent, shortened; None where it must not be repeated.
        rule: What holds, such as "one of order_id, sku".
        headers: Headers of the answer, such as Retry-After.
    """

    status: int
    kind: str
    detail: str
    field: str = ""
    value: Any = None
    rule: str = ""
    headers: Mapping[str, str] = default(default_factory=dict)

    def body(self, instance: str) -> dict[str, Any]:
        """The answer's body.

        Args:
            instance: The request's id.
        """
        said = {"field": self.field, "value": self.value, "rule": self.rule}
        return {
            "type": TYPES + self.kind,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            **{name: what for name, what in said.items() if what not in ("", None)},
        }
