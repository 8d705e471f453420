"""The published interface as documents in memory: of a folder, of a revision, or as the code would write it.

Documents are compared as they are written, without the contract language: an older revision's code is not needed.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mesh_platform.contract.export.names import CONSUMERS
from mesh_platform.contract.export.read import load
from mesh_platform.errors import BadContract

Document = Mapping[str, Any]
Interface = Mapping[str, Document]
"""A document's path below the folder of published documents, such as "sales/orders/v1.odcs.yaml" → its content."""
_CONTRACT = re.compile(r"(?P<domain>[^/]+)/(?P<product>[^/]+)/v(?P<major>\d+)\.odcs\.yaml")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def of_folder(root: Path) -> dict[str, Document]:
    """Read every contract and descriptor below a folder.

    Raises:
        BadContract: Where one can't be read.
    """
    paths = [path for path in sorted(root.glob("*/*/*.od[cp]s.yaml")) if path.parent.parent.name != CONSUMERS]
    return {path.relative_to(root).as_posix(): load(path) for path in paths}


def of_texts(texts: Mapping[str, str]) -> dict[str, Document]:
    """Read documents that are not written yet.

    Args:
        texts: Relative path → YAML, as `documents` makes it.

    Raises:
        BadContract: Where one holds no document.
    """
    found = {path: yaml.load(text, Loader=_Loader) for path, text in texts.items()}  # noqa: S506 - safe
    for path, document in found.items():
        if not isinstance(document, dict):
            raise BadContract(f"{path}: holds no document; export the contracts again")
    return found


def is_contract(path: str) -> bool:
    """Whether a path is a product's contract."""
    found = _CONTRACT.fullmatch(path)
    return found is not None and found["product"] != "sources"


def is_source(path: str) -> bool:
    """Whether a path is a source's contract."""
    return path.endswith(".odcs.yaml") and path.count("/") == 2 and path.split("/")[1] == "sources"


def is_descriptor(path: str) -> bool:
    """Whether a path is a product's descriptor."""
    return path.endswith("/product.odps.yaml")


def descriptor_of(path: str) -> str:
    """Find the descriptor beside a contract."""
    return f"{path.rpartition('/')[0]}/product.odps.yaml"


def major_of(path: str) -> int:
    """The major version in a contract's path; 1 for a source, which has only one."""
    found = _CONTRACT.fullmatch(path)
    return int(found["major"]) if found and is_contract(path) else 1


def table_of(document: Document) -> Document:
    """A contract's one table."""
    table: Document = document["schema"][0]
    return table


def custom(element: Document) -> dict[str, Any]:
    """An element's custom properties by name."""
    return {entry["property"]: entry["value"] for entry in element.get("customProperties") or ()}


def name_of(document: Document) -> str:
    """What a contract's table is called by its consumers: a product's full name, a source's raw table.

    An older major version's table has another name in the lake.
    """
    return str(document.get("name") or table_of(document)["physicalName"])


def service_level(document: Document) -> dict[str, Any]:
    """A contract's service level: property → value."""
    return {entry["property"]: entry["value"] for entry in document.get("slaProperties") or ()}
