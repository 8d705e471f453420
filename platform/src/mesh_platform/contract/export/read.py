"""Read the published documents back: what the mesh knows of its products without any domain's code.

Needs only YAML and the vocabulary, so that commands and the API start at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from mesh_platform.errors import BadContract
from mesh_platform.product import InputPort, Owner, ServiceLevel

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTRACT = re.compile(r"v(\d+)\.odcs\.yaml")


@dataclass(frozen=True, slots=True)
class PublishedColumn:
    """A column as its contract publishes it.

    Args:
        name: The column.
        type: Its type in the lake, such as "decimal(18,4)".
        logical_type: ODCS's type, such as "number".
        description: What a value means.
        classification: Who may see it.
        required: True where no value is missing.
        personal: The kind of personal data, or None.
        unit: The unit of the value, or None.
        term: The glossary's term, or None.
        references: The "<domain>.<table>.<column>" that holds every value, or None.
        values: The allowed values, where they are listed.
    """

    name: str
    type: str
    logical_type: str
    description: str
    classification: str
    required: bool
    personal: str | None
    unit: str | None
    term: str | None
    references: str | None
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PublishedProduct:
    """One major version of a product as its documents publish it.

    Args:
        domain: The domain.
        name: The product within its domain.
        version: The full version.
        status: Where the product is in its life.
        description: What the rows are.
        grain: What one row is.
        owner: Who answers for it.
        columns: Its columns, in order.
        key: The columns that name a row.
        partition: The column whose days partition the table, or None.
        sort: The columns that rows are sorted by.
        service_level: What is promised beyond the rows.
        sources: The operational feeds; only of the newest major version.
        inputs: The products it reads; only of the newest major version.
        path: The contract's document.
    """

    domain: str
    name: str
    version: str
    status: str
    description: str
    grain: str
    owner: Owner
    columns: tuple[PublishedColumn, ...]
    key: tuple[str, ...]
    partition: str | None
    sort: tuple[str, ...]
    service_level: ServiceLevel
    sources: tuple[str, ...]
    inputs: tuple[InputPort, ...]
    path: Path

    @property
    def full_name(self) -> str:
        """The product's name across the mesh, such as "sales.orders"."""
        return f"{self.domain}.{self.name}"

    @property
    def major(self) -> int:
        """The major version: what a consumer binds to."""
        return int(self.version.split(".")[0])


def published(root: Path) -> list[PublishedProduct]:
    """Read every product's documents, one entry for each major version alive, by domain, name and version.

    Raises:
        BadContract: Where a document can't be read, or the folder does not exist.
    """
    if not root.is_dir():
        raise BadContract(f"{root}: no such folder of published contracts; export the contracts into it")
    products = [_product(path) for path in root.glob("*/*/v*.odcs.yaml") if _CONTRACT.fullmatch(path.name)]
    return sorted(products, key=lambda p: (p.domain, p.name, p.major))


def _product(path: Path) -> PublishedProduct:
    contract = _load(path)
    descriptor = _load(path.with_name("product.odps.yaml"))
    try:
        return _built(path, contract, descriptor)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BadContract(
            f"{path}: can't be understood ({type(error).__name__}: {error}); export the contracts again"
        ) from error


def _built(path: Path, contract: Mapping[str, Any], descriptor: Mapping[str, Any]) -> PublishedProduct:
    table = contract["schema"][0]
    newest = contract["version"] == descriptor["version"]
    return PublishedProduct(
        domain=contract["domain"],
        name=table["name"],
        version=contract["version"],
        status=contract["status"],
        description=contract["description"]["purpose"],
        grain=table.get("dataGranularityDescription", ""),
        owner=_owner(contract),
        columns=tuple(_column(column) for column in table["properties"]),
        key=_key(table["properties"]),
        partition=next((c["name"] for c in table["properties"] if c.get("partitioned")), None),
        sort=tuple(_custom(table)["sortedBy"]),
        service_level=_service_level(contract["slaProperties"]),
        sources=tuple(_custom(descriptor).get("sources", ())) if newest else (),
        inputs=tuple(_input(port) for port in descriptor.get("inputPorts", ())) if newest else (),
        path=path,
    )


def _column(column: Mapping[str, Any]) -> PublishedColumn:
    custom = _custom(column)
    return PublishedColumn(
        name=column["name"],
        type=column["physicalType"],
        logical_type=column["logicalType"],
        description=column["description"],
        classification=column["classification"],
        required=column["required"],
        personal=custom.get("personal"),
        unit=custom.get("unit"),
        term=column.get("businessName"),
        references=next((r["to"] for r in column.get("relationships", ())), None),
        values=tuple(entry["value"] for entry in column.get("enum", ())),
    )


def _input(port: Mapping[str, Any]) -> InputPort:
    use = _custom(port)
    return InputPort(port["name"], tuple(use["columns"]), use["purpose"], int(port["version"]))


def _key(columns: list[Mapping[str, Any]]) -> tuple[str, ...]:
    keyed = sorted((c for c in columns if c.get("primaryKey")), key=lambda c: int(c["primaryKeyPosition"]))
    return tuple(c["name"] for c in keyed)


def _owner(contract: Mapping[str, Any]) -> Owner:
    email = contract["team"]["members"][0]["username"]
    channel = next((s["channel"] for s in contract["support"] if s["channel"] != email), "")
    return Owner(contract["team"]["name"], email, channel)


def _service_level(properties: list[Mapping[str, Any]]) -> ServiceLevel:
    said = {entry["property"]: entry["value"] for entry in properties}
    return ServiceLevel(
        freshness=timedelta(hours=said["latency"]),
        retention_days=said["retention"],
        min_rows=said["minRows"],
        max_shrink=said["maxShrink"],
        tolerated_bad_rows=said["toleratedBadRows"],
    )


def _custom(element: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in element.get("customProperties", ())}


def _load(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader, in C if there
    except (OSError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise BadContract(f"{path}: can't be read ({said}); export the contracts again") from error
    if not isinstance(content, dict):
        raise BadContract(f"{path}: holds no document; export the contracts again")
    return content
