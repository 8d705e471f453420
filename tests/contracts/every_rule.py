"""A contract that uses every word of the contract language, also those that no product uses today."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

import polars as pl

from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, Domain, Owner


class EveryRule(Contract):
    """One of each.

    Grain: one row per word.
    """

    word: str = column("Any text", key=True, str_length={"min_value": 1, "max_value": 6})
    short: str = column("A short text", str_length={"max_value": 3}, nullable=True)
    code: str = column("A pattern without anchors begins at the start", str_matches="[a-c]{2}")
    anchored: str = column("A pattern with anchors", str_matches="^[a-c]{2}$", nullable=True)
    either: str = column("A pattern of alternatives", str_matches="a|bc", nullable=True)
    begins: str = column("A beginning", str_startswith="x.")
    ends: str = column("An end", str_endswith="(y", nullable=True)
    holds: str = column("A middle", str_contains="a+b")
    kind: str = column("A listed text", isin=["one", "two's", "drei"])
    level: int = column("A listed number", isin=[1, 2, 3], nullable=True)
    day_of: pl.Date = column("A listed day", isin=[date(2026, 1, 1), date(2026, 1, 2)])
    price: Money = column("A listed amount", isin=[Decimal("0.5"), Decimal(2)])
    single: int = column("One number", eq=7)
    other: str = column("Any text but one", ne="none")
    others: int = column("Any number but some", notin=[0, 13], nullable=True)
    high: int = column("A number above", gt=0)
    low: pl.Int32 = column("A small number below", lt=10, nullable=True)
    middle: int = column("A number between", in_range={"min_value": 0, "max_value": 5, "include_max": False})
    share: float = column("A share", in_range={"min_value": 0, "max_value": 1})
    tenth: pl.Float32 = column("At least a tenth", ge=0.1, nullable=True)
    rate: pl.Float32 = column("At most a tenth", le=0.1, nullable=True)
    sku: str = column("A product", references="inventory.products.sku", nullable=True)
    amount: Money = column("An amount", unit="EUR", ge=Decimal("0.0001"), lt=Decimal("99.5"))
    day: pl.Date = column("A day", partition=True, ge=date(2026, 1, 1), lt=date(2026, 2, 1))
    since: Timestamp = column("An instant", gt=datetime(2026, 1, 1, tzinfo=UTC), nullable=True)
    local_at: pl.Datetime = column("A time of day somewhere", nullable=True)
    number: int = column("A number once", unique=True)
    flag: bool = column("Yes or no", nullable=True)

    a_row_rule = row_rule("high > middle or flag")


class Pairs(Contract):
    """Rows with a key and a second set of columns that tell them apart. Grain: one row per word."""

    word: str = column("Any text", key=True)
    half: str = column("One half of a pair", nullable=True)
    rest: int = column("The other half", nullable=True)

    class Config:
        """What is unique together."""

        unique: ClassVar = ["half", "rest"]


OWNER = Owner("Tests", "tests@omnishop.example")
EVERY_RULE = DataProduct("every_rule", EveryRule, "1.0.0", "fct_every_rule")
PAIRS = DataProduct("pairs", Pairs, "1.0.0", "fct_pairs")
DOMAIN = Domain("tested", OWNER, "Contracts for tests.", products=(EVERY_RULE, PAIRS))
