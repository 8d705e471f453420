"""Demand forecasts on request: quantiles by day for a product at a place, and what to order there.

All forecasts of the pinned snapshots are made when the model is made ready, by the batch's own code, so a request is
a lookup and equals the published forecast. Another stock on hand is planned for live. What a promotion would change is
not answered: the model does not claim to know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel

from mesh_inventory.ml.demand import examples as collecting
from mesh_inventory.ml.demand.live_contract import DemandAnswer, DemandRequest
from mesh_inventory.ml.demand.live_orders import Orders
from mesh_inventory.ml.demand.live_series import Series, by_croston
from mesh_platform.ml.live import Answer, Inputs, LiveModel, Ready

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.lake import Pinned
    from mesh_platform.ml.live import OnlineFeatures
    from mesh_platform.ml.recipe import Fitted


@dataclass(frozen=True, slots=True)
class Forecasting(Ready):
    """Forecasts and levels of everything, in memory."""

    series: Series
    orders: Orders

    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        """Look each request up."""
        return [self._answer(one) for one in inputs]

    def _answer(self, one: Inputs) -> Answer:
        series, sku, place = self.series, one["sku"], one["location_id"]
        row = series.rows.get((sku, place))
        orders = self.orders.for_one(sku, place, one["on_hand"])
        asked = [date.fromisoformat(day) for day in one["days"]] or series.horizon
        if why := self._why_not(sku, place, asked, known=row is not None or bool(orders)):
            return self._said(known=False, why=why)
        if row is None:
            return self._said(why=f"{place} sells nothing itself; its customers are those of the web", orders=orders)
        days = series.of_days(row, asked)
        return self._said(next_day=float(series.figures[row, 0, 0]), days=days, orders=orders)

    def _said(self, **what: object) -> Answer:
        nothing = {"known": True, "why": "", "next_day": 0.0, "days": [], "orders": []}
        return {**nothing, "forecast_on": self.series.forecast_on.isoformat(), **what}

    def _why_not(self, sku: str, place: str, asked: list[date], *, known: bool) -> str:
        horizon = self.series.horizon
        if not known:
            return _unknown(sku, place, list(self.series.rows), self.orders.network.skus)
        if outside := [day for day in asked if not horizon[0] <= day <= horizon[-1]]:
            return f"{outside[0]} is not forecast (rule: days from {horizon[0]} to {horizon[-1]})"
        return ""


def _unknown(sku: str, place: str, series: list[tuple[str, str]], carried: list[str]) -> str:
    skus = sorted({*carried, *(name for name, _ in series)})
    places = sorted({name for _, name in series})
    if sku not in skus:
        near = get_close_matches(sku, skus, 1)
        return f"no product '{sku}' is held or sold anywhere" + (f"; did you mean '{near[0]}'?" if near else "")
    if place not in places:
        return f"no place '{place}' (rule: one of {', '.join(places)}, or a warehouse)"
    return f"'{sku}' was never held or sold at '{place}'"


class LiveDemand(LiveModel):
    """What customers will ask for, and what to order."""

    request: ClassVar[type[BaseModel]] = DemandRequest
    answer: ClassVar[type[BaseModel]] = DemandAnswer
    entity: ClassVar[str] = "sku"
    number: ClassVar[str] = "next_day"
    tables: ClassVar[tuple[str, ...]] = (
        collecting.TABLE,
        "inventory.stock_levels",
        "inventory.products",
        "inventory_raw.locations",
    )

    def ready(self, fitted: Fitted, tables: Pinned) -> Forecasting:
        """Forecast every series from the newest day, as the batch does."""
        from mesh_inventory.ml.demand.recipe import RECIPE
        from mesh_platform.ml.making import Making
        from mesh_platform.settings import Settings

        making = Making(tables, None, tables.known_until, Settings.load())
        return _forecasting(tables, RECIPE.score(fitted, making))

    def baseline(self, tables: Pinned) -> Forecasting:
        """Forecast by Croston's method."""
        return _forecasting(tables, by_croston(tables, _today(tables)))

    def gather(self, requests: Sequence[BaseModel], online: OnlineFeatures, now: datetime) -> list[Inputs]:
        """Pass on what was sent: everything else is in the snapshots."""
        del online, now
        return [request.model_dump(mode="json") for request in requests]


def _forecasting(tables: Pinned, forecast: pl.DataFrame) -> Forecasting:
    today = _today(tables)
    return Forecasting(Series.of(forecast, today), Orders.read(tables, forecast, today))


def _today(tables: Pinned) -> date:
    return (tables.known_until - timedelta(days=1)).date()


LIVE = LiveDemand()
