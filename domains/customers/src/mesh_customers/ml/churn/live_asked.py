"""What is sent to ask about a customer's risk, and what is answered."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Asked(BaseModel):
    """A customer who is asked about."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"customer_id": "C0000001"}]})

    customer_id: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="The customer.")


class Risk(BaseModel):
    """How likely the customer buys nothing in the next 60 days, and what to do about it."""

    customer_id: str = Field(description="The customer.")
    known: bool = Field(description="Whether there is an answer; the rest is missing or nothing without one.")
    why: str | None = Field(description="Why there is no answer; missing where there is one.")
    as_of: date = Field(description="The UTC day at whose end this was thought.")
    probability: float | None = Field(ge=0, le=1, description="Probability of no purchase in the next 60 days.")
    expected_value_60d: float | None = Field(ge=0, description="Net amount expected in the next 60 days, EUR.")
    value_at_risk: float | None = Field(
        ge=0, description="Probability of churn times the net amount expected if the customer stays, EUR."
    )
    addressable: bool = Field(
        description="Whether an offer may be sent: both consents given by now, in no running campaign's audience."
    )
    action: str = Field(description="What to do: 'none', 'newsletter' or 'voucher'.")
    action_cost: float = Field(ge=0, description="What the action is expected to cost, EUR.")
    expected_profit: float = Field(ge=0, description="Margin that the action is expected to add, less its cost, EUR.")
