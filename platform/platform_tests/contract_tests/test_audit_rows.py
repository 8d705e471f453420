"""The audit of single rows: nothing passes that breaks a rule, wherever it stands."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mesh_platform.contract import Contract, column, row_rule
from mesh_platform.contract.audit import Breach, audit, check_names, rows
from mesh_platform.errors import BadContract, ContractBroken
from mesh_platform.product import ServiceLevel

from .samples import NEWEST, Orders, audited, order, orders, written

CLEAN = [order(n) for n in range(50)]


def test_a_clean_table_passes_every_rule_of_its_contract(tmp_path: Path) -> None:
    report = audited(tmp_path, [orders(CLEAN), orders([order(n) for n in range(50, 60)])])
    assert report.breaches == ()
    assert (report.rows, report.passed) == (60, len(check_names(Orders)))
    # 1 columns, 11 types, 8 required columns, 9 column checks, 1 key, 1 reference, 1 row rule, 3 of the table
    assert report.passed == 1 + 11 + 8 + 9 + 1 + 1 + 1 + 3


def test_what_breaks_no_rule_is_accepted_with_the_number_of_its_checks(tmp_path: Path) -> None:
    assert audited(tmp_path, [orders(CLEAN)]).accepted() == len(check_names(Orders))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"order_id": "x1"}, "order_id__matches"),
        ({"order_id": None}, "order_id__present"),
        ({"day": NEWEST.replace(year=2019)}, "day__at_least"),
        ({"customer_email": "nobody"}, "customer_email__matches"),
        ({"channel": "phone"}, "channel__one_of"),
        ({"channel": None}, "channel__present"),
        ({"sku": "s9"}, "sku__known"),
        ({"lines": 0}, "lines__above"),
        ({"lines": 1000}, "lines__below"),
        ({"net_amount": Decimal("-0.0001")}, "net_amount__at_least"),
        ({"net_amount": Decimal("10.5001")}, "net_is_at_most_gross"),
        ({"rating": 5.5}, "rating__between"),
        ({"paid": None}, "paid__present"),
    ],
)
def test_a_broken_last_row_of_the_second_file_is_found(tmp_path: Path, change: dict[str, Any], rule: str) -> None:
    report = audited(tmp_path, [orders(CLEAN), orders([*(order(n) for n in range(50, 99)), order(99, **change)])])
    assert [(breach.rule, breach.broken) for breach in report.breaches] == [(rule, 1)]


def test_a_breach_beyond_the_first_chunk_of_a_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CHUNK_ROWS", 7)
    report = audited(tmp_path, [orders([*CLEAN, order(50, lines=0), *(order(n, lines=0) for n in range(51, 55))])])
    assert [(breach.rule, breach.broken) for breach in report.breaches] == [("lines__above", 5)]


def test_what_may_be_missing_may_be_missing(tmp_path: Path) -> None:
    nothing = order(1, customer_email=None, sku=None, rating=None)
    assert audited(tmp_path, [orders([nothing])]).breaches == ()


def test_every_broken_rule_is_reported_and_not_only_the_first(tmp_path: Path) -> None:
    bad = [order(n, lines=0, channel="fax", sku="s9") for n in range(3)]
    report = audited(tmp_path, [orders([*bad, order(3)])])
    assert [(b.rule, b.broken) for b in report.breaches] == [
        ("channel__one_of", 3),
        ("lines__above", 3),
        ("sku__known", 3),
    ]
    assert report.passed == len(check_names(Orders)) - 3


def test_a_breach_names_product_column_counts_rule_examples_and_remedy(tmp_path: Path) -> None:
    files = written(tmp_path, orders([*CLEAN[:1201], *(order(n, net_amount=Decimal(-1)) for n in (901, 902))]))
    known = written(tmp_path, pl.DataFrame({"sku": ["s1"]}), name="products")
    with pytest.raises(ContractBroken) as broken:
        audit(
            Orders,
            files,
            [],
            {"inventory.products.sku": known},
            name="sales.orders",
            rows_before=0,
            rows_after=52,
            service_level=ServiceLevel(),
            newest_delivery=NEWEST,
        ).accepted()
    assert str(broken.value) == (
        "sales.orders.net_amount: 2 of 52 rows are below 0 (rule: >= 0; e.g. order_id=o901 has -1.0000 | "
        "order_id=o902 has -1.0000); snapshot not published; "
        "correct the model's rows, or the contract if the rows are right"
    )
    (breach,) = broken.value.breaches
    assert isinstance(breach, Breach)
    assert (breach.kind, breach.column, breach.broken, breach.rows) == ("check", "net_amount", 2, 52)


def test_confidential_and_personal_values_never_reach_a_message(tmp_path: Path) -> None:
    report = audited(tmp_path, [orders([order(7, customer_email="ada without address")])])
    assert "order_id=o7" in report.breaches[0].message
    assert "ada" not in report.breaches[0].message


class Secret(Contract):
    """Grain: one row per person."""

    person: str = column("Who", key=True, classification="restricted", str_matches="^p")
    score: int = column("Score", ge=0, le=9)


def test_rows_with_a_confidential_key_are_named_by_their_place(tmp_path: Path) -> None:
    frame = pl.DataFrame({"person": ["p1", "p2", "mallory", "p4", "p4"], "score": [1, -5, 3, 4, 5]})
    messages = [b.message for b in audited(tmp_path, [frame], contract=Secret).breaches]
    assert "e.g. row 3 of new-0.parquet)" in messages[0]
    assert "e.g. row 2 of new-0.parquet has -5)" in messages[1]
    assert "2 of 5 rows share their key" in messages[2]
    assert not any(name in "".join(messages) for name in ("mallory", "p2", "p4"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (orders(CLEAN).drop("paid"), "sales.orders: new-1.parquet lacks column 'paid'"),
        (orders(CLEAN).with_columns(extra=1), "sales.orders: new-1.parquet has column 'extra' beyond the contract"),
        (orders(CLEAN).cast({"net_amount": pl.Float64}), "sales.orders.net_amount: new-1.parquet holds Float64"),
        (
            orders(CLEAN).cast({"gross_amount": pl.Decimal(18, 2)}),
            "sales.orders.gross_amount: new-1.parquet holds Decimal(precision=18, scale=2)",
        ),
        (
            orders(CLEAN).with_columns(pl.col("ordered_at").dt.replace_time_zone(None)),
            "sales.orders.ordered_at: new-1.parquet holds Datetime(time_unit='us', time_zone=None)",
        ),
        (orders(CLEAN).cast({"lines": pl.Int32}), "sales.orders.lines: new-1.parquet holds Int32"),
    ],
)
def test_a_file_of_another_structure_is_found(tmp_path: Path, wrong: pl.DataFrame, said: str) -> None:
    report = audited(tmp_path, [orders(CLEAN), wrong])
    assert [breach.message.split(" (rule")[0] for breach in report.breaches] == [said]


class Member(Contract):
    """Grain: one row per member."""

    number: int = column("Number", key=True)
    born: int = column("Year of birth", personal="birth date", ge=1900)
    card: str = column("Card", classification="confidential")
    card_is_a_number = row_rule("cast(card as int) > 0")


def test_personal_values_and_what_an_engine_stumbles_over_never_reach_a_message(tmp_path: Path) -> None:
    frame = pl.DataFrame({"number": [1], "born": [1789], "card": ["X-4711"]})
    messages = [b.message for b in audited(tmp_path, [frame], contract=Member).breaches]
    assert "e.g. number=1)" in messages[0]
    assert "can't be checked: see the rule itself" in messages[1]
    assert not any(value in "".join(messages) for value in ("1789", "4711"))


class Unaskable(Contract):
    """Grain: one row per name."""

    name: str = column("Name", key=True)
    adds_up = row_rule("no_such_column > 0")


def test_a_rule_that_can_not_be_asked_is_a_breach(tmp_path: Path) -> None:
    report = audited(tmp_path, [pl.DataFrame({"name": ["a"]})], contract=Unaskable)
    assert [breach.rule for breach in report.breaches] == ["adds_up"]
    assert "can't be checked: ColumnNotFoundError" in report.breaches[0].message


class WholeColumn(Contract):
    """Grain: one row per name."""

    name: str = column("Name", key=True, unique_values_eq=["a", "b"])


def test_a_check_that_needs_the_whole_column_is_refused() -> None:
    with pytest.raises(BadContract, match="unique_values_eq needs the whole column; use isin"):
        check_names(WholeColumn)


def test_rules_have_unique_names_that_an_orchestrator_accepts() -> None:
    names = [name for name, _, _ in check_names(Orders)]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)
    assert ("net_is_at_most_gross", None, "net_amount <= gross_amount") in check_names(Orders)
    assert ("net_amount__at_least", "net_amount", ">= 0") in check_names(Orders)
