"""Every request has an id and a line; lines and figures tell routes, never what was asked for."""

import asyncio
import json
from functools import partial

from mesh_platform.serve.operation.health import Health
from mesh_platform.serve.operation.metrics import PrometheusMetrics

from .conftest import Served
from .parts import PERSONAL


def test_a_sane_request_id_is_kept_and_another_is_replaced(served: Served) -> None:
    def given(sent: str) -> str:
        return served.client.get("/healthz", headers={"X-Request-ID": sent}).headers["x-request-id"]

    assert given("shop-7.a_b") == "shop-7.a_b"
    for odd in ("two words", "x" * 65, "<script>", ""):
        assert given(odd) != odd
        assert len(given(odd)) == 32


def test_a_line_tells_the_route_and_not_the_path_or_query(served: Served) -> None:
    served.client.get(f"/people/{PERSONAL}?since=1", headers={"X-Request-ID": "mine"})
    served.client.get("/raise/bug")
    served.client.get("/raise/conflict")
    lines = served.logged()
    assert {"request_id": "mine", "route": "/people/{email}", "status": 200, "method": "GET"}.items() <= lines[
        0
    ].items()
    assert PERSONAL not in served.log.read_text()


def test_an_error_of_ours_is_logged_by_its_class_and_places(served: Served) -> None:
    request_id = served.client.get("/raise/bug").json()["instance"]
    failure = next(line for line in served.logged() if line["event"] == "failure")
    assert (failure["error"], failure["request_id"]) == ("ValueError", request_id)
    assert any("raise_" in place for place in failure["places"])  # type: ignore[attr-defined]


def test_every_answer_has_the_headers_of_security(served: Served) -> None:
    for path in ("/healthz", "/nowhere", "/raise/bug", "/stream"):
        headers = served.client.get(path, headers={"Origin": "https://evil.example"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "cache-control" in headers
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_figures_count_by_route_and_status(served: Served) -> None:
    for _ in range(3):
        served.client.get(f"/people/{PERSONAL}")
    served.client.get("/raise/bug")
    text = served.client.get("/metrics").text
    assert 'mesh_request_seconds_count{method="GET",route="/people/{email}",status="200"} 3.0' in text
    assert 'mesh_errors_total{kind="request",name="",route="/raise/{what}"} 1.0' in text
    assert PERSONAL not in text


def test_figures_tell_the_state_of_products(served: Served) -> None:
    text = served.client.get("/metrics").text
    assert 'mesh_product_rows{product="sales.orders"} 4.0' in text
    assert 'mesh_product_audit_checks_passed{product="sales.orders"} 7.0' in text
    assert 'mesh_product_published{product="sales.daily_sales"} 0.0' in text


def test_pages_of_the_framework_that_load_scripts_from_elsewhere_are_not_there(served: Served) -> None:
    assert served.client.get("/openapi.json").status_code == 200
    for path in ("/docs", "/redoc"):
        assert served.client.get(path).status_code == 404


def test_health_names_each_part_with_its_state(served: Served) -> None:
    assert served.client.get("/healthz").json() == {"status": "alive"}
    ready = served.client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["parts"] == {part: {"state": "ok", "detail": ""} for part in ("lake", "contracts")}


async def _status(needed: dict[str, str], lesser: dict[str, str]) -> tuple[int, str]:
    made = [{name: partial(str, said) for name, said in parts.items()} for parts in (needed, lesser)]
    answer = await Health(made[0], made[1], lambda: None, PrometheusMetrics()).ready()
    return answer.status_code, json.loads(bytes(answer.body))["status"]


def test_one_part_that_fails_is_told_and_takes_the_service_off_only_where_nothing_works_without_it() -> None:
    assert asyncio.run(_status({"lake": ""}, {"models": ""})) == (200, "ready")
    assert asyncio.run(_status({"lake": ""}, {"models": "not loaded"})) == (200, "degraded")
    assert asyncio.run(_status({"lake": "away"}, {"models": ""})) == (503, "not ready")
