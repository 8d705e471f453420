"""The product customers.customer_360."""

from datetime import date

from mesh_customers.sources import LOYALTY_TIERS
from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, InputPort

CURRENCY = "currency of the row"


class Customer360(Contract):
    """What was true of a customer at the end of a day: recency, frequency, value, channels, engagement, ratings.

    Every value of a row uses only what happened until that day ended, profile and consents included, so rows of past
    days can be joined to later outcomes without looking ahead. A window of N days is the day itself and the N - 1
    before it. A purchase is an order with at least one piece sold; an order of returns alone is none, yet it lowers the
    amounts. Amounts add the orders' own currencies and convert nothing: `currency` is missing where they differ.
    The mean rating is what the customer thought of products, in stars, and no more than a proxy of satisfaction.
    There is a row for every customer who has signed up and for every day between the first and the last on which the
    mesh holds an order or a session.
    Grain: one row per customer and day. Source: the customers' profiles and posts, orders of sales, sessions of
    marketing.
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
    as_of: date = column("The UTC day at whose end all of this was so.", key=True, partition=True)
    tenure_days: int = column("Days since the customer joined.", unit="days", term="Tenure", ge=0)
    loyalty_tier: str = column(
        "Tier of the loyalty programme; missing before the first known profile.",
        classification="confidential",
        personal="membership",
        term="Loyalty tier",
        isin=LOYALTY_TIERS,
        nullable=True,
    )
    consent_marketing: bool = column(
        "Whether campaigns may address the customer; no known consent is none.",
        classification="confidential",
        personal="consent",
        term="Consent",
    )
    consent_profiling: bool = column(
        "Whether behaviour may be used to personalise; no known consent is none.",
        classification="confidential",
        personal="consent",
        term="Consent",
    )

    first_ordered_at: Timestamp = column("When the first purchase was made.", term="Recency", nullable=True)
    last_ordered_at: Timestamp = column("When the latest purchase was made.", term="Recency", nullable=True)
    recency_days: int = column(
        "Days since the latest purchase; missing where there is none.",
        unit="days",
        term="Recency",
        ge=0,
        nullable=True,
    )
    orders_to_date: int = column("Purchases so far.", unit="orders", term="Frequency", ge=0)
    orders_28d: int = column("Purchases in 28 days.", unit="orders", term="Frequency", ge=0)
    units_to_date: int = column("Pieces bought so far.", unit="pieces", term="Frequency", ge=0)
    returned_units_to_date: int = column("Pieces brought back so far.", unit="pieces", term="Return", ge=0)
    returned_units_28d: int = column("Pieces brought back in 28 days.", unit="pieces", term="Return", ge=0)
    net_amount_to_date: Money = column(
        "Net amount of all orders so far, less returns.", unit=CURRENCY, term="Net amount"
    )
    net_amount_28d: Money = column("Net amount of 28 days, less returns.", unit=CURRENCY, term="Net amount")
    net_amount_365d: Money = column("Net amount of 365 days, less returns.", unit=CURRENCY, term="Net amount")
    mean_basket: Money = column(
        "Mean net amount of the purchases so far; missing where there is none.",
        unit=CURRENCY,
        term="Basket",
        nullable=True,
    )
    currency: str = column(
        "The currency of all orders so far, as ISO 4217; missing without orders, or where they differ.",
        str_matches=r"^[A-Z]{3}$",
        nullable=True,
    )
    channels_used: int = column("Channels purchased in: store, web.", unit="channels", term="Channel", ge=0, le=2)
    share_store_orders: float = column(
        "Share of the purchases so far made in a store; missing where there is none.",
        unit="share",
        term="Channel",
        ge=0,
        le=1,
        nullable=True,
    )

    sessions_28d: int = column("Visits of the web shop in 28 days.", unit="sessions", term="Session", ge=0)
    purchase_sessions_28d: int = column(
        "Visits in 28 days that led to a purchase.", unit="sessions", term="Session", ge=0
    )
    last_session_at: Timestamp = column("When the latest visit began.", term="Session", nullable=True)
    days_since_session: int = column(
        "Days since the latest visit; missing where there is none.",
        unit="days",
        term="Session",
        ge=0,
        nullable=True,
    )
    product_views_28d: int = column("Product pages seen in 28 days.", unit="events", term="Engagement", ge=0)
    add_to_carts_28d: int = column("Products put in the cart in 28 days.", unit="events", term="Engagement", ge=0)

    posts_90d: int = column("Posts and reviews known as the customer's, 90 days.", unit="posts", term="Mention", ge=0)
    ratings_90d: int = column("Of these, the ones with stars.", unit="posts", term="Rating", ge=0)
    mean_rating_90d: float = column(
        "Mean of these stars; missing where none was given.", unit="stars", term="Rating", ge=1, le=5, nullable=True
    )
    ingested_at: Timestamp = column(
        "When the mesh could first know the whole row: the end of the day, or later where something came late."
    )

    a_window_is_a_part = row_rule("orders_28d <= orders_to_date and returned_units_28d <= returned_units_to_date")
    recency_needs_a_purchase = row_rule("(recency_days is null) = (orders_to_date = 0)")
    ratings_are_posts = row_rule("ratings_90d <= posts_90d and purchase_sessions_28d <= sessions_28d")


PRODUCT = DataProduct(
    name="customer_360",
    contract=Customer360,
    version="1.0.0",
    mart="fct_customer_360",
    sources=("profiles", "posts"),
    inputs=(
        InputPort(
            "sales.orders",
            (
                "order_id",
                "ordered_on",
                "ordered_at",
                "customer_id",
                "channel",
                "units",
                "returned_units",
                "net_amount",
                "currency",
                "ingested_at",
            ),
            "recency, frequency, value and channels of each customer",
        ),
        InputPort(
            "marketing.sessions",
            (
                "session_id",
                "started_on",
                "started_at",
                "customer_id",
                "product_views",
                "add_to_carts",
                "purchases",
                "ingested_at",
            ),
            "engagement of each customer",
        ),
    ),
    looks_back=True,
)
