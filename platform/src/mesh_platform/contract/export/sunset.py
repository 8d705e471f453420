"""Older major versions: published and served beside the new one until their sunset.

Their contracts stay in the code for as long, so their documents are written from it like any other's: deprecated, with
the sunset in them, and of a table of their own.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any, Final

from mesh_platform.contract.export.names import contract_file
from mesh_platform.contract.export.read import END_OF_LIFE
from mesh_platform.errors import BadContract
from mesh_platform.product import DataProduct, Domain, OlderMajor

_CONTRACT: Final = re.compile(r"v(\d+)\.odcs\.yaml")


def older_majors(domain: Domain, product: DataProduct, root: Path) -> dict[int, OlderMajor]:
    """List the older major versions of a product that are still published.

    Args:
        domain: The product's domain.
        product: The product as its code declares it.
        root: The folder of published documents.

    Raises:
        BadContract: Where the document of one that the code does not declare any more is still there.
    """
    if product.status == "retired":
        return {}
    declared = {older.major: older for older in product.older}
    for path in sorted((root / domain.name / product.name).glob("v*.odcs.yaml")):
        matched = _CONTRACT.fullmatch(path.name)
        if matched and int(matched[1]) < product.major and int(matched[1]) not in declared:
            raise _undeclared(domain, product, int(matched[1]), root.name)
    return dict(sorted(declared.items()))


def _undeclared(domain: Domain, product: DataProduct, major: int, folder: str) -> BadContract:
    return BadContract(
        f"{domain.full_name(product)}: v{major} is published beside {product.version}, and nothing makes its rows "
        "(rule: an older major version is made from the newest one until its sunset); declare "
        f"DataProduct(older=(OlderMajor(version='{major}.…', contract=…, sql='… from newest', sunset=date(…)),)) "
        f"or, after its sunset, delete {folder}/{contract_file(domain.name, product.name, major)}"
    )


def end_of_life(sunset: date) -> dict[str, Any]:
    """Say in the service level's words until when an older major version is served."""
    return {
        "property": END_OF_LIFE,
        "value": sunset.isoformat(),
        "description": "The last day on which this major version is served",
    }
