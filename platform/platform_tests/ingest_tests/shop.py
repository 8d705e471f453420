"""A small domain with a source of each format, and a landing zone to drop files into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule, shape_of
from mesh_platform.ingest import Ingested, ingest, ledger_rows, quarantine_rows
from mesh_platform.lake import Lake
from mesh_platform.product import Domain, Owner, Source
from mesh_platform.settings import Settings


class Sale(Contract):
    """A sale: one row per sale."""

    sale_id: str = column("The sale.", key=True)
    sold_at: Timestamp = column("When.")
    sku: str = column("What.", nullable=True)
    quantity: int = column("How many.", ne=0)
    price: Money = column("The price.", ge=0)
    paid_on: pl.Date = column("When it was paid.", nullable=True)
    gift: bool = column("Whether it was a gift.", nullable=True)

    a_gift_has_no_price = row_rule("not gift or price = 0")


class Event(Contract):
    """An event: one row per event."""

    event_id: str = column("The event.", key=True)
    happened_at: Timestamp = column("When.")
    note: str = column("What was said.", nullable=True)
    score: float = column("How good.", ge=0, nullable=True)


class Movement(Contract):
    """A movement: one row per movement."""

    movement_id: str = column("The movement.", key=True)
    moved_at: Timestamp = column("When.")
    quantity: int = column("How many.", ne=0)


class Campaign(Contract):
    """A campaign: one row per campaign."""

    campaign_id: str = column("The campaign.", key=True)


class Member(Contract):
    """A member of an audience: one row per campaign and customer."""

    campaign_id: str = column("The campaign.", key=True, references="shop.campaigns.campaign_id")
    customer_id: str = column("The customer.", key=True)


SHOP = Domain(
    "shop",
    Owner("shop", "shop@example.org"),
    "A shop.",
    sources=(
        Source("sales", Sale, "csv", "tills", event_time="sold_at"),
        Source("events", Event, "jsonl", "web", event_time="happened_at"),
        Source("movements", Movement, "parquet", "ledger", event_time="moved_at"),
        Source("campaigns", Campaign, "csv", "tool"),
        Source("members", Member, "csv", "tool"),
    ),
)
SALES = "sale_id,sold_at,sku,quantity,price,paid_on,gift"


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop with its landing zone and its lake."""

    settings: Settings
    lake: Lake

    def land(self, source: str, day: str, content: bytes | str) -> Path:
        """Drop a file; the name's ending is that of the source's format."""
        path = self.path(source, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def sales(self, day: str, *rows: str) -> Path:
        """Drop a file of sales with these lines."""
        return self.land("sales", day, "".join(f"{line}\n" for line in (SALES, *rows)))

    def path(self, source: str, day: str) -> Path:
        """Name a file."""
        ending = SHOP.source(source).format
        return self.settings.landing / "shop" / source / f"{source}_{day}.{ending}"

    def ingest(
        self, source: str, *, days: Sequence[date] | None = None, tolerated: float = 1.0, batch_bytes: int = 1 << 20
    ) -> Ingested:
        """Ingest a source."""
        return ingest(
            SHOP,
            SHOP.source(source),
            self.lake,
            self.settings,
            run_id="run",
            code_version="code",
            days=days,
            tolerated=tolerated,
            batch_bytes=batch_bytes,
        )

    def raw(self, source: str) -> pl.DataFrame:
        """Read the accepted rows, ordered."""
        if self.lake.current(f"shop_raw.{source}") is None:
            return pl.DataFrame()
        return self.lake.scan(f"shop_raw.{source}").collect().sort("_file", "_line")

    def keys(self, source: str) -> list[str]:
        """List the first key column of the accepted rows with file day and line: "a 01:2"."""
        name = shape_of(SHOP.source(source).contract).key[0]
        rows = self.raw(source)
        return [] if rows.is_empty() else [_place(*row) for row in rows.select(name, "_file", "_line").iter_rows()]

    def quarantine(self, source: str) -> pl.DataFrame:
        """Read the bad records."""
        return quarantine_rows("shop", source, self.lake)

    def reasons(self, source: str) -> list[tuple[int, str]]:
        """List line and reason of the bad records."""
        return self.quarantine(source).select("line", "reason").rows()

    def ledger(self, source: str) -> pl.DataFrame:
        """Read the ledger."""
        return ledger_rows("shop", source, self.lake)

    def state(self, source: str) -> tuple[list[dict[str, object]], ...]:
        """Everything the mesh holds of a source, but not when and by which run."""
        left_out = ["run_id", "read_at", "mtime_us"]
        tables = (self.raw(source), self.quarantine(source), self.ledger(source))
        return tuple(table.drop(left_out, strict=False).to_dicts() for table in tables)


def _place(key: str, file: str, line: int) -> str:
    return f"{key} {file.rsplit('.', 1)[0][-2:]}:{line}"


def sale(sale_id: str, day: str = "2026-01-01", **values: str) -> str:
    """Write a line of a sale."""
    facts = {"sold_at": f"{day}T10:00:00Z", "sku": "s1", "quantity": "1", "price": "2.50", "paid_on": "", "gift": ""}
    return ",".join([sale_id, *(facts | values).values()])
