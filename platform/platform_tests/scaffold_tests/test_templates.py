"""The templates hold for every name that is allowed."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from mesh_platform.contract import Contract, column
from mesh_platform.product import Source
from mesh_platform.scaffold.files import domain_files, product_files
from mesh_platform.scaffold.names import LONGEST
from mesh_platform.scaffold.registers import registered
from mesh_platform.scaffold.tree import tree
from platform_tests.scaffold_tests.project import CHECKOUT

BIN = Path(sys.executable).parent


class Row(Contract):
    """A row. Grain: one row per id."""

    row_id: str = column("The row.", key=True)


@pytest.mark.parametrize("name", ["a", "zz_top", "l" * LONGEST])
def test_what_is_written_is_formatted_and_linted_whatever_the_name(name: str, tmp_path: Path) -> None:
    source = Source(name, Row, "csv", "point of sale and web shop", event_time=None)
    files = {**domain_files(name, date(2026, 3, 1)), **product_files(name, name, source)}
    for path, text in files.items():
        place = tmp_path / "domains" / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (tmp_path / "pyproject.toml").write_text((CHECKOUT / "pyproject.toml").read_text())
    (tmp_path / "platform").symlink_to(CHECKOUT / "platform")

    for command in (["format", "--check"], ["check"]):
        ruff = subprocess.run(
            [BIN / "ruff", *command, "--no-cache", "domains"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ruff.returncode == 0, ruff.stdout


def test_nothing_is_left_to_fill_in() -> None:
    files = domain_files("loyalty", date(2026, 3, 1))

    assert [path for path, text in files.items() if "$" in text or "NAME" in path or "_DAY" in path] == []


def test_the_sample_is_of_the_two_days_before() -> None:
    files = domain_files("loyalty", date(2026, 3, 1))

    assert "2026-02-27T" in files["sample/events_2026-02-27.csv"]
    assert "2026-02-28T" in files["sample/events_2026-02-28.csv"]


def test_a_product_of_a_feed_without_event_time_has_no_days_to_run() -> None:
    facts = product_files("loyalty", "points", Source("rows", Row, "csv", "club", event_time="row_id"))
    master = product_files("loyalty", "points", Source("rows", Row, "csv", "club"))
    sql, contract = "dbt/models/marts/fct_points.sql", "src/mesh_loyalty/products/points.py"

    assert "in_days" in facts[sql]
    assert "partition=True" in facts[contract]
    assert "in_days" not in master[sql]
    assert "partition=True" not in master[contract]


def test_a_domain_is_entered_once(tmp_path: Path) -> None:
    for name in ("workspace.yaml", ".importlinter", "pyproject.toml"):
        (tmp_path / name).write_text((CHECKOUT / name).read_text())
    for path, text in registered(tmp_path, "loyalty").items():
        path.write_text(text)

    assert registered(tmp_path, "loyalty") == {}
    assert len(registered(tmp_path, "loyal")) == 3


def test_a_first_domain_is_entered_in_an_empty_workspace(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("load_from: []\n")
    [text] = registered(tmp_path, "loyalty").values()

    entry = "python_module: {module_name: mesh_loyalty.definitions, location_name: loyalty}"
    assert text == f"load_from:\n  - {entry}\n"


def test_files_are_drawn_as_a_tree() -> None:
    assert tree(["a/b/x.py", "a/b/y.py", "c.md"]) == ["├── a/b/", "│   ├── x.py", "│   └── y.py", "└── c.md"]
