"""The fraud model live: an order is scored before it is accepted.

The features are those of sales.order_features at the order's own moment, made from the recent past that the online
store keeps of its card, device, customer and store. That past ends with the newest snapshot published to the store:
orders placed since then are unknown to it, and those sent in one request don't see each other, so a flood within the
hour shows fully only once a stream processor feeds the store. Features that look back for days hardly notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from mesh_platform.ml.live import Inputs, LiveModel, OnlineFeatures, Ready
from mesh_sales.features import VIEWS
from mesh_sales.ml.live_features import features_of
from mesh_sales.ml.live_known import Knowledge
from mesh_sales.ml.live_order import Order, Verdict
from mesh_sales.ml.live_scoring import FraudReady, VelocityRuleReady

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mesh_platform.lake import Pinned
    from mesh_platform.ml.recipe import Fitted


class LiveFraud(LiveModel):
    """How likely an order is a fraud, and what to do about it."""

    request = Order
    answer = Verdict
    entity = "order_id"
    number = "probability"
    tables = ("sales.order_features",)
    views = VIEWS

    def __init__(self) -> None:
        self._knowledge = Knowledge()

    def ready(self, fitted: Fitted, tables: Pinned) -> Ready:
        """Prepare a version; single rows are scored by LightGBM itself, which compiled trees don't beat."""
        return FraudReady(fitted)

    def baseline(self, tables: Pinned) -> Ready:
        """Prepare the velocity rule."""
        return VelocityRuleReady.learnt(tables)

    def gather(self, requests: Sequence[BaseModel], online: OnlineFeatures, now: datetime) -> list[Inputs]:
        """Collect the features of orders, one read a view for all of them."""
        asked = cast("Sequence[Order]", requests)
        orders = [(order, (order.ordered_at or now).astimezone(UTC)) for order in asked]
        return [
            {
                "order_id": order.order_id,
                "ordered_at": ordered_at.isoformat(),
                "features": features_of(order, ordered_at, known),
            }
            for (order, ordered_at), known in zip(orders, self._knowledge.of(orders, online), strict=True)
        ]


LIVE = LiveFraud()
