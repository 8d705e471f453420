"""What a caller of the APIs has to reckon with: an answer that says no, and no answer at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_platform.errors import MeshFailure, UserError


class Refused(UserError):
    """The service refused a request, and says why (RFC 9457).

    Args:
        status: The HTTP status.
        problem: The problem document; empty where something in between answered.
        retry_after_s: When it may be asked again, in seconds; None where it does not say.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        self.status, self.problem, self.retry_after_s = status, problem, retry_after_s
        said = problem.get("detail") or problem.get("title") or "refused without a reason"
        rule = f" (rule: {self.rule})" if self.rule and self.rule not in said else ""
        request = f"; request {problem['instance']}" if "instance" in problem else ""
        super().__init__(f"{status} {self.kind or 'refused'}: {said}{rule}{request}")

    @property
    def kind(self) -> str:
        """The kind of problem, such as "unknown-column"; "" where it isn't told."""
        return str(self.problem.get("type", "")).rpartition("/")[2]

    @property
    def field(self) -> str:
        """What of the request is wrong; "" where it is no single field."""
        return str(self.problem.get("field", ""))

    @property
    def rule(self) -> str:
        """What holds; "" where it isn't told."""
        return str(self.problem.get("rule", ""))


class NotAnswered(MeshFailure):
    """The service could not be reached, or broke off, as often as it was tried."""

    retry_helps = True
