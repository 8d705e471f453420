"""What each page shows, as plain values for the templates."""

from dataclasses import dataclass
from typing import Any

from mesh_platform.catalog.page.contract import ColumnPromise, ContractView, contract_view, contracts_of
from mesh_platform.catalog.page.entity import Entity, Field
from mesh_platform.catalog.page.evidence import Evidence, Reader, Sample
from mesh_platform.catalog.page.quality import Checked, Level, checks_of, levels
from mesh_platform.catalog.page.site import Carrier, Site
from mesh_platform.pipeline.measured import Measured

_SHOWN_SNAPSHOTS = 20
"""As many published states as a page lists; `mesh history` lists all."""
_NOTHING_PROMISED = ColumnPromise("", "", "", (), (), "")
_BELOW = frozenset({"assertion", "dataProcessInstance", "schemaField"})
"""Entities that are shown on the page of another one and not listed as related."""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of a table's page.

    Args:
        field: The column in the metadata.
        promise: What the contract says of it.
        classification: Who may see it.
        personal: The kind of personal data; "" where it is none.
        traced: True where its lineage is known.
    """

    field: Field
    promise: ColumnPromise
    classification: str
    personal: str
    traced: bool


@dataclass(frozen=True, slots=True)
class TableView:
    """A table with all that is known of it.

    Args:
        entity: The dataset.
        columns: Its columns.
        contracts: Its contracts, newest first.
        levels: The newest contract's service level, measured.
        checks: Its assertions with results.
        measured: Its snapshots.
    """

    entity: Entity
    columns: tuple[ColumnRow, ...]
    contracts: tuple[ContractView, ...]
    levels: tuple[Level, ...]
    checks: tuple[Checked, ...]
    measured: Measured

    @property
    def passing(self) -> int:
        """How many assertions passed when they were last evaluated."""
        return sum(1 for check in self.checks if check.results and check.results[-1][1] == "SUCCESS")

    @property
    def shown_snapshots(self) -> tuple[Any, ...]:
        """The newest published states."""
        return self.measured.snapshots[:_SHOWN_SNAPSHOTS]


@dataclass(frozen=True, slots=True)
class ProductView:
    """A data product.

    Args:
        table: Its table.
        sample: A few rows.
        readers: Who reads it.
    """

    table: TableView
    sample: Sample
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What carries a tag or a term: entities as a whole, and columns."""

    entities: tuple[Entity, ...]
    columns: tuple[Carrier, ...]


def table_view(site: Site, evidence: Evidence, table: Entity) -> TableView:
    """Gather a dataset's page."""
    contracts = contracts_of(site.metadata, table)
    newest = contracts[0] if contracts else None
    measured = evidence.measured(table.name) if table.platform == "iceberg" else Measured()
    return TableView(
        entity=table,
        columns=tuple(_column(site, table, field, newest) for field in table.fields),
        contracts=tuple(contracts),
        levels=tuple(levels(newest, measured)) if newest else (),
        checks=tuple(checks_of(site.metadata, table)),
        measured=measured,
    )


def product_view(site: Site, evidence: Evidence, product: Entity) -> ProductView | None:
    """Gather a data product's page; None where it has no table."""
    tables = site.tables(product)
    if not tables:
        return None
    table = tables[0]
    return ProductView(
        table_view(site, evidence, table), evidence.sample(table.name), tuple(evidence.readers(table.name))
    )


def contract_page(site: Site, entity: Entity) -> dict[str, Any]:
    """Gather a contract's own page."""
    table = site.metadata.get(str(entity.said.get("entity", "")))
    return {"contract": contract_view(entity), "table": table}


def carried(site: Site, entity: Entity) -> Carried:
    """List what carries a tag or a term."""
    whole = tuple(by for by in site.metadata.referring(entity.urn) if entity.urn in (*by.tags, *by.terms))
    return Carried(whole, tuple(site.carriers(entity.urn)))


def related(site: Site, entity: Entity) -> list[tuple[str, list[Entity]]]:
    """The entities that name this one, by type."""
    groups: dict[str, list[Entity]] = {}
    for by in site.metadata.referring(entity.urn):
        if by.type not in _BELOW:
            groups.setdefault(by.type, []).append(by)
    return list(groups.items())


def _column(site: Site, table: Entity, field: Field, contract: ContractView | None) -> ColumnRow:
    promise = (contract.columns if contract else {}).get(field.name, _NOTHING_PROMISED)
    return ColumnRow(
        field=field,
        promise=promise,
        classification=field.properties.get("classification") or promise.classification,
        personal=field.properties.get("personal_kind") or promise.personal,
        traced=site.lineage.has_columns(table.urn, field.name),
    )
