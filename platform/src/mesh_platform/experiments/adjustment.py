"""P-values of several comparisons, adjusted so that the more is asked, the harder it is to find something by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mesh_platform.errors import UserError

Method = Literal["holm", "benjamini-hochberg"]
UNKNOWN_P = 1.0


def adjusted(p_values: Sequence[float | None], method: Method = "holm") -> list[float | None]:
    """Adjust the p-values of a family of comparisons, to be held against the level of a single one.

    Args:
        p_values: One a comparison; None where it can't be made yet. It counts all the same: a family is as large as it
            was planned, so that what is known early doesn't lose its verdict when the rest comes.
        method: "holm" keeps the chance of any false finding (Holm 1979), under any dependence; "benjamini-hochberg"
            keeps the share of false ones among the findings (1995).

    Returns:
        The adjusted values in the order of the given ones.

    Raises:
        UserError: Where a value is no probability.
    """
    import tea_tasting as tt
    from tea_tasting.experiment import ExperimentResult

    for p_value in p_values:
        if p_value is not None and not 0 <= p_value <= 1:
            raise UserError(f"p-value: {p_value} (rule: from 0 to 1); give None where a comparison has none")
    if not p_values:
        return []
    family = {n: {"pvalue": UNKNOWN_P if p is None else p} for n, p in enumerate(p_values)}
    if method == "holm":
        done = tt.adjust_fwer(ExperimentResult(family), arbitrary_dependence=True, method="bonferroni")
    else:
        done = tt.adjust_fdr(ExperimentResult(family))
    (results,) = done.values()
    return [None if p is None else float(results[n]["pvalue_adj"]) for n, p in enumerate(p_values)]
