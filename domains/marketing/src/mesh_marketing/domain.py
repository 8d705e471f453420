"""The marketing domain: its team, its feeds, its products."""

from mesh_platform.discover import load_domain
from mesh_platform.product import Owner

DOMAIN = load_domain(
    "mesh_marketing",
    Owner(team="Marketing", email="marketing-data@omnishop.example", channel="#marketing-data"),
    "Visits of the web shop, campaigns with their hold-outs, and what they cost.",
)
