"""A source's contract as an ODCS document: what an operational system delivers and where its rows stay.

One document describes both, the landed files and the raw table of the accepted rows: the table has the files' columns
and those that the ingest adds, which say so in their `addedBy`.
"""

from typing import Any, Final

import polars as pl
from open_data_contract_standard.model import (
    CustomProperty,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
    Server,
)

from mesh_platform.contract.export.meaning import Meaning, meaning_of
from mesh_platform.contract.export.names import TENANT, source_id
from mesh_platform.contract.export.odcs import API_VERSION, column_property, described, support_of, team_of
from mesh_platform.contract.export.quality import row_quality
from mesh_platform.contract.export.types import published_type
from mesh_platform.contract.shape import shape_of
from mesh_platform.product import Domain, Source

VERSION: Final = "1.0.0"
"""ODCS asks for a version; a source has none of its own, since only its domain reads it."""
ADDED_BY: Final = "ingest"
_TIMESTAMP: Final = pl.Datetime("us", "UTC")


def source_document(domain: Domain, source: Source) -> dict[str, Any]:
    """Write a source's contract in the standard's words.

    Returns:
        The document as plain values, in the standard's order.

    Raises:
        BadContract: Where a column's type has no counterpart in the lake.
    """
    meaning = meaning_of(shape_of(source.contract).description)
    document = OpenDataContractStandard(
        version=VERSION,
        kind="DataContract",
        apiVersion=API_VERSION,
        id=source_id(domain.name, source.name),
        name=_raw_table(domain, source),
        tenant=TENANT,
        status="active",
        domain=domain.name,
        description=described(meaning),
        servers=_servers(domain, source),
        schema=[_table(domain, source, meaning)],
        support=support_of(domain.owner),
        team=team_of(domain),
        customProperties=_custom(source),
    )
    return document.model_dump(exclude_none=True, by_alias=True)


def added_columns(source: Source) -> dict[str, tuple[pl.DataType, str]]:
    """List the columns that the ingest adds to a source's rows: name → type and description, in the table's order."""
    day = {"_day": (pl.Date(), f"The UTC day of {source.event_time}.")} if source.event_time else {}
    return {
        "_file": (pl.String(), "The landed file, relative to the landing zone."),
        "_line": (pl.Int64(), "The record's line in it, 1-based; for Parquet the row number."),
        **day,
        "ingested_at": (
            _TIMESTAMP,
            "When the mesh could first know the row: the end of the file's day of delivery.",
        ),
    }


def _raw_table(domain: Domain, source: Source) -> str:
    return f"{domain.name}_raw.{source.name}"


def _servers(domain: Domain, source: Source) -> list[Server]:
    landing = Server(
        server="landing",
        type="custom",
        description="The delivered files in the mesh's landing zone",
        format=source.format,
        path=f"landing/{domain.name}/{source.name}",
    )
    lake = Server(
        server="lake",
        type="custom",
        description="The accepted rows, an Iceberg table in the mesh's lake; private to the domain",
        format="iceberg",
        schema=f"{domain.name}_raw",
        dataset=source.name,
    )
    return [landing, lake]


def _table(domain: Domain, source: Source, meaning: Meaning) -> SchemaObject:
    shape, name = shape_of(source.contract), _raw_table(domain, source)
    delivered = [column_property(name, source.contract, shape, column) for column in shape.columns]
    return SchemaObject(
        name=source.name,
        physicalName=name,
        physicalType="table",
        logicalType="object",
        description=meaning.summary,
        dataGranularityDescription=meaning.grain or None,
        properties=[*delivered, *_added(name, source)],
        quality=row_quality(source.contract) or None,
        customProperties=[CustomProperty(property="source", value=meaning.source)] if meaning.source else None,
    )


def _added(table: str, source: Source) -> list[SchemaProperty]:
    properties = []
    for name, (dtype, description) in added_columns(source).items():
        kind = published_type(dtype, f"{table}.{name}")
        partition = name == "_day"
        properties.append(
            SchemaProperty(
                name=name,
                description=description,
                logicalType=kind.logical,
                logicalTypeOptions=dict(kind.options) or None,
                physicalType=kind.physical,
                required=True,
                partitioned=True if partition else None,
                partitionKeyPosition=1 if partition else None,
                classification="internal",
                customProperties=[CustomProperty(property="addedBy", value=ADDED_BY)],
            )
        )
    return properties


def _custom(source: Source) -> list[CustomProperty]:
    said: dict[str, Any] = {"system": source.system, "format": source.format}
    if source.event_time:
        said["eventTime"] = source.event_time
    if source.may_be_empty:
        said["mayBeEmpty"] = True
    return [CustomProperty(property=name, value=value) for name, value in said.items()]
