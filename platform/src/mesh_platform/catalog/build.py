"""Turn the gathered mesh into change proposals."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mesh_platform.catalog import urns
from mesh_platform.catalog.contracts import contract
from mesh_platform.catalog.dbt import dbt_dataset
from mesh_platform.catalog.documents import Document
from mesh_platform.catalog.gather import Mesh, gather
from mesh_platform.catalog.jobs import flow, product_job, source_job
from mesh_platform.catalog.models import feature_tables, models
from mesh_platform.catalog.products import data_product, domain
from mesh_platform.catalog.proposals import Key, Proposal, write
from mesh_platform.catalog.tables import product_tables, source_tables
from mesh_platform.catalog.teams import team
from mesh_platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Built:
    """What a build wrote.

    Args:
        path: The metadata file.
        proposals: How many proposals it holds.
        entities: Entity type → how many entities.
    """

    path: Path
    proposals: int
    entities: dict[str, int]


def metadata_file(settings: Settings) -> Path:
    """Where the metadata of a mesh is kept."""
    return settings.home / "catalog" / "metadata.json"


def build(root: Path, settings: Settings, out: Path | None = None) -> Built:
    """Write the metadata of the whole mesh.

    Args:
        root: The project's folder.
        settings: Where the mesh's state is.
        out: The file to write; None for the one that every other command reads.

    Raises:
        BadContract: Where a document can't be understood; the file stays as it was.
        UserError: Where one of governance's files can't be understood; likewise.
    """
    path = out or metadata_file(settings)
    found = proposals(gather(root, settings))
    write(found, path)
    counts: dict[str, int] = {}
    for entity_type, _ in {(p.entity_type, p.urn) for p in found}:
        counts[entity_type] = counts.get(entity_type, 0) + 1
    return Built(path, len(found), dict(sorted(counts.items())))


def proposals(mesh: Mesh) -> list[Proposal]:
    """Propose everything that is known of the mesh; governance's own words come before those of the documents."""
    found: dict[Key, Proposal] = {}
    for proposal in (*mesh.governance, *_derived(mesh)):
        found.setdefault(proposal.key, proposal)
    return list(found.values())


def _derived(mesh: Mesh) -> Iterator[Proposal]:
    tables = {document.full_name: document for document in _newest(mesh)}
    for document in {document.domain: document for document in tables.values()}.values():
        yield from (*domain(document), *team(document), *flow(document), *_dbt(document, mesh))
    for document in mesh.documents.sources:
        yield from source_tables(document, mesh, _resolver(document, tables))
        yield from source_job(document, mesh)
        yield from contract(document, mesh.stored.get(document.full_name), screened=True)
    for product in mesh.documents.products:
        yield from data_product(product, mesh.consumers)
        yield from product_tables(product, mesh, _resolver(None, tables))
        yield from product_job(product, mesh)
        yield from models(product.newest, mesh)
        for document in product.contracts:
            yield from contract(document, mesh.stored.get(document.full_name))
    yield from feature_tables([p.newest for p in mesh.documents.products], tables)


def _newest(mesh: Mesh) -> list[Document]:
    return [*mesh.documents.sources, *(product.newest for product in mesh.documents.products)]


def _resolver(source: Document | None, tables: dict[str, Document]) -> Callable[[str], str | None]:
    """Find the dataset that a reference means: a source's may mean another source of its domain, under its own name."""

    def resolve(table: str) -> str | None:
        domain_name, _, name = table.partition(".")
        raw = f"{domain_name}_raw.{name}"
        if source is not None and domain_name == source.domain and raw in tables:
            return urns.dataset(raw)
        return urns.dataset(table) if table in tables else None

    return resolve


def _dbt(document: Document, mesh: Mesh) -> Iterator[Proposal]:
    """The dbt models of a document's domain, each with the products that are its rows as they are."""
    newest = [product.newest for product in mesh.documents.products]
    for model in mesh.dbt.get(document.domain, ()):
        logic = f"{document.domain}.{model.name}"
        made = [product for product in newest if logic in {column.logic for column in product.columns}]
        yield from dbt_dataset(document, model, made)
