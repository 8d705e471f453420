"""The screen finds exactly the rows that the contract's own Pandera schema refuses."""

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest
from pandera.errors import SchemaErrors

from mesh_platform.contract import Contract, column, row_rule, shape_of
from mesh_platform.contract.screen import screen
from platform_tests.ingest_tests.shop import Sale

GOOD = {
    "sale_id": "a",
    "sold_at": datetime(2026, 1, 1, tzinfo=UTC),
    "sku": "s",
    "quantity": 1,
    "price": Decimal("1.0000"),
    "paid_on": None,
    "gift": None,
}


def rows(*changes: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([GOOD | change for change in changes], schema=shape_of(Sale).schema, orient="row")


def test_rows_that_keep_the_contract_are_not_named() -> None:
    assert screen(Sale, rows({}, {"gift": False}, {"gift": True, "price": Decimal(0)})).is_empty()


def test_each_breach_names_row_column_rule_and_value() -> None:
    frame = rows({}, {"quantity": 0, "price": Decimal("-1.5")}, {"sale_id": None}, {"gift": True})
    assert screen(Sale, frame).rows() == [
        (1, "quantity", "not 0", "0"),
        (1, "price", ">= 0", "-1.5000"),
        (2, "sale_id", "not null", None),
        (3, None, "not gift or price = 0", "gift=true, price=1.0000"),
    ]


def test_rows_that_came_in_several_chunks_are_named_too() -> None:
    chunks = [rows({}, {"gift": True}, {}) for _ in range(3)]
    frame = pl.concat(chunks, rechunk=False)
    assert frame.n_chunks() == 3
    assert screen(Sale, frame)["row"].to_list() == [1, 4, 7]


def test_no_rows_break_nothing() -> None:
    assert screen(Sale, rows({}).clear()).is_empty()


class Everything(Contract):
    """One of each kind of check: one row per id."""

    id: str = column("The id.", key=True, str_matches=r"^[a-z]+$", str_length={"min_value": 1, "max_value": 3})
    kind: str = column("The kind.", isin=["x", "y"], nullable=True)
    share: float = column("A share.", in_range={"min_value": 0, "max_value": 1}, nullable=True)

    small = row_rule("share < 0.5 or kind = 'x'")


@pytest.mark.parametrize(
    "row",
    [
        ("a", "x", 0.7),
        ("a", "y", 0.7),
        ("A", "x", 0.1),
        ("abcd", "x", 0.1),
        ("a", "z", 0.1),
        ("a", None, None),
        ("a", "x", 1.1),
        (None, "x", 0.1),
    ],
)
def test_screen_and_pandera_agree(row: tuple[object, ...]) -> None:
    frame = pl.DataFrame([row], schema=shape_of(Everything).schema, orient="row")
    try:
        Everything.validate(frame, lazy=True)
        refused = False
    except SchemaErrors:
        refused = True
    assert bool(screen(Everything, frame).height) == refused
