"""An answer is of one snapshot, says which, and is not sent again to those who have it."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from .shop import FIRST_DAY, NAME, Shop, sales

KEYED = "sku,sold_on,amount"


def test_pages_stay_in_their_snapshot_while_the_product_is_republished(own: Shop) -> None:
    expected = own.get(limit=240, columns=KEYED).json()["rows"]
    found: list[dict[str, Any]] = []
    cursor, seen, number = "", set(), 0
    while True:
        page = own.get(limit=50, columns=KEYED, **({"cursor": cursor} if cursor else {}))
        found += page.json()["rows"]
        seen.add(page.headers["mesh-snapshot"])
        cursor, number = page.json()["next"], number + 1
        if not cursor:
            break
        own.publish(sales(note=number))
    assert (found, len(seen)) == (expected, 1)
    assert own.get(limit=240, columns=KEYED).json()["rows"] != expected


def test_a_cursor_whose_snapshot_has_expired_is_gone(own: Shop) -> None:
    cursor = own.get(limit=5).json()["next"]
    own.publish(sales(note=1))
    own.lake.expire(NAME, datetime.now(UTC) + timedelta(seconds=1))
    gone = own.get(limit=5, cursor=cursor)
    assert (gone.status_code, gone.json()["field"]) == (410, "cursor")


def test_a_cursor_of_another_question_is_refused(shop: Shop) -> None:
    cursor = shop.get(limit=5).json()["next"]
    for other in ({"channel": "web"}, {"sort": "sku"}):
        assert shop.get(limit=5, cursor=cursor, **other).status_code == 422
    assert shop.get(limit=5, cursor=cursor[:-3]).status_code == 422
    assert shop.get(limit=7, cursor=cursor).status_code == 200


def test_changes_bring_one_snapshot_to_another(own: Shop) -> None:
    first = own.get(limit=240, columns=KEYED)
    day = sales(note=3).filter(sold_on=FIRST_DAY + timedelta(days=1))
    own.publish(day.slice(5).with_columns(day.slice(5)["pieces"] * 0), frozenset({FIRST_DAY + timedelta(days=1)}))
    own.publish(sales(5).filter(sold_on=FIRST_DAY + timedelta(days=4)), frozenset({FIRST_DAY + timedelta(days=4)}))
    rows = {(row["sku"], row["sold_on"]): row for row in first.json()["rows"]}
    answer = own.get("/changes", since=first.headers["mesh-snapshot"], columns=KEYED)
    told = answer.json()["rows"]
    for change in told:
        operation, key = change.pop("_operation"), (change["sku"], change["sold_on"])
        assert (key in rows) == (operation != "added")
        if operation == "removed":
            del rows[key]
        else:
            assert rows.get(key) != change
            rows[key] = change
    assert sorted(rows.values(), key=repr) == sorted(own.get(limit=999, columns=KEYED).json()["rows"], key=repr)
    assert len(told) == 5 + 55 - day.slice(5)["amount"].null_count() + 60
    assert answer.headers["mesh-snapshot"] == own.get(limit=1).headers["mesh-snapshot"]


def test_changes_since_a_snapshot_that_is_not_kept_are_gone(shop: Shop) -> None:
    assert shop.get("/changes", since=17).status_code == 410
    assert shop.get("/changes").json()["field"] == "since"


def test_a_client_that_has_the_answer_is_told_so_until_the_product_changes(own: Shop) -> None:
    path = f"/products/{NAME}/rows"
    first = own.client.get(path)
    again = own.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert own.client.get(path, params={"channel": "web"}).headers["etag"] != first.headers["etag"]
    own.publish(sales(note=1))
    assert own.client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_head_tells_the_headers_and_runs_nothing(shop: Shop) -> None:
    head, get = shop.client.head(f"/products/{NAME}/rows"), shop.client.get(f"/products/{NAME}/rows")
    assert (head.status_code, head.content) == (200, b"")
    assert {n: v for n, v in head.headers.items() if n.startswith("mesh-") and n != "mesh-next-cursor"} == {
        n: v for n, v in get.headers.items() if n.startswith("mesh-") and n != "mesh-next-cursor"
    }
    assert shop.log.accesses[0].rows == 0


def test_answers_are_packed_as_the_client_can_take_it(shop: Shop) -> None:
    plain = shop.client.get(f"/products/{NAME}/rows", headers={"Accept-Encoding": "identity"})
    for encoding, unpack in (("gzip", gzip.decompress), ("zstd", _unzstd)):
        with shop.client.stream("GET", f"/products/{NAME}/rows", headers={"Accept-Encoding": encoding}) as packed:
            raw = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == encoding
        assert unpack(raw) == plain.content
        assert len(raw) < len(plain.content) / 3


def test_every_answer_says_how_far_it_can_be_trusted(shop: Shop) -> None:
    snapshot = shop.lake.current(NAME)
    assert snapshot is not None
    headers = shop.get(limit=1).headers
    assert headers["mesh-contract-version"] == "1.0.0"
    assert headers["mesh-snapshot"] == str(snapshot.snapshot_id)
    assert headers["mesh-audit"] == "passed; checks=7"
    assert headers["mesh-data-as-of"] == "2026-03-05T00:00:00.000Z"
    assert headers["mesh-service-level"].startswith("unmeasured")
    assert 'rel="describedby"' in headers["link"]
    assert "sunset" not in headers


def test_an_older_major_says_when_it_ends_and_is_gone_afterwards(own: Shop) -> None:
    today = datetime.now(UTC).date()
    served = Shop(own.home, today + timedelta(days=30))
    older = served.publish(sales(days=1), table=f"{NAME}_v1")
    old, new = served.get(limit=1, major=1).headers, served.get(limit=1).headers
    assert old["mesh-snapshot"] == str(older.snapshot_id) != new["mesh-snapshot"]
    assert old["deprecation"].startswith("@")
    assert old["sunset"].endswith("00:00:00 GMT")
    assert (new["mesh-contract-version"], "sunset" in new) == ("2.0.0", False)
    ended = Shop(own.home, today - timedelta(days=1))
    assert ended.get(limit=1, major=1).status_code == 410
    assert ended.get(limit=1, major=3).status_code == 404


def _unzstd(raw: bytes) -> bytes:
    stream = pa.CompressedInputStream(pa.BufferReader(raw), "zstd")
    return bytes(stream.read())
