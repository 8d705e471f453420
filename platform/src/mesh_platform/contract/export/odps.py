"""A product's descriptor as an Open Data Product Standard document (ODPS v1.0.0)."""

from collections.abc import Mapping
from typing import Any

from mesh_platform.contract.export.meaning import meaning_of
from mesh_platform.contract.export.names import TENANT, contract_id, product_id
from mesh_platform.contract.export.read import END_OF_LIFE
from mesh_platform.contract.shape import shape_of
from mesh_platform.product import DataProduct, Domain, InputPort, OlderMajor, older_table

API_VERSION = "v1.0.0"


def product_document(domain: Domain, product: DataProduct, older: Mapping[int, OlderMajor]) -> dict[str, Any]:
    """Describe a product: its ports, its inputs, its team.

    Args:
        domain: The product's domain.
        product: The product as its code declares it.
        older: Older major versions that are still published.

    Returns:
        The document as plain values, in the standard's order.
    """
    name = domain.full_name(product)
    meaning = meaning_of(shape_of(product.contract).description)
    said = {"purpose": meaning.purpose, "limitations": meaning.limitations, "usage": meaning.usage}
    document = {
        "apiVersion": API_VERSION,
        "kind": "DataProduct",
        "id": product_id(name),
        "name": name,
        "version": product.version,
        "status": product.status,
        "domain": domain.name,
        "tenant": TENANT,
        "description": {part: text for part, text in said.items() if text},
        "customProperties": [{"property": "sources", "value": list(product.sources)}] if product.sources else [],
        "inputPorts": [_input_port(port) for port in product.inputs],
        "outputPorts": _output_ports(name, product, older),
        "support": [_support(domain)],
        "team": _team(domain),
    }
    return {key: value for key, value in document.items() if value}


def _input_port(port: InputPort) -> dict[str, Any]:
    """Bind to a major version: minor ones come and go without the consumer's doing."""
    return {
        "name": port.product,
        "version": str(port.major),
        "contractId": contract_id(port.product, port.major),
        "customProperties": [
            {"property": "columns", "value": list(port.columns)},
            {"property": "purpose", "value": port.purpose},
        ],
    }


def _output_ports(name: str, product: DataProduct, older: Mapping[int, OlderMajor]) -> list[dict[str, Any]]:
    if product.status == "retired":
        return []
    ports = [_older_port(name, product.name, major, kept) for major, kept in sorted(older.items())]
    newest = _output_port(name, product.name, product.major, product.version, name)
    inputs = [{"id": contract_id(p.product, p.major), "version": str(p.major)} for p in product.inputs]
    return [*ports, {**newest, "inputContracts": inputs} if inputs else newest]


def _older_port(name: str, port: str, major: int, kept: OlderMajor) -> dict[str, Any]:
    said = {"status": "deprecated", END_OF_LIFE: kept.sunset.isoformat()}
    custom = [{"property": key, "value": value} for key, value in said.items()]
    table = older_table(name, major)
    return {**_output_port(name, port, major, kept.version, table), "customProperties": custom}


def _output_port(name: str, port: str, major: int, version: str, table: str) -> dict[str, Any]:
    return {
        "name": port,
        "description": f"The Iceberg table {table}",
        "type": "table",
        "version": version,
        "contractId": contract_id(name, major),
    }


def _support(domain: Domain) -> dict[str, str]:
    owner = domain.owner
    return {
        "channel": owner.channel or owner.email,
        "url": f"mailto:{owner.email}",
        "description": f"The {owner.team} team",
        "scope": "interactive",
    }


def _team(domain: Domain) -> dict[str, Any]:
    owner = domain.owner
    return {
        "name": owner.team,
        "description": domain.description,
        "members": [{"username": owner.email, "name": owner.team, "role": "owner"}],
    }
