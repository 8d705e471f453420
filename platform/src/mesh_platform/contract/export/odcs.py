"""A product's contract as an Open Data Contract Standard document (ODCS v3.2.0)."""

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

from open_data_contract_standard.model import (
    AuthoritativeDefinition,
    CustomProperty,
    Description,
    EnumValue,
    OpenDataContractStandard,
    Relationship,
    SchemaObject,
    SchemaProperty,
    Server,
    ServiceLevelAgreementProperty,
    Support,
    Team,
    TeamMember,
)

from mesh_platform.contract.audit.rules import clock
from mesh_platform.contract.columns import Contract
from mesh_platform.contract.export.derivation import MODELS, Derivation, Derivations, models_said, said_of
from mesh_platform.contract.export.meaning import Meaning, meaning_of
from mesh_platform.contract.export.names import TENANT, contract_id
from mesh_platform.contract.export.quality import allowed_values, column_quality, options_of, plain, table_quality
from mesh_platform.contract.export.read import REMOVABLE_FROM
from mesh_platform.contract.export.sunset import end_of_life
from mesh_platform.contract.export.types import published_type
from mesh_platform.contract.shape import Column, Shape, shape_of
from mesh_platform.product import DataProduct, Domain, OlderMajor, Owner, older_table

API_VERSION = "v3.2.0"
PERSONAL_TAG = "personal-data"


def contract_document(domain: Domain, product: DataProduct, derivations: Derivations | None = None) -> dict[str, Any]:
    """Write a product's contract in the standard's words.

    Args:
        domain: The product's domain.
        product: The product.
        derivations: How its columns come about, where that is known.

    Returns:
        The document as plain values, in the standard's order.

    Raises:
        BadContract: Where a column's type has no counterpart in the lake.
    """
    return _document(domain, product, domain.full_name(product), derivations or Derivations())


def older_contract_document(
    domain: Domain, product: DataProduct, older: OlderMajor, derivations: Derivations | None = None
) -> dict[str, Any]:
    """Write the contract of an older major version: deprecated, with its sunset, of a table of its own.

    Args:
        domain: The product's domain.
        product: The product.
        older: Its older major version.
        derivations: How that one's columns come about, where that is known.
    """
    as_it_was = replace(product, contract=older.contract, version=older.version, status="deprecated", older=())
    table = older_table(domain.full_name(product), older.major)
    return _document(domain, as_it_was, table, derivations or Derivations(), older.sunset)


def _document(
    domain: Domain, product: DataProduct, table: str, derivations: Derivations, sunset: date | None = None
) -> dict[str, Any]:
    name = domain.full_name(product)
    shape = shape_of(product.contract)
    meaning = meaning_of(shape.description)
    promises = [*_service_level(product, shape), *_ending(sunset)]
    document = OpenDataContractStandard(
        version=product.version,
        kind="DataContract",
        apiVersion=API_VERSION,
        id=contract_id(name, product.major),
        name=name,
        tenant=TENANT,
        status=product.status,
        domain=domain.name,
        description=described(meaning),
        servers=[_server(table)],
        schema=[_table(table, product, shape, meaning, derivations)],
        support=support_of(domain.owner),
        team=team_of(domain),
        slaProperties=promises,
    )
    return document.model_dump(exclude_none=True, by_alias=True)


def described(meaning: Meaning) -> Description:
    """Say what the rows are for and what they can't tell."""
    return Description(purpose=meaning.purpose, usage=meaning.usage or None, limitations=meaning.limitations or None)


def _ending(sunset: date | None) -> list[ServiceLevelAgreementProperty]:
    return [ServiceLevelAgreementProperty(**end_of_life(sunset))] if sunset else []


def _server(table: str) -> Server:
    """Name the table logically: where the lake lives is every installation's own setting."""
    schema, dataset = table.split(".")
    return Server(
        server="lake",
        type="custom",
        description="The Iceberg table in the mesh's lake",
        format="iceberg",
        schema=schema,
        dataset=dataset,
    )


def _table(name: str, product: DataProduct, shape: Shape, meaning: Meaning, derivations: Derivations) -> SchemaObject:
    custom = [CustomProperty(property="sortedBy", value=list(shape.sort))]
    if meaning.source:
        custom.append(CustomProperty(property="source", value=meaning.source))
    if derivations.models:
        custom.append(CustomProperty(property=MODELS, value=models_said(derivations)))
    return SchemaObject(
        name=product.name,
        physicalName=name,
        physicalType="table",
        logicalType="object",
        description=meaning.summary,
        dataGranularityDescription=meaning.grain or None,
        deprecated=True if product.status == "deprecated" else None,
        properties=[
            column_property(name, product.contract, shape, column, derivations.columns.get(column.name))
            for column in shape.columns
        ],
        quality=table_quality(product.contract, product.service_level),
        customProperties=custom,
    )


def column_property(
    table: str, contract: type[Contract], shape: Shape, column: Column, derivation: Derivation | None = None
) -> SchemaProperty:
    """Say what one column promises.

    Args:
        table: The table's full name, for the error of a type that the lake lacks.
        contract: The contract, for its checks.
        shape: The contract taken apart.
        column: The column.
        derivation: How it comes about, where that is known.
    """
    kind = published_type(column.dtype, f"{table}.{column.name}")
    declared = contract.to_schema().columns[column.name]
    enum = allowed_values(declared.checks)
    is_key, is_partition = column.name in shape.key, column.name == shape.partition
    return SchemaProperty(
        name=column.name,
        description=column.description,
        logicalType=kind.logical,
        logicalTypeOptions={**kind.options, **options_of(declared.checks)} or None,
        physicalType=kind.physical,
        items=SchemaProperty(logicalType=kind.items.logical, physicalType=kind.items.physical) if kind.items else None,
        required=not column.nullable,
        unique=True if declared.unique or shape.key == (column.name,) else None,
        primaryKey=True if is_key else None,
        primaryKeyPosition=shape.key.index(column.name) + 1 if is_key else None,
        partitioned=True if is_partition else None,
        partitionKeyPosition=1 if is_partition else None,
        enum=[EnumValue(value=value) for value in enum] if enum else None,
        quality=column_quality(contract, column.name) or None,
        **_said_of(column),
        **said_of(derivation),
    )


def _said_of(column: Column) -> dict[str, Any]:
    """Say what a column means beyond its values; what is not declared is left out."""
    meaning = column.meaning
    said: dict[str, Any] = {"classification": meaning.classification}
    custom = [
        CustomProperty(property=name, value=value)
        for name, value in (("personal", meaning.personal), ("unit", meaning.unit))
        if value
    ]
    if meaning.deprecated:
        said["deprecated"] = True
        custom.append(CustomProperty(property=REMOVABLE_FROM, value=meaning.deprecated.isoformat()))
    if custom:
        said["customProperties"] = custom
    if meaning.personal:
        said |= {"criticalDataElement": True, "tags": [PERSONAL_TAG]}
    if meaning.term:
        url = f"urn:li:glossaryTerm:{quote(meaning.term)}"
        said["businessName"] = meaning.term
        said["authoritativeDefinitions"] = [AuthoritativeDefinition(type="businessDefinition", url=url)]
    if meaning.references:
        said["relationships"] = [Relationship(type="foreignKey", to=meaning.references)]
    return said


def support_of(owner: Owner) -> list[Support]:
    """Say where a team is asked."""
    mail = Support(channel=owner.email, url=f"mailto:{owner.email}", tool="email", scope="interactive")
    return [Support(channel=owner.channel, scope="interactive"), mail] if owner.channel else [mail]


def team_of(domain: Domain) -> Team:
    """Say who answers."""
    owner = domain.owner
    return Team(
        name=owner.team,
        description=domain.description,
        members=[TeamMember(username=owner.email, name=owner.team, role="owner")],
    )


def _service_level(product: DataProduct, shape: Shape) -> list[ServiceLevelAgreementProperty]:
    level = product.service_level
    elements = ",".join(f"{product.name}.{column}" for column in clock(shape)) or None
    return [
        ServiceLevelAgreementProperty(
            property="latency",
            value=plain(level.freshness.total_seconds() / 3600),
            unit="h",
            element=elements,
            driver="operational",
            description="The oldest that the newest row may be, against the end of the newest delivery",
        ),
        ServiceLevelAgreementProperty(
            property="frequency", value=1, unit="d", description="Published once a day's deliveries have landed"
        ),
        ServiceLevelAgreementProperty(
            property="retention",
            value=level.retention_days,
            unit="d",
            description="How long a past snapshot can be read",
        ),
        ServiceLevelAgreementProperty(
            property="minRows", value=level.min_rows, unit="rows", description="The fewest rows of a snapshot"
        ),
        ServiceLevelAgreementProperty(
            property="maxShrink",
            value=level.max_shrink,
            unit="share",
            description="The largest share of its rows that a snapshot may lose against the one before",
        ),
        ServiceLevelAgreementProperty(
            property="toleratedBadRows",
            value=level.tolerated_bad_rows,
            unit="share",
            description="The largest share of a delivery's rows that may go to quarantine",
        ),
    ]
