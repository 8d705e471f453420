"""What is compared between the arms of an experiment. One row of the outcomes is one unit of the random assignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a value over units, such as revenue a customer; Welch's t-test, arms of unequal variance.

    Args:
        value: The column of the value.
        covariate: The column of what was known of the unit before the experiment, mostly the same value of an earlier
            time. It lowers the variance by its squared correlation with the value and leaves the effect as it is: CUPED
            (Deng, Xu, Kohavi, Walker: Improving the sensitivity of online controlled experiments by utilizing
            pre-experiment data, 2013). Anything that the experiment can change is no covariate.
    """

    value: str
    covariate: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the metric reads."""
        return tuple(c for c in (self.value, self.covariate) if c is not None)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A sum over a sum, such as clicks an impression, where the unit of assignment has several of the latter.

    Its variance is that of units, by the delta method (Deng, Knoblich, Lu: Applying the delta method in metric
    analytics, 2018): impressions of one visitor are not independent.

    Args:
        numerator: The column that is summed above.
        denominator: The column that is summed below; never negative.
        numerator_covariate: The numerator of an earlier time, for CUPED.
        denominator_covariate: The denominator of an earlier time.
    """

    numerator: str
    denominator: str
    numerator_covariate: str | None = None
    denominator_covariate: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the metric reads."""
        every = (self.numerator, self.denominator, self.numerator_covariate, self.denominator_covariate)
        return tuple(c for c in every if c is not None)


@dataclass(frozen=True, slots=True)
class Proportion:
    """The share of units with a property, such as visitors who bought; normal approximation of the binomial.

    Args:
        value: The column, 0 or 1.
    """

    value: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the metric reads."""
        return (self.value,)


Metric = Mean | Ratio | Proportion


def tea(metric: Metric, confidence: float, **options: Any) -> Any:
    """Make tea-tasting's metric.

    Args:
        metric: Ours.
        confidence: The coverage of the intervals.
        options: What else tea-tasting's metric takes, such as `power`.
    """
    import tea_tasting as tt

    match metric:
        case Mean(value, covariate):
            return tt.Mean(value, covariate, confidence_level=confidence, alpha=1 - confidence, **options)
        case Ratio(above, below, above_before, below_before):
            given = (above, below, above_before, below_before)
            return tt.RatioOfMeans(*given, confidence_level=confidence, alpha=1 - confidence, **options)
        case Proportion(value):  # the exact tests of small samples give no interval
            return tt.Proportion(value, method="norm", equal_var=False, confidence_level=confidence)
