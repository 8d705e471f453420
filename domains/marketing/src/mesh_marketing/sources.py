"""The operational feeds of marketing: web analytics, and the campaign tool with its four exports."""

from datetime import date

from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule
from mesh_platform.ml.served import SOURCE as LOGGED
from mesh_platform.ml.served import LoggedPrediction
from mesh_platform.product import Source

ID = r"^\S+$"
"""An identifier: something, without white space."""

EVENT_KINDS = [
    "page_view",
    "search",
    "impression",
    "product_view",
    "add_to_cart",
    "remove_from_cart",
    "checkout",
    "purchase",
]
CHANNELS = ["email", "push", "social", "search", "display"]
KNOWN_CAMPAIGN = "marketing.campaigns.campaign_id"


class WebEvent(Contract):
    """Something a visitor did or was shown in the web shop.

    Grain: one row per event. Source: web analytics.
    """

    event_id: str = column("The event.", key=True, str_matches=ID)
    occurred_at: Timestamp = column("When it happened.")
    session_id: str = column("The visit it belongs to; no later visit has the same.", term="Session", str_matches=ID)
    visitor_id: str = column(
        "The browser or app.", classification="confidential", personal="visitor id", str_matches=ID
    )
    customer_id: str = column(
        "The customer, where logged in.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        nullable=True,
        str_matches=ID,
    )
    kind: str = column("What happened.", isin=EVENT_KINDS)
    sku: str = column("The product it is about.", term="SKU", nullable=True)
    query: str = column("What was searched for.", classification="confidential", personal="free text", nullable=True)
    position: int = column("Place in the list that was shown, 1 is first.", unit="rank", ge=1, nullable=True)
    referrer: str = column("Where the visitor came from.", nullable=True)
    campaign_id: str = column("The campaign that brought the visit.", term="Campaign", nullable=True)
    experiment_id: str = column("The experiment that the visitor is in.", term="Experiment", nullable=True)
    variant: str = column("The experiment's variant that was shown.", term="Experiment", nullable=True)
    order_id: str = column("The order that a purchase made.", term="Order", nullable=True)

    purchase_names_its_order = row_rule("kind <> 'purchase' or order_id is not null")
    only_a_purchase_names_an_order = row_rule("order_id is null or kind = 'purchase'")


class Campaign(Contract):
    """A marketing campaign.

    Grain: one row per campaign. Source: campaign tool.
    """

    campaign_id: str = column("The campaign.", term="Campaign", key=True, str_matches=ID)
    name: str = column("What the team calls it.", term="Campaign")
    channel: str = column("Where it reaches people.", term="Campaign channel", isin=CHANNELS)
    starts_on: date = column("First day.")
    ends_on: date = column("Last day, included.")
    budget: Money = column("What it may cost.", classification="confidential", unit="house currency", ge=0)

    ends_after_it_starts = row_rule("ends_on >= starts_on")


class AudienceMember(Contract):
    """A customer chosen for a campaign, and the arm that was drawn at random.

    Grain: one row per campaign and customer. Source: campaign tool.
    """

    campaign_id: str = column("The campaign.", term="Campaign", key=True, references=KNOWN_CAMPAIGN)
    customer_id: str = column(
        "The customer.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        key=True,
        str_matches=ID,
    )
    arm: str = column("`treated` is addressed, `control` is held out.", term="Hold-out", isin=["treated", "control"])


class CampaignSpend(Contract):
    """What a campaign cost on a day.

    Grain: one row per campaign and day. Source: campaign tool.
    """

    campaign_id: str = column("The campaign.", term="Campaign", key=True, references=KNOWN_CAMPAIGN)
    day: date = column("The day of the spend.", key=True)
    spend: Money = column("What was spent on it.", classification="confidential", unit="house currency", ge=0)


class Promotion(Contract):
    """A price reduction of a product.

    Grain: one row per promotion and sku. Source: campaign tool.
    """

    promotion_id: str = column("The promotion.", term="Promotion", key=True, str_matches=ID)
    campaign_id: str = column(
        "The campaign it belongs to, if any.", term="Campaign", references=KNOWN_CAMPAIGN, nullable=True
    )
    sku: str = column("The product that is reduced.", term="SKU", key=True, str_matches=ID)
    discount_pct: float = column("Reduction of the list price.", unit="percent", term="Discount", gt=0, le=100)
    starts_on: date = column("First day.")
    ends_on: date = column("Last day, included.")


SOURCES = (
    Source("web_events", WebEvent, "jsonl", "web analytics", event_time="occurred_at"),
    Source("campaigns", Campaign, "csv", "campaign tool"),
    Source("campaign_audience", AudienceMember, "csv", "campaign tool"),
    Source("campaign_spend", CampaignSpend, "csv", "campaign tool"),
    Source("promotions", Promotion, "csv", "campaign tool"),
    Source(LOGGED, LoggedPrediction, "jsonl", "live models", event_time="predicted_at", may_be_empty=True),
)
