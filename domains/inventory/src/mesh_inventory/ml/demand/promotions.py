"""Promotions as far as they can be seen: from the discounts that customers got, and from the campaigns' calendar.

No product says which sku will be promoted when. But a sku that is sold below its price today is on promotion today,
everywhere at once, and if a campaign started about then, the promotion will most likely end with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mesh_inventory.ml.demand.panel import Matrix

LEAST_DEPTH = 0.03
"""A smaller share is no promotion but the odd coupon."""
QUIET_DAYS = 3
"""A promoted sku that sells nothing for so long is taken to be promoted no more."""
LARGEST_DEPTH = 0.9
"""Returns are taken off the amounts, which can make a share of what is left meaningless."""
USUAL_DAYS = 7
"""How long a promotion lasts that no campaign explains."""
START_SLACK_DAYS = 4
"""How many days after its start a promotion is seen first, at most: slow sellers show it late."""


@dataclass(frozen=True, slots=True)
class Discounts:
    """What is known of promotions at the end of each day; all are (skus, days).

    Args:
        depth: The share taken off the price now.
        days: For how many days so far.
        days_left: For how many more days, as far as one can tell.
    """

    depth: npt.NDArray[np.float32]
    days: npt.NDArray[np.float32]
    days_left: npt.NDArray[np.float32]


def discounts(gross: Matrix, discount: Matrix, campaigns: list[tuple[int, int]]) -> Discounts:
    """Follow each sku's promotions day by day.

    Args:
        gross: Amount before discounts; (skus, days).
        discount: Discounts; (skus, days).
        campaigns: First and last day of each campaign, as column numbers.
    """
    skus, days = gross.shape
    depth, since, left = (np.zeros((skus, days), np.float32) for _ in range(3))
    now, began, seen = np.zeros(skus, np.float32), np.full(skus, -1), np.full(skus, -QUIET_DAYS - 1)
    for day in range(days):
        sold = gross[:, day] > 0
        share = np.divide(discount[:, day], gross[:, day], out=np.zeros(skus, np.float32), where=sold)
        share = np.minimum(share, LARGEST_DEPTH)
        on = sold & (share >= LEAST_DEPTH)
        fresh = on & (now == 0)
        over = (sold & ~on) | (~on & (day - seen > QUIET_DAYS))
        now = np.where(on, share, np.where(over, 0, now)).astype(np.float32)
        began = np.where(fresh, day, began)
        seen = np.where(on, day, seen)
        depth[:, day] = now
        since[:, day] = np.where(now > 0, day - began + 1, 0)
        left[:, day] = np.where(now > 0, np.maximum(_ends(began, day, campaigns) - day, 0), 0)
    return Discounts(depth, since, left)


def _ends(began: npt.NDArray[np.int64], today: int, campaigns: list[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """The last day of the promotion, guessed from when it was first seen; campaigns that have begun are known."""
    ends = began + USUAL_DAYS - 1
    for starts, last in campaigns:
        if starts <= today <= last:
            explains = (began >= starts) & (began - starts <= START_SLACK_DAYS)
            ends = np.where(explains, np.maximum(ends, last), ends)
    return ends
