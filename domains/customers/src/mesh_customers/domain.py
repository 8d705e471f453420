"""The customers domain: its team, its feeds, its products."""

from mesh_platform.discover import load_domain
from mesh_platform.product import Owner

DOMAIN = load_domain(
    "mesh_customers",
    Owner(team="Customers", email="customers-data@omnishop.example", channel="#customers-data"),
    "Who the customers are, how they behave over time, and what they say.",
)
