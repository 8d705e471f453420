"""The log of predictions."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from mesh_platform.lake import Lake
from mesh_platform.ml.deploy.replay import find, replay, waiting_folder
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.served import Served
from mesh_platform.serve.models import log as logs
from mesh_platform.serve.models.log import PredictionLog, land_orphans
from mesh_platform.serve.models.serving import Serving
from mesh_platform.settings import Settings
from platform_tests.deploy_tests import toy
from platform_tests.deploy_tests.test_replay import served


def landed(settings: Settings) -> list[dict[str, object]]:
    files = sorted((settings.landing / "shop" / "predictions").glob("*.jsonl"))
    return [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]


@pytest.fixture
def several(lake: Lake, registry: Registry) -> list[Served]:
    return served(lake, registry, 30)


def test_every_prediction_lands_whole_and_in_order(settings: Settings, several: list[Served]) -> None:
    log = PredictionLog(settings)
    log.start()
    for one in several:
        log.record("shop", one)
    log.close()
    assert [line["prediction_id"] for line in landed(settings)] == [one.prediction_id for one in several]
    assert not list(waiting_folder(settings, "shop").glob("*"))


def test_a_full_queue_leaves_a_line_out_and_tells(
    settings: Settings, several: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_WAITING", 20)
    log = PredictionLog(settings)
    for one in several:
        log.record("shop", one)
    log.flush()
    assert (len(landed(settings)), log.dropped) == (20, 10)


def test_a_disk_that_refuses_loses_and_doubles_nothing(
    settings: Settings, several: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = PredictionLog(settings)
    calls = 0

    def refusing(descriptor: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            os.write(descriptor, data[:100])
            raise OSError(28, "No space left on device")
        return written(descriptor, data)

    written = os.write
    for one in several:
        log.record("shop", one)
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", refusing)
        with pytest.raises(OSError, match="No space"):
            log.flush()
    log.flush()
    assert [line["prediction_id"] for line in landed(settings)] == [one.prediction_id for one in several]


def test_what_a_killed_process_has_written_lands_without_its_last_half_line(
    settings: Settings, several: list[Served]
) -> None:
    child = os.fork()
    if not child:
        log = PredictionLog(settings)
        for one in several:
            log.record("shop", one)
        log._drain()
        os._exit(9)
    os.waitpid(child, 0)
    (path,) = waiting_folder(settings, "shop").glob("*")
    path.write_bytes(path.read_bytes()[:-10])
    assert land_orphans(settings) == 1
    assert [line["prediction_id"] for line in landed(settings)] == [one.prediction_id for one in several[:-1]]


def test_the_file_of_a_living_process_is_left_alone(settings: Settings, several: list[Served]) -> None:
    log = PredictionLog(settings)
    log.record("shop", several[0])
    log._drain()
    assert land_orphans(settings) == 0
    log.flush()
    assert len(landed(settings)) == 1


def test_a_line_is_in_the_landing_zone_s_grammar(settings: Settings, several: list[Served], tmp_path: Path) -> None:
    from mesh_platform.ingest import ingest
    from mesh_platform.ml.served import LoggedPrediction
    from mesh_platform.product import Domain, Owner, Source

    source = Source("predictions", LoggedPrediction, "jsonl", "live models", event_time="predicted_at")
    domain = Domain("shop", Owner("shop", "shop@omnishop.example"), "Shop.", (source,))
    log = PredictionLog(settings)
    for one in [*several, replace(several[0], prediction_id="x:0:1", version=0, customer_id=None, reason="failed")]:
        log.record("shop", one)
    log.flush()
    lake = Lake.open(settings)
    done = ingest(domain, source, lake, settings, run_id="run", code_version="code", tolerated=0.0)
    assert (done.accepted, done.quarantined) == (31, 0)
    inputs = lake.scan("shop_raw.predictions").collect().sort("prediction_id")["inputs"]
    assert orjson.loads(inputs[0]) == several[0].inputs


def test_what_a_model_does_not_keep_is_in_no_line_and_the_answer_is_replayed_all_the_same(
    serving: Serving, settings: Settings, lake: Lake, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = {"visit": "somebody", "customer_id": None}
    monkeypatch.setattr(toy.LivePurchase, "kept", lambda _, request, __: request.model_copy(update=hidden))
    monkeypatch.setattr(toy.LivePurchase, "gather", lambda *_: [{"minutes": 12.5, "visits": 9}])
    asked = toy.Visit(visit="V-secret", minutes=12.5, customer_id="C-secret")
    (served,) = asyncio.run(serving.model(toy.NAME).answer([asked], "shop", "r"))
    serving.log.flush()
    line = find(settings, lake, "shop", served.prediction_id)
    assert b"secret" not in orjson.dumps(line)
    assert (line["entity"], line["customer_id"]) == ("somebody", None)
    (again,) = replay([line], toy.models()[toy.NAME].live, lake, registry)
    assert again.same
