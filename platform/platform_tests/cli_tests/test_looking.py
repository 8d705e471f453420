"""What the verbs that look, tend and check say of a small world."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mesh_platform.lake import Lake
from mesh_platform.settings import Settings
from platform_tests.cli_tests.commands import ROOT, Mesh

SESSIONS = "marketing.sessions"


def lake_of(mesh: Mesh) -> Lake:
    return Lake.open(Settings.load(mesh.home))


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("products",), {"product", "version", "owner", "rows", "snapshot", "published", "newest day", "about"}),
        (("show", SESSIONS, "--limit", "2"), {"session_id"}),
        (("history", SESSIONS), {"snapshot", "published", "rows", "contract", "code", "run", "checks", "inputs"}),
        (("quarantine", "marketing/web_events"), {"file", "line", "reason", "record"}),
        (("doctor",), {"what", "ok", "found", "remedy"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_json_is_a_list_of_rows_with_these_names(world: Mesh, words: tuple[str, ...], keys: set[str]) -> None:
    rows = world(*words, "--json").json
    assert isinstance(rows, list)
    assert all(keys <= set(row) for row in rows)
    assert rows or words[0] == "quarantine"


def test_json_of_a_run_and_of_a_simulation_and_of_the_quarantine_are_objects(world: Mesh) -> None:
    run = world("run", "--domain", "marketing", "--json").json
    assert {"products", "lacking", "failed", "simulated", "seconds", "seconds_of_work"} <= set(run)
    assert run["failed"] == []
    assert SESSIONS in {row["product"] for row in run["products"]}
    assert {"start", "days", "seed", "rows"} == set(world("simulate", "--json").json)
    assert "marketing/web_events" in world("quarantine", "--json").json


def test_tables_and_json_tell_the_same(world: Mesh) -> None:
    [row] = [row for row in world("products", "--json").json if row["product"] == SESSIONS]
    [line] = [line for line in world("products").out.splitlines() if line.strip().startswith(SESSIONS)]
    assert f" {row['rows']:,} " in line
    assert str(row["snapshot"]) in line
    assert len(world("show", SESSIONS, "--limit", "7", "--json").json) == 7


def test_a_second_run_says_that_nothing_is_new_and_ends_with_0(world: Mesh) -> None:
    assert "nothing new: every product is up to date" in world("run", "--domain", "marketing").out


def findings(mesh: Mesh, code: int = 0, **environment: str) -> dict[str, Any]:
    return {row["what"]: row for row in mesh("doctor", "--json", code=code, **environment).json}


def test_the_doctor_finds_a_healthy_mesh_well(world: Mesh) -> None:
    found = findings(world)
    here = {"python", "disk", "domains", "documents", "lake", "landing zone", "older versions"}
    assert set(found) == here | {"online store", "lineage receiver"}
    assert all(row["ok"] for row in found.values())


def test_the_doctor_finds_a_file_that_the_lake_lacks_and_says_what_to_do(world: Mesh) -> None:
    lost = Path(lake_of(world).files(SESSIONS)[0].path)
    hidden = lost.rename(lost.with_suffix(".hidden"))
    try:
        found = findings(world, code=2)
        said = world("doctor", code=2)
    finally:
        hidden.rename(lost)
    assert not found["lake"]["ok"]
    assert "1 files missing" in found["lake"]["found"]
    assert str(lost) in found["lake"]["remedy"]
    assert "!!" in said.out


def test_the_doctor_finds_a_landing_zone_that_was_left_half_written(world: Mesh) -> None:
    marker = Settings.load(world.home).landing / "ORIGIN.json"
    before = marker.read_text()
    marker.write_text(before.replace("true", "false"))
    try:
        found = findings(world, code=2)["landing zone"]
    finally:
        marker.write_text(before)
    assert (found["ok"], found["remedy"]) == (False, "run `mesh run`")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's folder with a copy of the published documents."""
    root = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "workspace.yaml", root)
    shutil.copytree(ROOT / "contracts", root / "contracts")
    return root


@contextmanager
def changed(path: Path, text: str | None) -> Iterator[None]:
    """Change a file, or remove it; afterwards it is as it was."""
    before = path.read_text()
    path.unlink() if text is None else path.write_text(text)
    try:
        yield
    finally:
        path.write_text(before)


def test_documents_that_agree_with_the_code_pass_the_check(world: Mesh, project: Path) -> None:
    said = world("contracts", "check", MESH_ROOT=str(project)).out
    assert said == "contracts/ agrees with the code and its consumers\n"


def test_a_document_changed_by_hand_or_lost_is_found_and_named(world: Mesh, project: Path) -> None:
    contract = project / "contracts" / "sales" / "orders" / "v1.odcs.yaml"
    for text in (contract.read_text().replace("1.0.0", "1.0.1"), None):
        with changed(contract, text):
            said = world("contracts", "check", code=2, MESH_ROOT=str(project))
            assert "contracts/ differs from the code or its consumers in 1 places; run `mesh contracts" in said.err
            assert "sales/orders/v1.odcs.yaml" in said.err


def test_a_consumer_who_relies_on_what_is_not_published_fails_the_check(world: Mesh, project: Path) -> None:
    board = project / "contracts" / "consumers" / "finance_dashboard.yaml"
    with changed(board, board.read_text().replace("net_units", "nett_units")):
        said = world("contracts", "check", code=2, MESH_ROOT=str(project))
    assert "consumer 'finance_dashboard': sales.daily_sales v1: no column 'nett_units'" in said.err


def test_exporting_writes_what_is_missing_and_nothing_else(world: Mesh, project: Path) -> None:
    contract = project / "contracts" / "sales" / "orders" / "v1.odcs.yaml"
    before = contract.read_text()
    contract.unlink()
    said = world("contracts", "export", MESH_ROOT=str(project)).out
    assert [line for line in said.splitlines() if line.startswith("wrote")] == [f"wrote {contract}"]
    assert "promises are kept by the mesh but not checkable from the documents" in said
    assert contract.read_text() == before
    assert world("contracts", "export", MESH_ROOT=str(project)).out == "contracts/ is up to date\n"
    unsaid = world("contracts", "export", "--json", MESH_ROOT=str(project)).json["unsaid"]
    assert {"table", "column", "rule", "why"} == set(unsaid[0])


def test_maintaining_keeps_every_row_and_names_every_table(world: Mesh) -> None:
    lake = lake_of(world)
    before = {table: lake.scan(table).collect() for table in lake.tables()}
    done = {row["table"]: row for row in world("maintain", "--keep-days", "0", "--json").json}
    assert set(done) == set(before)
    for table, rows in before.items():
        assert lake_of(world).scan(table).collect().sort(rows.columns).equals(rows.sort(rows.columns))
        assert done[table]["files_after"] <= done[table]["files_before"]
    assert SESSIONS in world("maintain").out
    assert "nothing new" in world("run", "--domain", "marketing").out
