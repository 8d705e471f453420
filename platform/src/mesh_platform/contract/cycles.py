"""No product may be made from itself, be it by way of others."""

from collections.abc import Iterable, Mapping

from mesh_platform.errors import BadContract


def refuse_cycles(inputs: Mapping[str, Iterable[str]]) -> None:
    """Make sure that products can be made one after the other.

    Args:
        inputs: Product → the products that it reads.

    Raises:
        BadContract: Where input ports form a cycle, naming it.
    """
    cleared: set[str] = set()
    for start in sorted(inputs):
        way: list[str] = []
        _follow(start, inputs, way, cleared)


def _follow(start: str, inputs: Mapping[str, Iterable[str]], way: list[str], cleared: set[str]) -> None:
    """Walk up from a product without recursion: chains of products have no greatest length."""
    way.append(start)
    ahead = [iter(sorted(inputs.get(start, ())))]
    while ahead:
        product = next(ahead[-1], None)
        if product is None:
            ahead.pop()
            cleared.add(way.pop())
        elif product in way:
            cycle = " → ".join([*way[way.index(product) :], product])
            raise BadContract(f"input ports form a cycle: {cycle} (rule: none); take one of these ports out")
        elif product not in cleared:
            way.append(product)
            ahead.append(iter(sorted(inputs.get(product, ()))))
