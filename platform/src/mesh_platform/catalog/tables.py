"""Tables as DataHub's datasets: products, raw tables, landed file sets and quarantine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.catalog import fields, properties, urns
from mesh_platform.catalog.documents import Column, Document, ProductDocuments
from mesh_platform.catalog.lineage import older_lineage, product_lineage, source_lineage, table_lineage
from mesh_platform.catalog.proposals import NOBODY, Aspect, Proposal, about
from mesh_platform.catalog.teams import owned_by

if TYPE_CHECKING:
    from mesh_platform.catalog.gather import Mesh, Stored

QUARANTINE: Final[Mapping[str, tuple[str, str, bool, str]]] = {
    "source": ("string", "string", True, "The source."),
    "file": ("string", "string", True, "The landed file, relative to the landing zone."),
    "line": ("long", "integer", True, "The record's line, 1-based; for Parquet the row number."),
    "column": ("string", "string", False, "The first column that is wrong; null where the whole record is."),
    "rule": ("string", "string", True, "The rules that it broke, joined with '; '."),
    "reason": ("string", "string", True, "What broke them, in words, joined with '; '."),
    "value": ("string", "string", False, "The first wrong value."),
    "record": ("string", "string", True, "The record as it landed; for Parquet as JSON."),
    "other_file": ("string", "string", False, "For a duplicate: the file of the row that was kept."),
    "other_line": ("long", "integer", False, "For a duplicate: the line of the row that was kept."),
    "run_id": ("string", "string", True, "The run that read it."),
    "ingested_at": ("timestamptz", "timestamp", True, "When the mesh could first know it."),
}
"""The columns of every quarantine: type, logical type, whether required, meaning; as the ingest lays it out."""
_SPELL_OUT: Final = {"record", "reason", "value"}
"""The columns of a quarantine that show what was delivered, and so are as secret as it."""

Resolve = Callable[[str], str | None]


def product_tables(product: ProductDocuments, mesh: "Mesh", resolve: Resolve) -> Iterator[Proposal]:
    """Describe a product's table, and those of its older major versions.

    Args:
        product: The product.
        mesh: The mesh, for what the lake holds.
        resolve: Finds the dataset that a reference means.
    """
    for document in product.contracts:
        yield from _table(
            document,
            document.full_name,
            document.columns,
            kind="Data product",
            stored=mesh.stored.get(document.full_name),
            resolve=resolve,
            structured=properties.of_table(document),
            lineage=product_lineage(product) if document is product.newest else older_lineage(document),
            facts={"contract": contract_place(document), "status": document.status},
        )


def source_tables(document: Document, mesh: "Mesh", resolve: Resolve) -> Iterator[Proposal]:
    """Describe a source's three datasets: what lands, what is accepted, what is refused."""
    names, delivered = SourceNames(document), tuple(c for c in document.columns if not c.added)
    facts = {"system": document.custom.get("system", ""), "format": document.custom.get("format", "")}
    structured = properties.of_table(document)
    counts = {
        fact: str(mesh.stored[table].snapshot.rows)
        for fact, table in (
            ("files landed", names.ledger),
            ("rows accepted", names.raw),
            ("rows quarantined", names.quarantine),
        )
        if table in mesh.stored
    }
    yield from _table(
        document, names.landing, delivered, kind="Landed files", resolve=resolve, structured=structured, facts=facts
    )
    yield from _table(
        document,
        names.raw,
        document.columns,
        kind="Raw table",
        stored=mesh.stored.get(names.raw),
        resolve=resolve,
        structured=structured,
        lineage=source_lineage(document, names.landing),
        facts={**facts, **counts},
    )
    yield from _table(
        document,
        names.quarantine,
        quarantine_columns(document),
        kind="Quarantine",
        stored=mesh.stored.get(names.quarantine),
        resolve=resolve,
        description=f"Records of {document.name} that broke its contract, each with what is wrong and itself.",
        lineage=table_lineage([urns.dataset(names.landing)]),
        facts=facts,
    )


class SourceNames:
    """The names of a source's tables, from its document."""

    def __init__(self, document: Document) -> None:
        self.domain, self.source = document.domain, document.name
        self.raw = document.full_name
        self.landing = f"{urns.LANDING}{self.domain}/{self.source}"
        self.quarantine = f"{self.domain}_quarantine.{self.source}"
        self.ledger = f"{self.domain}_landed.{self.source}"


def quarantine_columns(document: Document) -> tuple[Column, ...]:
    """The columns of a source's quarantine; those that show the record hold its personal data."""
    kinds = sorted({column.personal for column in document.columns if column.personal})
    found = {column.classification for column in document.columns}
    secret = next((c for c in reversed(properties.CLASSIFICATIONS) if c in found), "internal")
    return tuple(
        Column(
            name=name,
            type=kind,
            logical_type=logical,
            description=description,
            required=required,
            classification=secret if name in _SPELL_OUT else "internal",
            personal=", ".join(kinds) if name in _SPELL_OUT else "",
            tags=(fields.PERSONAL,) if kinds and name in _SPELL_OUT else (),
        )
        for name, (kind, logical, required, description) in QUARANTINE.items()
    )


def contract_place(document: Document) -> str:
    """Where a document is below the project's folder; how it got there is no part of it."""
    return "/".join(("contracts", *document.path.parts[-3:]))


def _table(
    document: Document,
    name: str,
    columns: Sequence[Column],
    *,
    kind: str,
    resolve: Resolve,
    facts: Mapping[str, str],
    stored: "Stored | None" = None,
    structured: Aspect | None = None,
    lineage: Aspect | None = None,
    description: str = "",
) -> Iterator[Proposal]:
    urn = urns.dataset(name)
    platform = urns.FILES if name.startswith(urns.LANDING) else urns.LAKE
    personal = any(column.personal for column in columns)
    yield from about(
        urn,
        datasetProperties=_properties(document, name, description or document.description, facts, stored),
        schemaMetadata=fields.schema(name, platform, columns, resolve),
        subTypes={"typeNames": [kind]},
        domains={"domains": [urns.domain(document.domain)]},
        ownership=owned_by(document.email),
        globalTags=fields.tags([fields.PERSONAL]) if personal else None,
        structuredProperties=structured,
        upstreamLineage=lineage,
        deprecation=deprecated(document) if document.status == "deprecated" else None,
        status={"removed": False},
    )
    for column in columns:
        yield from about(
            urns.field(urn, column.name),
            structuredProperties=properties.of_column(column),
            deprecation=_column_deprecation(column),
        )
    if stored:
        yield from _measured(urn, stored, len(columns))


def deprecated(document: Document) -> Aspect:
    """Say that a contract should no longer be built on."""
    until = f"served until {document.sunset}" if document.sunset else "its last day is not decided"
    return _deprecation(f"Version {document.version} is deprecated; {until}.", document.sunset)


def _column_deprecation(column: Column) -> Aspect | None:
    if not column.deprecated:
        return None
    since = column.removable_from
    return _deprecation(f"{column.name} may be taken away{f' from {since} on' if since else ''}.", since)


def _deprecation(note: str, last: date | None) -> Aspect:
    said = {"actor": NOBODY["actor"], "deprecated": True, "note": note}
    return said if last is None else {**said, "decommissionTime": midnight(last)}


def midnight(day: date) -> int:
    """The beginning of a UTC day, in milliseconds since 1970."""
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)


def _properties(
    document: Document, name: str, description: str, facts: Mapping[str, str], stored: "Stored | None"
) -> Aspect:
    told = {"grain": document.grain, **facts}
    if stored:
        snapshot = stored.snapshot
        told |= {"snapshot": str(snapshot.snapshot_id), "published at": snapshot.published_at.isoformat()}
        told |= {
            key.replace("_", " "): snapshot.properties[key]
            for key in ("run_id", "code_version", "contract_version", "model", "checks")
            if key in snapshot.properties
        }
    return {
        "customProperties": {key: value for key, value in told.items() if value},
        "description": description,
        "name": name.rpartition("/" if name.startswith(urns.LANDING) else ".")[2],
        "qualifiedName": name,
        "tags": [],
        **({"lastModified": {"time": milliseconds(stored)}} if stored else {}),
    }


def milliseconds(stored: "Stored") -> int:
    """When a table's current state was published, in milliseconds since 1970."""
    return round(stored.snapshot.published_at.timestamp() * 1000)


def _measured(urn: str, stored: "Stored", columns: int) -> Iterator[Proposal]:
    """What was measured at the moment of publishing: rows, size, the write itself."""
    moment: dict[str, Any] = {"timestampMillis": milliseconds(stored), "partitionSpec": WHOLE}
    yield from about(
        urn,
        datasetProfile={
            **moment,
            "columnCount": columns,
            "rowCount": stored.snapshot.rows,
            "sizeInBytes": stored.bytes,
        },
        operation={
            **moment,
            "lastUpdatedTimestamp": milliseconds(stored),
            "operationType": "UPDATE",
            "sourceType": "DATA_PROCESS",
        },
    )


WHOLE: Final = {"partition": "FULL_TABLE_SNAPSHOT", "type": "FULL_TABLE"}
"""DataHub's words for what was measured over the whole table."""
