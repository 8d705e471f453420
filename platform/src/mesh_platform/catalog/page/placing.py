"""The heights at which boxes stand: each as level with its neighbours as the order and the gaps of its layer allow."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Cell = TypeVar("Cell", bound=Hashable)
_SWEEPS = 12
"""Until nothing moves by more than a few pixels (measured at 200 boxes)."""


def place(
    layers: Sequence[Sequence[Cell]], links: Sequence[tuple[Cell, Cell]], sizes: Mapping[Cell, float], gap: float
) -> dict[Cell, float]:
    """Place the boxes of ordered layers.

    Args:
        layers: The boxes of each layer, from top to bottom.
        links: Pairs of boxes in neighbouring layers.
        sizes: Box → its height.
        gap: The room between two boxes.

    Returns:
        Box → the y of its upper edge; the uppermost is 0.
    """
    left: dict[Cell, list[Cell]] = defaultdict(list)
    right: dict[Cell, list[Cell]] = defaultdict(list)
    for origin, result in links:
        right[origin].append(result)
        left[result].append(origin)
    middle = {cell: y for layer in layers for cell, y in zip(layer, _stacked(layer, sizes, gap), strict=True)}
    for sweep in range(_SWEEPS):
        leftwards = sweep % 2 == 1  # the last one goes left, so that a box stands level with what it is for
        for layer in reversed(layers) if leftwards else layers:
            near, else_near = (right, left) if leftwards else (left, right)
            wishes = [_mean([middle[n] for n in near[cell] or else_near[cell]], middle[cell]) for cell in layer]
            middle.update(zip(layer, _apart(layer, wishes, sizes, gap), strict=True))
    tops = {cell: y - sizes[cell] / 2 for cell, y in middle.items()}
    highest = min(tops.values(), default=0.0)
    return {cell: top - highest for cell, top in tops.items()}


def _stacked(layer: Sequence[Cell], sizes: Mapping[Cell, float], gap: float) -> list[float]:
    """The middles of boxes that stand one under the other, around 0."""
    middles, y = [], 0.0
    for cell in layer:
        middles.append(y + sizes[cell] / 2)
        y += sizes[cell] + gap
    return [m - (y - gap) / 2 for m in middles]


def _apart(layer: Sequence[Cell], wishes: Sequence[float], sizes: Mapping[Cell, float], gap: float) -> list[float]:
    """Come as near to the wishes as the order allows, by least squares.

    With the stacked offsets taken off, boxes may not overtake each other but may be level: a monotone regression, which
    pooling adjacent violators solves exactly.
    """
    offsets = _stacked(layer, sizes, gap)
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        total, count = wish - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, members = pools.pop()
            total, count = total + before, count + members
        pools.append((total, count))
    levels = [total / count for total, count in pools for _ in range(count)]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
