from decimal import Decimal

from inventory_tests.conftest import Build
from inventory_tests.samples import DAYS, version
from mesh_inventory.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at

VERSIONS = [
    version("tea", DAYS[0], cost=Decimal(2), brand="Leaf"),
    version("tea", DAYS[3], cost=Decimal(3), list_price=Decimal("5.5"), pack_size=6, lead_time_days=4),
    version("cup", DAYS[1]),
]


def test_a_product_is_what_its_newest_version_says(build: Build) -> None:
    rows = build("products", product_master=VERSIONS).select("sku", "cost", "brand", "valid_from").rows()
    assert rows == [("cup", None, None, at(DAYS[1])), ("tea", Decimal(3), None, at(DAYS[3]))]


def test_the_rows_keep_their_contract(build: Build) -> None:
    contract = DOMAIN.product("products").contract
    rows = build("products", product_master=VERSIONS)
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()
