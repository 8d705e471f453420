"""Who answers, and what happens where the one who should can't."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from mesh_platform.lake import Lake
from mesh_platform.ml.deploy.deployment import send_canary
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.served import Served
from mesh_platform.serve.models.answering import DEADLINE_SECONDS
from mesh_platform.serve.models.keeping import Keeper
from mesh_platform.serve.models.serving import Serving
from mesh_platform.serve.problems import Problem
from platform_tests.deploy_tests import toy
from platform_tests.serve_models_tests.conftest import Figures


def ask(serving: Serving, *visits: str, minutes: float = 10.0, version: int | None = None) -> list[Served]:
    requests = [toy.Visit(visit=visit, minutes=minutes, customer_id="C1") for visit in visits]
    return asyncio.run(serving.model(toy.NAME).answer(requests, "shop", "request-1", version))


def look(keeper: Keeper) -> None:
    keeper._read_at = keeper._tables_at = float("-inf")
    keeper._try_again.clear()
    keeper.look()


def test_the_champion_answers_and_says_from_what(serving: Serving, lake: Lake) -> None:
    (served,) = ask(serving, "V9", minutes=12.5)
    snapshot = lake.current(toy.TABLE)
    assert snapshot
    assert (served.route, served.version, served.reason) == ("champion", toy.CHAMPION, "")
    assert served.answer["chance"] == pytest.approx(1 / (1 + 2.718281828459045 ** -(0.51 * 12.5 - 6.1)))
    assert served.answer["visits"] == 9
    assert served.snapshots == {toy.TABLE: snapshot.snapshot_id}
    assert served.views == {"regulars@1": 77}
    assert served.prediction_id.startswith("purchase:2:")


def test_a_new_champion_takes_over_without_a_dropped_or_mixed_request(serving: Serving, registry: Registry) -> None:
    answering = serving.model(toy.NAME)

    async def under_load() -> list[Served]:
        swap = asyncio.get_running_loop().run_in_executor(None, promote)
        found: list[Served] = []
        while not swap.done() or len(found) < 500:
            found += await answering.answer([toy.Visit(visit="V9", minutes=12.5, customer_id=None)], "shop", "r")
            await asyncio.sleep(0)
        await swap
        return found + await answering.answer([toy.Visit(visit="V9", minutes=12.5, customer_id=None)], "shop", "r")

    def promote() -> None:
        registry.promote(toy.NAME, toy.EQUAL)
        look(serving.keeper)

    served = asyncio.run(under_load())
    chances = {version: {s.answer["chance"] for s in served if s.version == version} for version in (2, 3)}
    assert [len(chance) for chance in chances.values()] == [1, 1]
    assert {s.route for s in served} == {"champion"}
    assert [s.version for s in served] == sorted(s.version for s in served)


def test_new_rows_of_a_table_reach_the_model_without_a_restart(serving: Serving, lake: Lake) -> None:
    before = ask(serving, "V9", minutes=15.0)[0]
    snapshot = toy.publish(lake, [100.0])
    look(serving.keeper)
    after = ask(serving, "V9", minutes=15.0)[0]
    assert (before.answer["why"], after.answer["why"]) == (["longer than usual"], [])
    assert after.snapshots == {toy.TABLE: snapshot}


def test_a_canary_answers_its_share_and_each_entity_always_alike(serving: Serving, registry: Registry) -> None:
    send_canary(registry, toy.NAME, toy.EQUAL, 0.2)
    look(serving.keeper)
    visits = [f"E{n}" for n in range(1000)]
    first, again = ask(serving, *visits), ask(serving, *visits)
    assert [s.route for s in first] == [s.route for s in again]
    routes = Counter((s.route, s.version) for s in first)
    assert set(routes) == {("champion", 2), ("canary", 3)}
    assert 150 < routes["canary", 3] < 250
    assert [s.entity for s in first] == visits


def test_where_the_champion_fails_the_one_before_answers_and_says_so(
    serving: Serving, registry: Registry, figures: Figures, caplog: pytest.LogCaptureFixture
) -> None:
    registry.promote(toy.NAME, toy.RAISING)
    look(serving.keeper)
    (served,) = ask(serving, "V9")
    assert (served.route, served.version, served.reason) == ("fallback", 2, "version 4 failed: ValueError")
    assert ("purchase", "champion", "4", 500) in figures.answers
    assert ("purchase", "fallback", "2", 200) in figures.answers
    assert "secret" not in caplog.text
    assert "C1" not in caplog.text


def test_a_champion_that_keeps_failing_is_left_alone_for_a_while(serving: Serving, registry: Registry) -> None:
    registry.promote(toy.NAME, toy.RAISING)
    look(serving.keeper)
    reasons = [ask(serving, "V9")[0].reason for _ in range(8)]
    assert reasons[-1] == "version 4 rests after failures"


def test_a_champion_that_can_t_be_loaded_leaves_the_one_before(serving: Serving, registry: Registry) -> None:
    registry.promote(toy.NAME, toy.UNLOADABLE)
    look(serving.keeper)
    (served,) = ask(serving, "V9")
    assert (served.route, served.version) == ("fallback", 2)
    assert served.reason == "version 7 can't be loaded: ValueError"


def test_where_no_version_was_ever_trained_the_baseline_answers(serving: Serving, registry: Registry) -> None:
    registry._client.delete_registered_model(toy.NAME)
    look(serving.keeper)
    (served,) = ask(serving, "V9", minutes=30)
    assert (served.route, served.version, served.answer["chance"]) == ("fallback", 0, 1.0)
    assert served.reason == "no version may predict yet"


def test_where_the_online_store_does_not_answer_the_baseline_does(serving: Serving, online: toy.Regulars) -> None:
    online.down = True
    (served,) = ask(serving, "V9", minutes=30)
    assert (served.route, served.version) == ("fallback", 0)
    assert served.reason == "inputs can't be gathered: ConnectionError"


def test_an_answer_never_waits_longer_than_its_deadline(serving: Serving, registry: Registry) -> None:
    registry.promote(toy.NAME, toy.STUCK)
    look(serving.keeper)
    (served,) = ask(serving, "V9")
    assert (served.route, served.version, served.reason) == ("fallback", 2, "version 8 failed: TimeoutError")
    assert DEADLINE_SECONDS < toy.STICKS_SECONDS


def test_a_version_that_is_named_answers_and_one_that_is_not_loaded_is_refused(serving: Serving) -> None:
    assert [(s.route, s.version) for s in ask(serving, "V9", version=1)] == [("pinned", 1)]
    with pytest.raises(Problem, match="") as refused:
        ask(serving, "V9", version=5)
    assert (refused.value.status, refused.value.rule) == (404, "one of 2, 1, 0")
