"""Models in the orchestrator: trained once in a run, again on drift, never blocking what needs no model."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.lake import Made, TableLayout, WholeTable
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.watch.contract import ModelHealth
from mesh_platform.orchestrate.agenda import draw_up
from mesh_platform.orchestrate.definitions import JOB, definitions_for
from mesh_platform.orchestrate.describe import Descriptions
from mesh_platform.orchestrate.health import retraining_reason
from mesh_platform.orchestrate.keys import model_key, product_key
from mesh_platform.orchestrate.models import RETRAIN_TAG
from mesh_platform.orchestrate.partitions import CHANGED_ONLY_TAG, END_TAG, START_TAG
from mesh_platform.product import DataProduct, Domain
from platform_tests.ml_tests import shop
from platform_tests.pipeline_tests.kiosk import LENIENT, OWNER, Mesh
from platform_tests.pipeline_tests.test_model_products import HOURS, PORT

HERE = __name__
PURCHASE = shop.Purchase()
UNKEPT = shop.Purchase(kept_promises=False)
PURCHASES = DataProduct(
    "purchases", shop.Purchases, "1.0.0", recipe=f"{HERE}:PURCHASE", inputs=(PORT,), service_level=LENIENT
)
HEALTH = replace(HOURS, name="model_health", contract=ModelHealth)
KIOSK = Domain("kiosk", OWNER, "A kiosk.", products=(PURCHASES, HOURS))
MODEL, PREDICTED, COUNTED = model_key("kiosk", "purchase"), product_key("kiosk.purchases"), product_key("kiosk.hours")
TODAY = date(2026, 1, 24)


@pytest.fixture
def mesh(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> Mesh:
    """The mesh of this process's environment, with visits published."""
    monkeypatch.setenv("MESH_HOME", str(mesh.settings.home))
    monkeypatch.setattr(Descriptions, "lineage", False)
    shop.publish(mesh.lake, shop.visits())
    mesh.land(shop.START, ("1", shop.START, "tea", 2))  # the days of the landing zone are those of the partitions
    return mesh


def run(domain: Domain, job: str = JOB, **tags: str) -> dg.ExecuteInProcessResult:
    definitions = definitions_for(domain)
    days = {START_TAG: str(TODAY), END_TAG: str(TODAY)} if job == JOB else {}
    with dg.DagsterInstance.ephemeral() as instance:
        return definitions.resolve_job_def(job).execute_in_process(
            instance=instance, tags={**days, **tags}, raise_on_error=False
        )


def materialized(result: dg.ExecuteInProcessResult) -> set[dg.AssetKey]:
    return {e.asset_key for e in result.get_asset_materialization_events() if e.asset_key}


def test_a_run_trains_a_model_that_has_no_champion_and_keeps_one_that_has(mesh: Mesh) -> None:
    first = run(KIOSK, **{CHANGED_ONLY_TAG: "true"})
    assert materialized(first) == {MODEL, PREDICTED, COUNTED}
    assert run(KIOSK, **{CHANGED_ONLY_TAG: "true"}).success
    assert [v.version for v in Registry.open(mesh.settings).versions("purchase")] == [1]
    retrained = run(replace(KIOSK, products=(*KIOSK.products, HEALTH)), "retrain_purchase")
    assert materialized(retrained) == {MODEL}
    assert [v.aliases for v in Registry.open(mesh.settings).versions("purchase")] == [("champion",), ("previous",)]


def test_a_model_that_may_not_predict_holds_up_nothing_but_its_own_product(mesh: Mesh) -> None:
    unkept = replace(KIOSK, products=(replace(PURCHASES, recipe=f"{HERE}:UNKEPT"), HOURS))
    result = run(unkept)
    assert result.success
    assert materialized(result) == {COUNTED}
    assert mesh.lake.current("kiosk.purchases") is None
    agenda = draw_up(
        [unkept], mesh.lake, mesh.settings, [shop.START + timedelta(days=n) for n in range(20)], frozenset()
    )
    assert "no champion: version 1 was refused on" in agenda.lacking["kiosk.purchases"], "not tried again every run"
    assert agenda.untrained == {"kiosk": {}}


def test_a_model_with_too_little_history_is_named_before_anything_is_tried(mesh: Mesh) -> None:
    agenda = draw_up([KIOSK], mesh.lake, mesh.settings, [shop.START], frozenset())
    assert agenda.lacking == {"kiosk.purchases": "needs 10 days of history to learn from, 1 have landed"}


def test_the_job_that_retrains_is_started_by_a_sensor_of_the_model(mesh: Mesh) -> None:
    definitions = definitions_for(replace(KIOSK, products=(*KIOSK.products, HEALTH)))
    sensor = definitions.resolve_sensor_def("watch_purchase")
    assert sensor.job_name == "retrain_purchase"
    assert definitions.resolve_job_def("retrain_purchase").tags[RETRAIN_TAG] == "true"
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED


def test_drift_asks_for_a_training_once_the_cool_down_is_over(mesh: Mesh) -> None:
    run(KIOSK)
    publish_health(mesh, "ok", 0.02)
    later = datetime.now(UTC) + timedelta(days=PURCHASE.cooldown_days, minutes=1)
    assert reason(mesh, later) is None
    publish_health(mesh, "drift", 0.9)
    assert reason(mesh, datetime.now(UTC)) is None, "trained a moment ago"
    found = reason(mesh, later)
    assert found is not None
    assert "minutes PSI 0.9" in found


def reason(mesh: Mesh, now: datetime) -> str | None:
    return retraining_reason(PURCHASE, mesh.lake, "kiosk.model_health", mesh.settings, now)


def publish_health(mesh: Mesh, status: str, value: float) -> None:
    row: dict[str, Any] = {"model": "purchase", "model_version": 1, "day": TODAY, "segment": "all", "signal": "psi"}
    row |= {"feature": "minutes", "measure": "PSI", "value": value, "threshold": 0.25, "p_value": None, "rows": 500}
    shape = shape_of(ModelHealth)
    rows = pl.DataFrame([row | {"status": status}], schema=shape.schema)
    made = Made(json.dumps(value), "code", "1.0.0")
    layout = TableLayout.of(shape)
    mesh.lake.publish("kiosk.model_health", layout, lambda: [rows], replace=WholeTable(), made=made, audit=None)
