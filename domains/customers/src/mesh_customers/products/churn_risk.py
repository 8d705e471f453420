"""The product customers.churn_risk."""

from datetime import date

from mesh_customers.ml.churn.offers import ACTIONS
from mesh_platform.contract import Money, column, row_rule
from mesh_platform.ml.prediction import Prediction
from mesh_platform.product import DataProduct, InputPort

EUR = "EUR"


class ChurnRisk(Prediction):
    """How likely a customer buys nothing in the next 60 days, what that puts at risk, and whether to do anything.

    Of the customers who bought in the 56 days before: who has been silent for longer has as good as churned. Days count
    from the midnight that ends `as_of`. A partition says what was thought on its day and stays as it is.
    The action is what the effects measured in past campaigns' hold-outs, prices of offers and a daily budget suggest;
    it is `none` wherever an offer is not expected to pay, there is too little evidence that it changes anything, a
    consent is missing, or the customer belongs to the audience of a running campaign, held-out members included.
    Amounts add the orders' own currencies, as customer_360 does, and are read as EUR.
    Grain: one row per customer and day. Source: the model `churn`, from orders of sales, sessions and hold-outs of
    marketing, and customer_360.
    """

    customer_id: str = column(
        "The customer.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        key=True,
        sort=True,
        references="customers.customers.customer_id",
    )
    as_of: date = column("The UTC day at whose end this was thought.", key=True, partition=True)
    churn_probability: float = column(
        "Probability of no purchase in the next 60 days.",
        classification="confidential",
        personal="profile",
        unit="probability",
        term="Churn",
        ge=0,
        le=1,
    )
    p_alive: float = column(
        "BG/NBD's probability that the customer has not left for good; knows of purchases only.",
        classification="confidential",
        personal="profile",
        unit="probability",
        term="Churn",
        ge=0,
        le=1,
    )
    expected_purchases: float = column(
        "Purchases expected in the next 60 days.",
        classification="confidential",
        personal="profile",
        unit="orders",
        term="Frequency",
        ge=0,
    )
    expected_value_60d: Money = column(
        "Net amount expected in the next 60 days.",
        classification="confidential",
        personal="profile",
        unit=EUR,
        term="Customer value",
        ge=0,
    )
    value_at_risk: Money = column(
        "Probability of churn times the net amount expected if the customer stays.",
        classification="confidential",
        personal="profile",
        unit=EUR,
        term="Customer value",
        ge=0,
    )
    addressable: bool = column(
        "Whether an offer may be sent: both consents given, and in no running campaign's audience.",
        classification="confidential",
        personal="consent",
        term="Consent",
    )
    action: str = column("What to do.", classification="confidential", term="Retention action", isin=ACTIONS)
    action_cost: Money = column("What the action is expected to cost.", unit=EUR, term="Retention action", ge=0)
    expected_profit: Money = column(
        "Margin that the action is expected to add, less its cost; 0 without one.",
        unit=EUR,
        term="Retention action",
        ge=0,
    )

    only_who_may_be_addressed_is = row_rule("action = 'none' or addressable")
    no_action_costs_nothing = row_rule("action <> 'none' or (action_cost = 0 and expected_profit = 0)")


_CONSENTS = ("customers.customers.consent_marketing", "customers.customers.consent_profiling")
_SEEN = (
    *(
        f"sales.orders.{column}"
        for column in ("ordered_at", "channel", "units", "gross_amount", "discount_amount", "net_amount", "promotions")
    ),
    *(f"marketing.sessions.{column}" for column in ("started_at", "ended_at", "add_to_carts")),
    *(
        f"customers.customer_360.{column}"
        for column in (
            *("tenure_days", "loyalty_tier", "returned_units_28d", "net_amount_28d", "sessions_28d"),
            *("purchase_sessions_28d", "product_views_28d", "add_to_carts_28d", "days_since_session"),
            *("posts_90d", "mean_rating_90d"),
        )
    ),
)
"""What the churn model learns and predicts from; age, region and consents are no features."""
_OFFERS = ("marketing.campaign_audience.*", "marketing.campaigns.*")

PRODUCT = DataProduct(
    name="churn_risk",
    contract=ChurnRisk,
    version="1.0.0",
    recipe="mesh_customers.ml.churn.recipe:RECIPE",
    inputs=(
        InputPort(
            "sales.orders",
            (
                "ordered_at",
                "customer_id",
                "channel",
                "units",
                "gross_amount",
                "discount_amount",
                "net_amount",
                "promotions",
                "ingested_at",
            ),
            "the rhythm of each customer's purchases, and what campaigns' audiences bought",
        ),
        InputPort(
            "marketing.sessions",
            ("started_at", "ended_at", "customer_id", "add_to_carts", "ingested_at"),
            "visits since the latest purchase",
        ),
        InputPort(
            "marketing.campaign_audience",
            ("campaign_id", "customer_id", "arm", "starts_on", "ends_on", "ingested_at"),
            "what offers change, from the randomised hold-outs; who is in a running campaign",
        ),
        InputPort(
            "marketing.campaigns",
            ("campaign_id", "channel", "starts_on", "promotions"),
            "which campaigns are like which offer",
        ),
        InputPort(
            "customers.customer_360",
            (
                "customer_id",
                "as_of",
                "tenure_days",
                "loyalty_tier",
                "returned_units_28d",
                "net_amount_28d",
                "sessions_28d",
                "purchase_sessions_28d",
                "product_views_28d",
                "add_to_carts_28d",
                "days_since_session",
                "posts_90d",
                "mean_rating_90d",
                "ingested_at",
            ),
            "value, engagement, ratings and their change",
        ),
        InputPort(
            "customers.customers",
            (
                "customer_id",
                "valid_from",
                "birth_date",
                "country",
                "consent_marketing",
                "consent_profiling",
                "ingested_at",
            ),
            "consents; age band and region to check fairness, never to predict",
        ),
    ),
    accumulates=True,
    origins={
        "customer_id": ("sales.orders.customer_id",),
        "as_of": (),
        "addressable": (
            *_CONSENTS,
            *(f"marketing.campaign_audience.{c}" for c in ("customer_id", "starts_on", "ends_on")),
        ),
        **dict.fromkeys(("action", "action_cost", "expected_profit"), ("model", *_SEEN, *_CONSENTS, *_OFFERS)),
        "*": _SEEN,
    },
)
