"""Every installed domain comes with the platform's policy: schedules, owners, freshness, automation, words."""

import importlib
import os
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import dagster as dg
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.discover import domain_names, installed_domain
from mesh_platform.orchestrate import checks
from mesh_platform.orchestrate.definitions import JOB
from mesh_platform.orchestrate.describe import Descriptions
from mesh_platform.orchestrate.health import CHECK, is_health
from mesh_platform.orchestrate.keys import model_key, product_key, source_key
from mesh_platform.orchestrate.parity import PARITY
from mesh_platform.pipeline.models import recipe_of
from mesh_platform.pipeline.online import views_of
from mesh_platform.product import Domain


@pytest.fixture(scope="module", params=domain_names())
def domain(request: pytest.FixtureRequest) -> Domain:
    return installed_domain(request.param)


@pytest.fixture(scope="module")
def definitions(domain: Domain, tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    home = {"MESH_HOME": str(tmp_path_factory.mktemp("home"))}
    with patch.dict(os.environ, home), patch.object(Descriptions, "lineage", new=False):
        loaded: dg.Definitions = importlib.import_module(f"mesh_{domain.name}.definitions").defs()
        return loaded


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> Any:
    return definitions.resolve_asset_graph()


def test_a_day_is_published_after_it_ended_and_tables_are_kept_small(
    definitions: dg.Definitions, domain: Domain
) -> None:
    crons = {definitions.resolve_schedule_def(s.name).cron_schedule for s in definitions.schedules or ()}
    compared = {"10 0 * * *"} if views_of(domain) else set()
    assert crons == {"30 0 * * *", "0 3 * * 0"} | compared
    assert definitions.resolve_job_def(JOB).partitions_def is not None
    assert definitions.resolve_job_def("maintain").description


def test_what_a_domain_serves_online_is_compared_by_itself_before_a_day_is_published(
    definitions: dg.Definitions, domain: Domain
) -> None:
    found = [definitions.resolve_schedule_def(s.name) for s in definitions.schedules or ()]
    daily = [(s.cron_schedule, s.default_status) for s in found if s.job_name == PARITY]
    assert daily == ([("10 0 * * *", dg.DefaultScheduleStatus.RUNNING)] if views_of(domain) else [])


def test_products_follow_those_of_their_neighbours(definitions: dg.Definitions, domain: Domain) -> None:
    [sensor] = [s for s in definitions.sensors or () if isinstance(s, dg.AutomationConditionSensorDefinition)]
    followed = sensor.asset_selection.resolve(definitions.resolve_asset_graph())
    assert followed == {product_key(domain.full_name(p)) for p in domain.products}


def test_every_source_and_product_is_an_asset_and_no_other_is_made_here(graph: Any, domain: Domain) -> None:
    expected = {source_key(domain.name, s.name) for s in domain.sources}
    expected |= {product_key(domain.full_name(p)) for p in domain.products}
    models = {model_key(domain.name, recipe_of(p).name) for p in domain.products if p.recipe}
    assert graph.materializable_asset_keys == expected | models
    for key in expected | models:
        node = graph.get(key)
        assert node.group_name == domain.name
        assert node.owners == [f"team:{domain.owner.team}", domain.owner.email]
        assert node.description
        assert node.kinds >= ({"mlflow"} if key in models else {"iceberg"})


def test_every_model_has_a_sensor_that_retrains_it(definitions: dg.Definitions, domain: Domain) -> None:
    models = {recipe_of(p).name for p in domain.products if p.recipe}
    assert models == {s.name.removeprefix("watch_") for s in definitions.sensors or () if s.name.startswith("watch_")}


def test_every_product_carries_its_promises(graph: Any, domain: Domain) -> None:
    for product in domain.products:
        node = graph.get(product_key(domain.full_name(product)))
        level, shape = product.service_level, shape_of(product.contract)
        assert node.freshness_policy == dg.FreshnessPolicy.time_window(fail_window=level.freshness)
        assert level.freshness > timedelta()
        assert node.automation_condition is not None
        makers = {"dbt": product.mart, "duckdb": product.mart, "python": product.program, "scikitlearn": product.recipe}
        assert node.kinds == {"iceberg"} | {kind for kind, made_by in makers.items() if made_by}
        assert node.description == shape.description
        assert node.metadata["contract version"] == product.version
        assert node.tags["version"] == product.version
        columns = node.metadata["dagster/column_schema"].columns
        assert [c.name for c in columns] == list(shape.names)
        assert all(c.description for c in columns)
        specs = [graph.get_check_spec(check) for check in graph.get_check_keys_for_assets({node.key})]
        warns = {CHECK} if is_health(product) else set()
        assert {spec.name for spec in specs} == set(checks.PROMISES) | warns
        assert all(spec.description and spec.blocking != (spec.name in warns) for spec in specs)


def test_every_input_port_is_an_edge(graph: Any, domain: Domain) -> None:
    for product in domain.products:
        parents = graph.get(product_key(domain.full_name(product))).parent_keys
        assert parents >= {product_key(port.product) for port in product.inputs}
        assert parents >= {source_key(domain.name, source) for source in product.sources}


def test_a_range_of_days_is_one_run(graph: Any, domain: Domain) -> None:
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.partitions_def is None or node.backfill_policy == dg.BackfillPolicy.single_run()
    for product in domain.products:
        daily = shape_of(product.contract).partition not in {None, "week"}
        assert (graph.get(product_key(domain.full_name(product))).partitions_def is not None) == daily
