"""Answers that come late: on a busy machine they are worth more than none."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from mesh_platform.ml.live import Answer, Inputs, Ready
from mesh_platform.ml.served import Served
from mesh_platform.serve.models import answering
from mesh_platform.serve.models.answering import Answering
from mesh_platform.serve.models.attempt import Attempt
from mesh_platform.serve.models.loaded import FAILURES_TO_REST, Loaded, Pace, Rest
from mesh_platform.serve.models.serving import Serving
from mesh_platform.serve.problems import Problem
from platform_tests.deploy_tests import toy

DEADLINE = 0.02
LATE, LATER = 0.06, 0.5
"""Seconds, both beyond the deadline."""
BROKEN = -1.0
"""Stands for a version that raises."""


class Delayed(Ready):
    """A version that takes long, or raises."""

    def __init__(self, ready: Ready, seconds: float) -> None:
        self._ready, self._seconds = ready, seconds

    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        if self._seconds == BROKEN:
            raise ValueError("a secret of C1")
        time.sleep(self._seconds)
        return self._ready.score(inputs)


def delayed(found: Loaded | None, seconds: float) -> Loaded:
    """A version as if it took so long, and as if that were known."""
    assert found is not None
    pace = Pace()
    pace.known(1000.0)
    return replace(found, ready=Delayed(found.ready, seconds), pace=pace, rest=Rest(), lanes=[])


@pytest.fixture
def model(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> Answering:
    """The model, each version of which must answer at once."""
    monkeypatch.setattr(answering, "DEADLINE_SECONDS", DEADLINE)
    return serving.model(toy.NAME)


def slow(model: Answering, champion: float, previous: float, baseline: float) -> None:
    """Let each version take so many seconds."""
    lineup = model.lineup
    assert lineup is not None
    model.lineup = replace(
        lineup,
        champion=delayed(lineup.champion, champion),
        previous=delayed(lineup.previous, previous),
        baseline=delayed(lineup.baseline, baseline),
    )


async def ask(model: Answering, version: int | None = None) -> Served:
    visit = toy.Visit(visit="V9", minutes=10.0, customer_id="C1")
    (served,) = await model.answer([visit], "shop", "request-1", version)
    return served


def told(served: Served) -> tuple[str, int, str]:
    return served.route, served.version, served.reason


def test_where_scoring_is_slower_than_every_deadline_the_baseline_answers_each_time(model: Answering) -> None:
    slow(model, LATER, LATER, LATE)
    found = [told(asyncio.run(ask(model))) for _ in range(FAILURES_TO_REST + 2)]
    assert found[0] == ("fallback", 0, "version 2 failed: TimeoutError; version 0 answered late")
    assert found[-1] == ("fallback", 0, "version 2 rests after failures; version 0 answered late")
    assert {version for _, version, _ in found} == {0}


def test_a_champion_that_is_late_answers_where_nothing_else_does(model: Answering) -> None:
    slow(model, LATE, BROKEN, BROKEN)
    assert told(asyncio.run(ask(model))) == ("champion", 2, "version 2 answered late, and nothing sooner")
    assert [seen.failed for seen in model.watched["champion"]] == [True]


def test_a_version_that_is_named_answers_late_rather_than_not_at_all(model: Answering) -> None:
    slow(model, LATE, LATE, LATE)
    assert told(asyncio.run(ask(model, version=1)))[:2] == ("pinned", 1)


def test_a_version_that_rests_is_asked_where_nothing_else_answers(model: Answering) -> None:
    slow(model, 0.0, BROKEN, BROKEN)
    assert model.lineup
    assert model.lineup.champion
    for _ in range(FAILURES_TO_REST):
        model.lineup.champion.rest.failed()
    assert told(asyncio.run(ask(model)))[:2] == ("champion", 2)


def test_where_nothing_at_all_can_answer_the_request_is_refused_and_no_log_says_what_was_sent(
    model: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    slow(model, BROKEN, BROKEN, BROKEN)
    with caplog.at_level(logging.DEBUG), pytest.raises(Problem) as refused:
        asyncio.run(ask(model))
    assert refused.value.status == 503
    assert "secret" not in caplog.text


def test_an_answer_that_is_there_is_taken_though_the_loop_was_held_up_beyond_the_deadline(model: Answering) -> None:
    slow(model, 0.0, LATER, LATER)
    scored = threading.Event()

    class Told(Ready):
        def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
            scored.set()
            return [{"chance": 0.5} for _ in inputs]

    assert model.lineup
    model.lineup = replace(model.lineup, champion=replace(delayed(model.lineup.champion, 0.0), ready=Told()))

    async def held_up() -> Served:
        asked = asyncio.create_task(ask(model))
        await asyncio.sleep(0)
        scored.wait(5.0)
        time.sleep(3 * DEADLINE)
        return await asked

    assert told(asyncio.run(held_up())) == ("champion", 2, "")


def test_a_thread_is_left_by_the_request_that_is_stuck_in_it_and_not_by_those_behind(model: Answering) -> None:
    assert model.lineup
    found, go_on = delayed(model.lineup.champion, 0.0), threading.Event()

    class Stuck(Ready):
        def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
            go_on.wait(5.0)
            return [{} for _ in inputs]

    async def attempts() -> None:
        version = replace(found, ready=Stuck())
        first, second, lane = Attempt.begin(version, [{}]), Attempt.begin(version, [{}]), version.lane
        for attempt, stays in ((second, True), (first, False)):
            with pytest.raises(TimeoutError):
                await attempt.within(DEADLINE)
            assert (version.lane is lane) == stays
        go_on.set()
        assert await Attempt.first([second, first], 5.0) in {first, second}

    asyncio.run(attempts())


def test_a_thread_ends_with_its_version(model: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "DEADLINE_SECONDS", 5.0)
    slow(model, 0.0, 0.0, 0.0)
    before = set(threading.enumerate())
    assert asyncio.run(ask(model)).version == toy.CHAMPION
    (thread,) = set(threading.enumerate()) - before
    model.lineup = None
    thread.join(5.0)
    assert not thread.is_alive()


def test_a_version_that_ends_a_loop_of_others_is_a_version_that_failed(model: Answering) -> None:
    class Ends(Ready):
        def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
            return [next(iter([]))]

    assert model.lineup
    found = replace(delayed(model.lineup.champion, 0.0), ready=Ends())

    async def attempt() -> None:
        asked = Attempt.begin(found, [{}])
        await asked.within(5.0)
        with pytest.raises(RuntimeError):
            asked.answers()

    asyncio.run(attempt())
