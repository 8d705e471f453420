"""A club with members, visits and purchases: landed files, raw tables, products, old states, and a person in all."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mesh_platform.contract import Contract, Timestamp, column, shape_of
from mesh_platform.ingest import ingest
from mesh_platform.ingest.suppression import personal_columns
from mesh_platform.lake import Lake, Made, Replace, TableLayout, WholeTable
from mesh_platform.privacy.erase import Eraser
from mesh_platform.privacy.places import Place
from mesh_platform.product import Domain, Owner, Source
from mesh_platform.settings import Settings

ANNA, ANNIKA, BERT = "C1", "C12", "C2"
"""Who is erased; whose id begins like hers; who shares her card and writes of her."""
MAIL = "anna@club.example"
DAYS = (date(2026, 1, 1), date(2026, 1, 2))


class Member(Contract):
    """A member's profile. Grain: one row per member and change."""

    customer_id: str = column("The member.", key=True, personal="customer id", classification="confidential")
    changed_at: Timestamp = column("When.", key=True)
    first_name: str = column("First name.", nullable=True, personal="name", classification="restricted")
    last_name: str = column("Last name.", nullable=True, personal="name", classification="restricted")
    email: str = column("E-mail.", nullable=True, personal="email", classification="restricted")
    birth_date: pl.Date = column("Born.", nullable=True, personal="birth date", classification="restricted")


class Visit(Contract):
    """A visit. Grain: one row per visit."""

    visit_id: str = column("The visit.", key=True)
    visited_at: Timestamp = column("When.")
    visitor_id: str = column("The browser.", personal="visitor id", classification="confidential")
    customer_id: str = column("Who.", nullable=True, personal="customer id", classification="confidential")
    query: str = column("Searched for.", nullable=True, personal="free text", classification="confidential")


class Purchase(Contract):
    """A purchase. Grain: one row per purchase."""

    purchase_id: str = column("The purchase.", key=True)
    bought_at: Timestamp = column("When.")
    customer_id: str = column("Who.", nullable=True, personal="customer id", classification="confidential")
    card_id: str = column("The card.", nullable=True, personal="payment card", classification="restricted")
    cents: int = column("How much.")


class Scan(Contract):
    """A scan at the door. Grain: one row per scan."""

    scan_id: str = column("The scan.", key=True)
    customer_id: str = column("Who.", nullable=True, personal="customer id", classification="confidential")


class Booked(Contract):
    """A booked purchase. Grain: one row per purchase."""

    purchase_id: str = column("The purchase.", key=True)
    day: date = column("The day.", partition=True)
    customer_id: str = column("Who.", nullable=True, personal="customer id", classification="confidential")
    cents: int = column("How much.")


class Score(Contract):
    """A purchase's score. Grain: one row per purchase."""

    purchase_id: str = column("The purchase.", key=True, references="club.booked.purchase_id")
    reasons: str = column("Why.", nullable=True, personal="customer id", classification="confidential")
    score: float = column("How odd.")


class Daily(Contract):
    """Takings. Grain: one row per day."""

    day: date = column("The day.", key=True)
    cents: int = column("How much.")


CLUB = Domain(
    "club",
    Owner("Club", "club@club.example"),
    "A club.",
    sources=(
        Source("members", Member, "csv", "desk"),
        Source("visits", Visit, "jsonl", "web", event_time="visited_at"),
        Source("purchases", Purchase, "csv", "till", event_time="bought_at"),
        Source("scans", Scan, "parquet", "door"),
    ),
)
PRODUCTS: dict[str, type[Contract]] = {"members": Member, "booked": Booked, "scores": Score, "daily": Daily}
MEMBERS = [
    f"{ANNA},2026-01-01T08:00:00Z,Anna,Alt,{MAIL},1980-05-06",
    f"{ANNIKA},2026-01-01T08:00:00Z,Annika,Alt,x{MAIL},1980-05-06",
    f"{BERT},2026-01-01T08:00:00Z,Bert,Bau,bert@club.example,1990-01-02",
    f"C9,no time,Anna,Alt,{MAIL},1980-05-06",
]
PURCHASES = [
    f"P1,2026-01-0{{}}T09:00:00Z,{ANNA},K-shared,100",
    f"P2,2026-01-0{{}}T09:10:00Z,{ANNA},K-own,200",
    f"P3,2026-01-0{{}}T09:20:00Z,{ANNIKA},K-other,300",
    f"P4,2026-01-0{{}}T09:30:00Z,{BERT},K-shared,400",
]


@dataclass(frozen=True, slots=True)
class Club:
    """The club with its landing zone and its lake."""

    settings: Settings
    lake: Lake

    @classmethod
    def at(cls, home: Path) -> Club:
        """Open the club of a home."""
        settings = Settings.load(home)
        return cls(settings, Lake.open(settings))

    def fill(self) -> Club:
        """Land two days, ingest them, and publish the products after each."""
        for number, day in enumerate(DAYS, start=1):
            self._land(number, day)
            for source in CLUB.sources:
                self.ingest(source.name)
            self._publish()
        log = self.settings.home / "logs" / "run.log"
        log.parent.mkdir()
        log.write_text(f"refused {MAIL}\nread 4 lines\n")
        (self.settings.home / "warehouse").mkdir()
        (self.settings.home / "warehouse" / "club_warehouse.duckdb").write_bytes(b"marts")
        return self

    def ingest(self, source: str) -> tuple[str, ...]:
        """Ingest a source; returns the files that were read."""
        done = ingest(
            CLUB, CLUB.source(source), self.lake, self.settings, run_id="run", code_version="code", tolerated=1.0
        )
        return done.files

    def eraser(self) -> Eraser:
        """What erases persons from the club."""
        return Eraser(self.settings, self.lake, places())

    def land(self, source: str, name: str, content: str) -> Path:
        """Drop a file."""
        path = self.settings.landing / "club" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def rows(self, table: str, without: Collection[str] = ()) -> list[dict[str, Any]]:
        """The rows of a table but those whose first column has one of the values."""
        frame = self.lake.scan(table).collect()
        kept = frame.filter(~pl.col(frame.columns[0]).cast(pl.String).is_in(list(without)))
        return kept.sort(kept.columns).to_dicts()

    def _land(self, number: int, day: date) -> None:
        header = ",".join(shape_of(Member).names)
        self.land("members", f"members_{day}.csv", "\n".join([header, *(MEMBERS if number == 1 else [])]) + "\n")
        bought = [f"{line.format(number)}".replace("P", f"P{number}", 1) for line in PURCHASES]
        self.land("purchases", f"purchases_{day}.csv", "\n".join([",".join(shape_of(Purchase).names), *bought]) + "\n")
        visits = [
            {"visitor_id": "V-own", "customer_id": ANNA, "query": "flowers"},
            {"visitor_id": "V-own", "query": "anonymous, before she signed in"},
            {"visitor_id": "V-bert", "customer_id": BERT, "query": f"who is {MAIL}?"},
            {"visitor_id": "V-annika", "customer_id": ANNIKA, "query": "books"},
        ]
        lines = [
            json.dumps({"visit_id": f"{number}-{n}", "visited_at": f"{day}T10:00:00Z", **visit})
            for n, visit in enumerate(visits)
        ]
        self.land("visits", f"visits_{day}.jsonl", "\n".join(lines) + "\n")
        scans = pl.DataFrame({"scan_id": [f"{number}-a", f"{number}-b"], "customer_id": [ANNA, BERT]})
        path = self.settings.landing / "club" / "scans" / f"scans_{day}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        scans.write_parquet(path)

    def _publish(self) -> None:
        bought = self.lake.scan("club_raw.purchases").collect()
        booked = bought.select("purchase_id", "customer_id", "cents", day=pl.col("bought_at").dt.date())
        scores = bought.select("purchase_id", reasons=pl.lit("new to us: ") + pl.col("customer_id"), score=pl.lit(0.5))
        self.publish("members", self.lake.scan("club_raw.members").select(shape_of(Member).names).collect())
        self.publish("booked", booked)
        self.publish("scores", scores)
        self.publish("daily", booked.group_by("day").agg(pl.col("cents").sum()))

    def publish(self, product: str, rows: pl.DataFrame, replace: Replace | None = None) -> None:
        """Publish a product."""
        shape = shape_of(PRODUCTS[product])
        made = Made("run", "code", "1.0.0", {"club_raw.purchases": 1})
        self.lake.publish(
            f"club.{product}",
            TableLayout.of(shape),
            lambda: [rows.select(shape.names).cast(shape.schema)],
            replace=replace or WholeTable(),
            made=made,
            audit=None,
        )


def places() -> dict[str, Place]:
    """The club's places, as its documents would tell them."""
    raw = [(f"club_raw.{s.name}", s.contract, s.format) for s in CLUB.sources]
    products = [(f"club.{name}", contract, "") for name, contract in PRODUCTS.items()]
    return {table: _place(table, contract, kind) for table, contract, kind in (*raw, *products)}


def _place(table: str, contract: type[Contract], written: str) -> Place:
    shape = shape_of(contract)
    return Place(
        table,
        "raw table" if written else "product",
        "club@club.example",
        30,
        shape.key,
        personal_columns(shape),
        shape.references,
        written,
        {},
    )


def noon(day: date) -> datetime:
    """Noon of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
