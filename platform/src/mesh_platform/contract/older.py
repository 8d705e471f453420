"""Older major versions as products of their own, so that they are planned, made, audited and published like any other.

What surprises: such a product is derived and never declared. Its table is "<product>_v<major>", its one input is the
newest major version, and its SQL is the declaration's.
"""

from dataclasses import replace
from datetime import date

from mesh_platform.product import DataProduct, Domain, InputPort, OlderMajor, older_table

PURPOSE = "is made from it"


def older_products(domain: Domain, product: DataProduct, today: date | None = None) -> list[DataProduct]:
    """Derive a product of its own from each older major version.

    Args:
        domain: The product's domain.
        product: The product.
        today: Leaves out those whose sunset is past on that day; None derives all.
    """
    alive = [older for older in product.older if today is None or today <= older.sunset]
    return [_derived(domain, product, older) for older in sorted(alive, key=lambda older: older.major)]


def _derived(domain: Domain, product: DataProduct, older: OlderMajor) -> DataProduct:
    return replace(
        product,
        name=older_table(product.name, older.major),
        contract=older.contract,
        version=older.version,
        older_sql=older.sql,
        inputs=(InputPort(domain.full_name(product), (), PURPOSE, product.major),),
        status="deprecated",
        mart="",
        program="",
        recipe="",
        sources=(),
        looks_back=False,
        reach_days=0,
        accumulates=False,
        origins={},
        older=(),
    )
