"""What is wrong is said in one shape, and nothing of the inside is in it."""

import pytest

from .conftest import Served
from .parts import PERSONAL

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("what", "status", "kind"),
    [
        ("problem", 403, "no-grant"),
        ("unknown", 404, "unknown-name"),
        ("user", 422, "refused"),
        ("conflict", 503, "not-available"),
        ("contract", 503, "not-available"),
        ("bug", 500, "failed"),
    ],
)
def test_every_error_is_a_problem_document_of_its_status(served: Served, what: str, status: int, kind: str) -> None:
    answer = served.client.get(f"/raise/{what}", headers={"X-Request-ID": "mine-1"})
    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert body["type"].endswith(f"/{kind}")
    assert (body["status"], body["instance"]) == (status, "mine-1")


def test_a_problem_keeps_its_field_value_and_headers(served: Served) -> None:
    answer = served.client.get("/raise/problem")
    assert answer.headers["x-more"] == "1"
    assert answer.json()["field"] == "product"


def test_what_helps_is_said(served: Served) -> None:
    assert "did you mean 'sales.orders'?" in served.client.get("/raise/unknown").json()["detail"]
    assert served.client.get("/raise/conflict").headers["retry-after"] == "1"
    assert "retry-after" not in served.client.get("/raise/contract").headers


@pytest.mark.parametrize("what", ["conflict", "contract", "bug"])
def test_no_answer_about_our_own_error_tells_messages_places_or_traces(served: Served, what: str) -> None:
    told = served.client.get(f"/raise/{what}").text
    assert PERSONAL not in told
    assert "/secret/place" not in told
    assert "Traceback" not in told


def test_an_unknown_address_and_a_wrong_method_are_problems_too(served: Served) -> None:
    assert served.client.get("/nowhere").json()["type"].endswith("/no-such-address")
    assert served.client.delete("/healthz").json()["type"].endswith("/wrong-method")
    assert served.client.get("/healthz/").status_code == 404, "no redirects: they would repeat what was asked"


def test_a_wrong_field_is_named_with_its_rule(served: Served) -> None:
    body = served.client.post("/people?limit=0", json={"email": "a", "age": 1}).json()
    assert (body["field"], body["value"]) == ("limit", "0")
    assert "greater than or equal to 1" in body["rule"]


def test_a_wrong_value_that_may_be_personal_is_not_repeated(served: Served) -> None:
    for answer in (
        served.client.post("/people", json={"email": [PERSONAL], "age": PERSONAL}),
        served.client.get(f"/people/x?name={PERSONAL}"),
        served.client.post("/people", content=f'{{"email": {PERSONAL}'),
    ):
        assert answer.status_code == 422
        assert PERSONAL not in answer.text
        assert "rule" in answer.json()


def test_several_wrong_fields_are_all_named(served: Served) -> None:
    detail = served.client.post("/people", json={}).json()["detail"]
    assert "body.email" in detail
    assert "body.age" in detail
