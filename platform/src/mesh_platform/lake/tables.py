"""Making a table: empty, without a snapshot, so that nothing is readable before its first publish."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pyiceberg.exceptions import NamespaceAlreadyExistsError, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.partitioning import PARTITION_FIELD_ID_START, UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
from pyiceberg.transforms import IdentityTransform
from sqlalchemy.exc import IntegrityError

from mesh_platform.errors import BadContract
from mesh_platform.lake.evolve import new_schema
from mesh_platform.lake.layout import TableLayout
from mesh_platform.lake.steps import Step, reached

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
PROPERTIES: Final = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    # File names of the landing zone share long beginnings; shorter bounds could not tell them apart.
    "write.metadata.metrics.default": "truncate(64)",
    # Each commit leaves a metadata file behind; the newest few serve readers that have just looked up its name.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


def ensure_table(catalog: SqlCatalog, name: str, layout: TableLayout) -> Table:
    """Load a table, or make it where there is none.

    Raises:
        BadContract: Where the name is not `<domain>.<table>` or the lake has no type for a column.
    """
    if not NAME.fullmatch(name):
        raise BadContract(f"table '{name}' (rule: <domain>.<table> in lower case, digits and _); rename it")
    try:
        return catalog.load_table(name)
    except NoSuchTableError:
        schema = new_schema(name, layout)
    _ensure_namespace(catalog, name.partition(".")[0])
    try:
        table = catalog.create_table(name, schema, partition_spec=_spec(schema, layout), properties=PROPERTIES)
    except TableAlreadyExistsError:  # another publisher was quicker
        return catalog.load_table(name)
    reached(Step.TABLE_CREATED)
    return table


def _ensure_namespace(catalog: SqlCatalog, namespace: str) -> None:
    if catalog.namespace_exists(namespace):
        return
    try:
        catalog.create_namespace(namespace)
    except (NamespaceAlreadyExistsError, IntegrityError):
        return  # another publisher was quicker


def _spec(schema: Schema, layout: TableLayout) -> PartitionSpec:
    if layout.partition is None:
        return UNPARTITIONED_PARTITION_SPEC
    source = schema.find_field(layout.partition).field_id
    return PartitionSpec(PartitionField(source, PARTITION_FIELD_ID_START, IdentityTransform(), layout.partition))
