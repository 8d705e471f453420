"""Which models and tests a run touches: read off the parsed project, so that dbt has nothing left to decide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import MissingSource, UnknownName

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

ON_RUN = "on_run"
"""The tag of a data test that every run executes, not only `check`."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run builds and tests.

    Args:
        models: Names of the models, the asked ones and all that they are made from.
        tests: Names of the data tests among them.
        sources: The relations they read, as "<schema>.<table>".
    """

    models: tuple[str, ...]
    tests: tuple[str, ...]
    sources: frozenset[str]


def select(domain: str, manifest: "Manifest", marts: Sequence[str] | None, *, every_test: bool) -> Selection:
    """Select marts with their ancestors, and the data tests that look at nothing else.

    Args:
        domain: For messages.
        manifest: The parsed project.
        marts: Names of models; None selects all.
        every_test: All data tests, or only those tagged `on_run`.

    Raises:
        UnknownName: A mart that the project does not hold.
    """
    models = models_by_name(manifest)
    for mart in marts or ():
        if mart not in models:
            raise UnknownName.of(f"dbt model of {domain}", mart, sorted(models))
    wanted = ancestors(manifest, [models[name].unique_id for name in (models if marts is None else marts)])
    tests = [
        node
        for node in _nodes(manifest, "test")
        if (every_test or ON_RUN in node.tags) and set(node.depends_on.nodes) <= wanted
    ]
    return Selection(
        models=tuple(sorted(name for name, node in models.items() if node.unique_id in wanted)),
        tests=tuple(sorted(test.name for test in tests)),
        sources=frozenset(relation(manifest.sources[key]) for key in wanted if key in manifest.sources),
    )


def models_by_name(manifest: "Manifest") -> dict[str, Any]:
    """The project's models."""
    return {node.name: node for node in _nodes(manifest, "model")}


def _nodes(manifest: "Manifest", kind: str) -> list[Any]:
    return [node for node in manifest.nodes.values() if str(node.resource_type) == kind]


def relation(source: Any) -> str:
    """A dbt source as "<schema>.<table>"."""
    return f"{source.schema}.{source.identifier}"


def ancestors(manifest: "Manifest", keys: Iterable[str]) -> set[str]:
    """The keys of nodes and of everything that they are made from, sources included."""
    found: set[str] = set()
    todo = list(keys)
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            node: Any = manifest.nodes.get(key)
            todo.extend(node.depends_on.nodes if node is not None else ())
    return found


def demand(domain: str, needed: Iterable[str], given: Iterable[str]) -> None:
    """Insist that a run was given every relation that its models read; an older view must not step in.

    Raises:
        MissingSource: A relation was not given.
    """
    missing = sorted(set(needed) - set(given))
    if missing:
        raise MissingSource(
            f"{domain}: the models read {', '.join(missing)}, which the run was not given; "
            "declare it in the product's sources or inputs"
        )
