"""What `mesh new` refuses, and that a refusal or a failure leaves nothing behind."""

import pytest

from mesh_platform.errors import UserError
from mesh_platform.scaffold.names import check_domain_name, check_product_name
from platform_tests.scaffold_tests.project import Project

DOMAINS = [
    ("Loyalty", "try 'loyalty'"),
    ("loyalty-points", "try 'loyalty_points'"),
    ("loyaltyPoints", "try 'loyalty_points'"),
    ("2nd", "snake_case"),
    ("a__b", "snake_case"),
    ("../out", "snake_case"),
    ("", "snake_case"),
    ("class", "keyword"),
    ("raw", "tables of its own"),
    ("main", "tables of its own"),
    ("loyalty_quarantine", "tables of its own"),
    ("sales", "mesh_sales is installed"),
    ("platform", "mesh_platform is installed"),
    ("polars", "an installed package has this name"),
    ("a" * 31, "at most 30"),
]


@pytest.mark.parametrize(("name", "rule"), DOMAINS)
def test_a_name_that_a_domain_cannot_have_is_refused_with_the_rule(name: str, rule: str) -> None:
    with pytest.raises(UserError, match=rule):
        check_domain_name(name)


@pytest.mark.parametrize("name", ["loyalty", "returns", "b2b", "loyalty_points", "email", "a" * 30])
def test_a_good_name_of_a_domain_is_taken(name: str) -> None:
    check_domain_name(name)


@pytest.mark.parametrize(
    ("name", "rule"), [("Points", "snake_case"), ("yield", "keyword"), ("data_product", "contract language")]
)
def test_a_name_that_a_product_cannot_have_is_refused_with_the_rule(name: str, rule: str) -> None:
    with pytest.raises(UserError, match=rule):
        check_product_name(name)


def test_a_refusal_is_one_line_and_leaves_nothing_behind(project: Project) -> None:
    before = project.files()
    for command in (["domain", "Loyalty"], ["product", "loyalty.points"], ["product", "points"]):
        done = project.mesh("new", *command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("mesh: ")
        assert done.stderr.count("\n") == 1

    assert project.files() == before


def test_a_domain_that_exists_is_refused_and_stays_as_it_is(project: Project) -> None:
    assert project.mesh("new", "domain", "loyalty", "--no-install").returncode == 0
    before = project.files()
    again = project.mesh("new", "domain", "loyalty")

    assert again.returncode == 2
    assert "domains/loyalty exists already" in again.stderr
    assert project.files() == before


def test_a_product_that_exists_is_refused_and_stays_as_it_is(project: Project) -> None:
    assert project.mesh("new", "domain", "loyalty", "--no-install").returncode == 0
    before = project.files()
    again = project.mesh("new", "product", "loyalty.daily_events")

    assert again.returncode == 2
    assert "'loyalty.daily_events' exists already" in again.stderr
    assert project.files() == before


def test_a_product_needs_a_source_that_sql_can_read(project: Project) -> None:
    assert project.mesh("new", "domain", "loyalty", "--no-install").returncode == 0
    declared = project.root / "domains/loyalty/dbt/models/sources.yml"
    declared.write_text("version: 2\nsources: []\n")
    done = project.mesh("new", "product", "loyalty.points")

    assert done.returncode == 2
    assert "source 'events' of loyalty is not in domains/loyalty/dbt/models/sources.yml" in done.stderr


def test_a_domain_that_cannot_be_installed_leaves_nothing_behind(project: Project) -> None:
    uv = project.root / ".venv/bin/uv"
    uv.unlink()
    uv.write_text("#!/bin/sh\necho 'error: no space left' >&2\nexit 1\n")
    uv.chmod(0o755)
    before = project.files()
    done = project.mesh("new", "domain", "loyalty")

    assert done.returncode == 2
    assert "nothing is changed: error: no space left" in done.stderr
    assert project.files() == before
    assert not (project.root / "domains" / "loyalty").exists()


def test_a_product_whose_documents_cannot_be_written_leaves_nothing_behind(project: Project) -> None:
    assert project.mesh("new", "domain", "loyalty", "--no-install").returncode == 0
    (project.root / "contracts/loyalty/points").write_text("in the way\n")
    before = project.files()

    assert project.mesh("new", "product", "loyalty.points").returncode == 1
    assert project.files() == before
