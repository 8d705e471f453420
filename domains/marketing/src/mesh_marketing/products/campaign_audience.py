"""The product marketing.campaign_audience."""

from datetime import date

from mesh_marketing.sources import CHANNELS
from mesh_platform.contract import Contract, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, ServiceLevel


class CampaignAudience(Contract):
    """Who was chosen for a campaign, and whether the lot made them addressed or held out.

    Chosen before the campaign began; the lot was drawn per campaign, so the arms of one campaign differ by nothing else
    than being addressed. A comparison over campaigns must compare within each: their hold-outs differ in size, their
    audiences in channel and time. Members of a campaign that the tool has not exported yet are missing.
    Grain: one row per campaign and customer. Source: campaign tool.
    """

    campaign_id: str = column(
        "The campaign.", term="Campaign", key=True, sort=True, references="marketing.campaigns.campaign_id"
    )
    customer_id: str = column(
        "The customer.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        key=True,
        sort=True,
    )
    arm: str = column("`treated` is addressed, `control` is held out.", term="Hold-out", isin=["treated", "control"])
    channel: str = column("Where the campaign reaches people.", term="Campaign channel", isin=CHANNELS)
    starts_on: date = column("First day of the campaign.")
    ends_on: date = column("Last day of the campaign, included.")
    ingested_at: Timestamp = column("When the mesh knew the customer's arm and the campaign.")

    it_ends_after_it_starts = row_rule("ends_on >= starts_on")


PRODUCT = DataProduct(
    name="campaign_audience",
    contract=CampaignAudience,
    version="1.0.0",
    mart="fct_campaign_audience",
    sources=("campaigns", "campaign_audience"),
    service_level=ServiceLevel(max_shrink=0.0),
)
