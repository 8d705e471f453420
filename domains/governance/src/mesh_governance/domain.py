"""The governance domain: its team, its feeds, its products."""

from mesh_platform.discover import load_domain
from mesh_platform.product import Owner

DOMAIN = load_domain(
    "mesh_governance",
    Owner(team="Data governance", email="data-governance@omnishop.example", channel="#data-governance"),
    "Who uses the mesh's data products, for what, and that it is as it was agreed.",
)
