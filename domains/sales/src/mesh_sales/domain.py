"""The sales domain: its team, its feeds, its products."""

from mesh_platform.discover import load_domain
from mesh_platform.product import Owner

DOMAIN = load_domain(
    "mesh_sales",
    Owner(team="Sales", email="sales-data@omnishop.example", channel="#sales-data"),
    "Orders in the stores and on the web, what they sold, and how busy the stores were.",
)
