"""A small product behind the routes: its contract, rows of every type, and a gate that a test can turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.errors import MeshError
from mesh_platform.lake import Days, Lake, Made, Snapshot, TableLayout, WholeTable
from mesh_platform.serve.operation.refusals import answered, problem_of
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.desk import Desk
from mesh_platform.serve.products.routes import routes
from mesh_platform.serve.service import Access, Caller, Filter, Permit, Service
from mesh_platform.settings import Settings

NAME = "shop.sales"
FIRST_DAY = date(2026, 3, 1)
SCHEMA = pl.Schema(
    {
        "sku": pl.String(),
        "sold_on": pl.Date(),
        "channel": pl.String(),
        "pieces": pl.Int64(),
        "amount": pl.Decimal(18, 4),
        "ratio": pl.Float64(),
        "gift": pl.Boolean(),
        "sold_at": pl.Datetime("us", "UTC"),
        "email": pl.String(),
    }
)
_PHYSICAL = dict(
    zip(
        SCHEMA,
        ("string", "date", "string", "long", "decimal(18,4)", "double", "boolean", "timestamptz", "string"),
        strict=True,
    )
)
_LOGICAL = {"long": "integer", "double": "number", "decimal(18,4)": "number", "timestamptz": "timestamp"}
REQUIRED = ("sku", "sold_on", "channel")


@dataclass
class Gate:
    """Permits what it is told to; `holding` says for how many pieces a permit holds."""

    clear: frozenset[str] = frozenset()
    rows: tuple[Filter, ...] = ()
    columns: tuple[str, ...] = tuple(SCHEMA)
    holding: int = 10**9
    quota: int = 10**9
    asked: list[Sequence[str] | None] = field(default_factory=list)

    def admit(self, request: Request) -> Caller:
        if "nobody" in request.headers:
            raise Problem(401, "no-proof", "send a key")
        return Caller("reader", "key-1", "testing", "key")

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        self.asked.append(columns)
        if columns is not None and not set(columns) <= set(self.columns):
            raise Problem(403, "no-grant", "a column is not granted")
        return Permit(caller, product.full_name, product.major, "testing", self.columns, self.clear, self.rows)

    def holds(self, permit: Permit) -> bool:
        self.holding -= 1
        return self.holding >= 0

    def spend(self, caller: Caller, rows: int) -> None:
        self.quota -= rows
        if self.quota < 0:
            raise Problem(429, "quota-used-up", "come back tomorrow")


@dataclass
class Log:
    """Keeps what was recorded and observed."""

    accesses: list[Access] = field(default_factory=list)
    seen: list[tuple[Any, ...]] = field(default_factory=list)

    def record(self, access: Access) -> None:
        self.accesses.append(access)

    def observe(self, *said: Any) -> None:
        self.seen.append(said)

    def gauge(self, name: str, labels: Mapping[str, str], value: float) -> None:
        self.seen.append((name, labels, value))


class Answering:
    """Turns problems into answers, as the whole application does."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        scope.setdefault("state", {})["request_id"] = "request-1"
        try:
            await self._app(scope, receive, watched)
        except (Problem, MeshError) as error:
            if begun:
                raise
            await answered(problem_of(error), "request-1")(scope, receive, send)


class Shop:
    """The product, published and served."""

    def __init__(self, home: Path, sunset: date | None = None) -> None:
        self.home, self.gate, self.log = home, Gate(), Log()
        self.settings = Settings.load(home)
        self.lake = Lake.open(self.settings)
        write_contract(self.home / "contracts", sunset)
        service = Service(self.settings, self.home / "contracts", self.lake, self.gate, self.log, self.log)
        self.app = FastAPI()
        self.desk = Desk(service)
        self.app.include_router(routes(service, self.desk))
        self.app.add_middleware(Answering)
        self.client = TestClient(self.app)

    def publish(self, rows: pl.DataFrame, days: frozenset[date] | None = None, table: str = NAME) -> Snapshot:
        layout = TableLayout(SCHEMA, frozenset(REQUIRED), "sold_on", ("sku",))
        made = Made("run", "code", "1.0.0")
        replaced = WholeTable() if days is None else Days(days)
        return self.lake.publish(table, layout, lambda: [rows], replace=replaced, made=made, audit=lambda _: 7)

    def get(self, path: str = "/rows", **asked: Any) -> Any:
        return self.client.get(f"/products/{NAME}{path}", params={k: str(v) for k, v in asked.items()})

    def turned(self, **gate: Any) -> None:
        for name, value in {**vars(Gate()), **gate}.items():
            setattr(self.gate, name, value)


def sales(days: int = 4, a_day: int = 60, note: int = 0) -> pl.DataFrame:
    """Make rows with ties, missing values, negative numbers, odd texts and keys in no order."""
    rows = []
    for number in range(days * a_day):
        day, n = FIRST_DAY + timedelta(days=number // a_day), (number * 7919) % 1009
        rows.append(
            {
                "sku": f"s-{n:04d}",
                "sold_on": day,
                "channel": ("web", "store")[n % 2],
                "pieces": None if n % 11 == 0 else n % 5 - 1,
                "amount": None if n % 13 == 0 else Decimal(n % 17 * 12345 + note) / 10_000 - 3,
                "ratio": None if n % 7 == 0 else (n % 9) / 8,
                "gift": (None, True, False)[n % 3],
                "sold_at": datetime(day.year, day.month, day.day, n % 24, n % 60, 1, n, tzinfo=UTC),
                "email": None if n % 19 == 0 else ("", "a,b", 'q"x', "ü\nz", "n@x.example")[n % 5],
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA)


def write_contract(root: Path, sunset: date | None = None) -> None:
    """Write the published documents of the product; with a sunset, an older major version beside it."""
    folder = root / "shop" / "sales"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "v2.odcs.yaml" if sunset else folder / "v1.odcs.yaml").write_text(
        yaml.safe_dump(_contract("2.0.0" if sunset else "1.0.0", None))
    )
    if sunset:
        (folder / "v1.odcs.yaml").write_text(yaml.safe_dump(_contract("1.0.0", sunset)))
    (folder / "product.odps.yaml").write_text(yaml.safe_dump({"version": "2.0.0" if sunset else "1.0.0"}))


def _contract(version: str, sunset: date | None) -> dict[str, Any]:
    promised = {"latency": 24, "retention": 30, "minRows": 1, "maxShrink": 0.5, "toleratedBadRows": 0.05}
    end = [{"property": "endOfLife", "value": sunset.isoformat()}] if sunset else []
    return {
        "version": version,
        "status": "deprecated" if sunset else "active",
        "domain": "shop",
        "description": {"purpose": "Sales of a shop."},
        "team": {"name": "Shop", "members": [{"username": "shop@omnishop.example"}]},
        "support": [{"channel": "#shop"}],
        "slaProperties": [{"property": name, "value": value} for name, value in promised.items()] + end,
        "schema": [
            {
                "name": "sales",
                "dataGranularityDescription": "One row per sku and day.",
                "customProperties": [{"property": "sortedBy", "value": ["sku"]}],
                "properties": [_column(name, number) for number, name in enumerate(SCHEMA)],
            }
        ],
    }


def _column(name: str, number: int) -> dict[str, Any]:
    physical = _PHYSICAL[name]
    custom = {"personal": "email"} if name == "email" else {}
    custom |= {"unit": "pieces"} if name in ("pieces", "amount", "ratio") else {}
    said: dict[str, Any] = {
        "name": name,
        "physicalType": physical,
        "logicalType": _LOGICAL.get(physical, physical),
        "description": f"The {name}.",
        "classification": "confidential" if name == "email" else "internal",
        "required": name in REQUIRED,
        "customProperties": [{"property": key, "value": value} for key, value in custom.items()],
    }
    if name in ("sku", "sold_on"):
        said |= {"primaryKey": True, "primaryKeyPosition": number + 1}
    if name == "channel":
        said["enum"] = [{"value": "web"}, {"value": "store"}]
    return said | ({"partitioned": True} if name == "sold_on" else {})
