"""The process of the shadows: scores what was answered already, logs it, and tells how it compares.

Started by `shadow.Shadow` with a socket's number and the name of what tells the live models. Once it has loaded, it
takes the processor's time only when nothing else wants it. It ends when the socket is closed.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from mesh_platform.lake import Lake, Pinned
from mesh_platform.ml.deploy.guardrails import watched_number
from mesh_platform.ml.served import Served
from mesh_platform.pipeline.models import named, registry_of
from mesh_platform.serve.models.lineup import load
from mesh_platform.serve.models.log import PredictionLog
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.ml.registry import Registry
    from mesh_platform.serve.models.live import LiveProduct
    from mesh_platform.serve.models.loaded import Loaded

_log = logging.getLogger(__name__)
LARGEST: Final = 1 << 22
RETRY_SECONDS: Final = 30.0
"""How long a version that can't be loaded is left alone."""
POLITE, MOST_POLITE = 10, 19
"""By how much it lets others go first, while it loads and from its first answer on."""
ROUTE: Final = "shadow"
GIVEN: Final = "MESH_SHADOW_SETTINGS"


class Shadowing:
    """Scores messages.

    Args:
        settings: The mesh's.
        products: The live models.
        log: Takes what shadows say.
    """

    def __init__(self, settings: Settings, products: Mapping[str, LiveProduct], log: PredictionLog) -> None:
        self._settings, self._products, self._prediction_log = settings, products, log
        self._lake = Lake.open(settings)
        self._registry: Registry | None = registry_of(settings)
        self._loaded: dict[str, Loaded] = {}
        self._rest: dict[tuple[str, int], float] = {}

    def score(self, version: int, served: Served) -> dict[str, Any]:
        """Score what was answered, and compare."""
        began = time.perf_counter()
        told = {"model": served.model, "version": version, "failed": True, "difference": None, "seconds": 0.0}
        try:
            loaded = self._version(served.model, version, served.snapshots)
            began = time.perf_counter()
            (answer,) = loaded.ready.score([served.inputs])
        except Exception as error:  # whatever a shadow does must not end the others
            _log.warning("shadow %s version %s failed: %s", served.model, version, type(error).__name__)
            return told
        seconds = time.perf_counter() - began
        product = self._products[served.model]
        identity = served.prediction_id.rpartition(":")[2]
        said = replace(
            served,
            prediction_id=f"{served.model}:{version}:{identity}",
            version=version,
            route=ROUTE,
            reason="",
            answer=answer,
            milliseconds=seconds * 1000,
        )
        self._prediction_log.record(product.domain, said)
        ours, theirs = (watched_number(one.get(product.live.number)) for one in (answer, served.answer))
        difference = None if ours is None or theirs is None else ours - theirs
        return told | {"failed": False, "difference": difference, "seconds": seconds}

    def _version(self, model: str, version: int, snapshots: Mapping[str, int]) -> Loaded:
        """The shadow, prepared with the snapshots that the answer was made with."""
        known = self._loaded.get(model)
        if known and known.version == version and known.snapshots == dict(snapshots):
            return known
        if time.monotonic() < self._rest.get((model, version), 0):
            raise RuntimeError("it could not be loaded a moment ago")
        try:
            tables = Pinned(self._lake, snapshots, memory_mb=self._settings.memory_mb)
            self._loaded[model] = load(self._products[model], version, tables, self._registry)
        except Exception:
            self._rest[model, version] = time.monotonic() + RETRY_SECONDS
            _log.exception("shadow %s version %s can't be loaded", model, version)
            raise
        return self._loaded[model]


def main() -> None:
    """Score what comes through the socket until it is closed."""
    os.nice(POLITE)
    said = orjson.loads(os.environ.pop(GIVEN))
    settings = Settings(**{**said, "home": Path(said["home"]), "memory_mb": int(said["memory_mb"])})
    models: Callable[[], Mapping[str, LiveProduct]] = named(sys.argv[2])
    log = PredictionLog(settings)
    log.start()
    shadowing = Shadowing(settings, models(), log)
    modest = False
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        while message := _next(connection):
            given = orjson.loads(message)
            served = Served(**given["served"] | {"at": datetime.fromisoformat(given["served"]["at"])})
            told = shadowing.score(given["version"], served)
            if not modest:
                modest = _step_back()
            try:
                connection.send(orjson.dumps(told), socket.MSG_DONTWAIT)
            except BlockingIOError:  # nobody looks; the log has it
                continue
            except ConnectionError:  # the service has ended
                break
    log.close()


def _next(connection: socket.socket) -> bytes:
    """The next message; nothing where the service has ended, whether or not it had read all that it was told."""
    try:
        return connection.recv(LARGEST)
    except ConnectionError:
        return b""


def _step_back() -> bool:
    """Take only the time that nobody else wants; before, on a busy machine, loading would take minutes."""
    os.nice(MOST_POLITE)
    if hasattr(os, "sched_setscheduler"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    return True


if __name__ == "__main__":
    main()
