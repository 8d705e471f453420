"""The product sales.fraud_scores."""

from datetime import date

from mesh_platform.contract import Timestamp, column, row_rule
from mesh_platform.ml.prediction import Prediction
from mesh_platform.product import DataProduct, InputPort
from mesh_sales.products.order_features import OrderFeatures


class FraudScores(Prediction):
    """How likely each order is a fraud, what to do about it, and why.

    The decision is the one that is expected to cost least: accept, have the payments team review, or decline. Reviews
    are kept within the team's day. Probabilities are calibrated against reported frauds; some are never reported.
    Grain: one row per order. Source: point of sale and web shop, payments back office, CRM and loyalty.
    """

    order_id: str = column("The order.", term="Order", key=True, sort=True, references="sales.orders.order_id")
    ordered_on: date = column("The UTC day of the order.", partition=True)
    ordered_at: Timestamp = column("When it was placed, and the moment that the score is of.")
    probability: float = column(
        "The probability that it is a fraud.", classification="confidential", term="Fraud probability", ge=0, le=1
    )
    decision: str = column("What to do with it.", classification="confidential", isin=["accept", "review", "decline"])
    expected_loss: float = column(
        "What accepting it is expected to lose: probability times amount and chargeback fee.",
        classification="confidential",
        unit="EUR",
        ge=0,
    )
    reasons: str = column(
        "What makes it risky, the strongest first, in words; only for orders that are not simply accepted.",
        classification="confidential",
        personal="customer id",
        nullable=True,
    )

    only_what_is_not_accepted_has_reasons = row_rule("(decision <> 'accept') = (reasons is not null)")
    a_sure_fraud_is_never_accepted = row_rule("decision <> 'accept' or probability < 0.9")
    a_fraud_costs_something = row_rule("expected_loss >= probability")


NOT_SEEN = {"order_id", "ordered_on", "customer_id", "store_id", "ingested_at"}
"""Columns of the features that only say which order it is and when it was known; the model does not see them."""

PRODUCT = DataProduct(
    name="fraud_scores",
    contract=FraudScores,
    version="1.0.0",
    recipe="mesh_sales.ml.recipe:RECIPE",
    sources=("fraud_reports",),
    inputs=(
        InputPort(
            "sales.order_features",
            tuple(OrderFeatures.to_schema().columns),
            "what the fraud model sees of an order",
        ),
        InputPort(
            "customers.customers",
            ("customer_id", "valid_from", "signed_up_at", "loyalty_tier", "country", "birth_date", "ingested_at"),
            "how long and how well a customer is known, and whether the caller's address is elsewhere; "
            "the birth date only as an age band, to check that decisions are fair",
        ),
    ),
    origins={
        "order_id": ("sales.order_features.order_id",),
        **dict.fromkeys(("decision", "expected_loss"), ("model", "sales.order_features.amount")),
        "*": (
            *(
                f"sales.order_features.{column}"
                for column in OrderFeatures.to_schema().columns
                if column not in NOT_SEEN
            ),
            *(f"customers.customers.{column}" for column in ("signed_up_at", "loyalty_tier", "country")),
            "sales_raw.fraud_reports.order_id",
        ),
    },
)
