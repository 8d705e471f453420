"""One node of the lineage graph and what hangs on it: columns for a column or a model, tables for a table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mesh_platform.lineage.graph_nodes import domain_of, kind_of
from mesh_platform.lineage.graph_tree import Branch, grown

Way = Literal["up", "down"]
Step = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class View:
    """The lineage of one column, table or model.

    Args:
        name: The node.
        level: Whether its neighbours are columns or tables.
        origins: A node → the ones it is made from in one step.
        uses: A node → the ones that are made from it in one step.
        made: A node → the basis on which its origins are known, and what makes it.
    """

    name: str
    level: Literal["column", "table"]
    origins: Step
    uses: Step
    made: Callable[[str], tuple[str, str]]

    def tree(self, way: Way, depth: int | None = None) -> Branch:
        """Draw what lies upstream or downstream.

        Args:
            way: Which direction.
            depth: How many steps to follow; None for all.
        """
        return grown(self.name, self._step(way), depth)

    def reached(self, way: Way, depth: int | None = None) -> dict[str, int]:
        """List what lies upstream or downstream, the nearest first → in how many steps it is reached."""
        return reached(self.name, self._step(way), depth)

    def about(self, node: str) -> dict[str, Any]:
        """Describe a node: its kind, its domain, how its origins are known, what makes it, and its origins."""
        basis, logic = self.made(node)
        return {
            "name": node,
            "kind": kind_of(node),
            "domain": domain_of(node),
            "basis": basis,
            "logic": logic,
            "origins": list(self.origins(node)),
        }

    def _step(self, way: Way) -> Step:
        return self.origins if way == "up" else self.uses


def reached(start: str, step: Step, depth: int | None = None) -> dict[str, int]:
    """Walk from a node as far as the depth allows.

    Args:
        start: The node, which is not listed itself.
        step: A node → the next ones.
        depth: How many steps to go; None for all.

    Returns:
        Node → the fewest steps to it, the nearest first, then by name.
    """
    found: dict[str, int] = {}
    edge, steps = [start], 0
    while edge and (depth is None or steps < depth):
        steps += 1
        edge = sorted({near for node in edge for near in step(node)} - found.keys())
        found |= dict.fromkeys(edge, steps)
    return found
