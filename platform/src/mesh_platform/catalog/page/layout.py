"""Where the boxes of a lineage graph go: layers from left to right, few crossings, straight edges.

After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981): break
cycles, layer by longest path, order each layer by barycenters, then place. Long edges run through invisible boxes, so
that they pass between the visible ones. Same graph, same drawing.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from mesh_platform.catalog.page.ordering import order_layers
from mesh_platform.catalog.page.placing import place

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Bend:
    """An invisible box through which an edge passes a layer.

    Args:
        edge: The edge's number.
        layer: The layer that is passed.
    """

    edge: int
    layer: int


@dataclass(frozen=True)
class Drawn(Generic[Name]):
    """A laid out graph; y grows downwards, both start at 0.

    Args:
        layers: The visible boxes of each layer, from top to bottom.
        tops: Box → the y of its upper edge.
        routes: For each edge (layer, y of the middle) of its invisible boxes, from origin to result.
        reversed: For each edge, True where it runs from right to left, because it closes a cycle.
        height: The whole height.
    """

    layers: tuple[tuple[Name, ...], ...]
    tops: Mapping[Name, float]
    routes: tuple[tuple[tuple[int, float], ...], ...]
    reversed: tuple[bool, ...]
    height: float

    def layer_of(self) -> dict[Name, int]:
        """Box → its layer."""
        return {name: number for number, layer in enumerate(self.layers) for name in layer}


def lay_out(heights: Mapping[Name, float], edges: Sequence[tuple[Name, Name]], gap: float, bend: float) -> Drawn[Name]:
    """Lay a graph out.

    Args:
        heights: Box → its height.
        edges: Pairs of origin and result, without loops.
        gap: The room between two boxes of a layer.
        bend: The height of the room that an edge takes where it passes a layer.
    """
    backwards = _closing_cycles(list(heights), edges)
    forward = [(r, o) if back else (o, r) for (o, r), back in zip(edges, backwards, strict=True)]
    layer = _layers(list(heights), forward)
    cells: list[list[Name | Bend]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name, number in layer.items():
        cells[number].append(name)
    chains = [_chain(number, origin, result, layer) for number, (origin, result) in enumerate(forward)]
    for chain in chains:
        for passed in chain[1:-1]:
            if isinstance(passed, Bend):
                cells[passed.layer].append(passed)
    links: list[tuple[Name | Bend, Name | Bend]] = [pair for chain in chains for pair in pairwise(chain)]
    ordered = order_layers(cells, links)
    sizes = {cell: bend if isinstance(cell, Bend) else heights[cell] for column in ordered for cell in column}
    tops = place(ordered, links, sizes, gap)
    return Drawn(
        layers=tuple(tuple(c for c in column if not isinstance(c, Bend)) for column in ordered),
        tops={cell: top for cell, top in tops.items() if not isinstance(cell, Bend)},
        routes=tuple(_route(chain, tops, bend, back=back) for chain, back in zip(chains, backwards, strict=True)),
        reversed=tuple(backwards),
        height=max((tops[cell] + sizes[cell] for cell in tops), default=0.0),
    )


def _closing_cycles(names: Sequence[Name], edges: Sequence[tuple[Name, Name]]) -> list[bool]:
    """Mark the edges that close a cycle in a walk through the depth; without them there is none."""
    out: dict[Name, list[tuple[int, Name]]] = defaultdict(list)
    for number, (origin, result) in enumerate(edges):
        out[origin].append((number, result))
    closing = [False] * len(edges)
    state: dict[Name, bool] = {}  # True while a box is on the path, False once it is done
    for start in names:
        if start in state:
            continue
        state[start] = True
        path = [(start, iter(out[start]))]
        while path:
            name, rest = path[-1]
            step = next(rest, None)
            if step is None:
                state[name] = False
                path.pop()
                continue
            number, result = step
            if state.get(result):
                closing[number] = True
            elif result not in state:
                state[result] = True
                path.append((result, iter(out[result])))
    return closing


def _layers(names: Sequence[Name], edges: Sequence[tuple[Name, Name]]) -> dict[Name, int]:
    """Layer by the longest path from a box without origins, then draw such boxes next to their first use."""
    origins: dict[Name, list[Name]] = defaultdict(list)
    results: dict[Name, list[Name]] = defaultdict(list)
    waiting: dict[Name, int] = dict.fromkeys(names, 0)
    for origin, result in edges:
        origins[result].append(origin)
        results[origin].append(result)
        waiting[result] += 1
    layer: dict[Name, int] = {}
    ready = [name for name in names if not waiting[name]]
    while ready:
        name = ready.pop()
        layer[name] = max((layer[o] + 1 for o in origins[name]), default=0)
        for result in results[name]:
            waiting[result] -= 1
            if not waiting[result]:
                ready.append(result)
    for name in names:
        if results[name] and not origins[name]:
            layer[name] = min(layer[r] for r in results[name]) - 1
    return {name: layer[name] for name in names}


def _chain(number: int, origin: Name, result: Name, layer: Mapping[Name, int]) -> list[Name | Bend]:
    return [origin, *(Bend(number, passed) for passed in range(layer[origin] + 1, layer[result])), result]


def _route(
    chain: Sequence[Name | Bend], tops: Mapping[Name | Bend, float], bend: float, *, back: bool
) -> tuple[tuple[int, float], ...]:
    points = [(cell.layer, tops[cell] + bend / 2) for cell in chain if isinstance(cell, Bend)]
    return tuple(points[::-1] if back else points)
