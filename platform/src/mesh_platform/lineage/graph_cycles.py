"""Lineage has no cycles: a column that comes from itself through others is a mistake in the documents."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from mesh_platform.errors import BadContract


class _HasOrigins(Protocol):
    @property
    def origins(self) -> tuple[str, ...]: ...


def refuse_cycles(ancestry: Mapping[str, _HasOrigins]) -> None:
    """Fail where a node comes from itself.

    Args:
        ancestry: Every node → where it comes from.

    Raises:
        BadContract: Naming the cycle, each node with the one it is computed from.
    """
    uses: dict[str, list[str]] = {}
    open_origins = {}
    for node, found in ancestry.items():
        open_origins[node] = len(found.origins)
        for origin in found.origins:
            uses.setdefault(origin, []).append(node)
    ready = [node for node, count in open_origins.items() if not count]
    while ready:
        for user in uses.get(ready.pop(), ()):
            open_origins[user] -= 1
            if not open_origins[user]:
                ready.append(user)
    stuck = {node for node, count in open_origins.items() if count}
    if stuck:
        cycle = " ← ".join(_cycle(ancestry, stuck))
        raise BadContract(
            f"column lineage runs in a cycle: {cycle} (rule: nothing is computed from itself); "
            "correct transformSourceObjects where the products' code does not mean it"
        )


def _cycle(ancestry: Mapping[str, _HasOrigins], stuck: Iterable[str]) -> list[str]:
    """Walk upstream among the nodes that wait for each other until one comes again."""
    waiting = set(stuck)
    path = [min(waiting)]
    while True:
        following = min(origin for origin in ancestry[path[-1]].origins if origin in waiting)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
