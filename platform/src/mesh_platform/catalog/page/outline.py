"""A lineage as nested lists: what the picture says, for those who read or listen instead of look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal

from mesh_platform.catalog.page.lineage import Node, Part


@dataclass(frozen=True)
class Item(Generic[Node]):
    """An entry of the list.

    Args:
        node: What it stands for.
        below: What comes next in the direction of the list.
        again: True where the node stood further up in the list, with all that is below it.
    """

    node: Node
    below: "tuple[Item[Node], ...]"
    again: bool = False


def outline(part: Part[Node], direction: Literal["up", "down"]) -> tuple[Item[Node], ...]:
    """List what comes before or after the focus, each node's own followers once."""
    ways: dict[Node, list[Node]] = {}
    for origin, result in part.edges:
        start, end = (result, origin) if direction == "up" else (origin, result)
        sign = -1 if direction == "up" else 1
        if part.steps[end] * sign > 0:
            ways.setdefault(start, []).append(end)
    seen: set[Node] = set(part.focus)
    return tuple(item for node in part.focus for item in _below(node, ways, seen))


def _below(node: Node, ways: Mapping[Node, list[Node]], seen: set[Node]) -> tuple[Item[Node], ...]:
    items = []
    for follower in ways.get(node, ()):
        again = follower in seen
        seen.add(follower)
        items.append(Item(follower, () if again else _below(follower, ways, seen), again))
    return tuple(items)
