"""One request to a product: who asks, what was looked at, how it ended; written to the audit log and the metrics once.

Every route begins with `visiting` and leaves through it, refused or not, so none can forget to be remembered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from mesh_platform.errors import UnknownName
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.service import Access, Caller, Permit, Service

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from mesh_platform.serve.products.shelf import Shown
    from mesh_platform.serve.products.views import View

FAILED = 500
BROKEN_OFF = 499
"""How the metrics call an answer that was cut after it began: by the client, or by us because a grant ended."""


@dataclass(slots=True)
class Visit:
    """A request under way.

    Args:
        service: What routes are given.
        request: The request.
        action: What is done, in the audit log's words.
        route: The template of the path, for the metrics.
    """

    service: Service
    request: Request
    action: str
    route: str
    caller: Caller | None = None
    shown: Shown | None = None
    permit: Permit | None = None
    view: View | None = None
    columns: tuple[str, ...] = ()
    rows: int = 0
    streams: bool = False
    _ended: bool = False
    _began: float = field(default_factory=perf_counter)

    def admit(self) -> Caller:
        """Prove who asks."""
        self.caller = self.service.gate.admit(self.request)
        return self.caller

    def spend(self, rows: int) -> None:
        """Count rows that are about to leave, against the quota and for the log.

        Raises:
            Problem: 429 where the quota is used up.
        """
        if self.caller is not None:
            self.service.gate.spend(self.caller, rows)
        self.rows += rows

    def end(self, status: int, reason: str = "") -> None:
        """Remember how it ended; only the first end counts."""
        if self._ended:
            return
        self._ended = True
        self.service.accesses.record(self._access(status, reason))
        product = None if self.shown is None else self.shown.product
        self.service.metrics.observe(
            "product",
            "" if product is None else product.full_name,
            self.route,
            "" if product is None else product.version,
            status,
            perf_counter() - self._began,
        )

    def _access(self, status: int, reason: str) -> Access:
        product = None if self.shown is None else self.shown.product
        clear = frozenset() if self.permit is None else self.permit.clear
        personal = frozenset() if self.shown is None else self.shown.personal
        return Access(
            request_id=str(getattr(self.request.state, "request_id", "")),
            consumer="" if self.caller is None else self.caller.consumer,
            proof="" if self.caller is None else self.caller.proof,
            action=self.action,
            product="" if product is None else product.full_name,
            major=0 if product is None else product.major,
            purpose="" if self.permit is None else self.permit.purpose,
            columns=self.columns,
            personal=tuple(c for c in self.columns if c in personal and c in clear),
            snapshot=0 if self.view is None else self.view.snapshot.snapshot_id,
            rows=self.rows,
            status=status,
            reason=reason,
        )


async def visiting(visit: Visit, answer: Callable[[Visit], Awaitable[Response]]) -> Response:
    """Answer a request and remember it; a stream remembers itself when it ends.

    Args:
        visit: The request.
        answer: Makes the answer.
    """
    try:
        response = await answer(visit)
    except Problem as problem:
        visit.end(problem.status, problem.kind)
        raise
    except UnknownName:
        visit.end(404, "unknown-name")
        raise
    except asyncio.CancelledError:
        visit.end(BROKEN_OFF, "took-too-long-or-client-left")
        raise
    except Exception as error:
        visit.end(FAILED, type(error).__name__)
        raise
    if not visit.streams:
        visit.end(response.status_code)
    return response
