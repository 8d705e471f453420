"""How the rows of a product come to be: SQL, SQL and Python, Python alone, or a model's champion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mesh_platform.contract import shape_of
from mesh_platform.pipeline.context import RunContext
from mesh_platform.pipeline.models import named, recipe_of
from mesh_platform.pipeline.plan import Plan, bound_tables, raw_table
from mesh_platform.product import DataProduct, Domain

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.ml.making import Making
    from mesh_platform.ml.versions import ModelVersion

Rows = Callable[[], "Iterator[pl.DataFrame]"]


def make_rows(
    domain: Domain, product: DataProduct, todo: Plan, champion: ModelVersion | None, context: RunContext
) -> Rows:
    """Make a product's rows.

    Args:
        domain: The product's domain.
        product: The product.
        todo: Which partitions, from which snapshots.
        champion: The version that predicts, for a model product.
        context: The run.

    Returns:
        What yields the rows, as often as it is asked.
    """
    name = domain.full_name(product)
    if product.older_sql:
        context.report(name, "transforming")
        return lambda: _older(domain, product, todo, context)
    if product.mart:
        context.report(name, "transforming")
        _transform(domain, product, todo, context)
    if not (product.program or product.recipe):
        return lambda: _mart(domain, product, todo, context)
    context.report(name, "predicting" if product.recipe else "computing")
    made = _computed(domain, product, todo, champion, context)
    return lambda: iter((made,))


def newest_day(todo: Plan, context: RunContext) -> date:
    """The newest day that any input of a plan holds."""
    from mesh_platform.lake import Pinned

    return Pinned(context.lake, todo.inputs).days[-1]


def _transform(domain: Domain, product: DataProduct, todo: Plan, context: RunContext) -> None:
    from mesh_platform.transform import Input, raw_schema, transform

    sources = {raw_table(domain.name, s.name): s for s in domain.sources}
    inputs = {
        _relation(domain, name): Input(
            files=_files(table, todo, context), schema=raw_schema(sources[name]) if name in sources else None
        )
        for name, table in bound_tables(domain, product, context.lake).items()
    }
    transform(domain, [product.mart], inputs, _hull(product, todo), context.settings)


def _files(table: str, todo: Plan, context: RunContext) -> tuple[str, ...]:
    """The pinned files of a table; none of a source that may be empty and is."""
    snapshot = todo.inputs.get(table)
    return () if snapshot is None else tuple(f.path for f in context.lake.files(table, as_of=snapshot))


def _relation(domain: Domain, table: str) -> str:
    return table.replace(f"{domain.name}_raw.", "raw.", 1)


def _hull(product: DataProduct, todo: Plan) -> tuple[date, date] | None:
    if todo.partitions is None:
        return None
    weekly = shape_of(product.contract).partition == "week"
    return min(todo.partitions), max(todo.partitions) + timedelta(days=6 if weekly else 0)


def _mart(domain: Domain, product: DataProduct, todo: Plan, context: RunContext) -> Iterator[pl.DataFrame]:
    from mesh_platform.transform import read_mart

    partition = None if product.program else shape_of(product.contract).partition
    days = todo.partitions if partition else None
    yield from read_mart(domain, product.mart, context.settings, days=days, partition=partition)


def _older(domain: Domain, product: DataProduct, todo: Plan, context: RunContext) -> Iterator[pl.DataFrame]:
    """Make an older major version of the newest one's files: those of the changed days, or all."""
    from mesh_platform.transform import older_rows

    [(newest, snapshot)] = todo.inputs.items()
    files = [f.path for f in context.lake.files(newest, as_of=snapshot, days=todo.partitions)]
    schema = context.lake.scan(newest, as_of=snapshot).collect_schema()
    yield from older_rows(domain, product, files, schema, context.settings, todo.partitions)


def _computed(
    domain: Domain, product: DataProduct, todo: Plan, champion: ModelVersion | None, context: RunContext
) -> pl.DataFrame:
    import polars as pl

    making = _making(domain, product, todo, context)
    rows = _predicted(product, champion, making, context) if product.recipe else named(product.program)(making)
    shape = shape_of(product.contract)
    if shape.partition and todo.partitions is not None:
        rows = rows.filter(pl.col(shape.partition).is_in(sorted(todo.partitions)))
    return rows.select(shape.names).cast(shape.schema)


def _predicted(
    product: DataProduct, champion: ModelVersion | None, making: Making, context: RunContext
) -> pl.DataFrame:
    from mesh_platform.ml.predict import predict, require_champion
    from mesh_platform.ml.registry import Registry

    recipe = recipe_of(product)
    known = champion or require_champion(recipe, None)
    return predict(recipe, product.contract, Registry.open(context.settings), known, making)


def _making(domain: Domain, product: DataProduct, todo: Plan, context: RunContext) -> Making:
    import polars as pl

    from mesh_platform.lake import Pinned
    from mesh_platform.ml.making import Making

    frames = {}
    if product.mart:
        frames[f"marts.{product.mart}"] = pl.concat(_mart(domain, product, todo, context))
    names = {table: name for name, table in bound_tables(domain, product, context.lake).items()}
    tables = Pinned(context.lake, todo.inputs, frames, context.settings.memory_mb, names)
    return Making(tables, todo.partitions, tables.known_until, context.settings)
