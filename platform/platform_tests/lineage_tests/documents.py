"""A tiny mesh's published documents: a till's file, orders, a neighbour that adds them up, a model and its scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mesh_platform.contract.export.derivation import SAID, Basis

Columns = Mapping[str, tuple[Sequence[str], Basis]]


def write_mesh(root: Path) -> Path:
    """Write the documents; return their folder."""
    source(root, "shop", "sales", delivered=("id", "price", "sold_at"), event_time="sold_at")
    product(
        root,
        "shop.orders",
        {
            "id": (["shop_raw.sales.id"], "sql"),
            "amount": (["shop_raw.sales.price"], "sql"),
            "day": (["shop_raw.sales._day"], "sql"),
            "lines": ([], "sql"),
        },
        sources=("sales",),
    )
    product(
        root,
        "crm.people",
        {"id": (["shop.orders.id"], "carried"), "spent": (["shop.orders.amount"], "sql")},
        inputs=("shop.orders",),
    )
    product(
        root,
        "crm.risk",
        {
            "id": (["crm.people.id"], "carried"),
            "risk": (["crm.models.churn"], "model"),
            "worth": (["crm.models.churn", "crm.people.spent"], "declared"),
        },
        models={"crm.models.churn": ["crm.people.spent", "shop.orders.day"]},
        inputs=("crm.people", "shop.orders", "shop.stores"),
    )
    product(root, "shop.stores", {"id": ([], "declared")})
    return root


def product(
    root: Path,
    name: str,
    columns: Columns,
    *,
    models: Mapping[str, Sequence[str]] | None = None,
    inputs: Sequence[str] = (),
    sources: Sequence[str] = (),
    major: int = 1,
) -> None:
    """Write a product's contract and descriptor."""
    domain, table = name.split(".")
    said = [{"name": model, "learnsFrom": list(learns)} for model, learns in (models or {}).items()]
    properties = [
        {
            "name": column,
            **({"transformSourceObjects": list(origins)} if origins else {}),
            "transformLogic": f"{domain}.fct_{table}",
            "transformDescription": SAID[basis],
        }
        for column, (origins, basis) in columns.items()
    ]
    schema = {"name": table, "physicalName": name, "properties": properties, "customProperties": _custom(models=said)}
    _write(root / domain / table / f"v{major}.odcs.yaml", {"domain": domain, "schema": [schema]})
    ports = [{"name": port, "version": "1"} for port in inputs]
    descriptor = {"name": name, "inputPorts": ports, "customProperties": _custom(sources=list(sources))}
    _write(root / domain / table / "product.odps.yaml", descriptor)


def source(root: Path, domain: str, name: str, *, delivered: Sequence[str], event_time: str) -> None:
    """Write a source's contract."""
    properties: list[dict[str, Any]] = [{"name": column} for column in delivered]
    properties += [{"name": column, "customProperties": _custom(addedBy="ingest")} for column in ("_line", "_day")]
    document = {
        "domain": domain,
        "schema": [{"name": name, "properties": properties}],
        "customProperties": _custom(eventTime=event_time),
    }
    _write(root / domain / "sources" / f"{name}.odcs.yaml", document)


def _custom(**said: object) -> list[dict[str, object]]:
    return [{"property": key, "value": value} for key, value in said.items()]


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
