"""The product marketing.sessions."""

from datetime import date

from mesh_platform.contract import Contract, Timestamp, column, row_rule
from mesh_platform.product import DataProduct


class Sessions(Contract):
    """Visits of the web shop: what was seen and done, what brought them, whether they led to an order.

    A session belongs to the day of its first event and stays one row when it crosses midnight. It takes events until
    the end of the next day: what follows later under the same id is not counted. An id that comes back after a day
    without events would begin a second session; the key refuses that, because ids must not be reused.
    Of customer, campaign, referrer, order and experiment it has the first that its events name; a session that is in
    several experiments shows one. Impressions alone are no action: a session with at most one action bounced.
    Grain: one row per session. Source: web analytics.
    """

    session_id: str = column("The session.", term="Session", key=True, sort=True)
    started_on: date = column("The UTC day of its first event.", partition=True)
    started_at: Timestamp = column("When its first event happened.", term="Session")
    ended_at: Timestamp = column("When its last event happened.", term="Session")
    visitor_id: str = column("The browser or app.", classification="confidential", personal="visitor id")
    customer_id: str = column(
        "The customer; missing where nobody logged in.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        nullable=True,
    )
    page_views: int = column("Pages seen, product pages aside.", unit="events", term="Funnel", ge=0)
    searches: int = column("Searches.", unit="events", term="Funnel", ge=0)
    impressions: int = column("Products shown in lists.", unit="events", term="Funnel", ge=0)
    product_views: int = column("Product pages seen.", unit="events", term="Funnel", ge=0)
    add_to_carts: int = column("Products put in the cart.", unit="events", term="Funnel", ge=0)
    remove_from_carts: int = column("Products taken out of it.", unit="events", term="Funnel", ge=0)
    checkouts: int = column("Checkouts begun.", unit="events", term="Funnel", ge=0)
    purchases: int = column("Orders made.", unit="events", term="Funnel", ge=0)
    order_id: str = column("The first order made; missing where there is none.", term="Order", nullable=True)
    referrer: str = column("Where the visitor came from.", nullable=True)
    campaign_id: str = column("The campaign that brought the visit.", term="Campaign", nullable=True)
    experiment_id: str = column("The experiment that the visitor is in.", term="Experiment", nullable=True)
    variant: str = column("The experiment's variant that was shown.", term="Experiment", nullable=True)
    converted: bool = column("Whether an order was made.", term="Conversion")
    bounced: bool = column("Whether it ended after at most one action.", term="Bounce")
    duration_seconds: int = column("From the first event to the last.", unit="seconds", term="Session", ge=0)
    ingested_at: Timestamp = column("When the mesh knew the last of its events.")

    it_ends_after_it_starts = row_rule("ended_at >= started_at")
    conversion_is_an_order = row_rule("converted = (purchases > 0) and converted = (order_id is not null)")
    an_order_is_no_bounce = row_rule("not (converted and bounced)")
    a_variant_is_of_an_experiment = row_rule("(experiment_id is null) = (variant is null)")


PRODUCT = DataProduct(
    name="sessions",
    contract=Sessions,
    version="1.0.0",
    mart="fct_sessions",
    sources=("web_events",),
    reach_days=1,
)
