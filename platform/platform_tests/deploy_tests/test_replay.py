"""Predictions computed once more."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from mesh_platform.errors import UnknownName, UserError
from mesh_platform.lake import Lake, Pinned
from mesh_platform.ml.deploy.replay import find, newest, replay
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.served import Served
from mesh_platform.serve.models.lineup import load
from mesh_platform.serve.models.log import PredictionLog
from mesh_platform.settings import Settings
from platform_tests.deploy_tests import toy

PRODUCT = toy.models()[toy.NAME]
NOW = datetime(2026, 1, 25, tzinfo=UTC)


def served(lake: Lake, registry: Registry, count: int, versions: tuple[int, ...] = (2,)) -> list[Served]:
    """Answers of versions to random visits, as the service makes them."""
    chance = random.Random(7)  # noqa: S311 - no secret
    pinned = Pinned.current(lake, [toy.TABLE])
    loaded = {number: load(PRODUCT, number, pinned, registry) for number in versions}
    found = []
    for n in range(count):
        by = loaded[versions[n % len(versions)]]
        inputs = {"visit": f"V{n}x", "minutes": chance.uniform(0, 60), "customer_id": "C1", "visits": 3}
        (answer,) = by.ready.score([inputs])
        found.append(
            Served(
                prediction_id=f"purchase:{by.version}:{n:05d}",
                at=NOW + timedelta(seconds=n),
                model=toy.NAME,
                version=by.version,
                route="champion",
                reason="",
                entity=f"V{n}x",
                customer_id="C1",
                request={},
                inputs=inputs,
                answer=answer,
                snapshots=by.snapshots,
                views={},
                milliseconds=1.0,
                consumer="shop",
                request_id="r",
            )
        )
    return found


def logged(settings: Settings, predictions: list[Served]) -> None:
    log = PredictionLog(settings)
    for one in predictions:
        log.record("shop", one)
    log.flush()


def test_a_thousand_predictions_of_several_versions_come_out_equal_to_the_bit(
    settings: Settings, lake: Lake, registry: Registry
) -> None:
    logged(settings, served(lake, registry, 1000, (0, 1, 2, 3)))
    toy.publish(lake, [100.0])  # a newer snapshot must not matter
    lines = newest(settings, lake, "shop", toy.NAME, 1000)
    done = replay(lines, PRODUCT.live, lake, registry)
    assert (len(done), all(one.same for one in done)) == (1000, True)
    assert {one.version for one in done} == {0, 1, 2, 3}


def test_a_single_bit_of_difference_is_found(settings: Settings, lake: Lake, registry: Registry) -> None:
    (one,) = served(lake, registry, 1)
    near = {**one.answer, "chance": one.answer["chance"] * (1 + 2**-52)}
    logged(settings, [replace(one, answer=near)])
    (done,) = replay([find(settings, lake, "shop", one.prediction_id)], PRODUCT.live, lake, registry)
    assert not done.same


def test_a_snapshot_that_is_gone_is_said(settings: Settings, lake: Lake, registry: Registry) -> None:
    (one,) = served(lake, registry, 1)
    logged(settings, [replace(one, snapshots={toy.TABLE: 12345})])
    with pytest.raises(UserError, match=r"was made with snapshot 12345 of shop\.visits, which is gone"):
        replay([find(settings, lake, "shop", one.prediction_id)], PRODUCT.live, lake, registry)


def test_inputs_that_went_with_an_erased_person_are_said(lake: Lake, registry: Registry) -> None:
    line = {**orjson.loads(served(lake, registry, 1)[0].line()), "inputs": None}
    with pytest.raises(UserError, match="went with a person who was erased"):
        replay([line], PRODUCT.live, lake, registry)


def test_an_unknown_prediction_is_said(settings: Settings, lake: Lake) -> None:
    with pytest.raises(UnknownName, match=r"no prediction 'purchase:2:nothing' in shop\.predictions"):
        find(settings, lake, "shop", "purchase:2:nothing")
