"""What is asked of live recommendations and what is answered: the API's document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MOST_LIKED = 5
MOST_PLACES = 50
MOST_EXCLUDED = 200
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class RecommendationRequest(BaseModel):
    """For whom, or like what; nothing at all asks for what is popular."""

    model_config = ConfigDict(extra="forbid")

    customer_id: Name | None = Field(
        default=None, description="A signed-in customer; used where profiling is consented to."
    )
    liked: list[Name] = Field(
        default=[], max_length=MOST_LIKED, description="Skus that are liked: a start without history."
    )
    similar_to: Name | None = Field(
        default=None, description="A sku; asks for similar products, for nobody in particular."
    )
    location_id: Name | None = Field(
        default=None, description="The only store that products may come from; missing for the web and the usual store."
    )
    exclude: list[Name] = Field(
        default=[], max_length=MOST_EXCLUDED, description="Skus not to show, such as the basket's."
    )
    visitor_id: str = Field(
        default="",
        max_length=64,
        description="A session or device: decides which of two versions of the model answers, and nothing else; "
        "missing for the customer's id, which is logged with consent only.",
    )
    count: int = Field(default=10, ge=1, le=MOST_PLACES, description="Places of the list.")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        self.visitor_id = self.visitor_id or self.customer_id or ""
        return self

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if self.similar_to is not None and (self.liked or self.customer_id is not None):
            raise ValueError(
                "similar_to is sent with customer_id or liked (rule: similar products are for nobody in particular); "
                "send one or the other"
            )
        return self


class Recommended(BaseModel):
    """One place of the list."""

    rank: int = Field(description="Place, 1 is first.")
    sku: str = Field(description="The product.")
    name: str = Field(description="Its name.")
    category: str = Field(description="Its category.")
    score: float = Field(description="Compares within the list.")
    source: str = Field(description="What brought it into the list, such as item_knn.")
    because_sku: str | None = Field(description="The product that speaks most for it; missing where none does.")
    reason: str = Field(description="Why, in words that can be shown.")


class RecommendationAnswer(BaseModel):
    """A list with its reasons."""

    basis: str = Field(
        description="customer, customer and liked, liked, similar, or popularity: what the list was made from."
    )
    known: bool = Field(description="False where something named in the request does not exist; see notes.")
    notes: list[str] = Field(description="What was left out and why.")
    candidates: int = Field(description="How many products were ranked.")
    best_score: float = Field(description="The first place's score; 0 for an empty list.")
    stock_of: date = Field(description="The day at whose end the products were in stock.")
    items: list[Recommended] = Field(description="The list, the best first.")
