"""A small catalog of every kind of thing that the mesh publishes, made with DataHub's own classes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Stated
from datahub.ingestion.sink.file import write_metadata_file
from datahub.metadata import schema_classes as m

TEAM = "urn:li:corpGroup:sales-data"
DOMAIN = "urn:li:domain:sales"
GRAIN = "urn:li:structuredProperty:mesh.grain"
STAMP = m.AuditStampClass(time=0, actor="urn:li:corpuser:unknown")
T0_MS = 1_767_225_600_000


def dataset(product: str) -> str:
    """A product's table."""
    return f"urn:li:dataset:(urn:li:dataPlatform:iceberg,{product},PROD)"


def proposals(products: int = 3, columns: int = 4) -> list[Stated]:
    """State a mesh of one domain with so many products of so many columns."""
    return [*_shared(), *(stated for number in range(products) for stated in _product(f"sales.p{number:04}", columns))]


def write(file: Path, stated: list[Stated]) -> Path:
    """Write them as DataHub's file sink does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_metadata_file(file, stated)
    return file


def without(stated: list[Stated], urn: str, aspect: str | None = None) -> list[Stated]:
    """Drop an entity, or one aspect of it."""
    return [s for s in stated if s.entityUrn != urn or (aspect is not None and s.aspectName != aspect)]


def _of(urn: str, *aspects: Any) -> Iterator[Stated]:
    yield from Stated.construct_many(urn, aspects)


def _shared() -> Iterator[Stated]:
    yield from _of(DOMAIN, m.DomainPropertiesClass(name="Sales", description="Orders — and what “net” means: 5 €"))
    yield from _of(TEAM, m.CorpGroupInfoClass(admins=[], members=[], groups=[], email="sales-data@omnishop.example"))
    yield from _of("urn:li:tag:personal", m.TagPropertiesClass(name="personal"))
    yield from _of("urn:li:glossaryTerm:Order", m.GlossaryTermInfoClass(definition="A sale", termSource="INTERNAL"))
    yield from _of(
        GRAIN,
        m.StructuredPropertyDefinitionClass(
            qualifiedName="mesh.grain",
            valueType="urn:li:dataType:datahub.string",
            entityTypes=["urn:li:entityType:datahub.dataset"],
        ),
    )


def _product(name: str, columns: int) -> Iterator[Stated]:
    table, assertion = dataset(name), f"urn:li:assertion:{name}.key"
    yield from _of(
        table,
        m.DatasetPropertiesClass(name=name, description="One row per order."),
        _schema(name, columns),
        m.OwnershipClass(owners=[m.OwnerClass(TEAM, m.OwnershipTypeClass.TECHNICAL_OWNER)], lastModified=STAMP),
        m.DomainsClass(domains=[DOMAIN]),
        m.GlobalTagsClass(tags=[m.TagAssociationClass("urn:li:tag:personal")]),
        m.StructuredPropertiesClass([m.StructuredPropertyValueAssignmentClass(GRAIN, ["order"])]),
    )
    yield from _of(
        f"urn:li:dataProduct:{name}",
        m.DataProductPropertiesClass(name=name, assets=[m.DataProductAssociationClass(table)]),
        m.DomainsClass(domains=[DOMAIN]),
    )
    custom = m.CustomAssertionInfoClass(type="unique", entity=table)
    yield from _of(assertion, m.AssertionInfoClass(type=m.AssertionTypeClass.CUSTOM, customAssertion=custom))
    yield from (_result(assertion, table, day) for day in range(2))


def _schema(name: str, columns: int) -> m.SchemaMetadataClass:
    return m.SchemaMetadataClass(
        schemaName=name,
        platform="urn:li:dataPlatform:iceberg",
        version=0,
        hash="",
        platformSchema=m.OtherSchemaClass(rawSchema=""),
        fields=[
            m.SchemaFieldClass(
                f"column_{number}",
                _text(),
                "string",
                description=f"What column {number} means, in words that a person reads.",
            )
            for number in range(columns)
        ],
    )


def _text() -> m.SchemaFieldDataTypeClass:
    return m.SchemaFieldDataTypeClass(type=m.StringTypeClass.from_obj({}))


def _result(assertion: str, table: str, day: int) -> Stated:
    event = m.AssertionRunEventClass(
        timestampMillis=T0_MS + day * 86_400_000,
        runId=f"run-{day}",
        assertionUrn=assertion,
        asserteeUrn=table,
        status=m.AssertionRunStatusClass.COMPLETE,
        result=m.AssertionResultClass(type=m.AssertionResultTypeClass.SUCCESS),
    )
    return Stated(entityUrn=assertion, aspect=event)
