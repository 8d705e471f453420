"""The features that a domain keeps online: which they are, and pushing them when their sources are published.

A domain keeps what its live models gather from (`LiveModel.views`) and what it lists as VIEWS in `mesh_<domain>/
features.py`. It pushes them itself, when it has refreshed their source or a product of its own that reads it.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mesh_platform.discover import installed_domains
from mesh_platform.errors import BadContract, MeshFailure, MissingSource, UnknownName
from mesh_platform.features.history import HistoryView
from mesh_platform.features.online import header as headers
from mesh_platform.features.online.definition import OnlineView, id_of
from mesh_platform.features.online.store import OnlineStore, online_store_url, open_store
from mesh_platform.features.view import FeatureView
from mesh_platform.pipeline.models import named, recipe_of
from mesh_platform.pipeline.plan import input_tables, optional_tables
from mesh_platform.product import DataProduct, Domain

if TYPE_CHECKING:
    from mesh_platform.features.online.forget import Forgotten
    from mesh_platform.features.online.parity import Parity
    from mesh_platform.features.online.push import Pushed
    from mesh_platform.lake import Lake
    from mesh_platform.ml.live import LiveModel
    from mesh_platform.pipeline.context import RunContext
    from mesh_platform.settings import Settings

_LOG = logging.getLogger(__name__)
LEFT_TO_OTHERS = timedelta(days=30)
"""How long a domain leaves samples of views that are not its own: then most of their snapshots have expired."""
GRACE = timedelta(days=1)
"""How long features of a definition stay that no domain has any more: a server of the old code may still read them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A view that a domain keeps online.

    Args:
        domain: The domain.
        view: The view.
        may_be_empty: Whether its source may have no snapshot for a long time.
    """

    domain: str
    view: OnlineView
    may_be_empty: bool = False

    @property
    def name(self) -> str:
        """The view's name across the mesh, such as "customers.customer_behaviour"."""
        return f"{self.domain}.{self.view.name}"


def views_of(domain: Domain) -> dict[str, Kept]:
    """List the views that a domain keeps online, by their names across the mesh.

    Raises:
        BadContract: Where two definitions have one name, or a source is nothing that the domain reads.
    """
    found: dict[str, Kept] = {}
    readable = _readable(domain)
    for view in (*_listed(domain), *_gathered(domain)):
        kept = Kept(domain.name, view, view.source in optional_tables(domain))
        if found.setdefault(kept.name, kept).view != view:
            raise BadContract(f"two feature views are called '{kept.name}' (rule: one definition a name); rename one")
        if view.source not in readable:
            raise BadContract(
                f"feature view '{kept.name}' reads {view.source} (rule: a product or source of the domain, or an input "
                f"port of one of its products); it has: {', '.join(sorted(readable))}"
            )
    return found


def all_views(domains: Mapping[str, Domain]) -> dict[str, Kept]:
    """List the views of all domains, by name."""
    return {name: kept for _, domain in sorted(domains.items()) for name, kept in sorted(views_of(domain).items())}


def find_view(domains: Mapping[str, Domain], name: str) -> Kept:
    """Find a view by its name across the mesh.

    Raises:
        UnknownName: Where no installed domain keeps it.
    """
    known = all_views(domains)
    if name not in known:
        raise UnknownName.of("feature view", name, list(known))
    return known[name]


def _listed(domain: Domain) -> Iterator[OnlineView]:
    module = f"mesh_{domain.name}.features"
    if find_spec(f"mesh_{domain.name}") is None or find_spec(module) is None:
        return
    for view in getattr(importlib.import_module(module), "VIEWS", ()):
        yield _checked(view, f"{module}:VIEWS")


def _gathered(domain: Domain) -> Iterator[OnlineView]:
    for product in domain.products:
        if product.recipe and (live := recipe_of(product).live):
            model: LiveModel = named(live)
            for view in model.views:
                yield _checked(view, live)


def _checked(view: object, where: str) -> OnlineView:
    if not isinstance(view, FeatureView | HistoryView):
        raise BadContract(f"'{where}' holds a {type(view).__name__} (rule: feature or history views); take it out")
    return view


def _readable(domain: Domain) -> set[str]:
    own = {domain.full_name(product) for product in domain.products}
    return own | {table for product in domain.products for table in input_tables(domain, product)}


def push_views(views: Iterable[Kept], lake: Lake, settings: Settings) -> list[Pushed]:
    """Push views to the online store of the settings, one after the other.

    Raises:
        MissingSource: Where a source has no snapshot yet.
        MeshFailure: Where the store can't be reached, or another push came first.
    """
    from mesh_platform.features.online.push import push

    store = open_store(online_store_url(settings))
    try:
        return [push(k.view, lake, store, settings.memory_mb, may_be_empty=k.may_be_empty) for k in views]
    finally:
        store.close()


def push_after(domain: Domain, product: DataProduct, context: RunContext) -> None:
    """Push the domain's views of a product that was refreshed, and of what that reads.

    A store that can't be reached does not fail the product: its readers keep the snapshot that they have, and the next
    push brings the newest. A wrong definition does.

    Raises:
        UserError: Where a view names a column that its source lacks, or of a type that can't be kept.
    """
    name = domain.full_name(product)
    sources = {name, *input_tables(domain, product)}
    views = [kept for kept in views_of(domain).values() if kept.view.source in sources]
    for kept in views:
        try:
            (done,) = push_views([kept], context.lake, context.settings)
        except MissingSource:  # the domain that publishes it comes later
            continue
        except MeshFailure as failure:
            _LOG.warning("feature view %s was not pushed: %s", kept.name, failure)
            context.report(name, f"features {kept.view.name} not pushed")
            continue
        if done.how != "unchanged":
            context.report(name, f"pushed {done.written} of features {kept.view.name}")


def drop_unused(domains: Mapping[str, Domain], settings: Settings, now: datetime) -> list[str]:
    """Drop definitions that no domain has any more and that nobody has pushed for a while.

    Returns:
        The views with their versions that are gone.
    """
    used = {id_of(kept.view) for kept in all_views(domains).values()}
    store = open_store(online_store_url(settings))
    try:
        old = [view for view in store.views() if view not in used and _is_old(store, view, now)]
        for view in old:
            with store.pushing():
                store.drop(view)
        return old
    finally:
        store.close()


def _is_old(store: OnlineStore, view: str, now: datetime) -> bool:
    seen = store.read(view, ())
    return seen is None or now - headers.moment_of(headers.read(seen[0]).pushed) > GRACE


def compare_served(domains: Mapping[str, Domain], lake: Lake, settings: Settings) -> list[Parity]:
    """Compare the features that were served with the lake; see `features.online.parity`.

    Args:
        domains: All that serve from this home: samples of no view of theirs are removed.
        lake: Holds the sources.
        settings: Where samples are.
    """
    from mesh_platform.features.online.parity import compare

    views = (kept.view for kept in all_views(domains).values())
    return compare(views, lake, settings.home, settings.memory_mb)


def compare_domain(domain: Domain, lake: Lake, settings: Settings) -> list[Parity]:
    """Compare the features of one domain that were served, and leave those of others to them."""
    from mesh_platform.features.online.parity import compare

    views = (kept.view for kept in views_of(domain).values())
    return compare(views, lake, settings.home, settings.memory_mb, others=LEFT_TO_OTHERS)


def forget_online(
    lake: Lake, settings: Settings, identifiers: Collection[str], domains: Mapping[str, Domain] | None = None
) -> Forgotten:
    """Take a person out of the online store, and push what they were taken out of again.

    To be called when the lake no longer holds them.

    Args:
        lake: The lake.
        settings: Where the store is.
        identifiers: Values that lead to the person.
        domains: The domains; None for the installed ones.

    Raises:
        MeshFailure: Where the store can't be reached; calling it again goes on.
    """
    from mesh_platform.features.online.forget import forget

    store = open_store(online_store_url(settings))
    try:
        done = forget(store, settings.home, identifiers)
    finally:
        store.close()
    if done.entities:
        views = all_views(installed_domains() if domains is None else domains).values()
        push_views([kept for kept in views if id_of(kept.view) in done.entities], lake, settings)
    return done
