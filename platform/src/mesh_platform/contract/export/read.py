"""Read the published documents back: what the mesh knows of its products without any domain's code.

Needs only YAML and the vocabulary, so that commands and the API start at once.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from mesh_platform.contract.export.names import SOURCES
from mesh_platform.contract.export.published import PublishedColumn, PublishedProduct, PublishedSource
from mesh_platform.errors import BadContract
from mesh_platform.product import InputPort, Owner, ServiceLevel

__all__ = [
    "END_OF_LIFE",
    "REMOVABLE_FROM",
    "PublishedColumn",
    "PublishedProduct",
    "PublishedSource",
    "load",
    "published",
    "published_sources",
]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTRACT = re.compile(r"v(\d+)\.odcs\.yaml")
END_OF_LIFE = "endOfLife"
"""The service level property that holds an older major version's sunset, in the word of the standard's data QoS."""
REMOVABLE_FROM = "removableFrom"
"""The custom property of a deprecated column: the day from which it may be taken away."""


def published(root: Path) -> list[PublishedProduct]:
    """Read every product's documents, one entry for each major version alive, by domain, name and version.

    Raises:
        BadContract: Where a document can't be read, or the folder does not exist.
    """
    if not root.is_dir():
        raise BadContract(f"{root}: no such folder of published contracts; export the contracts into it")
    paths = [path for path in root.glob("*/*/v*.odcs.yaml") if _CONTRACT.fullmatch(path.name)]
    products = [_product(path) for path in paths if path.parent.name != SOURCES]
    return sorted(products, key=lambda p: (p.domain, p.name, p.major))


def published_sources(root: Path) -> list[PublishedSource]:
    """Read every source's document, by domain and name.

    Raises:
        BadContract: Where a document can't be read, or the folder does not exist.
    """
    if not root.is_dir():
        raise BadContract(f"{root}: no such folder of published contracts; export the contracts into it")
    sources = [_source(path) for path in root.glob(f"*/{SOURCES}/*.odcs.yaml")]
    return sorted(sources, key=lambda s: (s.domain, s.name))


def _product(path: Path) -> PublishedProduct:
    contract = load(path)
    descriptor = load(path.with_name("product.odps.yaml"))
    with _understood(path):
        return _built(path, contract, descriptor)


def _source(path: Path) -> PublishedSource:
    contract = load(path)
    with _understood(path):
        table, custom = contract["schema"][0], _custom(contract)
        added = {c["name"] for c in table["properties"] if "addedBy" in _custom(c)}
        columns = [_column(column) for column in table["properties"]]
        return PublishedSource(
            domain=contract["domain"],
            name=table["name"],
            system=custom["system"],
            format=custom["format"],
            description=contract["description"]["purpose"],
            grain=table.get("dataGranularityDescription", ""),
            owner=_owner(contract),
            columns=tuple(column for column in columns if column.name not in added),
            added=tuple(column for column in columns if column.name in added),
            key=_key(table["properties"]),
            event_time=custom.get("eventTime"),
            may_be_empty=bool(custom.get("mayBeEmpty", False)),
            path=path,
        )


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    try:
        yield
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
        sunset=_sunset(contract["slaProperties"]),
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
        deprecated=date.fromisoformat(custom[REMOVABLE_FROM]) if REMOVABLE_FROM in custom else None,
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


def _sunset(properties: list[Mapping[str, Any]]) -> date | None:
    days = [date.fromisoformat(entry["value"]) for entry in properties if entry["property"] == END_OF_LIFE]
    return days[0] if days else None


def _custom(element: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in element.get("customProperties", ())}


def load(path: Path, remedy: str = "export the contracts again") -> dict[str, Any]:
    """Read a document.

    Args:
        path: The document.
        remedy: What helps where it can't be read.

    Raises:
        BadContract: Where it can't be read or holds no mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader, in C if there
    except (OSError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise BadContract(f"{path}: can't be read ({said}); {remedy}") from error
    if not isinstance(content, dict):
        raise BadContract(f"{path}: holds no document; {remedy}")
    return content
