"""Requests made up from the OpenAPI document, sane and not: whatever is sent, the service answers and never breaks."""

import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from starlette.requests import Request

from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.serve.app import Plan, create_app
from mesh_platform.serve.rooms import products
from mesh_platform.serve.service import Access, Caller, Permit

from .conftest import ENDS_WITHIN_S, Project

EXAMPLES = 10
"""Requests of each kind and operation: what fits into seconds; more find nothing new in this document."""
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
"""Requests that fit the document, and requests that break it; where nothing is asked nothing can be broken."""


class Open:
    """Lets everybody in and keeps no log: what is fuzzed is what lies behind the gate."""

    def admit(self, request: Request) -> Caller:
        return Caller("fuzzer", "test", "tests", "key")

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        return Permit(caller, product.full_name, product.major, "tests", tuple(c.name for c in product.columns))

    def holds(self, permit: Permit) -> bool:
        return True

    def spend(self, caller: Caller, rows: int) -> None: ...

    def record(self, access: Access) -> None: ...


@pytest.fixture(scope="module")
def address(project: Project) -> Iterator[str]:
    """The application on a port, in a thread of this process."""
    plan = Plan(project.settings, project.root / "contracts")
    app = create_app(plan, gate=Open(), accesses=Open(), rooms=(products,))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(ENDS_WITHIN_S)


@pytest.mark.parametrize("kind", [POSITIVE, NEGATIVE])
def test_no_request_that_the_document_suggests_breaks_the_service(address: str, kind: Any) -> None:
    document = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operations = [found.ok() for found in document.get_all_operations() if isinstance(found, Ok)]
    fuzzed = [each for each in operations if kind is not NEGATIVE or list(each.iter_parameters()) or list(each.body)]
    assert {operation.path for operation in operations} >= {"/healthz", "/products"}

    for operation in fuzzed:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=kind))
        def answers(case: Any) -> None:
            case.call_and_validate(checks=[not_a_server_error])

        answers()
