"""The order in which domains run: as few runs a domain as the products' inputs allow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from mesh_platform.errors import BadContract
from mesh_platform.pipeline.plan import awaited_products
from mesh_platform.product import Domain


@dataclass(frozen=True, slots=True)
class DomainRun:
    """One Dagster run: some products of one domain; sources are ingested in the domain's first one."""

    domain: str
    products: tuple[str, ...]
    first: bool


def waves(domains: Iterable[Domain]) -> list[list[DomainRun]]:
    """Group products into waves of domain runs; the runs of one wave don't read each other.

    Args:
        domains: The domains to run; products of others count as already published.

    Raises:
        BadContract: Where products read each other in a circle.
    """
    domains = list(domains)
    inputs = _inputs(domains)
    level = _merged(domains, _levels(inputs), inputs)
    seen: set[str] = set()
    ordered: list[list[DomainRun]] = []
    for number in sorted(set(level.values())):
        wave = []
        for domain in domains:
            names = tuple(p.name for p in domain.products if level[domain.full_name(p)] == number)
            if names:
                wave.append(DomainRun(domain.name, names, domain.name not in seen))
                seen.add(domain.name)
        ordered.append(wave)
    return ordered


def _inputs(domains: list[Domain]) -> dict[str, set[str]]:
    """What each product waits for: the products it reads and those that its columns point to."""
    known = {d.full_name(p) for d in domains for p in d.products}
    return {d.full_name(p): awaited_products(p) & known - {d.full_name(p)} for d in domains for p in d.products}


def _levels(inputs: Mapping[str, set[str]]) -> dict[str, int]:
    """Count the changes of domain on the longest way to each product."""
    levels: dict[str, int] = {}
    rest = dict(inputs)
    while rest:
        ready = [name for name, needs in rest.items() if needs <= levels.keys()]
        if not ready:
            raise BadContract(f"products read each other in a circle: {', '.join(sorted(rest))}; remove an input port")
        for name in ready:
            needs = rest.pop(name)
            levels[name] = max((levels[n] + (_domain(n) != _domain(name)) for n in needs), default=0)
    return levels


def _merged(domains: list[Domain], levels: dict[str, int], inputs: Mapping[str, set[str]]) -> dict[str, int]:
    """Move a domain's earlier products into its next run where nobody waits for them."""
    merged = dict(levels)
    for domain in domains:
        names = [domain.full_name(p) for p in domain.products]
        steps = sorted({merged[n] for n in names})
        for lower, upper in pairwise(steps):
            group = [n for n in names if merged[n] == lower]
            waiting = [r for r, needs in inputs.items() if needs & set(group) and _domain(r) != domain.name]
            if all(merged[reader] > upper for reader in waiting):
                merged |= dict.fromkeys(group, upper)
    return merged


def _domain(product: str) -> str:
    return product.partition(".")[0]
