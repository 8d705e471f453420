"""Which loaded versions answer a model's requests: built in a thread, then put in place of the one before at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.ml.deploy.deployment import Deployment
from mesh_platform.ml.served import BASELINE
from mesh_platform.serve.models.loaded import Loaded
from mesh_platform.serve.models.sample import sample

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mesh_platform.lake import Lake, Pinned
    from mesh_platform.ml.live import Inputs
    from mesh_platform.ml.registry import Registry
    from mesh_platform.serve.models.live import LiveProduct
    from mesh_platform.serve.models.online import Online

_log = logging.getLogger(__name__)
WARM_UPS: Final = 5
"""How often a version answers a sample before anybody else asks: caches fill, and the pace is known."""


@dataclass(frozen=True, slots=True)
class Lineup:
    """The versions that answer, as one value: a request sees the same ones from its beginning to its end.

    Args:
        deployment: Who should answer.
        champion: The champion; None where there is none, or it can't be loaded.
        previous: The champion before.
        canary: The canary.
        baseline: The simple rule.
        problems: Part → why it is missing.
        snapshots: Table → the snapshot that the versions were prepared with.
    """

    deployment: Deployment
    champion: Loaded | None = None
    previous: Loaded | None = None
    canary: Loaded | None = None
    baseline: Loaded | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    snapshots: Mapping[str, int] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether any request can be answered."""
        return any((self.champion, self.previous, self.baseline))

    def version(self, number: int) -> Loaded | None:
        """The loaded version of a number."""
        return next((found for found in self.loaded if found.version == number), None)

    @property
    def loaded(self) -> list[Loaded]:
        """All loaded versions, the champion first."""
        return [found for found in (self.champion, self.canary, self.previous, self.baseline) if found]


class Builder:
    """Loads versions of one model."""

    def __init__(self, product: LiveProduct, lake: Lake, registry: Registry | None, memory_mb: int) -> None:
        self.product, self._lake, self._registry, self._memory_mb = product, lake, registry, memory_mb

    def current_snapshots(self) -> dict[str, int]:
        """The newest snapshots of the model's tables.

        Raises:
            MissingSource: Where a table has none yet.
        """
        return dict(self._pinned().snapshots)

    def build(self, wanted: Deployment, before: Lineup | None, online: Online) -> Lineup:
        """Load who should answer; what is loaded already from the same snapshots stays as it is.

        Args:
            wanted: Who should answer.
            before: The lineup until now.
            online: For warming up.

        Raises:
            MissingSource: Where a table has no snapshot yet.
        """
        tables = self._pinned()
        problems: dict[str, str] = {}

        def part(name: str, number: int | None) -> Loaded | None:
            if number is None:
                return None
            try:
                return self._kept(number, tables, before) or self._load(number, tables, online)
            except Exception as error:  # any fault of a model must leave the others answering
                problems[name] = f"version {number} can't be loaded: {type(error).__name__}"
                _log.exception("model %s version %s can't be loaded", self.product.name, number)
                return before.version(number) if before else None

        parts = {name: part(name, getattr(wanted, name)) for name in ("champion", "previous", "canary")}
        baseline = part("baseline", BASELINE)
        return Lineup(wanted, **parts, baseline=baseline, problems=problems, snapshots=tables.snapshots)

    def _pinned(self) -> Pinned:
        from mesh_platform.lake import Pinned

        return Pinned.current(self._lake, self.product.live.tables, self._memory_mb)

    def _kept(self, number: int, tables: Pinned, before: Lineup | None) -> Loaded | None:
        found = before.version(number) if before else None
        return found if found and found.snapshots == tables.snapshots else None

    def _load(self, number: int, tables: Pinned, online: Online) -> Loaded:
        loaded = load(self.product, number, tables, self._registry)
        warm_up(self.product, loaded, online)
        return loaded


def load(product: LiveProduct, number: int, tables: Pinned, registry: Registry | None) -> Loaded:
    """Load a version, or the baseline.

    Raises:
        UnknownName: Where the registry has no such version.
        ModelRefused: Where it holds a type that its recipe does not trust.
    """
    from mesh_platform.errors import UnknownName

    if number == BASELINE:
        return Loaded(product.name, BASELINE, product.live.baseline(tables), dict(tables.snapshots))
    if registry is None:
        raise UnknownName.of(f"version of model '{product.name}'", str(number), [])
    fitted = registry.load(registry.version(product.name, number), product.trusted)
    return Loaded(product.name, number, product.live.ready(fitted, tables), dict(tables.snapshots))


def warm_up(product: LiveProduct, loaded: Loaded, online: Online) -> None:
    """Let a version answer a sample request, so that nobody waits for its first time; measure its pace.

    Raises:
        Exception: Whatever the version raises: it is not fit to answer.
    """
    request = sample(product.live.request)
    if request is None:
        _log.warning("model %s: no sample of a request can be made; give its fields examples", product.name)
        return
    inputs = _gathered(product, request, online)
    if inputs is None:
        return
    times = []
    for _ in range(WARM_UPS):
        began = time.perf_counter()
        loaded.ready.score(inputs)
        times.append(time.perf_counter() - began)
    loaded.pace.known(min(times) * 1000)


def _gathered(product: LiveProduct, request: BaseModel, online: Online) -> list[Inputs] | None:
    """Gather a sample's inputs; None where that fails, which is no version's fault."""
    try:
        return product.live.gather([request], online.noted(), datetime.now(UTC))
    except Exception as error:
        _log.warning("model %s: the inputs of a sample can't be gathered (%s)", product.name, type(error).__name__)
        return None


def described(lineup: Lineup) -> dict[str, Any]:
    """A lineup for people and machines."""
    return {
        "champion": lineup.champion.version if lineup.champion else None,
        "previous": lineup.previous.version if lineup.previous else None,
        "canary": lineup.canary.version if lineup.canary else None,
        "share": lineup.deployment.share,
        "shadow": lineup.deployment.shadow,
        "snapshots": dict(lineup.snapshots),
        "problems": dict(lineup.problems),
    }
