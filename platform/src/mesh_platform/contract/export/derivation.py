"""How a column comes about: what it is computed from, by what, and how surely that is known.

Published as ODCS's `transformSourceObjects`, `transformLogic` and `transformDescription`. Columns are named across the
mesh: "sales.orders.net_amount" of a product, "sales_raw.order_lines.amount" of a source's raw table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mesh_platform.product import DataProduct, Domain, older_table

Basis = Literal["sql", "declared", "carried", "program", "model"]
"""How the origins are known. The first three name them exactly; the last two name everything that was at hand."""
SAID: Mapping[Basis, str] = {
    "sql": "Read off the SQL.",
    "declared": "Declared by the domain.",
    "carried": "Handed on under its own name.",
    "program": "Computed in Python from any of these.",
    "model": "Predicted by this model.",
}
"""The published sentence for each basis; readers of the documents tell the basis by it."""
MODELS = "models"
"""The custom property of a table that lists the models behind its columns, and what each learns and predicts from."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one column comes about.

    Args:
        origins: The columns it is computed from, sorted; for a prediction the model. None for a constant or a count.
        basis: How they are known.
        logic: What computes it: a dbt model "sales.fct_orders", "module:function", or a model "sales.models.fraud".
    """

    origins: tuple[str, ...]
    basis: Basis
    logic: str = ""


@dataclass(frozen=True, slots=True)
class Derivations:
    """How the columns of a product come about.

    Args:
        columns: Column → how it comes about.
        models: Model, such as "sales.models.fraud" → the columns that it learns and predicts from.
    """

    columns: Mapping[str, Derivation] = field(default_factory=dict)
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Derive = Callable[[Domain, DataProduct], Derivations]
"""Tells how a product's columns come about; the rooms that read SQL and recipes know, this one only publishes it."""


def unknown(_domain: Domain, _product: DataProduct) -> Derivations:
    """Tell nothing: documents without lineage."""
    return Derivations()


def bound(told: Derivations, product: DataProduct, newest: Mapping[str, int]) -> Derivations:
    """Lead the origins within an older major version to its own table: SQL and Python know it by the product's name.

    Args:
        told: How the product's columns come about.
        product: The product, whose ports say which major versions it reads.
        newest: Product → its newest major version.
    """
    tables = {
        port.product: older_table(port.product, port.major)
        for port in product.inputs
        if port.major < newest.get(port.product, port.major)
    }
    if not tables:
        return told

    def led(origins: tuple[str, ...]) -> tuple[str, ...]:
        parts = [origin.rpartition(".") for origin in origins]
        return tuple(sorted(f"{tables.get(table, table)}{dot}{name}" for table, dot, name in parts))

    return Derivations(
        {name: replace(found, origins=led(found.origins)) for name, found in told.columns.items()},
        {name: led(origins) for name, origins in told.models.items()},
    )


def said_of(derivation: Derivation | None) -> dict[str, Any]:
    """Say in ODCS's words how a column comes about; nothing where it is not known."""
    if derivation is None:
        return {}
    return {
        "transformSourceObjects": list(derivation.origins) or None,
        "transformLogic": derivation.logic or None,
        "transformDescription": SAID[derivation.basis],
    }


def models_said(derivations: Derivations) -> list[dict[str, Any]]:
    """Say which models stand behind a table's columns, and what each learns and predicts from."""
    return [{"name": name, "learnsFrom": list(columns)} for name, columns in sorted(derivations.models.items())]
