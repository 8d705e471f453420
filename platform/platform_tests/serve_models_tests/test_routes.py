"""The routes of the live models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.published import PublishedProduct
from mesh_platform.lake import Lake
from mesh_platform.serve.models.routes import routes
from mesh_platform.serve.models.serving import Serving
from mesh_platform.serve.operation.refusals import install
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.service import Access, Caller, Permit, Service
from mesh_platform.settings import Settings
from platform_tests.contract_tests import samples
from platform_tests.deploy_tests import toy
from platform_tests.serve_models_tests.conftest import Figures

VISIT = {"visit": "V9", "minutes": 12.5, "customer_id": "C1"}


@dataclass
class OpenGate:
    """Admits whoever names a consumer; "stranger" has no grant. Keeps what it was asked."""

    accesses: list[Access] = field(default_factory=list)
    spent: int = 0

    def admit(self, request: Request) -> Caller:
        if "x-consumer" not in request.headers:
            raise Problem(401, "not-proven", "send a key")
        request.state.request_id = "request-7"
        return Caller(request.headers["x-consumer"], "key", "testing", "key")

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        if caller.consumer == "stranger":
            raise Problem(403, "not-granted", f"no grant for {product.full_name}")
        return Permit(caller, product.full_name, product.major, "testing", ())

    def holds(self, permit: Permit) -> bool:
        return bool(permit)

    def spend(self, caller: Caller, rows: int) -> None:
        self.spent += rows

    def record(self, access: Access) -> None:
        self.accesses.append(access)


@pytest.fixture
def gate() -> OpenGate:
    return OpenGate()


@pytest.fixture
def client(settings: Settings, lake: Lake, online: toy.Regulars, gate: OpenGate) -> Iterator[TestClient]:
    """The application with the models alone."""
    export([samples.shop()], settings.home / "contracts")
    service = Service(settings, settings.home / "contracts", lake, gate, gate, Figures())
    app = FastAPI()
    install(app)

    async def named(request: Request, call: Any) -> Any:
        request.state.request_id = "request-7"
        return await call(request)

    app.middleware("http")(named)
    app.include_router(routes(service, Serving(settings, lake, Figures(), online, toy.MODELS)))
    with TestClient(app, headers={"x-consumer": "shop"}) as found:
        yield found


def test_one_request_and_a_batch_have_the_same_answers(client: TestClient, gate: OpenGate) -> None:
    one = client.post("/models/purchase", json=VISIT)
    several = client.post("/models/purchase", json={"requests": [VISIT, {**VISIT, "visit": "V10"}]}).json()
    assert one.status_code == 200
    said = one.json()
    assert (said["model_version"], said["route"], said["reason"]) == (2, "champion", None)
    assert said["views"] == {"regulars@1": 77}
    assert one.headers["x-prediction-id"] == said["prediction_id"]
    assert one.headers["x-model-version"] == "2"
    assert [p["answer"] for p in several["predictions"]] == [said["answer"]] * 2
    assert [(a.action, a.product, a.rows, a.request_id) for a in gate.accesses] == [
        ("predict", "sales.orders", 1, "request-7"),
        ("predict", "sales.orders", 2, "request-7"),
    ]
    assert gate.spent == 3


@pytest.mark.parametrize(
    ("body", "status", "kind", "place"),
    [
        ({**VISIT, "minutes": -1}, 422, "wrong-field", "body.minutes"),
        ({**VISIT, "minutes": "C4711"}, 422, "wrong-field", "body.minutes"),
        ({"requests": [VISIT, {"visit": "V2"}]}, 422, "wrong-field", "body.requests.1.minutes"),
        ({"requests": []}, 422, "wrong-batch", "requests"),
        ({"requests": [VISIT] * 1001}, 422, "wrong-batch", "requests"),
        ([VISIT], 422, "wrong-field", "body"),
        (7, 422, "wrong-field", "body"),
    ],
)
def test_a_wrong_request_is_told_by_field_and_rule_without_its_value(
    client: TestClient, body: Any, status: int, kind: str, place: str
) -> None:
    found = client.post("/models/purchase", json=body)
    said = found.json()
    assert (found.status_code, said["type"].rpartition("/")[2], said["field"]) == (status, kind, place)
    assert said["rule"]
    assert "C4711" not in found.text


def test_a_body_that_is_no_json_is_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    assert client.post("/models/purchase", content=b"{", headers=headers).status_code == 400
    assert client.post("/models/purchase", content=b"{}", headers={"content-type": "text/csv"}).status_code == 415


def test_nobody_asks_without_proof_or_grant(client: TestClient, gate: OpenGate) -> None:
    infer = "/v2/models/purchase/infer"
    for path in ("/models/purchase", infer):
        assert client.post(path, json=VISIT, headers={"x-consumer": "stranger"}).status_code in {403, 422}
    tensors = {"inputs": [tensor("visit", "BYTES", ["V9"]), tensor("minutes", "FP64", [12.5])]}
    assert client.post(infer, json=tensors, headers={"x-consumer": "stranger"}).status_code == 403
    del client.headers["x-consumer"]
    asked = [client.get(path) for path in ("/models", "/v2/models/purchase", "/v2/models/purchase/ready")]
    asked += [client.post("/models/purchase", json=VISIT), client.post(infer, json=tensors)]
    assert {found.status_code for found in asked} == {401}
    assert gate.accesses == []


def test_the_models_are_listed_with_who_answers(client: TestClient) -> None:
    (found,) = client.get("/models").json()["models"]
    assert (found["name"], found["ready"], found["champion"], found["previous"]) == ("purchase", True, 2, 1)


def tensor(name: str, datatype: str, data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [len(data)], "data": data}


def test_the_open_inference_protocol_gives_the_same_answers(client: TestClient) -> None:
    plain = client.post("/models/purchase", json=VISIT).json()["answer"]
    asked = {
        "id": "mine",
        "inputs": [
            tensor("visit", "BYTES", ["V9", "V10"]),
            tensor("minutes", "FP64", [12.5, 12.5]),
            tensor("customer_id", "BYTES", ["C1", None]),
            tensor("lines", "BYTES", ['[{"sku": "S1", "pieces": 2}]', "[]"]),
        ],
    }
    found = client.post("/v2/models/purchase/infer", json=asked).json()
    assert (found["model_name"], found["model_version"], found["id"]) == ("purchase", "2", "mine")
    outputs = {o["name"]: (o["datatype"], o["shape"], o["data"]) for o in found["outputs"]}
    assert outputs["chance"] == ("FP64", [2], [plain["chance"]] * 2)
    assert outputs["visits"] == ("INT64", [2], [9, None])
    assert outputs["why"] == ("BYTES", [2], ['["longer than usual"]'] * 2)
    assert found["parameters"]["route"] == ["champion", "champion"]
    one = client.post("/v2/models/purchase/versions/1/infer", json={**asked, "outputs": [{"name": "chance"}]}).json()
    assert (one["model_version"], one["parameters"]["route"][0]) == ("1", "pinned")
    assert [o["name"] for o in one["outputs"]] == ["chance"]


def test_the_open_inference_protocol_describes_a_model(client: TestClient) -> None:
    found = client.get("/v2/models/purchase").json()
    assert found["versions"] == ["2", "1", "0"]
    assert found["inputs"][:2] == [
        {"name": "visit", "datatype": "BYTES", "shape": [-1]},
        {"name": "minutes", "datatype": "FP64", "shape": [-1]},
    ]
    assert found["inputs"][-1]["parameters"] == {"content_type": "json"}
    states = [
        client.get(path).status_code
        for path in (
            *("/v2/health/live", "/v2/health/ready", "/v2/models/purchase/ready", "/v2/models/purchase/versions/1"),
            *("/v2/models/purchase/versions/9/ready", "/v2/models/nothing"),
        )
    ]
    assert states == [200, 200, 200, 200, 404, 404]


@pytest.mark.parametrize(
    ("inputs", "place"),
    [
        (None, "inputs"),
        ([], "inputs"),
        ([tensor("visit", "BYTES", ["V9"])], "inputs"),
        ([tensor("visit", "INT64", [1]), tensor("minutes", "FP64", [1.0])], "inputs.visit.datatype"),
        ([tensor("visit", "BYTES", ["V9"]), tensor("minutes", "FP64", [1.0, 2.0])], "inputs.shape"),
        ([{**tensor("visit", "BYTES", ["V9"]), "shape": [3]}, tensor("minutes", "FP64", [1.0])], "inputs.visit.shape"),
        ([tensor("visit", "BYTES", ["V9"]), tensor("other", "FP64", [1.0])], "inputs.name"),
        ([tensor("visit", "BYTES", ["V9"]), tensor("minutes", "FP64", [-1.0])], "body.inputs.0.minutes"),
    ],
)
def test_a_wrong_tensor_is_told_by_name_and_rule(client: TestClient, inputs: Any, place: str) -> None:
    found = client.post("/v2/models/purchase/infer", json={"inputs": inputs})
    assert (found.status_code, found.json()["field"]) == (422, place)


def test_the_document_has_the_real_types_of_a_model(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/models/purchase"]["post"]
    one, several = operation["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    assert one["properties"]["minutes"]["maximum"] == 1000
    assert several["properties"]["requests"]["items"] == one
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"][0]
    assert answer["properties"]["answer"]["properties"]["decision"]["enum"] == ["greet", "leave"]
