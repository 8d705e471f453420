"""Keeps the lineups as they should be: one thread that looks at the registry, the tables, the canaries, the shadows.

A new champion is loaded and warmed up beside the one that answers, then put in its place by setting one reference. A
canary that breaks a guardrail is taken back here, once: under a lock, and only if it still is the canary.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from mesh_platform.errors import MeshError, UnknownName
from mesh_platform.ml.deploy.deployment import Deployment, deployment, take_back
from mesh_platform.ml.deploy.guardrails import breach
from mesh_platform.pipeline.lock import exclusive
from mesh_platform.pipeline.models import registry_of
from mesh_platform.serve.models.lineup import Builder

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.ml.registry import Registry
    from mesh_platform.serve.models.answering import Answering
    from mesh_platform.serve.models.log import PredictionLog
    from mesh_platform.serve.models.online import Online
    from mesh_platform.serve.models.shadow import Shadow
    from mesh_platform.serve.service import Metrics
    from mesh_platform.settings import Settings

_log = logging.getLogger(__name__)
LOOK_SECONDS: Final = 1.0
TABLES_SECONDS: Final = 5.0
"""How often new snapshots of the tables are looked for; preparing versions anew takes seconds of work."""
ASK_AGAIN_SECONDS: Final = 30.0
"""How often the registry is read although nothing says that it changed."""
LOCKS: Final = "locks"


class Keeper:
    """Looks after the lineups of all models.

    Args:
        settings: Says where the registry is.
        lake: The tables.
        answering: The models by name.
        online: For warming up.
        shadow: The process of the shadows.
        log: For its figures.
        metrics: Takes figures.
    """

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        answering: Mapping[str, Answering],
        online: Online,
        shadow: Shadow,
        log: PredictionLog,
        metrics: Metrics,
    ) -> None:
        self._settings, self._lake, self._answering = settings, lake, answering
        self._online, self._shadow, self._predictions, self._metrics = online, shadow, log, metrics
        self._registry: Registry | None = None
        self._stamp: object = None
        self._read_at = self._tables_at = float("-inf")
        self._try_again: dict[str, float] = {}
        self._ending = threading.Event()
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._keep_on, name="model-keeper", daemon=True)

    def start(self) -> None:
        """Load every model, then look after them in a thread."""
        self.look()
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look once: at the canaries, the registry and tables where it is time, the shadows."""
        with self._turn:
            for answering in self._answering.values():
                self._judge(answering)
            registry_changed, tables_due = self._registry_changed(), self._tables_due()
            if registry_changed or tables_due:
                for answering in self._answering.values():
                    self._renew(answering, registry_changed=registry_changed)
            self._shadows()
            self._tell()

    def _keep_on(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception:
                _log.exception("the models' keeper failed; it goes on")

    def _registry_changed(self) -> bool:
        """Whether the registry must be read; a local one says cheaply that it has not changed."""
        if self._registry is None:
            self._registry = registry_of(self._settings)
        stamp = self._registry.stamp() if self._registry else None
        waited = time.monotonic() - self._read_at
        local_changed = stamp is not None and stamp != self._stamp
        if not local_changed and waited < (LOOK_SECONDS if self._is_far else ASK_AGAIN_SECONDS):
            return False
        self._stamp, self._read_at = stamp, time.monotonic()
        return True

    @property
    def _is_far(self) -> bool:
        return self._registry is not None and self._registry.stamp() is None

    def _tables_due(self) -> bool:
        if time.monotonic() - self._tables_at < TABLES_SECONDS:
            return False
        self._tables_at = time.monotonic()
        return True

    def _renew(self, answering: Answering, *, registry_changed: bool) -> None:
        """Build a model's lineup anew where something changed; where that fails, the one before goes on."""
        name, before = answering.product.name, answering.lineup
        builder = Builder(answering.product, self._lake, self._registry, self._settings.memory_mb)
        try:
            wanted = self._wanted(name) if registry_changed or before is None else before.deployment
            snapshots = builder.current_snapshots()
            same = before is not None and (wanted, snapshots) == (before.deployment, before.snapshots)
            if same and not self._worth_another_try(answering):
                return
            lineup = builder.build(wanted, before, self._online)
        except MeshError as error:
            _log.warning("model %s can't be loaded: %s", name, error)
            return
        except Exception:  # other models and the products must be served all the same
            _log.exception("model %s can't be loaded", name)
            return
        if before is None or before.deployment.canary != wanted.canary:
            answering.forget_canary()
        if lineup.problems:
            self._try_again[name] = time.monotonic() + ASK_AGAIN_SECONDS
        answering.lineup = lineup
        _log.info("model %s: %s", name, lineup.deployment)

    def _worth_another_try(self, answering: Answering) -> bool:
        """Whether a version that could not be loaded has waited long enough."""
        name, lineup = answering.product.name, answering.lineup
        if lineup is None or not lineup.problems or time.monotonic() < self._try_again.get(name, 0):
            return False
        self._try_again[name] = time.monotonic() + ASK_AGAIN_SECONDS
        return True

    def _wanted(self, model: str) -> Deployment:
        if self._registry is None:
            return Deployment(model)
        try:
            return deployment(self._registry, model)
        except UnknownName:  # never trained: the baseline answers
            return Deployment(model)

    def _judge(self, answering: Answering) -> None:
        """Take a canary back that breaks a guardrail."""
        lineup = answering.lineup
        if lineup is None or lineup.deployment.canary is None or self._registry is None:
            return
        number, name = lineup.deployment.canary, answering.product.name
        if lineup.canary is None:
            reason: str | None = lineup.problems.get("canary", "it can't be loaded")
        else:
            canary, champion = (list(answering.watched[route]) for route in ("canary", "champion"))
            reason = breach(answering.product.guardrails, canary, champion, time.monotonic())
        if reason is None:
            return
        with exclusive(self._settings.home / LOCKS / f"deploy-{name}.lock"):
            after = take_back(self._registry, name, number, reason)
        if after is not None:
            _log.error("model %s: canary version %s is taken back: %s", name, number, reason)
            self._metrics.gauge("model_canary_taken_back", {"model": name, "version": str(number)}, 1)
        self._read_at = float("-inf")  # the registry is read in this very look

    def _shadows(self) -> None:
        lineups = [answering.lineup for answering in self._answering.values()]
        if any(lineup and lineup.deployment.shadow is not None for lineup in lineups):
            self._shadow.start()
            self._shadow.look()

    def _tell(self) -> None:
        self._metrics.gauge("model_log_dropped", {}, self._predictions.dropped)
        self._metrics.gauge("model_shadow_dropped", {}, self._shadow.dropped)
        for name, answering in self._answering.items():
            lineup = answering.lineup
            self._metrics.gauge("model_ready", {"model": name}, float(bool(lineup and lineup.ready)))
            self._metrics.gauge("model_fallbacks", {"model": name}, answering.fallbacks)
            shadow = lineup.deployment.shadow if lineup else None
            if shadow is not None:
                labels = {"model": name, "version": str(shadow)}
                for figure, value in self._shadow.summary(name, shadow).items():
                    self._metrics.gauge(f"model_shadow_{figure}", labels, value)
