"""The product customers.customers."""

from datetime import date

from mesh_customers.sources import LOYALTY_TIERS
from mesh_platform.contract import Contract, Timestamp, column, row_rule
from mesh_platform.product import DataProduct, ServiceLevel


class Customers(Contract):
    """Who the customers are, and who they were at any time before.

    A row is a customer's whole profile and the time through which it held: from `valid_from` until just before
    `valid_to`. The validities of a customer neither overlap nor leave a gap, and neighbours differ in at least one
    value: a change that altered nothing makes no row. `is_current` picks today's profile.
    Grain: one row per customer and validity. Source: CRM and loyalty.
    """

    customer_id: str = column(
        "The customer.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        key=True,
        sort=True,
    )
    valid_from: Timestamp = column("When the profile became so.", term="Validity", key=True, sort=True)
    valid_to: Timestamp = column(
        "When the next profile took over; missing while the row is current.", term="Validity", nullable=True
    )
    is_current: bool = column("Whether no later profile is known.", term="Validity")
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
    ingested_at: Timestamp = column("When the mesh could first know that the profile became so.")

    one_end_per_validity = row_rule("is_current = (valid_to is null)")
    validities_run_forward = row_rule("valid_to > valid_from")


PRODUCT = DataProduct(
    name="customers",
    contract=Customers,
    version="1.0.0",
    mart="dim_customers",
    sources=("profiles",),
    service_level=ServiceLevel(retention_days=90, max_shrink=0.05),
)
