from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from mesh_platform.settings import Settings
from mesh_platform.transform import project as parsed
from mesh_platform.transform import read_mart, transform
from mesh_platform.transform.project import Project

from .toys import FIRST, PROJECT, SECOND, TOYS, three_days, write

MART = "models/marts/fct_daily.sql"


def _never(*_: object, **__: object) -> NoReturn:
    pytest.fail("dbt parses again")


@pytest.mark.usefixtures("project")
def test_another_day_parses_nothing_again(home: Settings, tmp_path: Path) -> None:
    toys = Project.of("toys", home)
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (FIRST, FIRST), home)
    parsed = toys.manifest()
    kept = toys.kept().path.read_bytes()
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (SECOND, SECOND), home)
    assert toys.manifest() is parsed
    assert toys.kept().path.read_bytes() == kept, "a parse would have its own time in it"


def test_an_edited_model_is_seen_by_the_next_run(home: Settings, project: Path, tmp_path: Path) -> None:
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (FIRST, FIRST), home)
    write(project / MART, PROJECT[MART].replace("sum(pieces)", "10 * sum(pieces)"))
    write(project / "models/marts/fct_daily.yml", "models: []")
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (FIRST, FIRST), home)
    [found] = read_mart(TOYS, "fct_daily", home, partition="day")
    assert found["pieces"].to_list() == [20, 10]


@pytest.mark.usefixtures("project")
def test_another_home_and_another_process_recall_what_was_parsed(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (replace(home, home=tmp_path / name, cache=tmp_path / "cache") for name in ("first", "second"))
    told = Project.of("toys", first).manifest()
    monkeypatch.setattr(Project, "invoke", _never)
    for settings in (first, second):
        parsed._parsed.clear()
        recalled = Project.of("toys", settings).manifest()
        assert recalled is not told
        assert recalled.nodes.keys() == told.nodes.keys()


@pytest.mark.usefixtures("project")
def test_what_was_recalled_makes_the_same_rows(home: Settings, tmp_path: Path) -> None:
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (FIRST, SECOND), home)
    before = [batch.rows() for batch in read_mart(TOYS, "fct_daily", home, partition="day")]
    parsed._parsed.clear()
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (FIRST, SECOND), home)
    assert [batch.rows() for batch in read_mart(TOYS, "fct_daily", home, partition="day")] == before


def test_models_that_move_to_another_layer_are_another_project(home: Settings, project: Path) -> None:
    before = Project.of("toys", home).kept()
    moved = (project / "models/marts").rename(project / "models/marks")
    try:
        assert Project.of("toys", home).kept() != before
    finally:
        moved.rename(project / "models/marts")
    assert Project.of("toys", home).kept() == before
