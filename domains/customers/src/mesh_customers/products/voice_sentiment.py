"""The product customers.voice_sentiment."""

from datetime import date, timedelta

from mesh_platform.contract import Contract, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, InputPort, ServiceLevel


class VoiceSentiment(Contract):
    """How the posts of a week felt about a product: by their stars where they have some, by the text where not.

    Beside `customers.customer_voice`, which counts and guesses nothing, this product also reads the posts without
    stars: the moods of these are predictions of the model `sentiment` and may be wrong one by one. Stars of one and
    two are negative, three neutral, four and five positive.
    Grain: one row per sku and week, Monday to Sunday in UTC. Source: social networks, the shop's reviews, and
    customers.post_sentiment.
    """

    sku: str = column("The product.", term="SKU", key=True, sort=True)
    week: date = column("The Monday that begins the week.", key=True, partition=True)
    mentions: int = column("Posts and reviews that name the product.", unit="posts", term="Mention", ge=1)
    rated: int = column("Mentions with stars.", unit="posts", term="Rating", ge=0)
    predicted: int = column("Mentions whose mood was read from the text.", unit="posts", term="Sentiment", ge=0)
    unread: int = column(
        "Mentions of no known mood: without stars, and in a language that the model has not learnt or not read yet.",
        unit="posts",
        term="Sentiment",
        ge=0,
    )
    negative: int = column("Negative mentions.", unit="posts", term="Sentiment", ge=0)
    neutral: int = column("Neutral mentions.", unit="posts", term="Sentiment", ge=0)
    positive: int = column("Positive mentions.", unit="posts", term="Sentiment", ge=0)
    share_negative: float = column(
        "Share of the mentions of known mood that are negative; missing where there is none.",
        unit="share",
        term="Sentiment",
        ge=0,
        le=1,
        nullable=True,
    )
    share_positive: float = column(
        "Share of the mentions of known mood that are positive; missing where there is none.",
        unit="share",
        term="Sentiment",
        ge=0,
        le=1,
        nullable=True,
    )
    net_sentiment: float = column(
        "Share positive less share negative; missing where no mood is known.",
        term="Sentiment",
        ge=-1,
        le=1,
        nullable=True,
    )
    mean_sentiment_unrated: float = column(
        "Mean score of the predicted moods, from -1 to 1; missing where there is none.",
        term="Sentiment",
        ge=-1,
        le=1,
        nullable=True,
    )
    model_version: int = column(
        "The newest version of the model behind the predicted moods; missing where there is none.",
        term="Model version",
        ge=1,
        nullable=True,
    )
    ingested_at: Timestamp = column("When the mesh knew the last of these posts.")

    rated_read_or_not = row_rule("mentions = rated + predicted + unread")
    moods_add_up = row_rule("negative + neutral + positive = rated + predicted")


PRODUCT = DataProduct(
    name="voice_sentiment",
    contract=VoiceSentiment,
    version="1.0.0",
    mart="fct_voice_sentiment",
    sources=("posts",),
    inputs=(
        InputPort(
            "customers.post_sentiment",
            ("post_id", "posted_on", "mood", "sentiment", "model_version"),
            "moods of the posts without stars",
        ),
    ),
    service_level=ServiceLevel(freshness=timedelta(days=8), min_rows=0),  # a quiet week is no fault
)
