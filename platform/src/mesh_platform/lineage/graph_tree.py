"""The lineage of one node as a tree, for people: each node's own branches are drawn once, at its first place."""

from collections.abc import Callable
from dataclasses import dataclass

from mesh_platform.lineage.graph_nodes import domain_of


@dataclass(frozen=True, slots=True)
class Branch:
    """A node in its place of the tree.

    Args:
        node: The column, table or model.
        crosses: Whether it belongs to another domain than the node it hangs on.
        again: Whether its own branches are drawn at an earlier place.
        branches: What hangs on it.
        cut: How many nodes hang on it that the depth leaves out.
    """

    node: str
    crosses: bool
    again: bool
    branches: tuple["Branch", ...]
    cut: int = 0


def grown(root: str, step: Callable[[str], tuple[str, ...]], depth: int | None = None) -> Branch:
    """Grow the tree of what can be reached from a node.

    Args:
        root: The node.
        step: A node → the next ones.
        depth: How many steps to go; None for all.
    """
    drawn: set[str] = set()

    def branch(node: str, left: int | None, crosses: bool) -> Branch:
        following = step(node)
        again = node in drawn and bool(following)
        if again or left == 0:
            return Branch(node, crosses, again, (), 0 if again else len(following))
        drawn.add(node)
        fewer = None if left is None else left - 1
        return Branch(node, crosses, again, tuple(branch(n, fewer, domain_of(n) != domain_of(node)) for n in following))

    return branch(root, depth, crosses=False)
