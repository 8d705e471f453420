from pathlib import Path

import pytest

from mesh_platform.settings import Settings
from mesh_platform.transform import read_mart, transform
from mesh_platform.transform.project import Project

from .toys import FIRST, PROJECT, SECOND, TOYS, three_days, write

MART = "models/marts/fct_daily.sql"


@pytest.mark.usefixtures("project")
def test_another_day_parses_nothing_again(home: Settings, tmp_path: Path) -> None:
    toys = Project.of("toys", home)
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (FIRST, FIRST), home)
    parsed = toys.manifest()
    kept = (toys.home / "target" / "partial_parse.msgpack").stat().st_mtime_ns
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (SECOND, SECOND), home)
    assert toys.manifest() is parsed
    assert (toys.home / "target" / "partial_parse.msgpack").stat().st_mtime_ns == kept


def test_an_edited_model_is_seen_by_the_next_run(home: Settings, project: Path, tmp_path: Path) -> None:
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (FIRST, FIRST), home)
    write(project / MART, PROJECT[MART].replace("sum(pieces)", "10 * sum(pieces)"))
    write(project / "models/marts/fct_daily.yml", "models: []")
    transform(TOYS, ["fct_daily"], three_days(tmp_path), (FIRST, FIRST), home)
    [found] = read_mart(TOYS, "fct_daily", home, partition="day")
    assert found["pieces"].to_list() == [20, 10]
