"""The product marketing.experiment_results."""

from datetime import date, timedelta

from mesh_platform.contract import Contract, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, InputPort, ServiceLevel

METRICS = ["click_through", "conversion", "order_value", "value_60d"]
STATUSES = ["running", "too early", "measured", "no comparison", "sample ratio broken"]
VERDICTS = ["control", "better", "worse", "no difference shown"]


class ExperimentResults(Contract):
    """What the variants of each experiment of the web shop change, beside its control.

    `click_through` is clicks in lists an impression, `conversion` the share of visitors who ordered, `order_value` the
    mean value of an order, all three within the experiment; `value_60d` is what a visitor's web orders paid in the 60
    days after the first sight of the experiment, its variance lowered by those of the 60 days before (CUPED). Variants
    are drawn for visitors, so visitors are what is counted: ratios have the variance of the delta method (Deng,
    Knoblich, Lu 2018). Who saw two variants of an experiment is left out.
    An experiment is compared when it is over, not while it runs, and on `value_60d` when the last visitor's 60 days
    have passed. P-values are adjusted over all variants and metrics of an experiment (Holm 1979), and verdicts follow
    the adjusted ones. Where the variants are not equally large beyond chance, visitors were lost and whoever stayed
    differs: nothing is compared, and the verdict is withheld. The difference and the lift are those to the control;
    their intervals are of one comparison alone, 95%.
    Grain: one row per experiment, variant and metric. Source: web analytics, and orders of sales.
    """

    experiment_id: str = column("The experiment.", term="Experiment", key=True, sort=True)
    variant: str = column("The variant.", term="Experiment", key=True)
    metric: str = column("What is compared.", term="Experiment", key=True, isin=METRICS)
    status: str = column(
        "`running`, `too early` (visitors' 60 days are still to pass), `measured`, `no comparison` (one variant, or "
        "too few visitors or orders), or `sample ratio broken`.",
        term="Experiment",
        isin=STATUSES,
    )
    verdict: str = column(
        "`control`, or how the variant is beside it; missing where nothing was compared or the verdict is withheld.",
        term="Experiment",
        isin=VERDICTS,
        nullable=True,
    )
    winner: bool = column("Whether it is the best of those that are better than the control.", term="Experiment")
    started_on: date = column("The UTC day on which its first visitor saw the experiment.")
    last_seen_on: date = column("The UTC day on which the last one did.")
    visitors: int = column("Visitors who saw the variant and no other.", unit="visitors", term="Experiment", ge=1)
    sample_ratio_p_value: float = column(
        "How likely equal shares give variants of such sizes (chi-square).",
        term="Experiment",
        ge=0,
        le=1,
        nullable=True,
    )
    estimate: float = column("The variant's value so far; missing where nothing can be divided.", nullable=True)
    difference: float = column("How much more it is than the control's.", nullable=True)
    difference_low: float = column("Lower end of its 95% interval.", nullable=True)
    difference_high: float = column("Upper end of its 95% interval.", nullable=True)
    lift: float = column("The difference as a share of the control's value.", term="Lift", unit="ratio", nullable=True)
    lift_low: float = column("Lower end of its 95% interval.", unit="ratio", nullable=True)
    lift_high: float = column("Upper end of its 95% interval.", unit="ratio", nullable=True)
    p_value: float = column("Of this comparison alone.", ge=0, le=1, nullable=True)
    p_value_adjusted: float = column("Adjusted over the experiment's comparisons.", ge=0, le=1, nullable=True)
    detectable_lift: float = column(
        "The smallest true lift that four of five such experiments would find, one comparison alone.",
        unit="ratio",
        ge=0,
        nullable=True,
    )
    known_until: Timestamp = column("Until when the mesh knew the world when this was computed.")

    the_difference_lies_in_its_interval = row_rule("difference between difference_low and difference_high")
    adjusting_finds_nothing_new = row_rule("p_value_adjusted >= p_value")
    only_what_is_measured_is_compared = row_rule("p_value is null or status = 'measured'")
    only_what_is_measured_has_a_verdict = row_rule("verdict is null or verdict = 'control' or status = 'measured'")
    a_winner_is_better = row_rule("not winner or verdict = 'better'")


SETTLED = timedelta(days=8)
"""Outcomes settle over weeks; a neighbour's late day must not hold them up."""

_MART = "marts.fct_experiment_visitors"
_VARIANT = f"{_MART}.variant"
_OUTCOMES = tuple(
    f"{_MART}.{column}" for column in ("clicks", "impressions", "orders", "order_value", "value_60d", "value_before")
)
_SEEN = (f"{_MART}.first_seen_at", f"{_MART}.last_seen_at")
_COMPARED = (
    *("difference", "difference_low", "difference_high", "lift", "lift_low", "lift_high"),
    *("p_value", "p_value_adjusted", "detectable_lift", "verdict", "winner"),
)

PRODUCT = DataProduct(
    name="experiment_results",
    contract=ExperimentResults,
    version="1.0.0",
    mart="fct_experiment_visitors",
    program="mesh_marketing.ml.experiments:results",
    sources=("web_events",),
    inputs=(
        InputPort(
            "sales.orders",
            ("order_id", "ordered_on", "customer_id", "units", "net_amount", "currency"),
            "what the orders of each variant's visitors paid",
        ),
    ),
    service_level=ServiceLevel(freshness=SETTLED),
    origins={
        **dict.fromkeys(("metric", "visitors", "known_until"), ()),
        **dict.fromkeys(_COMPARED, (*_OUTCOMES, _VARIANT)),
        "estimate": _OUTCOMES,
        "sample_ratio_p_value": (_VARIANT,),
        "status": (*_OUTCOMES, _VARIANT, *_SEEN),
        "started_on": _SEEN[:1],
        "last_seen_on": _SEEN[1:],
    },
)
