"""Published interfaces for the tests of differences: the shop's, and what is changed in it by hand."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mesh_platform.contract.diff import Interface, of_texts
from mesh_platform.contract.export.documents import documents
from mesh_platform.product import DataProduct

from .samples import shop

ORDERS_V1 = "sales/orders/v1.odcs.yaml"
DESCRIPTOR = "sales/orders/product.odps.yaml"
SOURCE = "sales/sources/order_lines.odcs.yaml"
Edit = Callable[[dict[str, Any]], None]
"""A change of one document in place."""


def interface(*products: DataProduct, root: Path = Path("nowhere")) -> dict[str, dict[str, Any]]:
    """The shop's interface as its code would publish it."""
    return {path: dict(document) for path, document in of_texts(documents([shop(*products)], root)).items()}


@cache
def _shop() -> Interface:
    return interface()


def before() -> dict[str, Any]:
    """The shop's interface, free to be changed."""
    return copy.deepcopy(dict(_shop()))


def after(*edits: Edit, of: str = ORDERS_V1) -> dict[str, Any]:
    """The shop's interface with one document changed."""
    changed = before()
    for edit in edits:
        edit(changed[of])
    return changed


def columns(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns of a contract."""
    found: list[dict[str, Any]] = document["schema"][0]["properties"]
    return found


def column(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One column of a contract."""
    return next(c for c in columns(document) if c["name"] == name)


def put(name: str, **said: Any) -> Edit:
    """Say something else of a column; None leaves it out."""

    def edit(document: dict[str, Any]) -> None:
        found = column(document, name)
        for part, value in said.items():
            found.pop(part, None)
            if value is not None:
                found[part] = value

    return edit


def option(name: str, **options: Any) -> Edit:
    """Say other options of a column's type; None leaves one out."""

    def edit(document: dict[str, Any]) -> None:
        found = column(document, name)
        said = {**found.get("logicalTypeOptions", {}), **options}
        found["logicalTypeOptions"] = {part: value for part, value in said.items() if value is not None}

    return edit


def custom(name: str, **properties: Any) -> Edit:
    """Say other custom properties of a column; None leaves one out."""

    def edit(document: dict[str, Any]) -> None:
        found = column(document, name)
        said = {p["property"]: p["value"] for p in found.get("customProperties", ())} | properties
        found["customProperties"] = [{"property": p, "value": v} for p, v in said.items() if v is not None]

    return edit


def drop(name: str) -> Edit:
    """Take a column away."""
    return lambda document: columns(document).remove(column(document, name))


def add(name: str, like: str, **said: Any) -> Edit:
    """Add a column that is like another one but for its name and what is said."""

    def edit(document: dict[str, Any]) -> None:
        columns(document).append({**copy.deepcopy(column(document, like)), "name": name, **said})

    return edit


def level(name: str, value: object) -> Edit:
    """Promise another service level."""

    def edit(document: dict[str, Any]) -> None:
        for promise in document["slaProperties"]:
            if promise["property"] == name:
                promise["value"] = value

    return edit


def top(**said: Any) -> Edit:
    """Say something else of the document."""
    return lambda document: document.update(said)


def table(**said: Any) -> Edit:
    """Say something else of the table."""
    return lambda document: document["schema"][0].update(said)


def rule(name: str, **said: Any) -> Edit:
    """Change a rule of the table; without anything said, take it away."""

    def edit(document: dict[str, Any]) -> None:
        rules = document["schema"][0]["quality"]
        found = next(r for r in rules if r["name"] == name)
        if said:
            found.update(said)
        else:
            rules.remove(found)

    return edit


class Edges:
    """A column lineage that is written down."""

    def __init__(self, edges: Mapping[str, Sequence[str]]) -> None:
        self._edges = edges

    def direct_uses(self, column: str) -> Iterable[str]:
        return self._edges.get(column, ())
