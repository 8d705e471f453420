import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from mesh_platform.discover import code_folders, dbt_folder, domain_names, installed_domain, load_domain
from mesh_platform.errors import BadContract, UnknownName
from mesh_platform.product import Owner

from .toys import DailyToys, write

TEAM = Owner("Games", "games@omnishop.example")
TOYS = DailyToys.__module__


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A domain's package with one product, importable."""
    folder = tmp_path / "src" / "mesh_games"
    write(folder / "__init__.py", "")
    write(folder / "sources.py", f"from {TOYS} import TOYS\n\nSOURCES = TOYS.sources")
    write(folder / "products" / "__init__.py", "")
    write(folder / "products" / "daily.py", f"from {TOYS} import DAILY as PRODUCT\n\n__all__ = ['PRODUCT']")
    monkeypatch.syspath_prepend(folder.parent)
    invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.startswith("mesh_games")]:
        del sys.modules[name]


def test_a_domain_is_its_sources_and_a_product_a_module(package: Path) -> None:
    games = load_domain("mesh_games", TEAM, "Games.")
    assert (games.name, games.owner, [p.name for p in games.products]) == ("games", TEAM, ["daily"])
    assert [s.name for s in games.sources] == ["sold"]


def test_a_module_of_products_without_a_product_is_refused(package: Path) -> None:
    write(package / "products" / "empty.py", "PRODUCT = None")
    with pytest.raises(BadContract, match=r"mesh_games\.products\.empty declares no PRODUCT"):
        load_domain("mesh_games", TEAM, "Games.")


def test_the_dbt_project_lies_beside_the_source_or_inside_an_installed_package(package: Path) -> None:
    write(package.parent.parent / "dbt" / "dbt_project.yml", "name: mesh_games")
    assert dbt_folder("games") == package.parent.parent / "dbt"
    write(package / "dbt" / "dbt_project.yml", "name: mesh_games")
    assert dbt_folder("games") == package / "dbt"
    assert code_folders("games")[:2] == (package, package / "dbt")


def test_a_domain_without_a_dbt_project_is_told_where_one_belongs(package: Path) -> None:
    with pytest.raises(UnknownName, match=r"no dbt project of domain 'games'; expected dbt_project\.yml"):
        dbt_folder("games")


def test_installed_domains_are_found_by_their_entry_points() -> None:
    assert {"sales", "inventory"} <= set(domain_names())
    assert {"daily_sales", "order_lines"} <= {p.name for p in installed_domain("sales").products}


def test_an_unknown_domain_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownName, match="did you mean 'sales'"):
        installed_domain("sale")
