"""The product marketing.campaign_performance."""

from datetime import date, timedelta

from mesh_marketing.sources import CHANNELS
from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, InputPort, ServiceLevel

HOUSE = "house currency"
STATUSES = ["planned", "running", "too early", "measured", "no comparison", "sample ratio broken"]
VERDICTS = ["raises revenue", "lowers revenue", "no effect shown"]


class CampaignPerformance(Contract):
    """What campaigns change: revenue and orders that would not have been without them, with 95% intervals.

    The effect is the difference between the customers who were addressed and those who were held out at random, times
    the number of addressed ones: all who were meant to be reached, whether they noticed or not (intention to treat).
    It is measured from the first day until a week after the last, once, when that window has passed: figures of a
    running campaign would be looked at every day until one of them pleased. Spend of the up to 84 days before the
    campaign lowers the variance (CUPED; Deng, Xu, Kohavi, Walker 2013); the intervals are Welch's.
    Revenue is what purchases paid, discounts off and before returns. Purchases without a customer belong to no arm and
    are not seen, so the effect is that on identified purchases. What customers buy again later than the window, and
    what other campaigns do to both arms alike, is not part of it. An arm of fewer than 50 customers gives no interval
    that could be trusted: "no comparison".
    `last_click_revenue` is what web analytics would credit the campaign with. It counts what would have been bought
    anyway and leaves out the stores: it is there for contrast and is no measure of the effect.
    Grain: one row per campaign. Source: campaign tool, web analytics, and orders of sales.
    """

    campaign_id: str = column("The campaign.", term="Campaign", key=True, sort=True)
    name: str = column("What the team calls it.", term="Campaign")
    channel: str = column("Where it reaches people.", term="Campaign channel", isin=CHANNELS)
    starts_on: date = column("First day, also of the measurement.")
    ends_on: date = column("Last day, included.")
    measured_until: date = column("Last day of the measurement, included.")
    status: str = column(
        "`planned`, `running`, `too early` (the measurement's last day is still to come), `measured`, `no comparison` "
        "(an arm is missing or too small), or `sample ratio broken` (the arms are not those of a fair draw).",
        term="Hold-out",
        isin=STATUSES,
    )
    treated: int = column("Customers addressed.", unit="customers", term="Hold-out", ge=0)
    control: int = column("Customers held out.", unit="customers", term="Hold-out", ge=0)
    sample_ratio_p_value: float = column(
        "How likely a fair draw gives arms of such sizes (chi-square); the plan is taken to be the nearest 5 percent.",
        term="Hold-out",
        ge=0,
        le=1,
        nullable=True,
    )
    balance_p_value: float = column(
        "How likely a fair draw gives arms that spent as differently before the campaign (Welch).",
        term="Hold-out",
        ge=0,
        le=1,
        nullable=True,
    )
    revenue_per_treated: float = column(
        "Mean revenue of an addressed customer.", classification="confidential", unit=HOUSE, nullable=True
    )
    revenue_per_control: float = column(
        "Mean revenue of a held out one.", classification="confidential", unit=HOUSE, nullable=True
    )
    incremental_revenue: float = column(
        "Revenue that would not have been without the campaign.",
        classification="confidential",
        unit=HOUSE,
        term="Incremental revenue",
        nullable=True,
    )
    incremental_revenue_low: float = column(
        "Lower end of its 95% interval.", classification="confidential", unit=HOUSE, nullable=True
    )
    incremental_revenue_high: float = column(
        "Upper end of its 95% interval.", classification="confidential", unit=HOUSE, nullable=True
    )
    p_value: float = column(
        "How likely a campaign without effect shows one as large.",
        ge=0,
        le=1,
        term="Incremental revenue",
        nullable=True,
    )
    variance_reduction: float = column(
        "How many times as large the variance would be without the spend before the campaign.", gt=0, nullable=True
    )
    incremental_orders: float = column(
        "Orders that would not have been without the campaign.", unit="orders", term="Order", nullable=True
    )
    incremental_orders_low: float = column("Lower end of its 95% interval.", unit="orders", nullable=True)
    incremental_orders_high: float = column("Upper end of its 95% interval.", unit="orders", nullable=True)
    spend: Money = column("What it has cost so far.", classification="confidential", unit=HOUSE, term="Spend", ge=0)
    return_on_spend: float = column(
        "Incremental revenue for each unit of spend.", term="Return on spend", unit="ratio", nullable=True
    )
    return_on_spend_low: float = column("Lower end of its 95% interval.", unit="ratio", nullable=True)
    return_on_spend_high: float = column("Upper end of its 95% interval.", unit="ratio", nullable=True)
    last_click_revenue: Money = column(
        "Revenue of web orders within seven days after a click on the campaign, the last on any; for contrast only.",
        classification="confidential",
        unit=HOUSE,
        ge=0,
    )
    verdict: str = column(
        "What the interval of the incremental revenue says; missing where nothing was measured.",
        term="Incremental revenue",
        isin=VERDICTS,
        nullable=True,
    )
    known_until: Timestamp = column("Until when the mesh knew the world when this was computed.")

    it_ends_after_it_starts = row_rule("ends_on >= starts_on")
    it_is_measured_until_after_its_end = row_rule("measured_until > ends_on")
    the_effect_lies_in_its_interval = row_rule(
        "incremental_revenue between incremental_revenue_low and incremental_revenue_high"
    )
    only_what_is_measured_has_a_verdict = row_rule("(verdict is not null) = (status = 'measured')")
    only_what_is_measured_has_an_effect = row_rule("(incremental_revenue is not null) = (status = 'measured')")


SETTLED = timedelta(days=8)
"""Outcomes settle over weeks; a neighbour's late day must not hold them up."""

_MART = "marts.fct_campaign_customers"
_ARM, _SPENT_BEFORE = f"{_MART}.arm", f"{_MART}.revenue_before"
_REVENUE = (f"{_MART}.revenue", _SPENT_BEFORE, _ARM)
_ORDERS = (f"{_MART}.orders", f"{_MART}.orders_before", _ARM)
_DATES = tuple(f"{_MART}.{column}" for column in ("starts_on", "ends_on", "measured_until"))

PRODUCT = DataProduct(
    name="campaign_performance",
    contract=CampaignPerformance,
    version="1.0.0",
    mart="fct_campaign_customers",
    program="mesh_marketing.ml.campaigns:performance",
    sources=("campaigns", "campaign_audience", "campaign_spend", "web_events"),
    inputs=(
        InputPort(
            "sales.orders",
            ("order_id", "ordered_on", "customer_id", "units", "net_amount", "currency"),
            "what the customers of each arm bought before, during and after a campaign",
        ),
    ),
    service_level=ServiceLevel(max_shrink=0.0, freshness=SETTLED),
    origins={
        "status": (*_DATES, *_REVENUE),
        **dict.fromkeys(("treated", "control", "sample_ratio_p_value"), (_ARM,)),
        "balance_p_value": (_SPENT_BEFORE, _ARM),
        **dict.fromkeys(("revenue_per_treated", "revenue_per_control"), (f"{_MART}.revenue", _ARM)),
        **dict.fromkeys(("incremental_revenue", "incremental_revenue_low", "incremental_revenue_high"), _REVENUE),
        **dict.fromkeys(("p_value", "variance_reduction", "verdict"), _REVENUE),
        **dict.fromkeys(("incremental_orders", "incremental_orders_low", "incremental_orders_high"), _ORDERS),
        **dict.fromkeys(
            ("return_on_spend", "return_on_spend_low", "return_on_spend_high"), (*_REVENUE, f"{_MART}.spend")
        ),
        "known_until": (),
    },
)
