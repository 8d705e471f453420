"""What a run of the mesh has to do: which products can be fed, what has landed, what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from mesh_platform.errors import MissingSource
from mesh_platform.pipeline.days import Days
from mesh_platform.pipeline.fingerprint import domain_code
from mesh_platform.pipeline.models import champion_of, model_label, recipe_of, registry_of
from mesh_platform.pipeline.older import majors_behind
from mesh_platform.pipeline.plan import awaited_products, input_tables, optional_tables, plan, raw_table, spoken
from mesh_platform.product import DataProduct, Domain
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.ml.versions import ModelVersion

    Champions = dict[str, ModelVersion | None]


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a run does.

    Args:
        fed: Products whose inputs exist or will, by domain.
        lacking: Product → what it lacks.
        sources: Sources with landed files, by domain.
        untrained: Fed products whose model must be trained first, and that model, by domain.
        working: Domains that have something to do.
        days: First and last day of delivery that the run covers.
    """

    fed: dict[str, tuple[str, ...]]
    lacking: dict[str, str]
    sources: dict[str, tuple[str, ...]]
    untrained: dict[str, dict[str, str]]
    working: frozenset[str]
    days: tuple[date, date] | None


def draw_up(domains: Sequence[Domain], lake: "Lake", settings: Settings, landed: list[date], forced: Days) -> Agenda:
    """Look at the landing zone and the lake, and say what a run has to do.

    Args:
        domains: The domains to run.
        lake: Where products and ingested sources live.
        settings: Says where the landing zone is.
        landed: The days of delivery in the landing zone, oldest first.
        forced: Days to make again whatever changed.
    """
    sources = {d.name: tuple(s.name for s in d.sources if _landed(d, s.name, settings)) for d in domains}
    champions = {d.full_name(p): champion_of(p, settings) for d in domains for p in d.products if p.recipe}
    waiting = _too_young(domains, champions, len(landed)) | _refused(domains, champions, settings)
    waiting |= _nothing_yet(domains, lake, sources)
    fed, lacking = _fed(domains, lake, sources, waiting)
    pending = _pending(domains, lake, settings, sources)
    changed, everything = _changed(domains, lake, fed, champions)
    untrained = {d.name: _untrained(d, fed[d.name], champions) for d in domains}
    working = _with_readers(domains, frozenset(pending) | changed | (set(fed) if forced else set()))
    days = sorted(forced) or (landed if everything else sorted({d for found in pending.values() for d in found}))
    return Agenda(fed, lacking, sources, untrained, working, (days[0], days[-1]) if days else _last(landed))


def _last(landed: list[date]) -> tuple[date, date] | None:
    return (landed[-1], landed[-1]) if landed else None


def _landed(domain: Domain, source: str, settings: Settings) -> bool:
    folder = settings.landing / domain.name / source
    return folder.is_dir() and any(folder.iterdir())


def _too_young(domains: Sequence[Domain], champions: "Champions", days: int) -> dict[str, str]:
    """Name the model products without a champion that have too little history to learn from, and what they lack."""
    waiting = [(d.full_name(p), p) for d in domains for p in d.products if p.recipe]
    needs = {name: recipe_of(product).needs_days for name, product in waiting if champions[name] is None}
    return {
        name: f"needs {least} days of history to learn from, {days} have landed"
        for name, least in needs.items()
        if days < least
    }


def _awaited(domain: Domain, product: DataProduct) -> list[str]:
    """The tables that a product is made from, and then those that its columns point to."""
    tables = input_tables(domain, product)
    return tables + sorted(awaited_products(product) - {domain.full_name(product), *tables})


def _untrained(domain: Domain, fed: tuple[str, ...], champions: "Champions") -> dict[str, str]:
    """Name the models without a champion, by the product that waits for it."""
    waiting = [p for p in domain.products if p.recipe and p.name in fed and champions[domain.full_name(p)] is None]
    return {product.name: recipe_of(product).name for product in waiting}


def _refused(domains: Sequence[Domain], champions: "Champions", settings: Settings) -> dict[str, str]:
    """Name the model products without a champion whose newest version the gate refused a short while ago.

    The same data would only be refused again.
    """
    registry = registry_of(settings)
    told = {}
    for domain, product in ((d, p) for d in domains for p in d.products if p.recipe):
        name, recipe = domain.full_name(product), recipe_of(product)
        newest = next(iter(registry.versions(recipe.name)), None) if registry and champions[name] is None else None
        if newest and datetime.now(UTC) - newest.trained_at < timedelta(days=recipe.cooldown_days):
            told[name] = (
                f"has no champion: version {newest.version} was refused on {newest.trained_at:%Y-%m-%d}; "
                f"`mesh models {recipe.name}` says why, `mesh train {recipe.name}` tries again"
            )
    return told


def _nothing_yet(domains: Sequence[Domain], lake: "Lake", sources: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Name the products that only sources feed which may be empty, and of which nothing has ever landed.

    Where something has, such a product is made without rows, too: then that is what it says.
    """
    here = {raw_table(d, s) for d, names in sources.items() for s in names} | set(lake.tables())
    inputs = {d.full_name(p): (input_tables(d, p), optional_tables(d)) for d in domains for p in d.products}
    return {
        name: f"lacks {', '.join(spoken(t) for t in tables)}: nothing has landed yet"
        for name, (tables, optional) in inputs.items()
        if tables and name not in here and set(tables) <= optional and not here & set(tables)
    }


def _fed(
    domains: Sequence[Domain], lake: "Lake", sources: dict[str, tuple[str, ...]], waiting: dict[str, str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Split products into those whose inputs exist or will, and those that lack one."""
    here = {raw_table(d, s) for d, names in sources.items() for s in names} | set(lake.tables())
    here |= {table for domain in domains for table in optional_tables(domain)}
    products = {d.full_name(p): (d, p) for d in domains for p in d.products}
    lacking = dict(waiting)
    while True:
        coming = here | (products.keys() - lacking.keys())
        found = {
            name: f"lacks {', '.join(spoken(t) for t in missing)}"
            for name, (domain, product) in products.items()
            if name not in lacking and (missing := [t for t in _awaited(domain, product) if t not in coming])
        }
        if not found:
            break
        lacking |= found
    fed = {d.name: tuple(p.name for p in d.products if d.full_name(p) not in lacking) for d in domains}
    return fed, lacking


def _pending(
    domains: Sequence[Domain], lake: "Lake", settings: Settings, sources: dict[str, tuple[str, ...]]
) -> dict[str, set[date]]:
    from mesh_platform.ingest import delivery_day, pending

    found: dict[str, set[date]] = {}
    for domain in domains:
        files = [
            f for s in domain.sources if s.name in sources[domain.name] for f in pending(domain, s, lake, settings)
        ]
        if files:
            found[domain.name] = {delivery_day(file) for file in files}
    return found


def _changed(
    domains: Sequence[Domain], lake: "Lake", fed: dict[str, tuple[str, ...]], champions: "Champions"
) -> tuple[set[str], bool]:
    """Name the domains whose products differ from what is ingested, and whether any is made as a whole."""
    changed, everything = set(), False
    for domain in domains:
        for product in (p for p in domain.products if p.name in fed[domain.name]):
            needs, whole = _needs(domain, product, lake, champions.get(domain.full_name(product)))
            if needs:
                changed.add(domain.name)
            everything |= whole
    return changed, everything


def _needs(domain: Domain, product: DataProduct, lake: "Lake", champion: "ModelVersion | None") -> tuple[bool, bool]:
    from mesh_platform.contract import shape_of

    try:
        todo = plan(domain, product, lake, domain_code(domain), model=model_label(champion))
    except MissingSource:
        return True, True
    by_day = shape_of(product.contract).partition is not None and not product.accumulates
    behind = bool(majors_behind(domain, product, lake))
    return todo.needed or behind, todo.partitions is None and by_day


def _with_readers(domains: Sequence[Domain], working: frozenset[str] | set[str]) -> frozenset[str]:
    """Add the domains that read products of working domains."""
    found = set(working)
    while True:
        readers = {
            d.name for d in domains for p in d.products for port in p.inputs if port.product.partition(".")[0] in found
        }
        if readers <= found:
            return frozenset(found)
        found |= readers
