"""How much of a day's demand could be served: days without stock say little about demand, and nothing when empty.

A shelf that is empty from three in the afternoon missed the customers after three. How many that is depends on the
hours in which a place sells, which the stock ledger tells. Counting `units / served` over days is then right on
average, even though the shelf is empty *because* of demand: sales until stock runs out are a counting process
stopped at a stopping time, so that their mean is the rate times the time served (Wald's identity).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DAY_MINUTES = 1440
HOURS = 24
PROFILE_DAYS = 28
"""Days that the hours of selling are learnt from."""
PRIOR_SALES = 24.0
"""Sales of an even day that a profile starts from, until the ledger has told more."""
LEAST_SERVED = 0.05
"""Where something was sold, some of the day was served: the least share that a rate is divided by."""


def selling_profile(by_hour: npt.NDArray[np.float64], window: int) -> npt.NDArray[np.float64]:
    """How much of a day's sales has happened by each full hour, learnt from the days up to each day.

    Args:
        by_hour: Sales per kind of place, day and hour; (kinds, days, 24).
        window: Days to look back.

    Returns:
        (kinds, days, 25): from 0 at midnight to 1.
    """
    total = np.cumsum(by_hour, axis=1)
    total[:, window:] -= total[:, :-window].copy()
    share = total + PRIOR_SALES / HOURS
    share /= share.sum(axis=2, keepdims=True)
    return np.concatenate([np.zeros((*share.shape[:2], 1)), np.cumsum(share, axis=2)], axis=2)


def served_share(
    out_minutes: npt.NDArray[np.float64],
    empty_at_end: npt.NDArray[np.bool_],
    units: npt.NDArray[np.float64],
    profile: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """The share of a day's demand that found stock.

    Args:
        out_minutes: Minutes without stock.
        empty_at_end: Whether the shelf was empty when the day ended; if not, it was empty when it began.
        units: Pieces sold.
        profile: The place's `selling_profile` of that day; (rows, 25).

    Returns:
        0 to 1; at least a little where something was sold.
    """
    split = np.where(empty_at_end, DAY_MINUTES - out_minutes, out_minutes) / 60.0
    hour = np.minimum(split.astype(np.int64), HOURS - 1)
    row = np.arange(len(split))
    before = profile[row, hour] + (split - hour) * (profile[row, hour + 1] - profile[row, hour])
    served = np.where(out_minutes <= 0, 1.0, np.where(empty_at_end, before, 1.0 - before))
    return np.where(units > 0, np.maximum(served, LEAST_SERVED), served).clip(0.0, 1.0)
