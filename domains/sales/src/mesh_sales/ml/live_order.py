"""What is sent of an order to be scored before it is accepted, and what is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema, field_validator
from pydantic.config import JsonDict

LONGEST_NAME = 200
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""A time beyond these is a slip, and may not even have a counterpart in UTC."""
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Money = Annotated[
    Decimal,
    Field(ge=0, le=1_000_000, decimal_places=4, allow_inf_nan=False),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1_000_000, "description": "Four decimal places at most."},
                {"type": "string", "pattern": r"^([0-9]{1,6}(\.[0-9]{1,4})?|1000000(\.0{1,4})?)$"},
            ]
        }
    ),
]
"""The generated JSON Schema knows no bounds of a text. Of a number none tells the places: many validators divide in
binary, where 19.99 is no multiple of 0.0001."""
MOST_PIECES = 100_000
MOST_LINES = 1_000
"""With the bounds of price and pieces an order's amount in 1/10,000 stays a whole number of 64 bits, as in the lake."""


class Line(BaseModel):
    """A line of the order; a return has a negative quantity."""

    model_config = ConfigDict(extra="forbid")

    sku: Name = Field(description="The product.")
    quantity: int = Field(
        ge=-MOST_PIECES,
        le=MOST_PIECES,
        description="How many; a return is negative, none is 0.",
        json_schema_extra={"not": {"const": 0}},
    )
    unit_price: Money = Field(description="The price of one before discount, in the currency of the order.")
    discount: Money = Field(default=Decimal(0), description="The amount taken off the whole line.")

    @field_validator("quantity")
    @classmethod
    def _something(cls, quantity: int) -> int:
        if quantity == 0:
            raise ValueError("a line has a quantity other than 0 (rule: above 0 sold, below 0 brought back)")
        return quantity


EXAMPLE: JsonDict = {
    "order_id": "O000074292",
    "ordered_at": "2026-11-21T09:30:00Z",
    "channel": "web",
    "customer_id": "C0000001",
    "card_id": "K0000001",
    "device_id": "D0000001",
    "payment_method": "card",
    "ip_country": "DE",
    "lines": [{"sku": "P00001", "quantity": 2, "unit_price": 19.99, "discount": 4}],
}


class Order(BaseModel):
    """An order as the shop knows it before it accepts it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    order_id: Name = Field(description="The order.")
    ordered_at: AwareDatetime | None = Field(
        default=None,
        ge=EARLIEST,
        lt=LATEST,
        json_schema_extra={"pattern": "^2[01]"},
        description="When it was placed, with a time zone; the moment of the request if left out.",
    )
    channel: Literal["store", "web"] = Field(description="Where it was placed.")
    store_id: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_NAME, description="The store, for an order in a store."
    )
    customer_id: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_NAME, description="The customer, where known."
    )
    card_id: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_NAME, description="The payment card's token, never its number."
    )
    device_id: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_NAME, description="The device that orders, on the web."
    )
    payment_method: Literal["card", "cash", "wallet", "invoice", "gift_card", "unknown"] = Field(
        description="How it is to be paid."
    )
    ip_country: str | None = Field(
        default=None, pattern=r"^[A-Z]{2}$", description="The country of the caller's address, as ISO 3166-1 alpha-2."
    )
    lines: list[Line] = Field(min_length=1, max_length=MOST_LINES, description="What is bought or brought back.")


class Verdict(BaseModel):
    """How likely the order is a fraud, and what to do about it."""

    order_id: str = Field(description="The order.")
    probability: float = Field(ge=0, le=1, description="The probability that it is a fraud.")
    decision: Literal["accept", "review", "decline"] = Field(
        description="What is expected to cost least. How many reviews the team has done today is not known here."
    )
    expected_loss: float = Field(
        ge=0, description="What accepting it is expected to lose: probability times amount and chargeback fee, EUR."
    )
    reasons: list[str] = Field(
        description="What makes it risky, the strongest first; empty where it is simply accepted."
    )
