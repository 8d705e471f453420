"""Nothing but the service's own state is told to whom nobody proves, and the OpenAPI document says so."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from mesh_platform.serve.app import Plan, create_app
from mesh_platform.settings import Settings

CONTRACTS = Path(__file__).parents[2] / "contracts"
OPEN = {"/healthz", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready"}
DOCUMENT = "/openapi.json"
EMPTY_JSON: dict[str, Any] = {}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The whole application with the mesh's own gate, before anything was published."""
    return create_app(Plan(Settings.load(tmp_path_factory.mktemp("home")), CONTRACTS))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as found:
        yield found


def _asked(client: TestClient, app: FastAPI, **headers: str) -> dict[str, set[int]]:
    """Ask every route in every way; returns path → statuses."""
    found: dict[str, set[int]] = {}
    for route in iter_route_contexts(app.routes):
        path = re.sub(r"\{[^}]+\}", "x", route.path or "")
        for method in route.methods or ():
            body = EMPTY_JSON if method == "POST" else None
            answer = client.request(method, path, json=body, headers=headers)
            found.setdefault(route.path or "", set()).add(answer.status_code)
            assert answer.status_code != 401 or answer.headers["www-authenticate"].startswith("Bearer ")
    return found


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer mesh_x"}])
def test_every_route_but_the_open_ones_answers_nobody_without_proof(
    client: TestClient, app: FastAPI, headers: dict[str, str]
) -> None:
    found = _asked(client, app, **headers)
    assert {path for path, statuses in found.items() if statuses != {401}} == OPEN | {DOCUMENT}
    assert found.keys() >= {"/models/fraud", "/features/{view}", "/v2/models/{name}/infer", "/products/{product}/rows"}
    assert not any(401 in found[path] for path in OPEN)


def test_the_document_names_how_a_caller_proves_who_it_is_and_what_is_open(client: TestClient) -> None:
    said = client.get(DOCUMENT).json()
    schemes = said["components"]["securitySchemes"]
    assert {(each["type"], each["scheme"]) for each in schemes.values()} == {("http", "bearer")}
    assert [name for name, each in schemes.items() if each.get("bearerFormat") == "JWT"] == ["token"]
    assert said["security"] == [{name: []} for name in schemes], "one of them is enough"
    operations = {path: list(item.values()) for path, item in said["paths"].items()}
    assert {path for path, found in operations.items() if any(o.get("security") == [] for o in found)} == OPEN
    closed = [o for path, found in operations.items() if path not in OPEN for o in found]
    assert all({"401", "403", "429"} <= o["responses"].keys() or "4XX" in o["responses"] for o in closed)
    assert not any("security" in o for o in closed)
