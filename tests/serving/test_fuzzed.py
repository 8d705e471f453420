"""Requests made up from the OpenAPI document, sane and not: whatever is sent, the service answers as documented."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.requests import Request

from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.serve.app import Plan, create_app
from mesh_platform.serve.models.live import installed
from mesh_platform.serve.models.tensors import fields
from mesh_platform.serve.rooms import features, models, products
from mesh_platform.serve.service import Access, Caller, Permit
from mesh_platform.settings import Settings

from .conftest import ENDS_WITHIN_S, Project
from .filled import fill

EXAMPLES = 10
"""Requests of each kind and operation: what fits into seconds; more find nothing new in this document."""
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
"""Requests that fit the document, and requests that break it; where nothing is asked nothing can be broken."""
KEPT = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""What must hold of an answer: no failure of ours, and status, type, headers and body as the document has them."""
DEEP = 600
"""So many lists in lists can be read, and not be written again."""
CONTRACTS = Path(__file__).parents[2] / "contracts"
QUICK = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


class Open:
    """Lets everybody in and keeps no log: what is fuzzed is what lies behind the gate."""

    def admit(self, request: Request) -> Caller:
        return Caller("fuzzer", "test", "tests", "key")

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        names = tuple(c.name for c in product.columns)
        return Permit(caller, product.full_name, product.major, "tests", names, clear=frozenset(names))

    def holds(self, permit: Permit) -> bool:
        return True

    def spend(self, caller: Caller, rows: int) -> None: ...

    def record(self, access: Access) -> None: ...


@contextmanager
def _answering(app: FastAPI) -> Iterator[str]:
    """The application on a port, in a thread of this process."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "it ended before it served"
            time.sleep(0.02)  # between two looks
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(ENDS_WITHIN_S)


@pytest.fixture(scope="module")
def shop(project: Project) -> Iterator[str]:
    """The address of a service of products."""
    plan = Plan(project.settings, project.root / "contracts")
    with _answering(create_app(plan, gate=Open(), accesses=Open(), rooms=(products,))) as address:
        yield address


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service of the features and models of all installed domains."""
    plan = Plan(Settings.load(tmp_path_factory.mktemp("filled")), CONTRACTS)
    fill(plan.settings)
    with _answering(create_app(plan, gate=Open(), accesses=Open(), rooms=(features, models))) as address:
        yield address


@cache
def _operations(address: str) -> list[Any]:
    """What the document of a service describes; it is large, so it is read once."""
    document = schemathesis.openapi.from_url(f"{address}/openapi.json")
    return [found.ok() for found in document.get_all_operations() if isinstance(found, Ok)]


def _each(operation: Any, kind: Any, ask: Callable[[Any], object]) -> None:
    """Make requests of one operation."""

    @QUICK
    @given(case=operation.as_strategy(generation_mode=kind))
    def asked(case: Any) -> None:
        ask(case)

    asked()


def _asked_in_all_ways(address: str, kind: Any) -> dict[str, set[int]]:
    """Fuzz a service; returns path → the statuses that it answered with."""
    said: dict[str, set[int]] = {}

    def ask(case: Any) -> None:
        answer = case.call()
        said.setdefault(case.operation.path, set()).add(answer.status_code)
        case.validate_response(answer, checks=KEPT)

    for operation in _operations(address):
        if kind is not NEGATIVE or list(operation.iter_parameters()) or list(operation.body):
            _each(operation, kind, ask)
    return said


@pytest.mark.parametrize("kind", [POSITIVE, NEGATIVE])
def test_no_request_that_the_document_suggests_breaks_a_product_and_all_is_answered_as_documented(
    shop: str, kind: Any
) -> None:
    said = _asked_in_all_ways(shop, kind)
    assert set(said) >= {"/products/sales.orders/rows"} | ({"/healthz", "/products"} if kind is POSITIVE else set())


@pytest.mark.parametrize("kind", [POSITIVE, NEGATIVE])
def test_no_request_that_the_document_suggests_breaks_a_feature_or_model_and_all_is_answered_as_documented(
    filled: str, kind: Any
) -> None:
    said = _asked_in_all_ways(filled, kind)
    typed = {f"/models/{name}" for name in installed()}
    assert len(typed) == 4
    assert set(said) >= typed | {"/features/{view}", "/v2/models/{name}/infer"}
    if kind is POSITIVE:
        answered = typed | {"/features/{view}", "/v2/models/{name}", "/v2/models/{name}/ready"}
        assert {path for path, statuses in said.items() if 200 in statuses} >= answered


@pytest.mark.parametrize("model", sorted(installed()))
def test_what_a_models_typed_address_takes_its_tensors_take_too(filled: str, model: str) -> None:
    known = fields(installed()[model].live.request)
    typed = next(one for one in _operations(filled) if one.path == f"/models/{model}")
    both = set()

    def ask(case: Any) -> None:
        rows = case.body["requests"] if set(case.body) == {"requests"} else [case.body]
        tensors = [_tensor(field, rows) for field in known if any(field.name in row for row in rows)]
        by_type, by_tensor = (
            httpx.post(f"{filled}{path}", content=orjson.dumps(body), headers={"Content-Type": "application/json"})
            for path, body in ((typed.path, {"requests": rows}), (f"/v2/models/{model}/infer", {"inputs": tensors}))
        )
        if all(len(row) == len(tensors) for row in rows) and tensors:  # else a tensor's null stands for a missing field
            assert by_tensor.status_code == by_type.status_code
            both.add(by_type.status_code)
        assert by_tensor.status_code in {200, 422}

    _each(typed, POSITIVE, ask)
    assert 200 in both


def _tensor(field: Any, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    values = [row.get(field.name) for row in rows]
    data = [orjson.dumps(value).decode() if field.is_json and value is not None else value for value in values]
    return {"name": field.name, "datatype": field.datatype, "shape": [len(data)], "data": data}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/models/churn", b"[" * DEEP + b"]" * DEEP),
        ("/models/churn", b'{"requests": [' + b"[" * DEEP + b"]" * DEEP + b"]}"),
        ("/features/customers.customer_consents", b'{"keys": ' + b"[" * 9 * DEEP + b"]" * 9 * DEEP + b"}"),
        ("/v2/models/churn/infer", b'{"inputs": ' + b"[" * DEEP + b"]" * DEEP + b"}"),
        (
            "/v2/models/demand/infer",
            b'{"inputs": [{"name": "days", "datatype": "BYTES", "shape": [1], "data": ["%s"]},'
            b'{"name": "sku", "datatype": "BYTES", "shape": [1], "data": ["s"]},'
            b'{"name": "location_id", "datatype": "BYTES", "shape": [1], "data": ["l"]}]}'
            % (b"[" * DEEP + b"]" * DEEP),
        ),
    ],
)
def test_a_body_that_is_nested_without_end_is_refused(filled: str, path: str, body: bytes) -> None:
    answer = httpx.post(filled + path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["rule"]
