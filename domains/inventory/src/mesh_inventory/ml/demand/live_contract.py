"""What is asked of live demand forecasts and what is answered: the API's document."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mesh_inventory.ml.demand.design import HORIZON_DAYS

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MOST_PIECES = 10_000_000
"""More on hand is a mistake."""


class DemandRequest(BaseModel):
    """A product at a place, the days to forecast, and what is in stock if that isn't what the mesh knows."""

    model_config = ConfigDict(extra="forbid")

    sku: Name = Field(description="The product.")
    location_id: Name = Field(description="The store or warehouse, or 'web' for the web shop.")
    days: list[date] = Field(
        default=[], max_length=HORIZON_DAYS, description="UTC days after the newest known one; none for all 28."
    )
    on_hand: int | None = Field(
        default=None, ge=0, le=MOST_PIECES, description="Pieces in stock now; missing for what the newest evening says."
    )


class Forecast(BaseModel):
    """The demand of a day, in pieces."""

    day: date = Field(description="The UTC day.")
    mean: float = Field(description="Expected demand.")
    standard_deviation: float = Field(description="How far demand will be from it, as a root mean square.")
    q05: float = Field(description="Demand exceeds it with 95% at most.")
    q10: float = Field(description="Demand exceeds it with 90% at most.")
    q25: float = Field(description="Demand exceeds it with 75% at most.")
    q50: float = Field(description="Demand exceeds it with 50% at most.")
    q75: float = Field(description="Demand exceeds it with 25% at most.")
    q90: float = Field(description="Demand exceeds it with 10% at most.")
    q95: float = Field(description="Demand exceeds it with 5% at most.")


class Order(BaseModel):
    """What to order for a place now, and why; in pieces."""

    location_id: str = Field(description="Where the goods go.")
    supplied_by: str = Field(description="supplier or warehouse.")
    order_quantity: int = Field(description="What to order; 0 where nothing is due.")
    pack_size: int = Field(description="Orders are multiples of it.")
    on_hand: int = Field(description="In stock.")
    on_order: int = Field(description="On their way, by estimate.")
    reorder_point: int = Field(description="An order is due at or below it.")
    order_up_to: int = Field(description="Up to where it is ordered.")
    protection_days: int = Field(description="Lead time and review period: days that an order must last.")
    expected_demand: float = Field(description="Expected demand in them.")
    stock_out_probability_unordered: float = Field(description="Chance that demand exceeds the stock, without it.")
    reason: str = Field(description="Why so much.")


class DemandAnswer(BaseModel):
    """Quantiles by day, and what to order."""

    known: bool = Field(description="False where the product is not known at the place; see why.")
    why: str = Field(description="What is missing; empty where nothing is.")
    forecast_on: date = Field(description="The newest day that was known.")
    next_day: float = Field(description="Expected demand of the day after it; 0 where nothing is forecast.")
    days: list[Forecast] = Field(description="The days that were asked for.")
    orders: list[Order] = Field(description="The place's; of the web the warehouses' that serve it.")
