"""The inventory domain: its team, its feeds, its products."""

from mesh_platform.discover import load_domain
from mesh_platform.product import Owner

DOMAIN = load_domain(
    "mesh_inventory",
    Owner(team="Inventory", email="inventory-data@omnishop.example", channel="#inventory-data"),
    "What OmniShop sells, where it is, and how long it will last.",
)
