"""One small simulated world through the whole mesh, as a person runs it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.conftest import Mesh

WORLD = ("--days", "12", "--scale", "0.02", "--seed", "11")
PUBLISHED = {
    "sales.orders",
    "sales.order_lines",
    "sales.daily_sales",
    "sales.store_traffic",
    "customers.customers",
    "customers.customer_360",
    "customers.customer_voice",
    "inventory.products",
    "inventory.stock_levels",
    "marketing.sessions",
    "marketing.campaigns",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    mesh = Mesh(tmp_path_factory.mktemp("world") / "home")
    mesh("run", *WORLD)
    return mesh


def _everything(mesh: Mesh) -> dict[str, list[str]]:
    """Every row of every product, as sorted text: what a query could see."""
    return {name: sorted(map(str, mesh.rows(name))) for name in sorted(PUBLISHED)}


def test_one_command_publishes_every_product(world: Mesh) -> None:
    found = world.products()
    assert set(found) == PUBLISHED
    assert all(row["rows"] for row in found.values()), found


def test_every_row_read_is_accepted_or_in_quarantine_with_its_reason(world: Mesh) -> None:
    import polars as pl

    from mesh_platform.lake import Lake
    from mesh_platform.settings import Settings

    lake = Lake.open(Settings.load(world.home))
    ledgers = [t for t in lake.tables() if "_landed." in t]
    assert len(ledgers) == 13
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


def test_running_again_changes_nothing(world: Mesh) -> None:
    before = {name: row["snapshot"] for name, row in world.products().items()}
    said = world("run")
    assert "nothing new" in said.out
    assert {name: row["snapshot"] for name, row in world.products().items()} == before


def test_making_a_day_again_gives_equal_rows(world: Mesh) -> None:
    before = _everything(world)
    days = sorted({row["ordered_on"] for row in world.rows("sales.orders")})
    world("run", "--day", days[5])
    assert _everything(world) == before
    assert len(world("history", "sales.orders", "--json").json) > 1, "the day was really made again"


def test_another_day_leaves_the_days_before_as_they_were(world: Mesh, tmp_path: Path) -> None:
    longer = Mesh(tmp_path / "longer")
    start = min(row["ordered_on"] for row in world.rows("sales.orders"))
    longer("simulate", *WORLD, "--start", start)
    longer("run")
    first = longer.rows("sales.daily_sales")
    longer("run", "--days", "13")
    last = date.fromisoformat(start) + timedelta(days=12)
    grown = longer.rows("sales.daily_sales")
    old = [row for row in grown if row["sold_on"] < (last - timedelta(days=4)).isoformat()]
    assert {row["sold_on"] for row in grown} - {row["sold_on"] for row in first} == {last.isoformat()}
    assert sorted(map(str, old)) == sorted(
        str(r) for r in first if r["sold_on"] < (last - timedelta(days=4)).isoformat()
    )


def test_day_by_day_and_all_at_once_publish_the_same_rows(world: Mesh, tmp_path: Path) -> None:
    """Incremental by day equals a backfill of the whole range."""
    steps = Mesh(tmp_path / "steps")
    start = min(row["ordered_on"] for row in world.rows("sales.orders"))
    for days in ("4", "9", "12"):
        steps("simulate", "--days", days, *WORLD[2:], "--start", start)
        steps("run")
    assert _everything(steps) == _everything(world)


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
