"""Canaries that the service takes back by itself, and shadows that never touch an answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from mesh_platform.lake import Lake
from mesh_platform.ml.deploy.deployment import deployment, send_canary, send_shadow
from mesh_platform.ml.deploy.replay import newest
from mesh_platform.ml.registry import Registry
from mesh_platform.serve.models import shadow
from mesh_platform.serve.models.serving import Serving
from mesh_platform.settings import Settings
from platform_tests.deploy_tests import toy
from platform_tests.serve_models_tests.conftest import Figures
from platform_tests.serve_models_tests.test_answering import ask, look

WITHIN_SECONDS = 150.0  # shadows only get the time that nobody else wants


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + WITHIN_SECONDS
    while not true():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)


@pytest.mark.parametrize(("version", "why"), [(toy.RAISING, "error rate"), (toy.DRIFTING, "PSI against the champion")])
def test_a_bad_canary_is_taken_back_by_the_service_and_says_why(
    serving: Serving, registry: Registry, figures: Figures, version: int, why: str
) -> None:
    send_canary(registry, toy.NAME, version, 0.5)
    look(serving.keeper)
    for n in range(400):
        (served,) = ask(serving, f"E{n}", minutes=float(n % 30))
        assert served.version == toy.CHAMPION or (version, served.route) == (toy.DRIFTING, "canary")
    serving.keeper.look()
    now = deployment(registry, toy.NAME)
    assert now.canary is None
    assert now.ended
    assert now.ended.version == version
    assert why in now.ended.reason
    assert {ask(serving, f"E{n}")[0].route for n in range(50)} == {"champion"}
    assert figures.gauges["model_canary_taken_back", frozenset({("model", toy.NAME), ("version", str(version))})] == 1


def test_a_canary_that_can_t_be_loaded_is_taken_back_and_the_champion_answers(
    serving: Serving, registry: Registry
) -> None:
    send_canary(registry, toy.NAME, toy.UNLOADABLE, 0.5)
    look(serving.keeper)
    assert {ask(serving, f"E{n}")[0].version for n in range(20)} == {toy.CHAMPION}
    serving.keeper.look()
    ended = deployment(registry, toy.NAME).ended
    assert ended
    assert "can't be loaded" in ended.reason


def test_a_good_canary_stays(serving: Serving, registry: Registry) -> None:
    send_canary(registry, toy.NAME, toy.EQUAL, 0.5)
    look(serving.keeper)
    for n in range(400):
        ask(serving, f"E{n}", minutes=float(n % 30))
    serving.keeper.look()
    assert deployment(registry, toy.NAME).canary == toy.EQUAL


def test_a_shadow_is_asked_and_logged_and_never_returned(
    serving: Serving, registry: Registry, lake: Lake, settings: Settings
) -> None:
    send_shadow(registry, toy.NAME, toy.DRIFTING)
    look(serving.keeper)
    served = [ask(serving, f"E{n}")[0] for n in range(50)]
    assert {(s.route, s.version) for s in served} == {("champion", toy.CHAMPION)}

    def scored() -> int:
        serving.keeper.look()
        return int(serving.shadow.summary(toy.NAME, toy.DRIFTING)["scored"])

    until(lambda: scored() == 50)
    summary = serving.shadow.summary(toy.NAME, toy.DRIFTING)
    assert (summary["failed"], serving.shadow.dropped) == (0, 0)
    assert summary["mean_difference"] > 0.1

    def logged() -> list[int]:
        lines = newest(settings, lake, "shop", toy.NAME, 1000)
        return [line["model_version"] for line in lines if line["route"] == "shadow"]

    until(lambda: logged() == [toy.DRIFTING] * 50)


def test_a_shadow_that_fails_or_dies_touches_no_answer(serving: Serving, registry: Registry) -> None:
    before = [s.answer for s in ask(serving, *(f"E{n}" for n in range(20)))]
    send_shadow(registry, toy.NAME, toy.RAISING)
    look(serving.keeper)
    assert [s.answer for s in ask(serving, *(f"E{n}" for n in range(20)))] == before

    def failed() -> int:
        serving.keeper.look()
        return int(serving.shadow.summary(toy.NAME, toy.RAISING)["failed"])

    until(lambda: failed() == 20)
    process = serving.shadow._process
    assert process
    process.kill()
    process.wait()
    assert [s.answer for s in ask(serving, *(f"E{n}" for n in range(20)))] == before
    serving.keeper.look()
    assert serving.shadow._process is not process


def test_what_a_full_shadow_can_t_take_is_counted_and_answered_all_the_same(
    serving: Serving, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "SOCKET_BYTES", 1 << 16)
    send_shadow(registry, toy.NAME, toy.STUCK)
    look(serving.keeper)
    served = ask(serving, *(f"E{n}" for n in range(1000)))
    assert {s.route for s in served} == {"champion"}
    assert serving.shadow.dropped > 100
    assert serving.shadow._process
    serving.shadow._process.kill()  # it would work off what it has taken
