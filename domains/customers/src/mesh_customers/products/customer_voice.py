"""The product customers.customer_voice."""

from datetime import date, timedelta

from mesh_platform.contract import Contract, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, ServiceLevel


class CustomerVoice(Contract):
    """How much a product was talked about in a week, and how it was rated.

    Counts every post and review that names the product. Ratings are the stars that the authors gave themselves: most
    posts on social networks carry none, so mentions and ratings tell two things, and nothing is guessed from the text.
    Posts that name no product are not counted anywhere.
    Grain: one row per sku and week, Monday to Sunday in UTC. Source: social networks and the shop's reviews.
    """

    sku: str = column("The product.", term="SKU", key=True, sort=True)
    week: date = column("The Monday that begins the week.", key=True, partition=True)
    mentions: int = column("Posts and reviews that name the product.", unit="posts", term="Mention", ge=1)
    reviews: int = column("Of these, the ones in the shop's own reviews.", unit="posts", term="Review", ge=0)
    networks: int = column("Different networks that named it.", unit="networks", term="Mention", ge=1, le=5)
    rated: int = column("Mentions with stars.", unit="posts", term="Rating", ge=0)
    unrated_posts: int = column("Mentions without.", unit="posts", term="Rating", ge=0)
    rating_1: int = column("Mentions with one star.", unit="posts", term="Rating", ge=0)
    rating_2: int = column("Mentions with two stars.", unit="posts", term="Rating", ge=0)
    rating_3: int = column("Mentions with three stars.", unit="posts", term="Rating", ge=0)
    rating_4: int = column("Mentions with four stars.", unit="posts", term="Rating", ge=0)
    rating_5: int = column("Mentions with five stars.", unit="posts", term="Rating", ge=0)
    mean_rating: float = column(
        "Mean of the stars; missing where nobody rated.", unit="stars", term="Rating", ge=1, le=5, nullable=True
    )
    share_negative_rated: float = column(
        "Share of the rated mentions with one or two stars; missing where nobody rated.",
        unit="share",
        term="Rating",
        ge=0,
        le=1,
        nullable=True,
    )
    share_positive_rated: float = column(
        "Share of the rated mentions with four or five stars; missing where nobody rated.",
        unit="share",
        term="Rating",
        ge=0,
        le=1,
        nullable=True,
    )
    ingested_at: Timestamp = column("When the mesh knew the last of these posts.")

    rated_or_not = row_rule("mentions = rated + unrated_posts")
    stars_add_up = row_rule("rated = rating_1 + rating_2 + rating_3 + rating_4 + rating_5")
    reviews_are_mentions = row_rule("reviews <= mentions")


PRODUCT = DataProduct(
    name="customer_voice",
    contract=CustomerVoice,
    version="1.0.0",
    mart="fct_customer_voice",
    sources=("posts",),
    service_level=ServiceLevel(freshness=timedelta(days=8), min_rows=0),  # a quiet week is no fault
)
