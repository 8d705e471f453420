"""What a domain's SQL consists of: its models with their meaning, dependencies and column lineage. Needs no data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mesh_platform.errors import MeshFailure
from mesh_platform.lake.duck import sql_types
from mesh_platform.product import Domain
from mesh_platform.settings import Settings
from mesh_platform.transform.inputs import raw_schema
from mesh_platform.transform.lineage import columns_of
from mesh_platform.transform.project import Project, first_lines
from mesh_platform.transform.selection import ancestors, models_by_name, relation
from mesh_platform.transform.warehouse import MARTS

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

Kind = Literal["staging", "intermediate", "mart"]
FOLDERS: Mapping[str, Kind] = {"staging": "staging", "intermediate": "intermediate", "marts": "mart"}


@dataclass(frozen=True, slots=True)
class ModelColumn:
    """A column of a model.

    Args:
        name: Its name.
        type: Its SQL type, "" where the SQL alone does not tell.
        description: Its meaning, "" where the project says none.
        origins: The columns it is computed from, one step back: "<model>.<column>" or "<schema>.<table>.<column>".
    """

    name: str
    type: str
    description: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A dbt model.

    Args:
        name: Its name.
        kind: Its layer.
        description: Its meaning, ending with the grain.
        file: Its SQL file, relative to the dbt project.
        columns: Its columns in order.
        models: The models it reads.
        sources: The relations it reads, as "<schema>.<table>".
    """

    name: str
    kind: Kind
    description: str
    file: str
    columns: tuple[ModelColumn, ...]
    models: tuple[str, ...]
    sources: tuple[str, ...]


def models(domain: Domain, settings: Settings | None = None) -> tuple[Model, ...]:
    """Describe a domain's models, each after the ones it reads.

    Args:
        domain: The domain.
        settings: Where the parsed project is kept.

    Raises:
        MeshFailure: dbt can't read the project.
    """
    project = Project.of(domain.name, settings or Settings.load())
    manifest = project.manifest()
    compiled = _compiled(project, manifest)
    schema = _known(domain)
    found = []
    for node in _in_order(manifest):
        model = _model(manifest, node, compiled[node.name], schema)
        schema[f"{MARTS}.{node.name}"] = {column.name: column.type or "unknown" for column in model.columns}
        found.append(model)
    return tuple(found)


def origins(described: Sequence[Model], model: str) -> dict[str, tuple[str, ...]]:
    """Follow a model's columns all the way back to the relations that the domain reads.

    Args:
        described: What `models` told.
        model: The model's name.

    Returns:
        Column → its origins as "<schema>.<table>.<column>", sorted.
    """
    steps = {f"{m.name}.{c.name}": c.origins for m in described for c in m.columns}

    def back(origin: str) -> set[str]:
        return {far for near in steps[origin] for far in back(near)} if origin in steps else {origin}

    [wanted] = [m for m in described if m.name == model]
    return {c.name: tuple(sorted({far for near in c.origins for far in back(near)})) for c in wanted.columns}


def _compiled(project: Project, manifest: "Manifest") -> dict[str, str]:
    answer = project.invoke("compile", "--no-introspect", "--no-populate-cache", manifest=manifest)
    if not answer.success or answer.result is None:
        raise MeshFailure(f"{project.domain}: dbt can't compile the project: {first_lines(answer.exception)}")
    results: Any = answer.result
    return {r.node.name: r.node.compiled_code for r in results.results if r.node.resource_type == "model"}


def _known(domain: Domain) -> dict[str, dict[str, str]]:
    """The columns of what the domain reads: its raw tables, and of each product those that an input port declares."""
    schema = {f"raw.{source.name}": sql_types(raw_schema(source)) for source in domain.sources}
    for port in (port for product in domain.products for port in product.inputs):
        schema.setdefault(port.product, {}).update(dict.fromkeys(port.columns, "unknown"))
    return schema


def _in_order(manifest: "Manifest") -> list[Any]:
    nodes = models_by_name(manifest).values()
    return sorted(nodes, key=lambda node: (len(ancestors(manifest, [node.unique_id])), node.name))


def _model(manifest: "Manifest", node: Any, sql: str, schema: Mapping[str, Mapping[str, str]]) -> Model:
    types, found = columns_of(sql, schema)
    declared = node.columns
    columns = tuple(
        ModelColumn(
            name,
            (declared[name].data_type if name in declared else None) or types[name],
            declared[name].description if name in declared else "",
            tuple(origin.removeprefix(f"{MARTS}.") for origin in near),
        )
        for name, near in found.items()
    )
    parents = node.depends_on.nodes
    return Model(
        name=node.name,
        kind=FOLDERS[node.fqn[1]],
        description=node.description,
        file=node.original_file_path,
        columns=columns,
        models=tuple(sorted(manifest.nodes[key].name for key in parents if key in manifest.nodes)),
        sources=tuple(sorted(relation(manifest.sources[key]) for key in parents if key in manifest.sources)),
    )
