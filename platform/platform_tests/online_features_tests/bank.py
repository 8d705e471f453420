"""A lake with the balances and the payments of a bank, published by days, and the views of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from mesh_platform.features import FeatureView
from mesh_platform.features.history import HistoryView
from mesh_platform.features.online.definition import OnlineView, columns_of, id_of
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.store import OnlineStore
from mesh_platform.lake import Days, Lake, Made, Snapshot, TableLayout
from mesh_platform.settings import Settings

INSTANT = pl.Datetime("us", "UTC")
BALANCES, PAYMENTS = "bank.balances", "bank.payments"
SCHEMAS = {
    BALANCES: pl.Schema(
        {
            "account": pl.String(),
            "day": pl.Date(),
            "balance": pl.Int64(),
            "rate": pl.Float64(),
            "owed": pl.Decimal(18, 4),
            "branch": pl.String(),
            "frozen": pl.Boolean(),
            "opened": pl.Date(),
            "ingested_at": INSTANT,
        }
    ),
    PAYMENTS: pl.Schema(
        {
            "payment": pl.Int64(),
            "account": pl.String(),
            "day": pl.Date(),
            "paid_at": INSTANT,
            "amount": pl.Decimal(18, 4),
        }
    ),
}
FIRST = date(2026, 3, 1)
ONE_DAY = timedelta(days=1)
LIVES = timedelta(days=3)
VIEW = FeatureView(
    "balances",
    ("account",),
    BALANCES,
    "day + interval 1 day",
    ("balance", "rate", "owed", "branch", "frozen", "opened"),
    time_to_live=LIVES,
)
HISTORY = HistoryView(
    "payments", ("account",), PAYMENTS, "paid_at", ("payment", "paid_at", "amount"), timedelta(days=2), 3
)
Row = dict[str, Any]


def midnight(day: date) -> datetime:
    """The begin of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def balance(account: str, day: date, amount: int, **other: Any) -> Row:
    """A row of bank.balances that was known when its day ended."""
    known: Row = {
        "account": account,
        "day": day,
        "balance": amount,
        "rate": amount / 7,
        "owed": Decimal(amount) / 4,
        "branch": f"branch {amount % 3}",
        "frozen": amount % 2 == 0,
        "opened": day - timedelta(days=amount),
        "ingested_at": midnight(day + ONE_DAY),
    }
    return known | other


def payment(number: int, account: str, moment: datetime, amount: str = "1.5") -> Row:
    """A row of bank.payments."""
    return {
        "payment": number,
        "account": account,
        "day": moment.date(),
        "paid_at": moment,
        "amount": Decimal(amount),
    }


class Bank:
    """The lake of the bank.

    Args:
        home: Where its state is.
    """

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home, f"sqlite:///{home}/lake/catalog.db", f"file://{home}/lake/warehouse")
        self.lake = Lake.open(self.settings)

    def publish(self, table: str, rows: Iterable[Row], days: Iterable[date] = ()) -> Snapshot:
        """Publish rows in the place of those of their days, and of further days."""
        frame = pl.DataFrame(list(rows), schema=SCHEMAS[table])
        replace = Days(frozenset({*frame["day"], *days}))
        layout = TableLayout(SCHEMAS[table], partition="day", sort=("account",))
        made = Made("run-1", "abc123", "1.0.0", {})
        return self.lake.publish(table, layout, lambda: [frame], replace=replace, made=made, audit=None)


def stored(store: OnlineStore, view: OnlineView, accounts: Iterable[str]) -> dict[str, Any]:
    """What the store has of accounts, however old."""
    asked = list(accounts)
    found = OnlineReader(store, clock=lambda: datetime(2000, 1, 1, tzinfo=UTC)).read(view, [(a,) for a in asked])
    return dict(zip(asked, found, strict=True))


def pushed_whole(bank: Bank, view: OnlineView, store: OnlineStore, accounts: Iterable[str]) -> dict[str, Any]:
    """What a push of everything would store, which is how changes are judged."""
    store.drop(id_of(view))
    assert push(view, bank.lake, store).how == "whole"
    return stored(store, view, accounts)


def names(view: OnlineView) -> tuple[str, ...]:
    """The columns of a view."""
    return columns_of(view)
