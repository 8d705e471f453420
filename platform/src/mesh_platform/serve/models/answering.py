"""Answers requests of one model: gathers, routes, scores, falls back, and remembers what it did.

What one request went through: the champion, or the canary where the entity is drawn for it; where that one fails, comes
too late or rests after failures, the champion, the champion before, and at last the baseline. Where even that is too
late, the first of their late answers is given: only a request that nothing at all can answer fails. The answer says
which.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mesh_platform.ml.deploy.guardrails import Seen, watched_number
from mesh_platform.ml.served import Served
from mesh_platform.serve.models.attempt import Attempt
from mesh_platform.serve.models.online import Notes, Unreachable
from mesh_platform.serve.models.routing import CANARY, CHAMPION, FALLBACK, Way, ways
from mesh_platform.serve.problems import Problem

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mesh_platform.ml.live import Answer, Inputs
    from mesh_platform.serve.models.lineup import Lineup
    from mesh_platform.serve.models.live import LiveProduct
    from mesh_platform.serve.models.loaded import Loaded
    from mesh_platform.serve.models.online import Online
    from mesh_platform.serve.service import Metrics

_log = logging.getLogger(__name__)
DEADLINE_SECONDS: Final = 0.25
"""How long a version in a thread may take: a shop's page waits no longer for a score."""
LAST_SECONDS: Final = 20.0
"""How long to wait for a late answer where nothing else is left; the service itself gives up after 30."""
MOST_WATCHED: Final = 2_000
"""Answers a route that the guardrails look at: enough for a p99, few enough to look at them each second."""
GATHERINGS: Final = 2
"""A view that is published anew between two readings of it is read again, once."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What was answered to some requests that went the same way.

    Args:
        by: The version that answered.
        route: How it came to.
        reason: Why another one than the champion.
        answers: In the order of the requests.
        seconds: How long scoring took.
        late: Whether it came after its deadline, which has been counted as a failure.
    """

    by: Loaded
    route: str
    reason: str
    answers: list[Answer]
    seconds: float
    late: bool = False


class Answering:
    """One model's requests.

    Args:
        product: The model.
        online: The online store.
        metrics: What is counted.
        record: Takes what is to be logged.
        shadow: Takes what a shadow is to score.
    """

    def __init__(
        self,
        product: LiveProduct,
        online: Online,
        metrics: Metrics,
        record: Callable[[str, Served], None],
        shadow: Callable[[int, Served], None],
    ) -> None:
        self.product = product
        self.lineup: Lineup | None = None
        self.watched: dict[str, deque[Seen]] = {}
        self.fallbacks = 0
        self._online, self._metrics, self._record, self._shadow = online, metrics, record, shadow
        self.forget_canary()

    def forget_canary(self) -> None:
        """Begin to watch anew: another canary."""
        self.watched = {route: deque(maxlen=MOST_WATCHED) for route in (CHAMPION, CANARY)}

    async def answer(
        self, requests: Sequence[BaseModel], consumer: str, request_id: str, version: int | None = None
    ) -> list[Served]:
        """Answer requests.

        Args:
            requests: Of the type of the model's `request`.
            consumer: Who asks.
            request_id: The request that asks.
            version: The version that must answer; None for those that are deployed.

        Raises:
            Problem: 503 where nothing can answer, 404 where the version is not loaded.
        """
        lineup = self.lineup
        if lineup is None or not lineup.ready:
            raise Problem(503, "model-not-ready", f"model '{self.product.name}' is not loaded yet; try again shortly")
        now, began = datetime.now(UTC), time.perf_counter()
        inputs, notes, fault = self._gather(requests, now)
        gathered = time.perf_counter() - began
        served: list[Served | None] = [None] * len(requests)
        for way, indexes in ways(self.product, lineup, requests, version, fault):
            scored = await self._score(way, [inputs[i] for i in indexes])
            self._watch(scored, [inputs[i] for i in indexes])
            for index, answer in zip(indexes, scored.answers, strict=True):
                took = gathered / len(requests) + scored.seconds / len(indexes)
                served[index] = self._served(
                    requests[index], inputs[index], answer, scored, notes, now, took, consumer, request_id
                )
        done = [one for one in served if one is not None]
        self._remember(lineup, done)
        return done

    def _gather(self, requests: Sequence[BaseModel], now: datetime) -> tuple[list[Inputs], Notes, str]:
        """Gather inputs; where the online store does not answer, as if it knew nobody, and why."""
        fault = ""
        for _ in range(GATHERINGS):
            try:
                notes = self._online.noted()
                return self.product.live.gather(requests, notes, now), notes, ""
            except Exception as error:
                fault = f"inputs can't be gathered: {type(error).__name__}"
                _log.error("model %s: %s at %s", self.product.name, fault, _place(error))
        nobody = Unreachable()
        try:
            return self.product.live.gather(requests, nobody, now), nobody, fault
        except Exception as error:
            raise _nothing_answers(self.product.name) from error

    async def _score(self, way: Way, inputs: list[Inputs]) -> Scored:
        """Ask one version after the other until one answers; at last take an answer that is late, or who rests."""
        tried: list[Attempt] = []
        resting = [version for version in way.chain if version.resting]
        for version in resting:
            self._watch_failure(way, version, 0.0)
        first = way.chain[0]
        reason = way.reason or (f"version {first.version} rests after failures" if first in resting else "")
        try:
            for turn in ([version for version in way.chain if version not in resting], resting):
                for version in turn:
                    scored, reason = await self._try(way, version, inputs, reason, tried)
                    if scored is not None:
                        return scored
                if late := await Attempt.first([each for each in tried if each.late], LAST_SECONDS):
                    return _late(way, late, reason)
            raise _nothing_answers(self.product.name)
        finally:
            for each in tried:
                each.give_up()

    async def _try(
        self, way: Way, version: Loaded, inputs: list[Inputs], reason: str, tried: list[Attempt]
    ) -> tuple[Scored | None, str]:
        """Ask one version; gives its answers, or None and why another one is to answer."""
        attempt = Attempt.begin(version, inputs)
        tried.append(attempt)
        try:
            await attempt.within(DEADLINE_SECONDS)
            answers = attempt.answers()
        except Exception as error:
            version.rest.failed()
            self._failed(way, version, attempt.seconds, error)
            return None, reason or f"version {version.version} failed: {type(error).__name__}"
        version.rest.answered()
        route, why = (way.route, way.reason) if version is way.chain[0] else (FALLBACK, reason)
        return Scored(version, route, why, answers, attempt.seconds), reason

    def _failed(self, way: Way, version: Loaded, seconds: float, error: Exception) -> None:
        _log.error(  # its message may hold what a customer sent
            "model %s version %s failed: %s at %s",
            *(self.product.name, version.version, type(error).__name__, _place(error)),
        )
        self._metrics.observe("model", self.product.name, way.route, str(version.version), 500, seconds)
        self._watch_failure(way, version, seconds)

    def _watch_failure(self, way: Way, version: Loaded, seconds: float) -> None:
        """Count that the version that should have answered did not."""
        if way.route in self.watched and version is way.chain[0]:
            self.watched[way.route].append(Seen(time.monotonic(), seconds, failed=True))

    def _watch(self, scored: Scored, inputs: Sequence[Inputs]) -> None:
        self.fallbacks += len(inputs) if scored.route == FALLBACK else 0
        seen, metric = self.watched.get(scored.route), self.product.guardrails.business
        if seen is None or scored.late:
            return
        now, each = time.monotonic(), scored.seconds / len(inputs)
        for given, answer in zip(inputs, scored.answers, strict=True):
            business = metric.of(given, answer) if metric else None
            number = watched_number(answer.get(self.product.live.number))
            seen.append(Seen(now, each, failed=False, number=number, business=business))

    def _served(
        self,
        request: BaseModel,
        inputs: Inputs,
        answer: Answer,
        scored: Scored,
        notes: Notes,
        now: datetime,
        seconds: float,
        consumer: str,
        request_id: str,
    ) -> Served:
        version, name = scored.by.version, self.product.name
        kept = self.product.live.kept(request, inputs)
        return Served(
            prediction_id=f"{name}:{version}:{_unique(now)}",
            at=now,
            model=name,
            version=version,
            route=scored.route,
            reason=scored.reason,
            entity=str(getattr(kept, self.product.live.entity)),
            customer_id=_customer(kept),
            request=kept.model_dump(mode="json"),
            inputs=inputs,
            answer=answer,
            snapshots=scored.by.snapshots,
            views=notes.seen,
            milliseconds=seconds * 1000,
            consumer=consumer,
            request_id=request_id,
        )

    def _remember(self, lineup: Lineup, served: Sequence[Served]) -> None:
        """Count, log and hand to the shadow; none of it waits."""
        for one in served:
            self._metrics.observe("model", one.model, one.route, str(one.version), 200, one.milliseconds / 1000)
            self._record(self.product.domain, one)
            if lineup.deployment.shadow is not None:
                loop = asyncio.get_running_loop()  # the answer leaves first
                loop.call_soon(self._shadow, lineup.deployment.shadow, one)


def _late(way: Way, attempt: Attempt, reason: str) -> Scored:
    """An answer after its deadline, where nothing answered sooner."""
    version, route = attempt.version, FALLBACK
    reason = f"{reason}; version {version.version} answered late"
    if version is way.chain[0]:
        route, reason = way.route, f"version {version.version} answered late, and nothing sooner"
    return Scored(version, route, reason, attempt.answers(), attempt.seconds, late=True)


def _nothing_answers(model: str) -> Problem:
    return Problem(503, "no-answer", f"model '{model}': no version and no baseline could answer; try again shortly")


def _customer(request: BaseModel) -> str | None:
    customer = getattr(request, "customer_id", None)
    return None if customer is None else str(customer)


def _place(error: BaseException) -> str:
    """Where an error was raised: file and line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"


def _unique(now: datetime) -> str:
    """A name that no other has, and that sorts by time: UUID version 7 of RFC 9562, without its dashes."""
    stamp = int(now.timestamp() * 1000).to_bytes(6, "big")
    chance = bytearray(os.urandom(10))
    chance[0] = 0x70 | chance[0] & 0x0F
    chance[2] = 0x80 | chance[2] & 0x3F
    return (stamp + chance).hex()
