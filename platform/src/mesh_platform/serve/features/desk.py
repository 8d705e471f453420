"""Answers requests for features: which view, who asks, what they may see, what the store has."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mesh_platform.contract.export.masks import MASK
from mesh_platform.errors import MeshError, MeshFailure, UnknownName
from mesh_platform.features.history import HistoryView
from mesh_platform.features.online.definition import columns_of, id_of, version_of
from mesh_platform.features.online.header import Header, moment_of
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.pipeline.online import Kept, all_views
from mesh_platform.serve.features.asked import Asked, typed_keys
from mesh_platform.serve.features.rows import fulfils
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.shelf import Shelf, Shown
from mesh_platform.serve.service import Access, Caller, Permit, Service

if TYPE_CHECKING:
    from starlette.requests import Request

_LOG = logging.getLogger(__name__)
Answer = tuple[dict[str, Any], dict[str, str]]


@dataclass(slots=True)
class Visit:
    """One request: who asked for what, and how it ended.

    Args:
        request: The request.
        name: The view's name; "" for the list.
        route: The template of the path.
        began: When.
    """

    request: Request
    name: str
    route: str
    began: float = field(default_factory=perf_counter)
    caller: Caller | None = None
    shown: Shown | None = None
    permit: Permit | None = None
    columns: tuple[str, ...] = ()
    header: Header | None = None
    rows: int = 0


class Desk:
    """Answers requests for features.

    Args:
        service: What every route is given.
        views: The views by name; None for those of the installed domains.
        reader: Reads the online store; None for that of the settings.
    """

    def __init__(
        self, service: Service, views: Mapping[str, Kept] | None = None, reader: OnlineReader | None = None
    ) -> None:
        self._service, self._given, self._reader = service, views, reader
        self._shelf = Shelf(service.contracts)

    @cached_property
    def views(self) -> Mapping[str, Kept]:
        """The views by name: reading them imports the domains' models."""
        if self._given is not None:
            return self._given
        from mesh_platform.discover import installed_domains

        return all_views(installed_domains())

    def start(self) -> Sequence[str]:
        """Get ready, so that no request waits for it.

        Returns:
            The names of the views; none where they can't be told.
        """
        try:
            return sorted(self.views)
        except MeshError:
            _LOG.exception("the feature views can't be told; requests for features are refused")
            return ()

    @property
    def reader(self) -> OnlineReader:
        """The online store, opened with the first request."""
        if self._reader is None:
            self._reader = OnlineReader.open(self._service.settings, sampled=True)
        return self._reader

    def close(self) -> None:
        """Give back what was opened."""
        if self._reader is not None:
            self._reader.close()

    def list(self, visit: Visit) -> Answer:
        """List the views, and what the store has of each."""
        self.admit(visit)
        return {"views": [self._described(kept) for _, kept in sorted(self.views.items())]}, {}

    def answer(self, visit: Visit, caller: Caller, asked: Asked, *, texts: bool) -> Answer:
        """Read entities.

        Args:
            visit: The request.
            caller: Who asks.
            asked: What is asked.
            texts: Whether the keys came as texts.

        Raises:
            Problem: Where the request is wrong or not allowed.
            UnknownName: Where there is no such view.
            MeshFailure: Where the view was never pushed, or the store can't be reached.
        """
        kept = self._kept(visit.name)
        shown = visit.shown = self._source(kept)
        features = self._features(kept, asked)
        visit.columns = (*kept.view.entity, *features)
        permit = visit.permit = self._permit(visit, caller, shown, kept)
        header = self.reader.header(kept.view)
        if header is None:
            raise MeshFailure(f"feature view {id_of(kept.view)} was never pushed; `mesh features push` pushes it")
        keys = typed_keys(asked, header.entity, texts=texts)
        read = self.reader.read_version(kept.view, keys)
        visit.header = read.header
        rows = [
            fulfils(permit.rows, kept.view.entity, key, values) for key, values in zip(keys, read.values, strict=True)
        ]
        found = sum(values is not None for values in rows)
        self._service.gate.spend(permit.caller, found)
        visit.rows = found
        hidden = frozenset(f for f in features if f in shown.personal and f not in permit.clear)
        entities = [_entity(values, features, hidden) for values in rows]
        return {"view": visit.name, **_of(read.header), "entities": entities}, _headers(visit.name, read.header, shown)

    def end(self, visit: Visit, status: int, reason: str = "") -> None:
        """Remember a request in the log of accesses and the metrics."""
        product = None if visit.shown is None else visit.shown.product
        clear = frozenset() if visit.permit is None else visit.permit.clear
        self._service.accesses.record(
            Access(
                request_id=str(getattr(visit.request.state, "request_id", "")),
                consumer="" if visit.caller is None else visit.caller.consumer,
                proof="" if visit.caller is None else visit.caller.proof,
                action="features",
                product="" if product is None else product.full_name,
                major=0 if product is None else product.major,
                purpose="" if visit.permit is None else visit.permit.purpose,
                columns=visit.columns,
                personal=tuple(c for c in visit.columns if c in clear),
                snapshot=0 if visit.header is None else visit.header.snapshot,
                rows=visit.rows,
                status=status,
                reason=reason,
            )
        )
        version = "" if visit.header is None else visit.header.version
        known = visit.name if visit.header is not None else ""
        self._service.metrics.observe("features", known, visit.route, version, status, perf_counter() - visit.began)

    def admit(self, visit: Visit) -> Caller:
        """Prove who asks, before anything of the request is looked at."""
        visit.caller = self._service.gate.admit(visit.request)
        return visit.caller

    def _kept(self, name: str) -> Kept:
        if name not in self.views:
            raise UnknownName.of("feature view", name[:80], list(self.views))
        return self.views[name]

    def _source(self, kept: Kept) -> Shown:
        """The product whose rows the features are; what a domain keeps to itself is no product."""
        try:
            return self._shelf.find(kept.view.source)
        except UnknownName:
            raise Problem(
                403,
                "private-source",
                f"{kept.name} is made of {kept.view.source}, which is no published product; only models of "
                f"{kept.domain} read it",
                "view",
                kept.name,
            ) from None

    def _features(self, kept: Kept, asked: Asked) -> tuple[str, ...]:
        known = columns_of(kept.view)
        for name in asked.features or ():
            if name not in known:
                rule = f"one of {', '.join(known)}"
                raise Problem(422, "unknown-feature", f"{kept.name} has no such feature", "features", name[:80], rule)
        return known if asked.features is None else asked.features

    def _permit(self, visit: Visit, caller: Caller, shown: Shown, kept: Kept) -> Permit:
        """What the caller may see.

        Raises:
            Problem: 403 where a column is not granted, where the entity's name is masked, or where a row filter needs
                a column that the view lacks.
        """
        permit = self._service.gate.permit(caller, shown.product, visit.columns)
        for column in kept.view.entity:
            if column in shown.personal and column not in permit.clear:
                raise Problem(
                    403,
                    "masked-column",
                    f"{kept.name}: {column} is masked for you, so you can't look up features by it (rule: a mask hides "
                    "what a question could tell); ask for a grant that clears it",
                    column,
                )
        for rule in permit.rows:
            if isinstance(kept.view, HistoryView) or rule.column not in (*kept.view.entity, *columns_of(kept.view)):
                raise Problem(
                    403,
                    "filtered-rows",
                    f"{kept.name}: your grant filters rows by {rule.column}, which the view can't; read "
                    f"{shown.product.full_name} itself",
                    "view",
                    kept.name,
                )
        return permit

    def _described(self, kept: Kept) -> dict[str, Any]:
        header, view = self.reader.header(kept.view), kept.view
        lives = None if isinstance(view, HistoryView) else view.time_to_live
        return {
            "name": kept.name,
            "source": view.source,
            "version": version_of(view),
            "kind": "history" if isinstance(view, HistoryView) else "vector",
            "entity": list(view.entity),
            "features": list(columns_of(view)),
            "time_to_live_s": None if lives is None else lives.total_seconds(),
            "pushed": None if header is None else {**_of(header), "entities": header.entities},
        }


def _of(header: Header) -> dict[str, Any]:
    """Of what the features are."""
    return {"version": header.version, "snapshot": str(header.snapshot), "data_as_of": _instant(header.known)}


def _headers(name: str, header: Header, shown: Shown) -> dict[str, str]:
    from mesh_platform.serve.products.trust import contract_headers

    return {
        **contract_headers(shown.product),
        "Mesh-Feature-View": quote(name),
        "Mesh-Feature-Version": header.version,
        "Mesh-Snapshot": str(header.snapshot),
        "Mesh-Data-As-Of": _instant(header.known),
    }


def _instant(microseconds: int) -> str:
    return moment_of(microseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entity(values: Mapping[str, Any] | None, features: Sequence[str], hidden: frozenset[str]) -> dict[str, Any]:
    if values is None:
        return {"found": False, "features": dict.fromkeys(features)}
    if not hidden:
        return {"found": True, "features": {name: values[name] for name in features}}
    shown = {name: _masked(values[name]) if name in hidden else values[name] for name in features}
    return {"found": True, "features": shown}


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [None if one is None else MASK for one in value]
    return None if value is None else MASK
