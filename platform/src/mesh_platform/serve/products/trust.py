"""The headers that tell how far an answer can be trusted: contract, snapshot, audit, age, service level, end of life.

Service level and age follow the catalog's rule: the newest row against the end of the newest day on which a source
delivered. The newest row is read off the files' statistics, so no row is read for it; deliveries are looked at again
every half minute, in the background.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mesh_platform.lake.relation import bounds
from mesh_platform.pipeline.measured import Measured, end_of, newest_delivery
from mesh_platform.serve.products.views import View

if TYPE_CHECKING:
    from mesh_platform.contract.export.read import PublishedProduct
    from mesh_platform.lake import Lake
    from mesh_platform.serve.products.engine import Engine

LOOKED_AT_EVERY_S: Final = 30.0
"""How old the knowledge of deliveries may be: lateness is told in hours."""
LEARNT_AT: Final = "ingested_at"
"""The column that says when the mesh learnt of a row."""


@dataclass(frozen=True, slots=True)
class _Delivered:
    """The end of the newest day on which a source of a product delivered, and when that was looked at."""

    at: float
    until: datetime | None


class Trust:
    """Tells what is known of products.

    Args:
        lake: The published rows.
        engine: On whose threads is measured.
    """

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self._lake, self._engine = lake, engine
        self._delivered: dict[str, _Delivered] = {}
        self._looking: set[str] = set()
        self._changing = Lock()

    def headers(self, view: View) -> dict[str, str]:
        """Write the headers of an answer from a view; the first time it looks at files, so call it on a thread."""
        product, snapshot = view.shown.product, view.snapshot
        newest = newest_row(view)
        told = {
            **contract_headers(product),
            "Mesh-Snapshot": str(snapshot.snapshot_id),
            "Mesh-Published-At": _instant(snapshot.published_at),
            "Mesh-Audit": f"passed; checks={snapshot.checks}",
            "Mesh-Service-Level": self._level(product, newest) if view.is_current else "superseded",
        }
        return told | ({"Mesh-Data-As-Of": _instant(newest)} if newest else {})

    def _level(self, product: PublishedProduct, newest: datetime | None) -> str:
        known = self._delivered.get(product.table)
        if known is None:
            self._look(product)
        elif monotonic() - known.at > LOOKED_AT_EVERY_S:
            self._look_later(product)
        measured = Measured(newest_row=newest, newest_delivery=self._delivered[product.table].until)
        return level(measured, product.service_level.freshness)

    def _look_later(self, product: PublishedProduct) -> None:
        with self._changing:
            if product.table in self._looking:
                return
            self._looking.add(product.table)
        self._engine.later(self._look, product)

    def _look(self, product: PublishedProduct) -> None:
        try:
            day = newest_delivery(product.domain, product.sources, self._lake)
            self._delivered[product.table] = _Delivered(monotonic(), end_of(day) if day else None)
        finally:
            with self._changing:
                self._looking.discard(product.table)


def newest_row(view: View) -> datetime | None:
    """The instant up to which a state has rows: the newest `ingested_at`, or the end of the newest day."""
    if LEARNT_AT in view.shown.columns:
        found = [bounds(path).values.get(LEARNT_AT) for path in view.files]
        return max((largest for _, largest in filter(None, found)), default=None)
    days = [file.day for file in view.head.files(view.snapshot.snapshot_id) if file.day is not None]
    return end_of(max(days)) if days else None


def contract_headers(product: PublishedProduct) -> dict[str, str]:
    """Write the headers that only need the contract."""
    name = quote(product.full_name)
    links = [f'</products/{name}?major={product.major}>; rel="describedby"', f'</products/{name}#lineage>; rel="via"']
    told = {
        "Mesh-Product": product.full_name,
        "Mesh-Contract-Version": product.version,
        "Link": ", ".join(links),
    }
    return {**told, **end_of_life(product)}


def end_of_life(product: PublishedProduct) -> Mapping[str, str]:
    """Write Deprecation (RFC 9745) and Sunset (RFC 8594) where the version ends."""
    if product.sunset is None and product.status != "deprecated":
        return {}
    # The documents say until when a version is served, not since when it is deprecated: since at least now.
    told = {"Deprecation": f"@{int(_midnight(datetime.now(UTC).date()).timestamp())}"}
    if product.sunset is not None:
        told["Sunset"] = format_datetime(end_of(product.sunset), usegmt=True)
    return told


def level(measured: Measured, promised: timedelta) -> str:
    """Say whether the promise of freshness is kept."""
    behind = measured.behind_hours
    hours = promised / timedelta(hours=1)
    if behind is None:
        return f"unmeasured; promised_hours={hours:g}"
    return f"{'fresh' if behind <= hours else 'late'}; behind_hours={behind:.1f}; promised_hours={hours:g}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
