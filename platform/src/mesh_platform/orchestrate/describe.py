"""What people see of an asset: owners, columns, lineage, service level."""

from collections.abc import Sequence
from typing import Any, ClassVar

import dagster as dg
import polars as pl

from mesh_platform.contract import Shape
from mesh_platform.pipeline.lineage import column_origins
from mesh_platform.product import DataProduct, Domain, Owner
from mesh_platform.settings import Settings


def owners(owner: Owner) -> list[str]:
    """The owners as Dagster writes them."""
    return [f"team:{owner.team}", owner.email]


def column_schema(shape: Shape, lineage: dg.TableColumnLineage | None = None) -> dg.TableSchema:
    """A contract's columns as Dagster's table schema.

    Args:
        shape: The contract taken apart.
        lineage: Where the columns come from; said beside each, for the open-source UI draws no column lineage.
    """
    origins = lineage.deps_by_column if lineage else {}
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=_type(column.dtype),
                description=_described(column.description, origins.get(column.name, ())),
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=shape.key == (column.name,)),
                tags={column.meaning.classification: "", **({"personal": ""} if column.meaning.personal else {})},
            )
            for column in shape.columns
        ]
    )


def _described(description: str, origins: Sequence[dg.TableColumnDep]) -> str:
    named = ", ".join(f"`{'.'.join(o.asset_key.path)}.{o.column_name}`" for o in origins)
    return f"{description} From {named}." if named else description


def _type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    return "timestamp" if isinstance(dtype, pl.Datetime) else str(dtype).lower()


class Descriptions:
    """How much a process wants to know of its assets; a worker that nobody looks at need not compile SQL for it."""

    lineage: ClassVar[bool] = True


def column_lineage(domain: Domain, product: DataProduct, settings: Settings) -> dg.TableColumnLineage:
    """Which columns of sources and of other products each column comes from.

    Args:
        domain: The product's domain.
        product: The product.
        settings: Where the lineage is kept once it is known.
    """
    return dg.TableColumnLineage(
        deps_by_column={
            column: [_dependency(domain, origin) for origin in found]
            for column, found in column_origins(domain, product, settings, compile_now=Descriptions.lineage).items()
            if found
        }
    )


def _dependency(domain: Domain, origin: str) -> dg.TableColumnDep:
    schema, table, column = origin.split(".")
    key = [domain.name, "raw", table] if schema == "raw" else [schema, table]
    return dg.TableColumnDep(asset_key=dg.AssetKey(key), column_name=column)


def product_metadata(name: str, product: DataProduct) -> dict[str, Any]:
    """A product's table, version and service level, for the asset's page."""
    level = product.service_level
    return {
        "dagster/table_name": name,
        "contract version": product.version,
        "contract": f"contracts/{name.replace('.', '/')}/v{product.major}.odcs.yaml",
        "freshness": str(level.freshness),
        "retention days": level.retention_days,
        "tolerated bad rows": level.tolerated_bad_rows,
        "inputs": [f"{port.product} v{port.major}: {port.purpose}" for port in product.inputs],
    }
