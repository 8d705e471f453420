"""A mart's enforced contract equals its product's, and dbt refuses SQL that makes anything else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import BadContract, ContractBroken
from mesh_platform.settings import Settings
from mesh_platform.transform import transform
from mesh_platform.transform.enforced import data_type, enforced_drift

from .toys import DAILY, PROJECT, TOYS, three_days, write

SQL, YML = "models/marts/fct_daily.sql", "models/marts/fct_daily.yml"
ENFORCED = """
    models:
      - name: fct_daily
        description: Toys sold a day. One row per toy and day.
        config:
          contract: {enforced: true}
        columns:
          - name: toy
            data_type: string
            constraints: [{type: not_null}]
          - name: day
            data_type: date
            constraints: [{type: not_null}]
          - name: pieces
            data_type: bigint
            constraints: [{type: not_null}]
          - name: price
            data_type: double
    """


@pytest.fixture
def rewrite(project: Path) -> Iterator[Callable[[str, str], None]]:
    """Replace one of the mart's files, until the test ends."""
    yield lambda name, text: write(project / name, text)
    for name in (SQL, YML):
        write(project / name, PROJECT[name])


@pytest.mark.parametrize(
    ("said", "instead", "found"),
    [
        ("", "", ""),
        ("enforced: true", "enforced: false", "the contract of fct_daily is not enforced"),
        ("data_type: bigint", "data_type: int", "pieces has data_type 'int'; write `data_type: bigint`"),
        (
            "          - name: price\n            data_type: double\n",
            "",
            "price is missing; write it with `data_type: double`",
        ),
        ("name: price", "name: cost", "cost is no column of toys.daily; take it out"),
        ("data_type: double", "data_type: double\n            constraints: [{type: not_null}]", "price may be missing"),
        ("bigint\n            constraints: [{type: not_null}]", "bigint", "pieces must not be missing"),
        ("name: fct_daily", "name: fct_other", "the contract of fct_daily is not enforced"),
    ],
)
def test_whatever_differs_from_the_products_contract_is_named(
    rewrite: Callable[[str, str], None], said: str, instead: str, found: str
) -> None:
    assert said in ENFORCED
    rewrite(YML, ENFORCED.replace(said, instead) if said else ENFORCED)
    lines = enforced_drift(TOYS)
    assert any(found in line for line in lines) if found else lines == []
    assert all("fct_daily.yml: " in line for line in lines)


def test_a_mart_that_is_not_published_needs_none_and_one_without_its_yml_is_named(project: Path) -> None:
    started_from = replace(DAILY, program="mesh_toys.made:daily")
    assert enforced_drift(replace(TOYS, products=(started_from,))) == []
    [line] = enforced_drift(replace(TOYS, products=(replace(DAILY, mart="fct_weekly"),)))
    assert "no fct_weekly.yml" in line


@pytest.mark.parametrize(
    ("said", "instead", "found"),
    [
        ("totals.toy,", "nullif(totals.toy, 'car') as toy,", r"toys\.fct_daily\.toy: at least one row has no value"),
        (
            "prices.price",
            "cast(prices.price as float) as price",
            r"toys\.fct_daily: price FLOAT DOUBLE data type mismatch",
        ),
        (", prices.price", "", r"toys\.fct_daily: price DOUBLE missing in definition"),
    ],
)
def test_sql_that_makes_something_else_is_refused_in_one_line_before_a_table_is_there(
    rewrite: Callable[[str, str], None], home: Settings, tmp_path: Path, said: str, instead: str, found: str
) -> None:
    rewrite(YML, ENFORCED)
    rewrite(SQL, PROJECT[SQL].replace(said, instead))
    refused = rf"^{found}.*fct_daily\.sql, its enforced contract\); nothing published"
    with pytest.raises(ContractBroken, match=refused) as raised:
        transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)
    assert len(raised.value.breaches) == 1, "so that the orchestrator shows which promise broke"


def test_sql_that_keeps_its_enforced_contract_is_built(
    rewrite: Callable[[str, str], None], home: Settings, tmp_path: Path
) -> None:
    rewrite(YML, ENFORCED)
    assert transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home).rows("fct_daily") == 4


def test_a_type_without_a_name_in_both_engines_is_refused() -> None:
    with pytest.raises(BadContract, match=r"toys\.daily\.tags: DuckDB and Spark have no type for List"):
        data_type(pl.List(pl.String), "toys.daily.tags")
