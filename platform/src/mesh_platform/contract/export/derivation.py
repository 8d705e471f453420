"""How a column comes about: what it is computed from, by what, and how surely that is known.

Published as ODCS's `transformSourceObjects`, `transformLogic` and `transformDescription`. Columns are named across the
mesh: "sales.orders.net_amount" of a product, "sales_raw.order_lines.amount" of a source's raw table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mesh_platform.product import DataProduct, Domain

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
