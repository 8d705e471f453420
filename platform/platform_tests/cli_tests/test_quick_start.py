"""Commands that only look start at once: they load no engine that they do not need."""

import json
import sys

import pytest

from platform_tests.cli_tests.commands import Mesh

HEAVY = ("dagster", "pyiceberg", "pandera", "dbt", "sqlalchemy")
PROGRAM = """
import json, sys
from mesh_platform.cli.main import app
try:
    app({words})
except SystemExit as end:
    assert not end.code, end.code
print("\\n" + json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def loaded(mesh: Mesh, *words: str) -> set[str]:
    """Name the packages that a command has loaded at its end."""
    said = mesh.run([sys.executable, "-c", PROGRAM.format(words=list(words))])
    assert said.code == 0, said.err
    return set(json.loads(said.out.splitlines()[-1]))


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("run", "--help"),
        ("products",),
        ("show", "marketing.sessions"),
        ("show", "marketing.sessions", "--where", "started_on is not null", "--json"),
        ("history", "marketing.sessions"),
    ],
    ids=" ".join,
)
def test_a_command_that_looks_loads_no_heavy_engine(world: Mesh, words: tuple[str, ...]) -> None:
    assert loaded(world, *words).isdisjoint(HEAVY)


def test_help_loads_no_engine_at_all(world: Mesh) -> None:
    assert loaded(world, "--help").isdisjoint({*HEAVY, "polars", "duckdb", "pyarrow", "numpy"})


def test_the_list_of_products_is_read_without_their_domains(world: Mesh) -> None:
    assert loaded(world, "products").isdisjoint({"mesh_sales", "mesh_marketing", "mesh_customers", "mesh_inventory"})
