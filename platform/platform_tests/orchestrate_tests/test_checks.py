"""What an audit says is what people see: checks that passed, or a failed one that blocks what comes after."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args

import dagster as dg
import pytest

from mesh_platform.contract.audit.rules import Kind
from mesh_platform.orchestrate import checks
from mesh_platform.orchestrate.definitions import JOB, definitions_for
from mesh_platform.orchestrate.describe import Descriptions
from mesh_platform.orchestrate.keys import product_key, source_key
from mesh_platform.orchestrate.partitions import END_TAG, START_TAG
from mesh_platform.orchestrate.watch import Failed, listeners
from mesh_platform.pipeline.steps import Published
from mesh_platform.product import Domain, OlderMajor
from platform_tests.pipeline_tests import kiosk
from platform_tests.pipeline_tests.kiosk import KIOSK, MONDAY, TUESDAY, Mesh

DAILY, TOTALS = product_key("kiosk.daily"), product_key("kiosk.totals")
Result = dg.ExecuteInProcessResult


@pytest.fixture
def mesh(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> Mesh:
    """The empty mesh as the one of this process's environment."""
    monkeypatch.setenv("MESH_HOME", str(mesh.settings.home))
    monkeypatch.setattr(Descriptions, "lineage", False)
    return mesh


def publish(first: date = MONDAY, last: date = TUESDAY, domain: Domain = KIOSK) -> Result:
    """Run the kiosk's job over a range of days."""
    job = definitions_for(domain).resolve_job_def(JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(
            instance=instance,
            asset_selection=[source_key("kiosk", "sold"), DAILY, TOTALS],
            tags={START_TAG: str(first), END_TAG: str(last)},
            raise_on_error=False,
        )


def evaluations(result: Result, asset: dg.AssetKey) -> dict[str, dg.AssetCheckEvaluation]:
    return {e.check_name: e for e in result.get_asset_check_evaluations() if e.asset_key == asset}


def materialized(result: Result) -> set[dg.AssetKey]:
    return {e.asset_key for e in result.get_asset_materialization_events() if e.asset_key}


def test_a_published_product_shows_every_promise_as_a_check_that_passed(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", 3))
    result = publish()
    assert result.success
    assert materialized(result) == {source_key("kiosk", "sold"), DAILY, TOTALS}
    found = evaluations(result, DAILY)
    assert set(found) == set(checks.PROMISES)
    assert all(e.passed and e.blocking for e in found.values())


def test_files_of_today_are_published_today(mesh: Mesh) -> None:
    today = datetime.now(UTC).date()
    mesh.land(today, ("1", today, "tea", 2))
    assert materialized(publish(today, today)) >= {source_key("kiosk", "sold"), DAILY}


def test_a_broken_contract_is_a_failed_blocking_check_with_its_message_and_nothing_after_it_runs(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", -3))
    result = publish()
    assert not result.success
    found = evaluations(result, DAILY)
    assert {name for name, e in found.items() if not e.passed} == {"values"}
    assert found["values"].blocking
    said = str(found["values"].metadata["breaches"].value)
    assert said.startswith("kiosk.daily.pieces: 1 of 2 rows")
    assert "tea" in said
    assert source_key("kiosk", "sold") in materialized(result)
    assert materialized(result).isdisjoint({DAILY, TOTALS})
    assert evaluations(result, TOTALS) == {}, "what reads it did not run"
    assert mesh.lake.current("kiosk.daily") is None, "no reader ever sees the rows"
    assert mesh.lake.current("kiosk.totals") is None


def test_the_failure_says_in_one_line_what_the_audit_found_and_asks_for_no_retry(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", -3))
    result = publish()
    [failed] = [e for e in result.all_events if e.is_step_failure]
    error = failed.step_failure_data.error
    assert error is not None
    assert "kiosk.daily.pieces: 1 of 1 rows" in error.message
    assert failed.step_failure_data.user_failure_data is not None


@pytest.mark.parametrize(
    ("sql", "passed"), [("select * from newest", True), ("select * replace (-pieces as pieces) from newest", False)]
)
def test_an_older_major_has_a_check_of_its_own_which_blocks_nothing(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch, sql: str, passed: bool
) -> None:
    told: list[object] = []
    monkeypatch.setattr("mesh_platform.orchestrate.watch.listeners", [*listeners, told.append])
    older = OlderMajor("1.0.0", kiosk.Daily, sql, date.max)
    products = (replace(kiosk.DAILY, version="2.0.0", older=(older,)), kiosk.TOTALS)
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    result = publish(domain=replace(KIOSK, products=products))
    assert result.success
    assert materialized(result) == {source_key("kiosk", "sold"), DAILY, TOTALS}
    check = evaluations(result, DAILY)[checks.OLDER_MAJORS]
    assert (check.passed, check.blocking) == (passed, False)
    failed = [event for event in told if isinstance(event, Failed)]
    assert [(f.name, f.user) for f in failed] == ([] if passed else [("kiosk.daily_v1", True)])
    made = [event.product for event in told if isinstance(event, Published)]
    assert made == ["kiosk.daily", *(["kiosk.daily_v1"] if passed else []), "kiosk.totals"]


def test_each_kind_of_rule_of_the_audit_belongs_to_one_promise() -> None:
    assert set(checks._PROMISE_OF_RULE) == set(get_args(Kind))
    assert set(checks._PROMISE_OF_RULE.values()) == set(checks.PROMISES)
