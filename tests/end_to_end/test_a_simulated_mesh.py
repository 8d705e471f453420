"""One small simulated world through the whole mesh, as a person runs it."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tests.conftest import Mesh
from tests.reliability.worlds import differing, readable

START, DAYS = date(2026, 3, 2), 12
SAME = ("--scale", "0.1", "--seed", "11", "--start", START.isoformat())
WORLD = ("--days", str(DAYS), *SAME)
PUBLISHED = {
    "sales.orders",
    "sales.order_lines",
    "sales.daily_sales",
    "sales.store_traffic",
    "sales.order_features",
    "customers.customers",
    "customers.customer_360",
    "customers.customer_voice",
    "inventory.products",
    "inventory.stock_levels",
    "inventory.demand_features",
    "marketing.sessions",
    "marketing.campaigns",
    "marketing.campaign_audience",
    "marketing.campaign_performance",
    "marketing.experiment_results",
}
WAITING = {
    "governance.access_log",  # nobody asked the APIs yet
    "customers.churn_risk",
    "customers.model_health",
    "customers.predictions",
    "customers.post_sentiment",
    "customers.voice_sentiment",
    "inventory.demand_forecast",
    "inventory.model_health",
    "inventory.predictions",
    "inventory.replenishment_plan",
    "marketing.model_health",
    "marketing.predictions",
    "marketing.recommendations",
    "sales.fraud_scores",
    "sales.model_health",
    "sales.predictions",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    mesh = Mesh(tmp_path_factory.mktemp("world") / "home")
    mesh("simulate", *WORLD)
    mesh("run")
    return mesh


def test_one_command_publishes_every_product(world: Mesh) -> None:
    found = {name: row["rows"] for name, row in world.products().items()}
    assert {name for name, rows in found.items() if rows} == PUBLISHED
    assert {name for name, rows in found.items() if not rows} == WAITING, "a history of days teaches no model"


def test_every_row_read_is_accepted_or_in_quarantine_with_its_reason(world: Mesh) -> None:
    import polars as pl

    from mesh_platform.lake import Lake
    from mesh_platform.settings import Settings

    settings = Settings.load(world.home)
    lake = Lake.open(settings)
    ledgers = [t for t in lake.tables() if "_landed." in t]
    landed = {"/".join(path.parts[-2:]) for path in settings.landing.glob("*/*") if path.is_dir()}
    assert {t.replace("_landed.", "/") for t in ledgers} == landed
    for table in ledgers:
        ledger = lake.scan(table).collect()
        assert (ledger["read"] == ledger["accepted"] + ledger["quarantined"]).all(), table
        raw = lake.current(table.replace("_landed.", "_raw."))
        bad = lake.current(table.replace("_landed.", "_quarantine."))
        assert raw is not None
        assert raw.rows == ledger["accepted"].sum()
        assert (bad.rows if bad else 0) == ledger["quarantined"].sum()
        if bad and bad.rows:
            rows = lake.scan(bad.table).select("reason", "file", "line").collect()
            assert rows.select(pl.all().is_null().any()).row(0) == (False, False, False)


def test_the_quarantined_rows_are_exactly_the_injected_ones(world: Mesh) -> None:
    import polars as pl

    from mesh_platform.lake import Lake
    from mesh_platform.settings import Settings

    settings = Settings.load(world.home)
    lake = Lake.open(settings)
    injected = pl.concat(
        [
            pl.read_parquet(p, columns=["file", "line", "kind"])
            for p in sorted(settings.truth.glob("injected/*.parquet"))
        ]
    ).filter(pl.col("kind") != "late")
    quarantined = pl.concat(
        [lake.scan(t).select("file", "line").collect() for t in lake.tables() if "_quarantine." in t]
    )
    assert injected.height > 20
    assert set(injected.select("file", "line").iter_rows()) == set(quarantined.iter_rows())


def test_every_lineage_event_of_the_run_is_as_the_standard_wants_it(world: Mesh) -> None:
    from mesh_platform.settings import Settings
    from platform_tests.lineage_tests.spec import Specification

    told = (Settings.load(world.home).home / "lineage" / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in told]
    ended = {e["job"]["name"] for e in events if e["eventType"] == "COMPLETE"}
    assert ended >= PUBLISHED, "each product's making is told"
    specification = Specification.read()
    assert [error for event in events for error in specification.errors(event)] == []


def test_running_again_changes_nothing(world: Mesh) -> None:
    before = {name: row["snapshot"] for name, row in world.products().items()}
    said = world("run")
    assert "nothing new" in said.out
    assert {name: row["snapshot"] for name, row in world.products().items()} == before


def test_making_a_day_again_gives_equal_rows(world: Mesh) -> None:
    before = readable(world)
    world("run", "--day", (START + timedelta(days=5)).isoformat())
    assert differing(readable(world), before) == {}
    assert len(world("history", "sales.orders", "--json").json) > 1, "the day was really made again"


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    """The same world as `world`, taken in by two runs."""
    mesh = Mesh(tmp_path_factory.mktemp("stepped") / "home")
    for days in (9, DAYS):
        mesh("simulate", "--days", str(days), *SAME)
        mesh("run")
    return mesh


def test_step_by_step_and_all_at_once_publish_the_same_rows(world: Mesh, stepped: Mesh) -> None:
    """Incremental by day equals a backfill of the whole range."""
    assert differing(readable(stepped), readable(world)) == {}


def test_another_day_leaves_the_days_before_as_they_were(stepped: Mesh) -> None:
    first = stepped.rows("sales.daily_sales")
    stepped("run", "--days", str(DAYS + 1))
    last = START + timedelta(days=DAYS)
    settled = (last - timedelta(days=4)).isoformat()  # late rows belong to the days just before
    grown = stepped.rows("sales.daily_sales")
    assert {row["sold_on"] for row in grown} - {row["sold_on"] for row in first} == {last.isoformat()}
    assert _before(settled, grown) == _before(settled, first)


def _before(day: str, rows: list[dict[str, Any]]) -> list[str]:
    return sorted(str(row) for row in rows if row["sold_on"] < day)


def test_time_travel_and_rollback_show_the_rows_as_they_were(world: Mesh) -> None:
    name = "marketing.sessions"
    days = sorted({row["started_on"] for row in world.rows(name)})
    world("run", "--domain", "marketing", "--day", days[3])
    history = world("history", name, "--json").json
    newest, oldest = history[0]["snapshot"], history[-1]["snapshot"]
    assert newest != oldest
    assert len(world.rows(name, "--as-of", str(oldest))) == history[-1]["rows"]
    assert len(world.rows(name, "--as-of", history[-1]["published"])) == history[-1]["rows"]
    said = world("rollback", name, str(oldest))
    assert world.products()[name]["snapshot"] == oldest
    world("rollback", name, said.out.split()[-1])
    assert world.products()[name]["snapshot"] == newest


def test_personal_data_is_masked_until_asked_for(world: Mesh) -> None:
    masked = world("show", "customers.customers", "--json").json[0]
    clear = world("show", "customers.customers", "--json", "--unmask").json[0]
    assert masked["email"] != clear["email"]
    assert "@" in clear["email"]


def test_bad_words_get_one_line_and_exit_code_2(world: Mesh) -> None:
    said = world("show", "sales.order", code=2)
    assert said.err.strip() == "mesh: no product 'sales.order'; did you mean 'sales.orders'?"
    for words in (
        ("show", "sales.orders", "--where", "nonsense ="),
        ("show", "sales.orders", "--as-of", "yesterday"),
        ("show", "sales.orders", "--as-of", "12345"),
        ("run", "--domain", "sale"),
        ("run", "--day", "2019-13-01"),
        ("run", "--day", "1999-01-01"),
        ("run", "--seed", "99"),
        ("rollback", "sales.orders", "12345"),
        ("quarantine", "sales/nothing"),
        ("ingest", "nothing", "nowhere"),
    ):
        said = world(*words, code=2)
        assert said.err.startswith("mesh: "), words
        assert len(said.err.strip().splitlines()) == 1, said.err
        assert "Traceback" not in said.err
