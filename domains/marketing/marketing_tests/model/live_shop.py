"""The shop with planted tastes as live recommendations see it: stock by store, consents online, single requests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from marketing_tests.model.planted_taste import AS_OF, Frames, pinned, shop, sku, stock, style
from mesh_marketing.ml.recommend.live import LIVE, Recommending
from mesh_marketing.ml.recommend.live_contract import RecommendationRequest
from mesh_platform.features.history import HistoryView
from mesh_platform.features.view import FeatureView
from mesh_platform.lake import Pinned
from mesh_platform.ml.live import Answer, Inputs

STORE = "S01"
GONE = [sku(i) for i in range(0, 48, 5)]


class Told(Pinned):
    """The shop's frames, known until its end."""

    @property
    def known_until(self) -> datetime:
        return AS_OF


class Consents:
    """An online store that knows consents, and what was asked of it."""

    def __init__(self, known: Mapping[str, bool]) -> None:
        self.known = known

    def read(self, view: FeatureView | HistoryView, keys: Sequence[tuple[Any, ...]]) -> list[Mapping[str, Any] | None]:
        del view
        return [{"consent_profiling": self.known[key]} if key in self.known else None for (key,) in keys]


def told(frames: Frames) -> Told:
    return Told(pinned(frames).lake, {}, frames)


def live_shop() -> Frames:
    """The shop, where every third customer buys in a store that has no product of the first style."""
    made = shop()
    lines = made["sales.order_lines"]
    in_store = pl.when(pl.col("customer_id").str.slice(1).cast(pl.Int64) % 3 == 0).then(pl.lit(STORE))
    here = stock({sku(i): 0 if style(sku(i)) == 0 else 5 for i in range(48)}).with_columns(location_id=pl.lit(STORE))
    gone = pl.when(pl.col("sku").is_in(GONE)).then(0).otherwise("on_hand").alias("on_hand")
    stocks = pl.concat([made["inventory.stock_levels"].with_columns(gone), here.with_columns(gone)])
    return made | {"sales.order_lines": lines.with_columns(store_id=in_store), "inventory.stock_levels": stocks}


def ask(consents: Mapping[str, bool] | None = None, **asked: Any) -> Inputs:
    """What `gather` makes of a request."""
    consents = consents if consents is not None else {str(asked.get("customer_id")): True}
    return LIVE.gather([RecommendationRequest(**asked)], Consents(consents), AS_OF)[0]


def answered(ready: Recommending, **asked: Any) -> Answer:
    return ready.score([ask(**asked)])[0]


def skus(answer: Answer) -> list[str]:
    return [item["sku"] for item in answer["items"]]
