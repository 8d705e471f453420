"""The state of every product as gauges: how old, how many rows, what its audit said, what its service level asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from time import monotonic

from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.lake import Lake
from mesh_platform.serve.operation.documents import Documents
from mesh_platform.serve.service import Metrics

MEASURED_EVERY_S = 15.0
"""How old the gauges may be: Prometheus asks every 15 to 60 seconds, and each table costs a read of its metadata."""


class ProductGauges:
    """Measure the products when somebody looks.

    Args:
        lake: The published rows.
        documents: The published documents.
        metrics: Where the gauges are kept.
    """

    def __init__(self, lake: Lake, documents: Documents, metrics: Metrics) -> None:
        self._lake, self._documents, self._metrics = lake, documents, metrics
        self._measured, self._measuring = -MEASURED_EVERY_S, Lock()

    def measure(self) -> None:
        """Set the gauges of every product, unless they were set just now."""
        with self._measuring:
            if monotonic() - self._measured < MEASURED_EVERY_S:
                return
            self._measured = monotonic()
            for product in {p.full_name: p for p in self._documents.products()}.values():
                self._measure(product)

    def _measure(self, product: PublishedProduct) -> None:
        snapshot = self._lake.current(product.full_name)
        said: Callable[[str, float], None] = lambda name, value: self._metrics.gauge(  # noqa: E731 - three words a line
            f"product_{name}", {"product": product.full_name}, value
        )
        said("published", float(snapshot is not None))
        if snapshot is None:
            return
        age_s = (datetime.now(UTC) - snapshot.published_at).total_seconds()
        said("age_seconds", age_s)
        said("promised_seconds", product.service_level.freshness.total_seconds())
        said("rows", float(snapshot.rows))
        said("audit_checks_passed", float(snapshot.checks))
