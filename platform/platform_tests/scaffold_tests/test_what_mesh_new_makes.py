"""What `mesh new` makes works as it is."""

import json
import re
import sys
from pathlib import Path

from platform_tests.scaffold_tests.conftest import Grown
from platform_tests.scaffold_tests.project import CHECKOUT

BIN = Path(sys.executable).parent
LISTS = {"workspace.yaml", ".importlinter", "pyproject.toml"}


def test_a_new_domain_touches_its_own_folders_and_the_lists_of_domains_only(grown: Grown) -> None:
    changed = {path for path, text in grown.after.items() if grown.before.get(path) != text}
    elsewhere = {p for p in changed if not p.startswith(("domains/loyalty/", "contracts/loyalty/"))}

    assert {p for p in elsewhere if not p.startswith(".mesh/landing/loyalty/events/")} == LISTS
    assert grown.before.keys() <= grown.after.keys()


def test_the_lists_keep_what_they_held(grown: Grown) -> None:
    for name in LISTS:
        without = [line for line in grown.after[name].splitlines() if b"mesh_loyalty" not in line]
        assert re.sub(rb', "domains/loyalty(/src)?"', b"", b"\n".join(without)).strip() == grown.before[name].strip()
        assert b"loyalty" in grown.after[name]


def test_mesh_new_says_what_it_made_what_is_next_and_how_to_undo_it(grown: Grown) -> None:
    domain, product, _ = grown.said

    assert "daily_events.py" in domain
    assert "installed mesh-loyalty" in domain
    assert "mesh run --domain loyalty" in domain
    assert "undo: rm -r domains/loyalty" in domain
    assert "fct_daily_points.sql" in product
    assert "undo: rm domains/loyalty/" in product


def test_the_tests_of_a_new_domain_and_its_new_products_pass(grown: Grown) -> None:
    tested = grown.project.python("-m", "pytest", "domains/loyalty")

    assert tested.returncode == 0, tested.stdout
    assert "6 passed" in tested.stdout


def test_the_tests_of_a_new_domain_fail_where_its_sql_is_wrong(grown: Grown) -> None:
    mart = grown.folder / "dbt/models/marts/fct_daily_events.sql"
    right = mart.read_text()
    mart.write_text(right.replace("count(distinct customer_id)", "count(customer_id)"))
    try:
        tested = grown.project.python("-m", "pytest", "domains/loyalty/loyalty_tests/data/test_sql.py")
    finally:
        mart.write_text(right)

    assert "a_customer_counts_once_a_day" in tested.stdout
    assert tested.returncode == 1


def test_new_code_is_formatted_and_linted(grown: Grown) -> None:
    for command in (["format", "--check"], ["check"]):
        ruff = grown.project.tool(str(BIN / "ruff"), *command, "--no-cache", "domains/loyalty")
        assert ruff.returncode == 0, ruff.stdout


def test_new_sql_is_linted(grown: Grown) -> None:
    linted = grown.project.tool(str(BIN / "sqlfluff"), "lint", "--disable-progress-bar", "domains/loyalty/dbt/models")

    assert linted.returncode == 0, linted.stdout


def test_new_code_is_typed(grown: Grown) -> None:
    """Checked from the checkout, whose cache knows the platform already; it has a test of its own for itself."""
    folders = [str(grown.folder / "src"), str(grown.folder / "loyalty_tests")]
    places = f"{grown.folder / 'src'}:{grown.project.root}"
    typed = grown.project.tool(str(BIN / "mypy"), *folders, folder=CHECKOUT, MYPYPATH=places)

    assert "16 source files" in typed.stdout, typed.stdout
    assert [line for line in typed.stdout.splitlines() if "loyalty" in line] == []


def test_the_walls_hold_for_a_new_domain(grown: Grown) -> None:
    walls = "from importlinter.cli import lint_imports as lint; raise SystemExit(lint(limit_to_contracts=('domains',)))"
    kept = grown.project.python("-c", walls)
    product = grown.folder / "src/mesh_loyalty/products/daily_events.py"
    right = product.read_text()
    product.write_text(f"import mesh_sales\n\n{right}")
    try:
        broken = grown.project.python("-c", walls)
    finally:
        product.write_text(right)

    assert (kept.returncode, broken.returncode) == (0, 1), kept.stdout
    assert "mesh_loyalty is not allowed to import mesh_sales" in broken.stdout


def test_one_run_publishes_a_new_domain(grown: Grown) -> None:
    done = grown.project.mesh("run", "--domain", "loyalty", "--json")

    assert done.returncode == 0, done.stderr + done.stdout
    told = json.loads(done.stdout)
    assert {p["product"]: p["rows"] for p in told["products"]} == {
        "loyalty.daily_events": 4,
        "loyalty.daily_points": 2,
    }
    assert told["lacking"] == {"loyalty.member_days": "lacks source loyalty/members"}
    assert {folder.name for folder in grown.project.landing.iterdir() if folder.is_dir()} == {"loyalty"}
