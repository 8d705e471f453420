"""Requests, registrations and a published shop for the tests of the gate."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from starlette.requests import Request

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.product import DataProduct, Domain, Owner


class Orders(Contract):
    """What customers bought. Grain: one row per order. Source: tills."""

    order_id: str = column("The order.", key=True)
    ordered_at: Timestamp = column("When.")
    country: str = column("Where.", isin=["CH", "DE"])
    customer_id: str = column("Who.", classification="confidential", personal="customer id", nullable=True)
    email: str = column("Their address.", classification="restricted", personal="email", nullable=True)
    amount: float = column("How much.")


SHOP = Domain(
    "sales",
    Owner("Sales", "sales@shop.example"),
    "Sales.",
    products=(
        DataProduct("orders", Orders, "1.0.0", "fct_orders"),
        DataProduct("returns", Orders, "1.0.0", "fct_returns"),
    ),
)
USE: dict[str, Any] = {
    "product": "sales.orders",
    "major": 1,
    "columns": ["amount", "order_id", "customer_id"],
    "expires": date(2027, 6, 30),
}


def request(*proofs: str, scheme: str = "Bearer") -> Request:
    """A request with a header for each proof."""
    headers = [(b"authorization", f"{scheme} {proof}".encode()) for proof in proofs]
    return Request({"type": "http", "headers": headers})


def shop(root: Path) -> Path:
    """Publish the shop."""
    export([SHOP], root)
    return root


def product(root: Path, name: str = "sales.orders") -> PublishedProduct:
    """A published product of the shop."""
    return next(p for p in published(root) if p.full_name == name)


def register(root: Path, name: str = "board", *uses: Mapping[str, Any], **said: Any) -> Path:
    """Register a consumer."""
    path = root / "consumers" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    usual = {"name": name, "owner": "bi@shop.example", "kind": "dashboard", "purpose": "The morning report"}
    path.write_text(yaml.safe_dump({**usual, "uses": [dict(use) for use in uses or (USE,)], **said}))
    return path
