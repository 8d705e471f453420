"""Why the ranker scored a recommendation as it did, down to the purchases that led to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mesh_marketing.ml.recommend.candidates import fitted_generators, gather
from mesh_marketing.ml.recommend.features import FEATURES
from mesh_marketing.ml.recommend.generator import Floats, Generator
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.ranker import contributions
from mesh_marketing.ml.recommend.rows import candidate_rows
from mesh_marketing.ml.recommend.taste import Taste
from mesh_platform.errors import UnknownName
from mesh_platform.ml.recipe import Explanation

LED_BY = ("item_knn_score", "item_knn_rank")
"""Features that come from the customer's items; what they add is split among those items."""
STRONGEST = 12


def explain_pair(booster: str, taste: Taste, customer_id: str, sku: str) -> Explanation:
    """Explain a customer's recommendation of a product.

    Contributions are TreeSHAP's, in log odds of being bought within two weeks. Those of item-kNN are split among the
    customer's items by how much each speaks for the product.

    Raises:
        UnknownName: Where the customer has no candidates (any more), or the product isn't one of them.
    """
    if customer_id not in (known := taste.customers.to_list()):
        raise UnknownName.of("customer with consent to profiling", customer_id, known[:5])
    who = np.array([known.index(customer_id)], np.int64)
    generators = fitted_generators(taste)
    rows = candidate_rows(taste, generators, gather(taste, generators, who))
    if sku not in (candidates := rows["sku"].to_list()):
        raise UnknownName.of(f"candidate of customer '{customer_id}'", sku, candidates)
    row = rows[candidates.index(sku)].select(FEATURES)
    added = dict(zip(FEATURES, contributions(booster, row.to_numpy())[0], strict=False))
    led = sum(float(added.pop(name)) for name in LED_BY)
    reasons = {**_items_that_led(taste, generators, int(who[0]), sku, led), **added}
    strongest = sorted(reasons.items(), key=lambda reason: -abs(reason[1]))[:STRONGEST]
    features: dict[str, Any] = row.row(0, named=True)
    return Explanation(features, tuple((what, float(value)) for what, value in strongest), "log odds")


def _items_that_led(
    taste: Taste, generators: Mapping[str, Generator], customer: int, sku: str, added: float
) -> dict[str, float]:
    knn = generators["item_knn"]
    assert isinstance(knn, ItemKnn)  # noqa: S101 - `fitted_generators` made it
    assert knn.alike is not None  # noqa: S101
    at = taste.items["sku"].to_list().index(sku)
    support: Floats = taste.history[[customer]].toarray().ravel() * knn.alike[:, at]
    if not support.any():
        return {"similar to nothing bought": added}
    names = taste.items.select("sku", "name").rows()
    share = support / support.sum()
    return {f"bought or looked at {' '.join(names[i])}": added * float(share[i]) for i in np.flatnonzero(share)}
