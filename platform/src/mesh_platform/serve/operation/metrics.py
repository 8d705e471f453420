"""What is counted and timed, in Prometheus' format; the figures of all workers are summed.

Workers share a folder (`PROMETHEUS_MULTIPROC_DIR`): each writes its figures to files of its own that are mapped into
memory, and whichever is asked adds all of them up, also those of workers that died. Where the variable is not set, as
in tests, the figures are this process's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S = (*(0.0005, 0.001, 0.002, 0.005, 0.01, 0.015, 0.025), *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0))
"""Upper bounds: fine around what key lookups (15 ms) and models (10 ms) promise, coarse for streams."""
_PREFIX = "mesh_"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class EndedWorkers:
    """Count workers that ended although nobody told them to; kept by the process that starts them again."""

    def __init__(self) -> None:
        self._counter = Counter(
            f"{_PREFIX}workers_ended", "Workers that ended by themselves or were stuck", ("how",), registry=None
        )
        for how in ("died", "stuck"):
            self._counter.labels(how)  # at 0, so that the first one is seen as an increase

    def count(self, how: str) -> None:
        """Count one.

        Args:
            how: "died" or "stuck".
        """
        self._counter.labels(how).inc()


class PrometheusMetrics:
    """Keep figures for Prometheus."""

    def __init__(self) -> None:
        self._own = CollectorRegistry(auto_describe=False)
        self._requests = Histogram(
            f"{_PREFIX}request_seconds",
            "Seconds from a request to its answer's last byte",
            ("method", "route", "status"),
            buckets=BUCKETS_S,
            registry=self._own,
        )
        self._answers = Histogram(
            f"{_PREFIX}answer_seconds",
            "Seconds to answer from a product, feature view or model",
            ("kind", "name", "route", "version", "status"),
            buckets=BUCKETS_S,
            registry=self._own,
        )
        self._errors = Counter(
            f"{_PREFIX}errors", "Answers that are our fault (5xx)", ("kind", "name", "route"), registry=self._own
        )
        self._gauges: dict[str, Gauge] = {}
        self._making = Lock()

    def observe(self, kind: str, name: str, route: str, version: str, status: int, seconds: float) -> None:
        """Time one answer; see `service.Metrics`."""
        self._answers.labels(kind, name, route, version, str(status)).observe(seconds)
        if status >= 500:
            self._errors.labels(kind, name, route).inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Time one request, whatever it was for.

        Args:
            method: The HTTP method.
            route: The template of the path; "" where no route was found.
            status: The HTTP status; 499 where the caller hung up or the answer broke off.
            seconds: From the request to the answer's last byte.
        """
        self._requests.labels(method, route, str(status)).observe(seconds)
        if status >= 500:
            self._errors.labels("request", "", route).inc()

    def gauge(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Set a gauge, which is named `mesh_<name>`; of several workers the newest value counts.

        Args:
            name: Its name, in small letters and underscores, with its unit; always with the same labels.
            labels: What it is of.
            value: Its value.
        """
        found = self._gauges.get(name)
        if found is None:
            found = self._make(name, tuple(labels))
        (found.labels(**labels) if labels else found).set(value)

    def text(self) -> bytes:
        """All figures, in the text format."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self._own)
        all_workers = CollectorRegistry(auto_describe=False)
        collector: Collector = MultiProcessCollector(None)  # type: ignore[no-untyped-call]  # the package has no types
        all_workers.register(collector)
        return generate_latest(all_workers)

    def _make(self, name: str, labels: tuple[str, ...]) -> Gauge:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no gauge can be named {name!r} (rule: small letters, digits and underscores)")
        with self._making:
            if name not in self._gauges:
                self._gauges[name] = Gauge(
                    f"{_PREFIX}{name}",
                    name.replace("_", " "),
                    labels,
                    registry=self._own,
                    multiprocess_mode="mostrecent",
                )
            return self._gauges[name]
