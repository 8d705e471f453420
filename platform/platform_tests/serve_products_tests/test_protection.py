"""What is masked stays hidden, policies always hold, grants end streams, and no text of a request becomes a query."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from mesh_platform.contract.export.masks import MASK
from mesh_platform.serve.products import engine
from mesh_platform.serve.service import Filter

from .shop import NAME, SCHEMA, Shop, sales

EVIL = (
    "'; drop table x; --",
    '" or 1=1 --',
    "1) union select * from duckdb_settings() --",
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "\x00",
    "read_text('/etc/passwd')",
    "🛒" * 50,
    "9" * 400,
    "-1e999",
    "[[]]",
)
ENGINE = ("Parser Error", "Binder Error", "Catalog Error", "Conversion Error", "read_parquet", "/data/")
"""What an answer would hold if it told what the engine said."""


def test_personal_data_is_masked_and_missing_values_stay_missing(shop: Shop) -> None:
    rows = shop.get(limit=240).json()["rows"]
    assert {row["email"] for row in rows} == {MASK, None}
    shop.turned(clear=frozenset({"email"}))
    clear = shop.get(limit=240).json()["rows"]
    assert sorted({row["email"] for row in clear} - {None}) == sorted(set(sales()["email"].drop_nulls()))
    assert [row["email"] is None for row in rows] == [row["email"] is None for row in clear]
    assert shop.log.accesses[-1].personal == ("email",)


@pytest.mark.parametrize("asked", [{"email": "n@x.example"}, {"email[is_null]": "true"}, {"sort": "-email"}])
def test_what_a_mask_hides_can_not_be_asked_for(shop: Shop, asked: dict[str, str]) -> None:
    refused = shop.get(**asked)
    assert (refused.status_code, refused.json()["field"]) == (403, "email")
    assert "n@x.example" not in refused.text + repr(shop.log.accesses)
    shop.turned(clear=frozenset({"email"}))
    assert shop.get(**asked).status_code == 200


def test_changes_do_not_tell_that_a_masked_value_changed(own: Shop) -> None:
    before = own.get(limit=1).headers["mesh-snapshot"]
    own.publish(sales().with_columns(email=sales()["email"] + "x"))
    assert own.get("/changes", since=before).json()["rows"] == []
    own.turned(clear=frozenset({"email"}))
    assert len(own.get("/changes", since=before).json()["rows"]) == sales()["email"].drop_nulls().len()


def test_a_policy_holds_for_rows_single_rows_groups_and_changes(own: Shop) -> None:
    own.turned(rows=(Filter("channel", "eq", "web"), Filter("pieces", "in", (1, 2))))
    rows = own.get(limit=999).json()["rows"]
    assert {(row["channel"], row["pieces"]) for row in rows} == {("web", 1), ("web", 2)}
    assert own.get("/aggregate", group_by="channel").json()["rows"] == [{"channel": "web", "count": len(rows)}]
    assert own.get("/aggregate").json()["rows"] == [{"count": len(rows)}]
    other = next(r for r in sales().to_dicts() if r["channel"] == "store")
    assert own.get(f"/rows/{other['sku']}/{other['sold_on']}").status_code == 404
    before = own.get(limit=1).headers["mesh-snapshot"]
    own.publish(sales(note=1))
    assert {c["channel"] for c in own.get("/changes", since=before).json()["rows"]} == {"web"}


def test_columns_that_are_not_granted_are_neither_given_nor_looked_at(shop: Shop) -> None:
    shop.turned(columns=("sku", "sold_on"))
    assert set(shop.get(limit=1).json()["rows"][0]) == {"sku", "sold_on"}
    for asked in ({"columns": "amount"}, {"amount[gt]": "0"}, {"sort": "amount"}):
        assert shop.get(**asked).status_code == 403
    assert shop.get("/aggregate", measure="sum(amount)").status_code == 403


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_of_a_request_becomes_a_query_or_a_path(shop: Shop, evil: str) -> None:
    asked = [{name: evil} for name in ("columns", "sort", "limit", "cursor", "as_of", "major", "format", "group_by")]
    asked += [{column: evil} for column in SCHEMA if column != "email"]
    asked += [{f"sku[{evil}]": "x"}, {evil: "x"}, {"sku[in]": evil}, {"since": evil}, {"measure": f"sum({evil})"}]
    for query in asked:
        for path in ("/rows", "/aggregate", "/changes"):
            answer = shop.get(path, **query)
            assert answer.status_code < 500, (path, query)
            assert not {word for word in ENGINE if word in answer.text}
            if answer.status_code == 200:
                assert answer.json()["rows"] in ([], [{"count": 0}]), (path, query)
    assert shop.client.get(f"/products/{NAME}/rows/{evil.encode().hex()}/2026-03-01").status_code == 404
    assert shop.get(limit=240).json()["next"] is None


def test_a_grant_that_ends_breaks_the_stream_and_the_log_says_so(own: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH_ROWS", 2048)
    own.publish(sales(days=4, a_day=1000))
    for name in ("arrow", "csv", "ndjson", "parquet"):
        own.turned()
        with _served(own) as port:
            assert len(_read(port, name)) > 1000
            own.turned(holding=3)
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                _read(port, name)
    ended = own.log.accesses[-1]
    assert (ended.status, ended.reason) == (499, "grant-ended")
    assert 0 < ended.rows < 4000


def test_a_quota_that_is_used_up_refuses_a_page(shop: Shop) -> None:
    shop.turned(quota=5)
    assert shop.get(limit=6).status_code == 429
    assert shop.log.accesses[-1].rows == 0


def test_every_request_is_remembered_with_what_left_and_without_values(shop: Shop) -> None:
    sku = sales()["sku"][0]
    shop.get(limit=3, columns="sku,amount")
    shop.get(f"/rows/{sku}/2026-03-01")
    shop.get("/aggregate")
    shop.get("/nothing-there")
    shop.client.get("/products", headers={"nobody": "1"})
    told = [(a.action, a.status, a.rows, a.product) for a in shop.log.accesses]
    assert told == [("rows", 200, 3, NAME), ("row", 200, 1, NAME), ("aggregate", 200, 1, NAME), ("list", 401, 0, "")]
    assert shop.log.accesses[0].columns == ("sku", "amount")
    assert sku not in repr(shop.log.accesses)
    assert shop.log.seen[0][:4] == ("product", NAME, "/products/{product}/rows", "1.0.0")


@contextmanager
def _served(shop: Shop) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(shop.app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def _read(port: int, name: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/products/{NAME}/rows?format={name}")
    return connection.getresponse().read()
