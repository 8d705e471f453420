"""The Iceberg schema of a layout, and how a table's schema follows its contract.

Within a table a column name always has the same field id, also when it is dropped and comes back. So reading by
name (DuckDB, Polars) and reading by id (Iceberg engines) agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from pyiceberg.exceptions import ResolveError
from pyiceberg.schema import Schema, promote
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.types import BinaryType, IcebergType, NestedField, PrimitiveType, StringType

from mesh_platform.errors import BadContract
from mesh_platform.lake.columns import iceberg_type
from mesh_platform.lake.layout import TableLayout


def new_schema(table: str, layout: TableLayout) -> Schema:
    """The schema of a table that does not exist yet."""
    return Schema(*(_field(table, layout, name, n, None) for n, name in enumerate(layout.schema, start=1)))


def evolved(table: str, metadata: TableMetadata, layout: TableLayout, *, keeps_rows: bool) -> Schema:
    """The schema that the next snapshot has: one of the table's own, or a new one under the next id.

    Args:
        table: The table's name, for errors.
        metadata: The table.
        layout: What the contract says now.
        keeps_rows: Whether the snapshot takes over rows that were written under an older contract.

    Raises:
        BadContract: Where rows that are kept don't fit the layout.
    """
    _same_partition(table, metadata, layout)
    ids = count(metadata.last_column_id + 1)
    fields = [_evolved_field(table, metadata, layout, name, ids, keeps_rows) for name in layout.schema]
    for schema in (metadata.schema(), *metadata.schemas):
        if list(schema.fields) == fields:
            return schema
    return Schema(*fields, schema_id=max(schema.schema_id for schema in metadata.schemas) + 1)


def _evolved_field(
    table: str, metadata: TableMetadata, layout: TableLayout, name: str, ids: Iterator[int], keeps_rows: bool
) -> NestedField:
    now = _find(metadata.schema(), name)
    known = now or next((f for s in reversed(metadata.schemas) if (f := _find(s, name))), None)
    wanted = _type(table, layout, name)
    if keeps_rows and now is None and name in layout.always:
        raise BadContract(
            f"{table}.{name} is new and required, but rows are kept that lack it (rule: a new column may be missing); "
            "make it nullable or publish the whole table"
        )
    if known is None:
        return _field(table, layout, name, next(ids), None)
    if not _widens(known.field_type, wanted):
        if keeps_rows:
            raise BadContract(
                f"{table}.{name} was {known.field_type} and is {wanted} (rule: a type may only widen while rows are "
                "kept); publish the whole table or name the column anew"
            )
        return _field(table, layout, name, next(ids), None)
    # Rows that are kept may be missing a value; then the audit, not the file format, tells whether they do.
    return _field(table, layout, name, known.field_id, now if keeps_rows else None)


def _field(table: str, layout: TableLayout, name: str, field_id: int, before: NestedField | None) -> NestedField:
    required = name in layout.always and (before is None or before.required)
    doc = layout.descriptions.get(name)
    return NestedField(field_id, name, _type(table, layout, name), required=required, doc=doc)


def _type(table: str, layout: TableLayout, name: str) -> IcebergType:
    dtype = layout.schema[name]
    kind = iceberg_type(dtype)
    if kind is None:
        raise BadContract(
            f"{table}.{name} is {dtype}, which the lake does not hold (rule: text, whole numbers up to 64 "
            "bits, floats, decimals, booleans, dates, microsecond timestamps, binary); cast it in the model"
        )
    return PrimitiveType.model_validate(kind)


def _find(schema: Schema, name: str) -> NestedField | None:
    return next((field for field in schema.fields if field.name == name), None)


def _widens(before: IcebergType, after: IcebergType) -> bool:
    if before == after:
        return True
    if isinstance(before, StringType | BinaryType):
        return False  # the same bytes for Iceberg, but not for who reads the files by name
    try:
        return promote(before, after) == after
    except ResolveError:
        return False


def _same_partition(table: str, metadata: TableMetadata, layout: TableLayout) -> None:
    fields = metadata.spec().fields
    before = fields[0].name if fields else None
    if before != layout.partition:
        raise BadContract(
            f"{table} is partitioned by {before or 'nothing'}, its contract says {layout.partition or 'nothing'} "
            "(rule: a table keeps its partition); keep the partition or publish under a new name"
        )
