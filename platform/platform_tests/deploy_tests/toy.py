"""A small live model: how likely a visit of a shop ends with a purchase; and versions of it, good and bad ones."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from mesh_platform.features.view import FeatureView
from mesh_platform.lake import Lake, Made, Pinned, TableLayout, WholeTable
from mesh_platform.ml.deploy.guardrails import Guardrails
from mesh_platform.ml.live import Answer, Inputs, LiveModel, OnlineFeatures, Ready
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.store import MODEL_FILE, write_model
from mesh_platform.ml.versions import Training
from mesh_platform.serve.models.live import LiveProduct
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.features.history import HistoryView
    from mesh_platform.ml.recipe import Fitted

NAME, TABLE = "purchase", "shop.visits"
MODELS = "platform_tests.deploy_tests.toy:models"
REGULARS = FeatureView("regulars", ("customer_id",), TABLE, "at", ("visits",))
SCHEMA = pl.Schema({"visit": pl.String(), "minutes": pl.Float64()})
GOOD: Fitted = {"slope": 0.5, "base": -6.0}
VERSIONS: dict[int, tuple[Fitted, bool]] = {
    1: (GOOD, True),
    2: ({"slope": 0.51, "base": -6.1}, True),
    3: ({"slope": 0.5, "base": -6.05}, True),
    4: ({**GOOD, "fault": "raise"}, True),
    5: ({"slope": 0.5, "base": 6.0}, True),
    6: (GOOD, False),
    7: ({**GOOD, "fault": "load"}, True),
    8: ({**GOOD, "fault": "stick"}, True),
}
"""Number → fitted parts, and whether the gate let it pass."""
FIRST, CHAMPION, EQUAL, RAISING, DRIFTING, REFUSED, UNLOADABLE, STUCK = VERSIONS
STICKS_SECONDS = 0.4


class Line(BaseModel):
    """Something that was looked at."""

    sku: str
    pieces: int = Field(ge=1)


class Visit(BaseModel):
    """A visit that is going on."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    visit: str = Field(min_length=1, max_length=40, examples=["V1"], description="The visit.")
    minutes: float = Field(ge=0, le=1000, examples=[12.5], description="How long it lasts.")
    customer_id: str | None = Field(None, description="Who, where known.")
    member: bool = False
    lines: list[Line] = []


class Chance(BaseModel):
    """What is thought of a visit."""

    chance: float = Field(ge=0, le=1)
    decision: Literal["greet", "leave"]
    visits: int | None
    why: list[str]


class Logistic(Ready):
    """A version, as its fitted parts say."""

    def __init__(self, fitted: Fitted, usual: float) -> None:
        self._fitted, self._usual = fitted, usual

    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        if self._fitted.get("fault") == "raise" and inputs[0]["visit"] != "V1":
            raise ValueError(f"a secret of {inputs[0]['customer_id']}")
        if self._fitted.get("fault") == "stick":
            time.sleep(STICKS_SECONDS)
        return [self._one(row) for row in inputs]

    def _one(self, row: Inputs) -> Answer:
        chance = 1 / (1 + math.exp(-(self._fitted["slope"] * row["minutes"] + self._fitted["base"])))
        longer = row["minutes"] > self._usual
        return {
            "chance": chance,
            "decision": "greet" if chance > 0.5 else "leave",
            "visits": row["visits"],
            "why": ["longer than usual"] if longer else [],
        }


class Baseline(Ready):
    """Greets whoever stays longer than usual."""

    def __init__(self, usual: float) -> None:
        self._usual = usual

    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        return [self._one(row["minutes"] > self._usual) for row in inputs]

    def _one(self, longer: bool) -> Answer:
        return {"chance": float(longer), "decision": "greet" if longer else "leave", "visits": None, "why": []}


class LivePurchase(LiveModel):
    """The live model."""

    request, answer = Visit, Chance
    entity, number = "visit", "chance"
    tables, views = (TABLE,), (REGULARS,)
    guardrails = Guardrails(least=100)

    def ready(self, fitted: Fitted, tables: Pinned) -> Ready:
        if fitted.get("fault") == "load":
            raise ValueError("it can't be prepared")
        return Logistic(fitted, _usual(tables))

    def baseline(self, tables: Pinned) -> Ready:
        return Baseline(_usual(tables))

    def gather(self, requests: Sequence[BaseModel], online: OnlineFeatures, now: datetime) -> list[Inputs]:
        asked = cast("Sequence[Visit]", requests)
        known = online.read(REGULARS, [(visit.customer_id,) for visit in asked])
        return [
            {"visit": v.visit, "minutes": v.minutes, "customer_id": v.customer_id, "visits": k["visits"] if k else None}
            for v, k in zip(asked, known, strict=True)
        ]


def _usual(tables: Pinned) -> float:
    return float(tables.sql(f"select avg(minutes) as usual from {TABLE}").item())


def models() -> Mapping[str, LiveProduct]:
    """The live models of the tests."""
    return {NAME: LiveProduct(NAME, "shop", "sales.orders", 1, "Tells who buys. For greeting.", LivePurchase())}


class Regulars:
    """An online store that knows one customer; it can be switched off."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.down = False

    def noted(self) -> Regulars:
        if self.down:
            raise ConnectionError("refused")
        return self

    def read(self, view: FeatureView | HistoryView, keys: Sequence[tuple[Any, ...]]) -> list[Mapping[str, Any] | None]:
        self.seen[f"{view.name}@1"] = 77
        return [{"visits": 9} if key == ("C1",) else None for key in keys]

    def close(self) -> None:
        self.down = True


def publish(lake: Lake, minutes: Sequence[float]) -> int:
    """Publish visits; returns the snapshot."""
    rows = pl.DataFrame({"visit": [f"V{n}" for n in range(len(minutes))], "minutes": minutes}, schema=SCHEMA)
    layout = TableLayout(SCHEMA)
    made = Made("run", "code", "1.0.0")
    return lake.publish(TABLE, layout, lambda: [rows], replace=WholeTable(), made=made, audit=None).snapshot_id


def register(registry: Registry, folder: Path, versions: Sequence[int]) -> None:
    """Register versions, in their order; the champion is promoted after the one that was before."""
    for number in versions:
        fitted, passed = VERSIONS[number]
        files = folder / str(number)
        files.mkdir(parents=True)
        write_model(fitted, files / MODEL_FILE)
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        told = Training(NAME, at, 1, "code", {}, {}, {}, "fine" if passed else "not better", passed, {})
        registry.register(told, files)


def home(folder: Path, versions: Sequence[int]) -> Settings:
    """A mesh with the table and versions of the model."""
    settings = Settings.load(folder)
    publish(Lake.open(settings), [4.0, 20.0])
    register(Registry.open(settings), folder / "trained", versions)
    return settings
