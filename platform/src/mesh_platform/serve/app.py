"""The data product APIs as one application: the rooms that answer, and how requests are admitted and run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_platform.serve.operation.limits import Limits
from mesh_platform.serve.rooms import ROOMS, MakeRoom
from mesh_platform.serve.service import AccessLog, Caller, Gate, Service
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI
    from starlette.requests import Request

    from mesh_platform.serve.operation.health import Check
    from mesh_platform.serve.operation.logs import Lines
    from mesh_platform.serve.operation.metrics import PrometheusMetrics

LOCAL_NAMES = ("127.0.0.1", "localhost")
"""The names by which a service of one machine may be asked: a page in a browser could else read it by another name."""
TITLE = "OmniShop data products"
API_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an application is made from; it can be sent to another process.

    Args:
        settings: Where the mesh keeps its state.
        contracts: The folder of published documents.
        hosts: The names by which it may be asked; "*" for any.
        limits: What a request may cost.
    """

    settings: Settings
    contracts: Path
    hosts: tuple[str, ...] = LOCAL_NAMES
    limits: Limits = field(default_factory=Limits)


class Noting:
    """A gate that notes on the request who was admitted, for the log's line of it.

    Args:
        gate: The gate that decides.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.permit, self.holds, self.spend = gate.permit, gate.holds, gate.spend

    def admit(self, request: Request) -> Caller:
        """Prove who asks; see `service.Gate`."""
        caller = self._gate.admit(request)
        request.state.consumer = caller.consumer
        return caller


def create_app(
    plan: Plan,
    *,
    gate: Gate | None = None,
    accesses: AccessLog | None = None,
    lines: Lines | None = None,
    rooms: Sequence[MakeRoom] = ROOMS,
) -> FastAPI:
    """Assemble the application.

    Args:
        plan: Where everything is, and the limits.
        gate: Who may see what; None for the mesh's own.
        accesses: The log of accesses; None for the mesh's own.
        lines: The log of requests; None for one on the standard error output.
        rooms: The parts that it has.
    """
    from mesh_platform.lake import Lake
    from mesh_platform.serve.document import Documented
    from mesh_platform.serve.operation.logs import Lines
    from mesh_platform.serve.operation.metrics import PrometheusMetrics
    from mesh_platform.serve.operation.refusals import install

    metrics, written, ends = PrometheusMetrics(), lines or Lines(), list[Callable[[], object]]()
    lake = Lake.open(plan.settings)
    gate, accesses = _admission(plan, gate, accesses, ends)
    service = Service(plan.settings, plan.contracts, lake, Noting(gate), accesses, metrics)
    app = Documented(
        title=TITLE,
        version=API_VERSION,
        lifespan=_ending(ends),
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    install(app)
    made = [room(service) for room in rooms]
    for each in made:
        app.include_router(each.router)
    app.include_router(_health(service, metrics, {name: check for each in made for name, check in each.checks.items()}))
    _surround(app, plan, written, metrics, ends)
    ends.append(written.close)
    return app


def _admission(
    plan: Plan, gate: Gate | None, accesses: AccessLog | None, ends: list[Callable[[], object]]
) -> tuple[Gate, AccessLog]:
    """The mesh's own gate and log of accesses, where no others are given."""
    if gate is not None and accesses is not None:
        return gate, accesses
    from mesh_platform.serve.identity.accesses import AccessFiles
    from mesh_platform.serve.identity.gate import OpenGate
    from mesh_platform.serve.identity.settings import IdentitySettings

    files = AccessFiles(plan.settings)
    opened = OpenGate(plan.settings, plan.contracts, IdentitySettings.load(), files)
    ends.extend((opened.close, files.close))
    return gate or opened, accesses or files


def _health(service: Service, metrics: PrometheusMetrics, lesser: Mapping[str, Check]) -> APIRouter:
    from mesh_platform.serve.operation.checks import checks
    from mesh_platform.serve.operation.documents import Documents
    from mesh_platform.serve.operation.health import Health
    from mesh_platform.serve.operation.products import ProductGauges

    documents = Documents(service.contracts)
    gauges = ProductGauges(service.lake, documents, metrics)
    return Health(checks(service, documents), lesser, gauges.measure, metrics).router()


def _surround(
    app: FastAPI, plan: Plan, lines: Lines, metrics: PrometheusMetrics, ends: list[Callable[[], object]]
) -> None:
    """Add the layers around the routes, from the innermost out."""
    from mesh_platform.serve.operation import traces
    from mesh_platform.serve.operation.limits import Limited
    from mesh_platform.serve.operation.record import Recorded

    app.add_middleware(Limited, limits=plan.limits, hosts=plan.hosts)
    if traces.wanted():
        spans = traces.provider()
        ends.append(spans.shutdown)
        app.add_middleware(traces.Traced, spans=spans)
    app.add_middleware(Recorded, lines=lines, metrics=metrics)


def _ending(ends: list[Callable[[], object]]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A lifespan that ends what was begun, after the rooms have ended theirs."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        for end in ends:
            end()

    return lifespan
