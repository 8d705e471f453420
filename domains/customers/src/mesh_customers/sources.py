"""The operational feeds of customers: CRM with the loyalty programme, social networks with the shop's reviews."""

from datetime import date

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.ml.served import SOURCE as LOGGED
from mesh_platform.ml.served import LoggedPrediction
from mesh_platform.product import Source

ID = r"^\S+$"
"""An identifier: something, without white space."""

LOYALTY_TIERS = ["none", "bronze", "silver", "gold"]
NETWORKS = ["reviews", "twitter", "instagram", "facebook", "tiktok"]


class Profile(Contract):
    """A change of a customer's profile; the row repeats the whole profile as it is from then on.

    Grain: one row per customer and instant of change. Source: CRM and loyalty.
    """

    customer_id: str = column(
        "The customer whose profile changed.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        key=True,
        str_matches=ID,
    )
    changed_at: Timestamp = column("When the profile became so.", key=True)
    first_name: str = column("Given name.", classification="restricted", personal="name", nullable=True)
    last_name: str = column("Family name.", classification="restricted", personal="name", nullable=True)
    email: str = column("Address for e-mail.", classification="restricted", personal="email", nullable=True)
    phone: str = column("Telephone number.", classification="restricted", personal="phone", nullable=True)
    birth_date: date = column("Day of birth.", classification="restricted", personal="birth date", nullable=True)
    city: str = column("City of residence.", classification="confidential", personal="address", nullable=True)
    postcode: str = column(
        "Postal code of residence.", classification="confidential", personal="address", nullable=True
    )
    country: str = column(
        "Country of residence, as ISO 3166-1 alpha-2.",
        classification="confidential",
        personal="address",
        str_matches=r"^[A-Z]{2}$",
    )
    signed_up_at: Timestamp = column("When the customer joined.", classification="confidential", personal="membership")
    loyalty_tier: str = column(
        "Tier of the loyalty programme.",
        classification="confidential",
        personal="membership",
        term="Loyalty tier",
        isin=LOYALTY_TIERS,
    )
    consent_marketing: bool = column(
        "Whether campaigns may address the customer.",
        classification="confidential",
        personal="consent",
        term="Consent",
    )
    consent_profiling: bool = column(
        "Whether behaviour may be used to personalise.",
        classification="confidential",
        personal="consent",
        term="Consent",
    )


class Post(Contract):
    """A mention on a social network or a review in the shop.

    Grain: one row per post. Source: social networks and the shop's reviews.
    """

    post_id: str = column("The post.", key=True, str_matches=ID)
    posted_at: Timestamp = column("When it was posted.")
    network: str = column("Where it was posted; `reviews` is the shop's own.", isin=NETWORKS)
    author_handle: str = column(
        "The author's name on the network.", classification="restricted", personal="social handle", nullable=True
    )
    text: str = column("What was written.", classification="confidential", personal="free text")
    rating: int = column("Stars given, 5 is best.", unit="stars", term="Rating", ge=1, le=5, nullable=True)
    sku: str = column("The product it is about, where it names one.", term="SKU", nullable=True, str_matches=ID)
    customer_id: str = column(
        "The author, where known as a customer.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        nullable=True,
        str_matches=ID,
    )
    language: str = column("Language of the text, as ISO 639-1.", str_matches=r"^[A-Za-z]{2}$")


SOURCES = (
    Source("profiles", Profile, "csv", "CRM and loyalty", event_time="changed_at"),
    Source("posts", Post, "jsonl", "social networks and the shop's reviews", event_time="posted_at"),
    Source(LOGGED, LoggedPrediction, "jsonl", "live models", event_time="predicted_at", may_be_empty=True),
)
