"""Which datasets and columns a dataset is made from, in DataHub's words.

A model can't be upstream of a dataset in DataHub: a predicted column points to the columns that its model sees, and the
model stands between them as the input of the scoring job.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mesh_platform.catalog import urns
from mesh_platform.catalog.documents import Column, Document, ProductDocuments
from mesh_platform.catalog.proposals import NOBODY, Aspect
from mesh_platform.contract.export.derivation import MODELS, SAID

EXACT, ANY_OF = 1.0, 0.5
"""Confidence where the origins are known, and where a column may come from any of those named."""
_VAGUE: Final = {SAID["program"], SAID["model"]}
HANDED_ON: Final = "Read from the file."


def models_of(document: Document) -> dict[str, tuple[str, ...]]:
    """The models behind a table's columns, such as "sales.models.fraud" → the columns that each sees."""
    return {model["name"]: tuple(model["learnsFrom"]) for model in document.custom.get(MODELS, ())}


def inputs_of(product: ProductDocuments) -> list[str]:
    """The tables that a product is made from: its sources', its inputs', and those of its columns' origins."""
    document = product.newest
    found = {f"{document.domain}_raw.{source}" for source in product.sources} | set(product.inputs)
    seen = models_of(document)
    for column in document.columns:
        found |= {origin.rpartition(".")[0] for origin in _columns(column, seen)}
    return sorted(found - {document.full_name})


def product_lineage(product: ProductDocuments) -> Aspect | None:
    """Name what a product's table and its columns are made from."""
    document = product.newest
    seen = models_of(document)
    steps = [(column.name, _columns(column, seen), _operation(column), _trust(column)) for column in document.columns]
    return _lineage(urns.dataset(document.full_name), inputs_of(product), steps)


def older_lineage(document: Document) -> Aspect | None:
    """Name what the table of an older major version and its columns are made from: the newest one's."""
    origins = {column.name: _columns(column, {}) for column in document.columns}
    tables = sorted({origin.rpartition(".")[0] for found in origins.values() for origin in found})
    steps = [(column.name, origins[column.name], _operation(column), _trust(column)) for column in document.columns]
    return _lineage(urns.dataset(document.full_name), tables, steps)


def source_lineage(document: Document, landing: str) -> Aspect | None:
    """Name the landed files that a source's raw table is read from, column by column."""
    delivered = [column.name for column in document.columns if not column.added]
    steps = [(name, (f"{landing}.{name}",), HANDED_ON, EXACT) for name in delivered]
    return _lineage(urns.dataset(document.full_name), [landing], steps)


def table_lineage(tables: Iterable[str]) -> Aspect:
    """Name the datasets that a dataset is transformed from, by their URNs."""
    return {"upstreams": [{"auditStamp": NOBODY, "dataset": urn, "type": "TRANSFORMED"} for urn in sorted(set(tables))]}


def _lineage(
    dataset: str, tables: Iterable[str], steps: Iterable[tuple[str, tuple[str, ...], str, float]]
) -> Aspect | None:
    upstreams, fine = [urns.dataset(table) for table in tables], _fine_grained(dataset, steps)
    if not upstreams:
        return None
    return {**table_lineage(upstreams), **({"fineGrainedLineages": fine} if fine else {})}


def _fine_grained(dataset: str, steps: Iterable[tuple[str, tuple[str, ...], str, float]]) -> list[Mapping[str, Any]]:
    """One entry for all columns of the same origins: what Python computes from anything would fill pages otherwise."""
    together: dict[tuple[tuple[str, ...], str, float], list[str]] = {}
    for name, origins, operation, trust in steps:
        if origins:
            together.setdefault((origins, operation, trust), []).append(urns.field(dataset, name))
    return [
        {
            "confidenceScore": trust,
            "downstreamType": "FIELD" if len(fields) == 1 else "FIELD_SET",
            "downstreams": fields,
            "upstreamType": "FIELD_SET",
            "upstreams": [urns.column(origin) for origin in origins],
            **({"transformOperation": operation} if operation else {}),
        }
        for (origins, operation, trust), fields in together.items()
    ]


def _columns(column: Column, models: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A column's origins that are columns; those of the model where a model predicts it."""
    found = {far for origin in column.origins for far in models.get(origin, (origin,))}
    return tuple(sorted(found))


def _operation(column: Column) -> str:
    return " ".join(part for part in (column.derivation, column.logic and f"By {column.logic}.") if part)


def _trust(column: Column) -> float:
    return ANY_OF if column.derivation in _VAGUE else EXACT
