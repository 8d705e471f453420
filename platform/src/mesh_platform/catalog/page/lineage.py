"""Lineage out of the metadata: which tables and models, and which columns, come from which.

Jobs are passed through: between two tables DataHub's table lineage already says all that the job would; only what a
model is trained on and predicts is known through jobs alone.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Literal, TypeVar

from mesh_platform.catalog.page.entity import Aspect, Entity
from mesh_platform.catalog.page.metadata import Metadata
from mesh_platform.catalog.page.urns import entity_type, field_of

Direction = Literal["up", "down", "both"]
Column = tuple[str, str]
"""A dataset's URN and a column."""
Node = TypeVar("Node", str, Column)


@dataclass(frozen=True)
class Edges(Generic[Node]):
    """Who is made from whom: both ways, in a fixed order."""

    up: Mapping[Node, tuple[Node, ...]]
    down: Mapping[Node, tuple[Node, ...]]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Node, Node]]) -> "Edges[Node]":
        """Index pairs of origin and result."""
        up: dict[Node, dict[Node, None]] = defaultdict(dict)
        down: dict[Node, dict[Node, None]] = defaultdict(dict)
        for origin, result in pairs:
            if origin != result:
                up[result][origin] = None
                down[origin][result] = None
        return cls({n: tuple(sorted(o)) for n, o in up.items()}, {n: tuple(sorted(r)) for n, r in down.items()})


@dataclass(frozen=True)
class Part(Generic[Node]):
    """The part of a lineage that is asked for.

    Args:
        focus: Where the question starts.
        steps: Node → its distance from the focus; negative for origins.
        edges: The pairs of origin and result between them.
        more: True where there is more, further away.
    """

    focus: tuple[Node, ...]
    steps: Mapping[Node, int]
    edges: tuple[tuple[Node, Node], ...]
    more: bool

    @cached_property
    def depth(self) -> int:
        """The largest distance."""
        return max(map(abs, self.steps.values()), default=0)


class Lineage:
    """The lineage of tables and of columns.

    `tables` holds all tables and models, `products` leaves out the details between them: dbt models and
    single features. `presumed` are the pairs of columns that are possible and not certain, where a program made
    the rows.

    Args:
        metadata: The metadata that it is read from.
    """

    def __init__(self, metadata: Metadata) -> None:
        self.tables: Edges[str] = Edges.of(
            pair for pair in _table_pairs(metadata) if pair[0] in metadata.entities and pair[1] in metadata.entities
        )
        self.details = frozenset(
            {e.urn for e in metadata.of_type("dataset") if e.platform == "dbt"}
            | {e.urn for e in metadata.of_type("mlFeature", "mlPrimaryKey")}
        )
        self.products: Edges[str] = without(self.tables, self.details)
        pairs = list(_column_pairs(metadata))
        self.columns: Edges[Column] = Edges.of((origin, result) for origin, result, _ in pairs)
        self.presumed = frozenset((origin, result) for origin, result, sure in pairs if not sure)

    def has_columns(self, urn: str, column: str) -> bool:
        """True where a column has an origin or a use."""
        return (urn, column) in self.columns.up or (urn, column) in self.columns.down


def without(edges: Edges[str], hidden: Collection[str]) -> Edges[str]:
    """Leave nodes out: what goes in reaches what comes out, through any number of them."""

    def origins(node: str) -> set[str]:
        found, seen, border = set(), {node}, list(edges.up.get(node, ()))
        while border:
            origin = border.pop()
            if origin in seen:
                continue
            seen.add(origin)
            if origin in hidden:
                border.extend(edges.up.get(origin, ()))
            else:
                found.add(origin)
        return found

    return Edges.of((origin, node) for node in edges.up if node not in hidden for origin in sorted(origins(node)))


def part_of(
    edges: Edges[Node], focus: Sequence[Node], direction: Direction, depth: int | None, most: int
) -> Part[Node]:
    """Walk from some nodes, step by step, as far as asked and as many nodes as can be shown.

    Args:
        edges: The whole lineage.
        focus: Where to start.
        direction: To the origins, to the uses, or both.
        depth: The most steps; None for all.
        most: The most nodes; a step that would bring more is left out whole, so that no level is half shown. The first
            step is always there.
    """
    steps: dict[Node, int] = dict.fromkeys(focus, 0)
    sides: list[tuple[Mapping[Node, tuple[Node, ...]], int]] = []
    sides += [(edges.up, -1)] if direction in ("up", "both") else []
    sides += [(edges.down, 1)] if direction in ("down", "both") else []
    borders = {sign: list(dict.fromkeys(focus)) for _, sign in sides}
    more, distance = False, 0
    while any(borders.values()):
        distance += 1
        reached = {sign: _next(borders[sign], ways, steps) for ways, sign in sides}
        count = len(set().union(*reached.values()))
        if count and ((depth is not None and distance > depth) or (distance > 1 and len(steps) + count > most)):
            more = True
            break
        for sign, nodes in reached.items():
            for node in nodes:
                steps.setdefault(node, sign * distance)
        borders = reached
    pairs = tuple((o, r) for r in steps for o in edges.up.get(r, ()) if o in steps)
    return Part(tuple(focus), steps, pairs, more)


def collapse(part: Part[Node], shown_as: Callable[[Node], Node]) -> Part[Node]:
    """Draw several nodes as one; the focus stays apart.

    Args:
        part: What would be drawn.
        shown_as: Node → the node that it is drawn as, itself or another one.
    """
    shown = {node: node if node in part.focus else shown_as(node) for node in part.steps}
    steps: dict[Node, int] = {}
    for node, step in part.steps.items():
        now = steps.setdefault(shown[node], step)
        steps[shown[node]] = step if abs(step) < abs(now) else now
    pairs = dict.fromkeys((shown[o], shown[r]) for o, r in part.edges)
    return Part(part.focus, steps, tuple((o, r) for o, r in pairs if o != r), part.more)


def _next(border: Sequence[Node], ways: Mapping[Node, tuple[Node, ...]], seen: Mapping[Node, int]) -> list[Node]:
    return list(dict.fromkeys(n for node in border for n in ways.get(node, ()) if n not in seen))


def _table_pairs(metadata: Metadata) -> Iterator[tuple[str, str]]:
    for entity in metadata.of_type("dataset"):
        for upstream in entity.aspect("upstreamLineage").get("upstreams", ()):
            yield upstream["dataset"], entity.urn
    for entity in metadata.of_type("mlModel", "mlModelGroup"):
        yield from ((feature, entity.urn) for feature in entity.said.get("mlFeatures") or ())
    for entity in metadata.of_type("mlModel"):
        yield from ((entity.urn, group) for group in entity.said.get("groups") or ())
    for entity in metadata.of_type("mlFeature", "mlPrimaryKey"):
        yield from ((source, entity.urn) for source in entity.said.get("sources") or ())
    yield from _through_jobs(metadata)


def _through_jobs(metadata: Metadata) -> Iterator[tuple[str, str]]:
    """What enters a job reaches what leaves it, where one of both is no dataset."""
    enters: dict[str, set[str]] = defaultdict(set)
    leaves: dict[str, set[str]] = defaultdict(set)
    for job in metadata.of_type("dataJob"):
        flow = job.aspect("dataJobInputOutput")
        enters[job.urn] |= _ends(flow, "inputDatasets", "inputDatasetEdges")
        leaves[job.urn] |= _ends(flow, "outputDatasets", "outputDatasetEdges")
    for model in metadata.of_type("mlModel", "mlModelGroup"):
        for trained_by in model.said.get("trainingJobs") or ():
            leaves[trained_by].add(model.urn)
        for used_by in model.said.get("downstreamJobs") or ():
            enters[used_by].add(model.urn)
    for urn in sorted(enters.keys() & leaves.keys()):
        for origin in enters[urn]:
            yield from ((origin, r) for r in leaves[urn] if {entity_type(origin), entity_type(r)} != {"dataset"})


def _ends(flow: Aspect, plain: str, edges: str) -> set[str]:
    return {*(flow.get(plain) or ()), *(edge["destinationUrn"] for edge in flow.get(edges) or ())}


def _column_pairs(metadata: Metadata) -> Iterator[tuple[Column, Column, bool]]:
    for entity in metadata.of_type("dataset"):
        for said in entity.aspect("upstreamLineage").get("fineGrainedLineages") or ():
            yield from _field_pairs(said, entity)


def _field_pairs(said: Aspect, entity: Entity) -> Iterator[tuple[Column, Column, bool]]:
    """The pairs of columns of one statement, and whether it is sure; what it says of whole datasets is passed by."""
    sure = float(said.get("confidenceScore", 1.0)) >= 1.0
    origins = [field_of(urn) for urn in said.get("upstreams") or () if entity_type(urn) == "schemaField"]
    for urn in said.get("downstreams") or ():
        result = field_of(urn) if entity_type(urn) == "schemaField" else (entity.urn, urn)
        yield from ((origin, result, sure) for origin in origins)
