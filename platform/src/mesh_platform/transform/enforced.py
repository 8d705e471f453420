"""dbt's enforced contract beside a mart's SQL, and the product's contract that it must equal.

dbt holds a mart against it before the table is there: its columns, their types, and that no required value is missing.
So SQL that makes something else fails where it is written. Types are those that DuckDB and Spark both know.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
import yaml

from mesh_platform.contract import shape_of
from mesh_platform.contract.shape import Column
from mesh_platform.discover import dbt_folder
from mesh_platform.errors import BadContract
from mesh_platform.product import DataProduct, Domain

_SIMPLE: Final[Mapping[type[pl.DataType], str]] = {
    pl.String: "string",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Int32: "int",
    pl.Int64: "bigint",
    pl.Float32: "float",
    pl.Float64: "double",
}
_INSTANT: Final = "{{ 'timestamptz' if target.type == 'duckdb' else 'timestamp' }}"
_WALL_CLOCK: Final = "{{ 'timestamp' if target.type == 'duckdb' else 'timestamp_ntz' }}"
"""Times are the one type that has no name in common: what Spark calls a timestamp is an instant."""
_REQUIRED: Final = {"type": "not_null"}
_ON: Final = "{enforced: true}"
_REMEDY: Final = "it must equal the product's contract"


def data_type(dtype: pl.DataType, where: str) -> str:
    """Name a type so that DuckDB and Spark both know it, as a mart's .yml says it.

    Args:
        dtype: The contract's type.
        where: The column's full name, for the error.

    Raises:
        BadContract: Where the two have no such type in common.
    """
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return _WALL_CLOCK if dtype.time_zone is None else _INSTANT
    found = _SIMPLE.get(dtype.base_type())
    if found is None:
        raise BadContract(
            f"{where}: DuckDB and Spark have no type for {dtype} in common "
            "(rule: a mart runs on both); make the product in Python, or the column another type"
        )
    return found


def enforced_drift(domain: Domain) -> list[str]:
    """List where the enforced contracts of a domain's published marts differ from their products' contracts.

    A mart that a program starts from is not published, and needs none.

    Returns:
        One line a difference: the file, the column, what it says, and what it must say.
    """
    published = [p for p in domain.products if p.mart and not p.program and p.status != "retired"]
    return [line for product in published for line in _drift(domain, product)]


def _drift(domain: Domain, product: DataProduct) -> Iterator[str]:
    folder = dbt_folder(domain.name)
    file = next(folder.rglob(f"{product.mart}.yml"), None)
    if file is None:
        yield f"{folder}: no {product.mart}.yml (rule: each .sql has its .yml); write it beside the mart's SQL"
        return
    model = _model(file, product.mart)
    if not model.get("config", {}).get("contract", {}).get("enforced"):
        yield f"{file}: the contract of {product.mart} is not enforced; write `config: {{contract: {_ON}}}`"
    said = {column["name"]: column for column in model.get("columns", ())}
    promised = shape_of(product.contract)
    for column in promised.columns:
        where = f"{file}: {column.name}"
        yield from _column_drift(where, said.get(column.name), column, f"{domain.full_name(product)}.{column.name}")
    yield from (
        f"{file}: {name} is no column of {domain.full_name(product)}; take it out"
        for name in said
        if name not in promised.names
    )


def _column_drift(where: str, said: Mapping[str, Any] | None, column: Column, name: str) -> Iterator[str]:
    expected = data_type(column.dtype, name)
    if said is None:
        yield f"{where} is missing; write it with `data_type: {expected}`"
        return
    if said.get("data_type") != expected:
        yield f"{where} has data_type {said.get('data_type')!r}; write `data_type: {expected}`, {_REMEDY}"
    is_required = _REQUIRED in said.get("constraints", ())
    if is_required == column.nullable:
        remedy = "take the constraint not_null out" if is_required else "write `constraints: [{type: not_null}]`"
        yield f"{where} {'may' if column.nullable else 'must not'} be missing; {remedy}, {_REMEDY}"


def _model(file: Path, mart: str) -> Mapping[str, Any]:
    content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return next((model for model in content.get("models", ()) if model["name"] == mart), {})
