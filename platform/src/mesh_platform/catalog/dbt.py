"""The dbt models of a domain, out of what was kept of its last parse; needs neither dbt nor the domain's files.

The parsed project is kept under MESH_HOME in dbt's own format: a project that was never run has no models yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mesh_platform.catalog import urns
from mesh_platform.catalog.documents import Column, Document
from mesh_platform.catalog.fields import PERSONAL, schema, tags
from mesh_platform.catalog.lineage import table_lineage
from mesh_platform.catalog.proposals import Proposal, about
from mesh_platform.catalog.teams import owned_by
from mesh_platform.errors import MeshFailure
from mesh_platform.kept import answers
from mesh_platform.settings import Settings

PARSED: Final = ".msgpack"
RAW: Final = "raw"
"""The schema under which a domain's SQL sees its own sources."""


@dataclass(frozen=True, slots=True)
class DbtModel:
    """A model of a domain's dbt project.

    Args:
        name: Its name.
        layer: The folder that it is in: staging, intermediate or marts.
        description: Its meaning.
        columns: The columns that the project describes → their meaning.
        models: The models that it reads.
        tables: The lake tables that it reads.
        file: Its SQL file, relative to the dbt project.
        sql: Its SQL, as it was written.
    """

    name: str
    layer: str
    description: str
    columns: Mapping[str, str]
    models: tuple[str, ...]
    tables: tuple[str, ...]
    file: str
    sql: str


def dbt_models(settings: Settings, domain: str) -> tuple[DbtModel, ...]:
    """Read what dbt has parsed of a domain's project; nothing where it was never parsed.

    Raises:
        MeshFailure: Where dbt's state can't be understood.
    """
    path = next(iter(answers(settings.home / "dbt", domain, PARSED)), None)
    if path is None:
        return ()
    import msgpack  # type: ignore[import-untyped]  # it ships no types

    try:
        parsed = msgpack.unpackb(path.read_bytes())
        nodes = [node for node in parsed["nodes"].values() if node["resource_type"] == "model"]
        return tuple(sorted((_model(domain, node, parsed) for node in nodes), key=lambda m: m.name))
    except (KeyError, TypeError, ValueError, msgpack.UnpackException) as error:
        raise MeshFailure(
            f"{path}: can't be understood ({type(error).__name__}: {error}); delete it, the next run parses again"
        ) from error


def dbt_dataset(document: Document, model: DbtModel, products: Sequence[Document]) -> Iterator[Proposal]:
    """Describe a model as a dataset of the platform dbt, and as the sibling of the products that it makes.

    Args:
        document: Any contract of its domain, for the owner.
        model: The model.
        products: The contracts of the products whose rows are the model's as they are.
    """
    domain = document.domain
    columns = products[0].columns if products else _described(model)
    made = [urns.dataset(product.full_name) for product in products]
    urn, name = urns.dbt_model(domain, model.name), f"{domain}.{model.name}"
    upstreams = [urns.dbt_model(domain, m) for m in model.models] + [urns.dataset(t) for t in model.tables]
    yield from about(
        urn,
        datasetProperties={
            "customProperties": {"file": model.file, "layer": model.layer},
            "description": model.description,
            "name": model.name,
            "qualifiedName": name,
            "tags": [],
        },
        subTypes={"typeNames": ["Model"]},
        viewProperties={"materialized": False, "viewLanguage": "SQL", "viewLogic": model.sql},
        schemaMetadata=schema(name, urns.DBT, columns) if columns else None,
        upstreamLineage=table_lineage(upstreams) if upstreams else None,
        siblings={"primary": False, "siblings": made} if made else None,
        globalTags=tags([PERSONAL]) if any(column.personal for column in columns) else None,
        domains={"domains": [urns.domain(domain)]},
        ownership=owned_by(document.email),
        status={"removed": False},
    )
    for product in made:
        yield from about(product, siblings={"primary": True, "siblings": [urn]})


def _described(model: DbtModel) -> tuple[Column, ...]:
    """The columns that the project describes; dbt's parse knows no types."""
    return tuple(Column(name, "", "", description, required=False) for name, description in model.columns.items())


def _model(domain: str, node: Mapping[str, Any], parsed: Mapping[str, Any]) -> DbtModel:
    parents = node["depends_on"]["nodes"]
    return DbtModel(
        name=node["name"],
        layer=node["fqn"][1],
        description=node["description"],
        columns={name: column["description"] for name, column in node["columns"].items()},
        models=tuple(sorted(parsed["nodes"][key]["name"] for key in parents if key in parsed["nodes"])),
        tables=tuple(sorted(_table(domain, parsed["sources"][key]) for key in parents if key in parsed["sources"])),
        file=node["original_file_path"],
        sql=node["raw_code"],
    )


def _table(domain: str, source: Mapping[str, Any]) -> str:
    group = f"{domain}_raw" if source["source_name"] == RAW else source["source_name"]
    return f"{group}.{source['name']}"
