"""Older major versions: published and served beside the new one until their sunset.

Their code is gone, so their documents are kept as they were, but for what the domain declares now: deprecated, and
until when.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from mesh_platform.contract.export.names import contract_file
from mesh_platform.contract.export.read import END_OF_LIFE, load
from mesh_platform.errors import BadContract
from mesh_platform.product import DataProduct, Domain

_CONTRACT: Final = re.compile(r"v(\d+)\.odcs\.yaml")


@dataclass(frozen=True, slots=True)
class OlderMajor:
    """An older major version that is still published.

    Args:
        version: Its full version.
        sunset: The last day on which it is served.
        document: Its contract, deprecated and with the sunset in it.
    """

    version: str
    sunset: date
    document: dict[str, Any]


def older_majors(domain: Domain, product: DataProduct, root: Path) -> dict[int, OlderMajor]:
    """Find the older major versions of a product whose documents are still published.

    Args:
        domain: The product's domain.
        product: The product as its code declares it.
        root: The folder of published documents.

    Raises:
        BadContract: Where one has no sunset, or its document can't be read.
    """
    if product.status == "retired":
        return {}
    found: dict[int, OlderMajor] = {}
    for path in (root / domain.name / product.name).glob("v*.odcs.yaml"):
        matched = _CONTRACT.fullmatch(path.name)
        if matched and int(matched[1]) < product.major:
            found[int(matched[1])] = _older(domain, product, int(matched[1]), path)
    return dict(sorted(found.items()))


def _older(domain: Domain, product: DataProduct, major: int, path: Path) -> OlderMajor:
    sunset = product.sunsets.get(major)
    if sunset is None:
        raise BadContract(
            f"{domain.full_name(product)}: v{major} is published beside {product.version} without a sunset "
            "(rule: an older major has a last day on which it is served); "
            f"declare DataProduct(sunsets={{{major}: date(...)}}) or delete "
            f"{path.parent.parent.parent.name}/{contract_file(domain.name, product.name, major)}"
        )
    document = load(path)
    if "version" not in document:
        raise BadContract(f"{path}: no version (rule: an ODCS document); restore it from version control")
    return OlderMajor(str(document["version"]), sunset, _with_sunset(document, sunset))


def _with_sunset(document: dict[str, Any], sunset: date) -> dict[str, Any]:
    promised = [said for said in document.get("slaProperties", ()) if said["property"] != END_OF_LIFE]
    end = {
        "property": END_OF_LIFE,
        "value": sunset.isoformat(),
        "description": "The last day on which this major version is served",
    }
    return {**document, "status": "deprecated", "slaProperties": [*promised, end]}
