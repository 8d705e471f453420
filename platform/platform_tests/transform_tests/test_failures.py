from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_platform.errors import ContractBroken, MeshFailure
from mesh_platform.settings import Settings
from mesh_platform.transform import Input, check, transform

from .toys import PRICES, PROJECT, TOYS, three_days, write

MART = "models/marts/fct_daily.sql"


@pytest.fixture
def mart(project: Path) -> Iterator[Path]:
    """The mart's SQL, for a test to spoil; it is good again afterwards."""
    yield project / MART
    write(project / MART, PROJECT[MART])


def test_a_broken_model_is_named_with_its_file(home: Settings, mart: Path, tmp_path: Path) -> None:
    write(mart, "select colour from {{ ref('stg_sold') }}, {{ source('makers', 'prices') }}")
    with pytest.raises(
        MeshFailure, match=r"toys\.fct_daily: the model can't run: .*colour.*dbt/models/marts/fct_daily\.sql"
    ):
        transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)


def test_a_mart_that_loses_rows_is_refused_with_the_rule(home: Settings, mart: Path, tmp_path: Path) -> None:
    write(mart, PROJECT[MART].replace("left join prices", "inner join prices"))
    with pytest.raises(ContractBroken, match=r"1 rows break the rule: no piece is lost .*fct_daily\.yml"):
        transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)


def test_a_failed_unit_test_shows_what_differs(home: Settings, mart: Path) -> None:
    write(mart, PROJECT[MART].replace("sum(pieces)", "max(pieces)"))
    with pytest.raises(ContractBroken, match=r"toys\.pieces_add_up: actual differs .*5→3.*fct_daily\.yml"):
        check(TOYS, home, {"makers.prices": Input(schema=PRICES)})


def test_sql_that_dbt_cannot_parse_is_a_failure_of_one_line(home: Settings, mart: Path, tmp_path: Path) -> None:
    write(mart, "select * from {{ ref('stg_solt') }}")
    with pytest.raises(MeshFailure, match=r"stg_solt") as raised:
        transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)
    assert "\n" not in str(raised.value)


def test_only_one_of_the_two_ends_of_a_range_is_refused(home: Settings, project: Path, tmp_path: Path) -> None:
    from mesh_platform.transform.project import Project

    transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)
    toys = Project.of("toys", home)
    half = toys.invoke("compile", "--select", "stg_sold", "--vars", "{days_from: 2026-01-01}", manifest=toys.manifest())
    assert "given together" in str(half.exception or half.result.results[0].message)  # type: ignore[union-attr]
