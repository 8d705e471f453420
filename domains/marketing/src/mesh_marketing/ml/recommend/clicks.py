"""How attractive items are, whatever position they were shown at: the position-based click model.

A click needs that the position is looked at and that the item pleases: P(click) = looked_at[position] x pleases[item]
(Richardson et al. 2007; Chuklin, Markov, de Rijke 2015, section 3.2). Raw click rates favour what was listed first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mesh_marketing.ml.recommend.generator import Floats

ROUNDS = 30
"""More change nothing in the third digit."""
PRETENDED_SHOWN = 20.0
"""Pretended times at position 1 that an average item was shown: draws rarely shown items to the average."""


@dataclass(frozen=True, slots=True)
class ClickModel:
    """What was learnt.

    Args:
        looked_at: Per position, how likely it is looked at, relative to position 1.
        pleases: Per item, its click rate at position 1.
    """

    looked_at: Floats
    pleases: Floats


def fit_clicks(lists: pl.DataFrame, items: int) -> ClickModel:
    """Fit by multiplicative updates: both factors in turn, given the other, have a closed form.

    Args:
        lists: item, position (1 is first), shown, clicked.
        items: How many items there are.
    """
    if lists.is_empty():
        return ClickModel(np.ones(1), np.zeros(items))
    item, place = lists["item"].to_numpy(), lists["position"].to_numpy() - 1
    shown, clicked = lists["shown"].to_numpy().astype(np.float64), lists["clicked"].to_numpy().astype(np.float64)
    places = int(place.max()) + 1
    clicks_of_item, clicks_of_place = np.bincount(item, clicked, items), np.bincount(place, clicked, places)
    mean = clicked.sum() / max(shown.sum(), 1.0)
    looked_at, pleases = np.ones(places), np.full(items, mean)
    for _ in range(ROUNDS):
        exposure = np.bincount(item, shown * looked_at[place], items)
        average = clicked.sum() / max(exposure.sum(), 1.0)
        pleases = (clicks_of_item + PRETENDED_SHOWN * average) / (exposure + PRETENDED_SHOWN)
        looked_at = clicks_of_place / np.maximum(np.bincount(place, shown * pleases[item], places), 1e-9)
        looked_at /= max(looked_at[0], 1e-9)
    return ClickModel(looked_at, pleases)
