"""The product marketing.campaigns."""

from datetime import date

from mesh_marketing.sources import CHANNELS
from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, ServiceLevel

HOUSE = "house currency"


class Campaigns(Contract):
    """Marketing campaigns: when and where they run, what they cost, whom they reach, what they promote.

    `treated` and `control` are the arms of a random draw, so that the difference of their outcomes is the campaign's
    effect. Spend and counts are those known so far; a campaign without audience, spend or promotions has zeros.
    Grain: one row per campaign. Source: campaign tool.
    """

    campaign_id: str = column("The campaign.", term="Campaign", key=True, sort=True)
    name: str = column("What the team calls it.", term="Campaign")
    channel: str = column("Where it reaches people.", term="Campaign channel", isin=CHANNELS)
    starts_on: date = column("First day.")
    ends_on: date = column("Last day, included.")
    budget: Money = column("What it may cost.", classification="confidential", unit=HOUSE, term="Budget", ge=0)
    spend: Money = column("What it has cost so far.", classification="confidential", unit=HOUSE, term="Spend", ge=0)
    days_spent: int = column("Days on which it cost something.", unit="days", term="Spend", ge=0)
    audience: int = column("Customers chosen.", unit="customers", term="Audience", ge=0)
    treated: int = column("Of these, the addressed ones.", unit="customers", term="Hold-out", ge=0)
    control: int = column("Of these, the ones held out.", unit="customers", term="Hold-out", ge=0)
    promotions: int = column("Promotions that belong to it.", unit="promotions", term="Promotion", ge=0)
    skus_promoted: int = column("Different products in them.", unit="products", term="Promotion", ge=0)
    ingested_at: Timestamp = column("When the mesh knew the last of all this.")

    it_ends_after_it_starts = row_rule("ends_on >= starts_on")
    everybody_has_an_arm = row_rule("audience = treated + control")


PRODUCT = DataProduct(
    name="campaigns",
    contract=Campaigns,
    version="1.0.0",
    mart="dim_campaigns",
    sources=("campaigns", "campaign_audience", "campaign_spend", "promotions"),
    service_level=ServiceLevel(max_shrink=0.0),
)
