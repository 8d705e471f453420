"""A row that breaks its contract goes to quarantine with its file, its line and what is wrong; good rows go on."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from platform_tests.ingest_tests.shop import SALES, Shop, sale


def test_good_rows_arrive_typed_with_their_place(shop: Shop) -> None:
    shop.sales("2026-01-02", sale("a", quantity="-2", price="12.34", paid_on="2026-01-31", gift="false"))
    done = shop.ingest("sales")
    assert (done.read, done.accepted, done.quarantined) == (1, 1, 0)
    assert shop.raw("sales").to_dicts() == [
        {
            "sale_id": "a",
            "sold_at": datetime(2026, 1, 1, 10, tzinfo=UTC),
            "sku": "s1",
            "quantity": -2,
            "price": Decimal("12.3400"),
            "paid_on": date(2026, 1, 31),
            "gift": False,
            "_file": "shop/sales/sales_2026-01-02.csv",
            "_line": 2,
            "_day": date(2026, 1, 1),
            "ingested_at": datetime(2026, 1, 3, tzinfo=UTC),
        }
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"quantity": "abc"}, "quantity: 'abc' is not a whole number"),
        ({"quantity": "1.0"}, "quantity: '1.0' is not a whole number"),
        ({"quantity": "9999999999999999999"}, "quantity: '9999999999999999999' is not a whole number"),
        ({"quantity": ""}, "quantity: missing"),
        ({"quantity": "0"}, "quantity: 0 (rule: not 0)"),
        ({"price": "-1"}, "price: -1.0000 (rule: >= 0)"),
        ({"price": "1.23456"}, "price: '1.23456' is not an amount with up to 4 decimals"),
        ({"price": "1e3"}, "price: '1e3' is not an amount with up to 4 decimals"),
        ({"price": "123456789012345"}, "price: '123456789012345' is not an amount with up to 4 decimals"),
        ({"price": '"1,50"'}, "price: '1,50' is not an amount with up to 4 decimals"),
        ({"sold_at": "2026-01-01 10:00:00"}, "sold_at: '2026-01-01 10:00:00' is not a UTC time like"),
        ({"sold_at": "2026-01-01T10:00:00+02:00"}, "sold_at: '2026-01-01T10:00:00+02:00' is not a UTC time like"),
        ({"sold_at": "2026-02-30T10:00:00Z"}, "sold_at: '2026-02-30T10:00:00Z' is not a UTC time like"),
        ({"paid_on": "2026-02-30"}, "paid_on: '2026-02-30' is not a date like 2026-01-31"),
        ({"paid_on": "31.01.2026"}, "paid_on: '31.01.2026' is not a date like 2026-01-31"),
        ({"gift": "yes"}, "gift: 'yes' is not true or false"),
        ({"gift": "true"}, "gift=true, price=2.5000 (rule: not gift or price = 0)"),
    ],
)
def test_each_breach_is_told_in_words(shop: Shop, values: dict[str, str], reason: str) -> None:
    line = sale("bad", **values)
    shop.sales("2026-01-01", sale("a"), line, sale("z"))
    done = shop.ingest("sales")
    assert (done.read, done.accepted, done.quarantined) == (3, 2, 1)
    assert shop.keys("sales") == ["a 01:2", "z 01:4"]
    (bad,) = shop.quarantine("sales").to_dicts()
    assert (bad["file"], bad["line"], bad["record"]) == ("shop/sales/sales_2026-01-01.csv", 3, line)
    assert bad["reason"].startswith(reason)


def test_several_breaches_of_a_row_are_one_record_in_order(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a", quantity="x", price="-1", paid_on="soon"))
    shop.ingest("sales")
    (bad,) = shop.quarantine("sales").to_dicts()
    assert bad["reason"].split("; ") == [
        "quantity: 'x' is not a whole number",
        "paid_on: 'soon' is not a date like 2026-01-31",
        "price: -1.0000 (rule: >= 0)",
    ]
    assert (bad["column"], bad["value"]) == ("quantity", "x")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a,b", "malformed: 2 values instead of 7"),
        (f"{sale('b')},1", "malformed: 8 values instead of 7"),
        (sale("b", sku='"s1'), "malformed: a quote is not closed"),
        (sale("b", sku='s"1"'), "malformed: a quote stands within a value"),
        ("", "malformed: the line is empty"),
    ],
)
def test_a_line_of_csv_that_is_no_record_is_quarantined(shop: Shop, line: str, reason: str) -> None:
    shop.sales("2026-01-01", sale("a"), line, sale("z", sku='"with, comma and ""quotes"""'))
    shop.ingest("sales")
    assert shop.reasons("sales") == [(3, reason)]
    assert shop.quarantine("sales")["record"].to_list() == [line]
    assert shop.keys("sales") == ["a 01:2", "z 01:4"]
    assert shop.raw("sales")["sku"].to_list() == ["s1", 'with, comma and "quotes"']


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"event_id": "e2"', "malformed: not JSON: "),
        ('{"event_id": "e2",}', "malformed: not JSON: "),
        ('{"event_id": NaN}', "malformed: not JSON: NaN is not a JSON number"),
        ('["e2"]', "malformed: JSON, but not an object"),
        ("", "malformed: the line is empty"),
        ('{"event_id": "e2", "happened_at": {"at": 1}}', "malformed: happened_at: a list or an object is not a single"),
        ('{"event_id": "e2", "happened_at": null}', "happened_at: missing"),
        ('{"event_id": "e2"}', "happened_at: missing"),
        ('{"event_id": "e2", "happened_at": 5}', "happened_at: '5' is not a UTC time"),
    ],
)
def test_a_line_of_json_that_is_no_record_is_quarantined(shop: Shop, line: str, reason: str) -> None:
    good = '{"event_id": "%s", "happened_at": "2026-01-01T10:00:00.25Z", "score": 1.5}'
    shop.land("events", "2026-01-01", f"{good % 'e1'}\n{line}\n{good % 'e3'}\n")
    shop.ingest("events")
    ((number, told),) = shop.reasons("events")
    assert number == 2
    assert told.startswith(reason)
    assert shop.quarantine("events")["record"].to_list() == [line]
    assert shop.keys("events") == ["e1 01:1", "e3 01:3"]


def test_text_may_look_like_json_where_text_belongs(shop: Shop) -> None:
    note = '[5] "stars", {really}, NaN'
    fact = {"event_id": "e1", "happened_at": "2026-01-01T10:00:00Z", "note": note}
    shop.land("events", "2026-01-01", json.dumps(fact) + "\n")
    shop.ingest("events")
    assert shop.raw("events")["note"].to_list() == [note]


def test_a_parquet_row_is_quarantined_with_its_row_number_and_as_json(shop: Shop) -> None:
    moved = datetime(2026, 1, 1, 10, tzinfo=UTC)
    rows = pl.DataFrame({"movement_id": ["m1", "m2"], "moved_at": [moved, moved], "quantity": [5, 0]})
    rows.write_parquet(shop.land("movements", "2026-01-01", ""))
    shop.ingest("movements")
    (bad,) = shop.quarantine("movements").to_dicts()
    assert (bad["line"], bad["reason"]) == (2, "quantity: 0 (rule: not 0)")
    assert json.loads(bad["record"])["movement_id"] == "m2"
    assert shop.keys("movements") == ["m1 01:1"]


def test_a_header_in_another_order_with_a_byte_order_mark_and_windows_line_ends_is_read(shop: Shop) -> None:
    names = SALES.split(",")
    values = dict(zip(names, sale("a", sku='"b,c"').replace('"b,c"', "b").split(","), strict=True))
    backwards = [names[::-1], [values[n] for n in names[::-1]]]
    text = "".join(",".join(line) + "\r\n" for line in backwards)
    shop.land("sales", "2026-01-01", b"\xef\xbb\xbf" + text.encode())
    assert shop.ingest("sales").accepted == 1
    assert shop.raw("sales").select("sale_id", "sku", "quantity").rows() == [("a", "b", 1)]


def test_a_file_with_only_a_header_is_a_delivery_of_nothing(shop: Shop) -> None:
    shop.sales("2026-01-01")
    done = shop.ingest("sales")
    assert (done.files, done.read) == (("shop/sales/sales_2026-01-01.csv",), 0)
    assert shop.ingest("sales").files == ()


def test_late_rows_sit_in_their_own_day_and_are_counted(shop: Shop) -> None:
    shop.sales("2026-01-05", sale("old", "2026-01-02"), sale("new", "2026-01-05"))
    assert shop.ingest("sales").late == 1
    rows = shop.raw("sales").sort("_line").select("sale_id", "_day", "ingested_at").rows()
    known = datetime(2026, 1, 6, tzinfo=UTC)
    assert rows == [("old", date(2026, 1, 2), known), ("new", date(2026, 1, 5), known)]


def test_a_row_that_points_nowhere_leaves_quarantine_once_its_master_has_come(shop: Shop) -> None:
    shop.land("campaigns", "2026-01-01", "campaign_id\nc1\n")
    shop.ingest("campaigns")
    shop.land("members", "2026-01-01", "campaign_id,customer_id\nc1,a\nc2,b\n")
    shop.ingest("members")
    assert shop.reasons("members") == [(3, "campaign_id: 'c2' is not known in shop.campaigns")]
    shop.land("campaigns", "2026-01-02", "campaign_id\nc2\n")
    shop.ingest("campaigns")
    shop.ingest("members", days=[date(2026, 1, 1)])
    assert shop.reasons("members") == []
    assert shop.raw("members")["customer_id"].to_list() == ["a", "b"]


def test_every_record_is_accounted_for_in_the_ledger(shop: Shop) -> None:
    shop.sales("2026-01-01", sale("a"), "junk", sale("b", quantity="0"), sale("a"))
    shop.sales("2026-01-02", sale("c"))
    done = shop.ingest("sales")
    assert (done.read, done.accepted, done.quarantined, done.late) == (5, 2, 3, 1)
    counts = shop.ledger("sales").select("read", "accepted", "quarantined", "late").rows()
    assert counts == [(4, 1, 3, 0), (1, 1, 0, 1)]
    assert shop.quarantine("sales").height == 3
