"""The product customers.post_sentiment."""

from datetime import date, timedelta

from mesh_customers.sources import NETWORKS
from mesh_platform.contract import Timestamp, column, row_rule
from mesh_platform.ml.prediction import Prediction
from mesh_platform.product import DataProduct, ServiceLevel

MOODS = ["negative", "neutral", "positive"]


class PostSentiment(Prediction):
    """How each post without stars feels about what it talks about, read by a model that learnt from those with stars.

    The model learnt that one and two stars are negative, three neutral, four and five positive, and what their authors
    write. Posts with stars are not here: their stars speak. Nor are posts in a language in which hardly anybody gave
    stars. A post about nothing that the shop sells has the mood that its words would have in a review; it names no
    product. Meant for sums over many posts: a single one may be misread.
    Grain: one row per post without stars. Source: social networks and the shop's reviews, model `sentiment`.
    """

    post_id: str = column("The post.", key=True, sort=True)
    posted_on: date = column("The UTC day of the post.", partition=True)
    sku: str = column("The product it is about, where it names one.", term="SKU", nullable=True)
    network: str = column("Where it was posted.", isin=NETWORKS)
    language: str = column("Language of the text, as ISO 639-1 in small letters.", str_matches=r"^[a-z]{2}$")
    mood: str = column(
        "The most probable mood.", classification="confidential", personal="opinion", term="Sentiment", isin=MOODS
    )
    sentiment: float = column(
        "How much more probable positive is than negative.",
        classification="confidential",
        personal="opinion",
        term="Sentiment",
        ge=-1,
        le=1,
    )
    chance_negative: float = column(
        "Probability that the post is negative.",
        classification="confidential",
        personal="opinion",
        unit="probability",
        term="Sentiment",
        ge=0,
        le=1,
    )
    chance_neutral: float = column(
        "Probability that the post is neutral.",
        classification="confidential",
        personal="opinion",
        unit="probability",
        term="Sentiment",
        ge=0,
        le=1,
    )
    chance_positive: float = column(
        "Probability that the post is positive.",
        classification="confidential",
        personal="opinion",
        unit="probability",
        term="Sentiment",
        ge=0,
        le=1,
    )
    ingested_at: Timestamp = column("When the mesh knew the post.")

    chances_add_up = row_rule("abs(chance_negative + chance_neutral + chance_positive - 1) < 0.000001")
    sentiment_is_their_difference = row_rule("abs(chance_positive - chance_negative - sentiment) < 0.000001")


PRODUCT = DataProduct(
    name="post_sentiment",
    contract=PostSentiment,
    version="1.0.0",
    recipe="mesh_customers.ml.sentiment:RECIPE",
    sources=("posts",),
    service_level=ServiceLevel(freshness=timedelta(days=8), min_rows=0),  # days without such posts are no fault
    origins={
        "posted_on": ("customers_raw.posts._day",),
        "*": ("customers_raw.posts.text", "customers_raw.posts.rating", "customers_raw.posts.language"),
    },
)
