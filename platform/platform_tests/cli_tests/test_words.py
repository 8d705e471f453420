"""Every verb explains itself, and a wrong word is answered in one line."""

import pytest

from mesh_platform.cli.main import app
from platform_tests.cli_tests.commands import Mesh

VERBS = sorted(str(command.callback.__name__) for command in app.registered_commands if command.callback)
GROUPS = {
    "new": ["domain", "product"],
    "contracts": ["export", "check", "diff"],
    "catalog": ["build", "check", "publish", "verify", "serve"],
    "privacy": ["report", "erase", "retention"],
    "keys": ["create", "list", "revoke"],
    "accesses": ["verify"],
    "features": ["list", "push", "get", "parity"],
}


def test_the_verbs_are_those_of_the_front_page(mesh: Mesh) -> None:
    expected = [
        "demote",
        "deploy",
        "doctor",
        "explain",
        "history",
        "ingest",
        "maintain",
        "models",
        "products",
        "promote",
        "quarantine",
        "replay",
        "reproduce",
        "rollback",
        "run",
        "serve",
        "show",
        "simulate",
        "train",
        "up",
    ]
    assert expected == VERBS
    said = mesh("--help").out
    assert [verb for verb in [*VERBS, *GROUPS, "lineage"] if verb not in said] == []


@pytest.mark.parametrize(
    "verb", [*VERBS, "lineage send", *(f"{group} {act}" for group, acts in GROUPS.items() for act in acts)]
)
def test_the_help_of_a_verb_has_an_example_that_begins_with_it(mesh: Mesh, verb: str) -> None:
    for option in ("--help", "-h"):
        said = mesh(*verb.split(), option).out
        assert f"Example: mesh {verb}" in " ".join(said.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "sales.order"), "mesh: no product 'sales.order'; did you mean 'sales.orders'?"),
        (("history", "nothing.at_all"), "mesh: no product 'nothing.at_all'; there are: customers."),
        (("show", "sales.orders"), "mesh: sales.orders has no snapshot yet; `mesh run` publishes the first one"),
        (("run", "--day", "tomorrow"), "mesh: --day 'tomorrow' is no date; write it like "),
        (("simulate", "--start", "tomorrow"), "mesh: --start 'tomorrow' is no date; write it like "),
        (("quarantine", "sales/nothing"), "mesh: no ingested source 'sales/nothing'; there are: none"),
        (("ingest", "online-retial", "x.csv"), "mesh: no adapter 'online-retial'; did you mean 'online-retail'?"),
        (("rollback", "sales.orders", "1"), "mesh: "),
        (("train", "fruad"), "mesh: no model 'fruad'; did you mean 'fraud'?"),
        (("train", "fraud", "--as-of", "soon"), "mesh: --as-of 'soon' is no time"),
        (("promote", "fraud", "1"), "mesh: no model was trained yet; `mesh train <model>` trains one"),
        (("demote", "fraud"), "mesh: no model was trained yet"),
        (("models", "fraud"), "mesh: no trained model 'fraud'; there are: none"),
        (("explain", "fraud"), "mesh: 'fraud' is no prediction id (rule: <model>:<version>:<key>)"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_mistake_is_one_line_with_the_remedy_and_exit_code_2(
    mesh: Mesh, words: tuple[str, ...], message: str
) -> None:
    said = mesh(*words, code=2)
    assert said.err.startswith(message)
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


@pytest.mark.parametrize("words", [("nonsense",), ("show",), ("run", "--days", "0"), ("run", "--nonsense")])
def test_words_that_do_not_exist_end_with_2_and_no_traceback(mesh: Mesh, words: tuple[str, ...]) -> None:
    said = mesh(*words, code=2)
    assert "Usage: mesh" in said.err
    assert "Traceback" not in said.err


def test_outside_a_project_the_remedy_is_said(mesh: Mesh) -> None:
    mesh.home.mkdir()
    said = mesh("products", code=2, MESH_ROOT=str(mesh.home))
    assert said.err.startswith("mesh: no workspace.yaml in ")
    assert "set MESH_ROOT" in said.err


def test_looking_at_a_mesh_that_is_empty_makes_nothing(mesh: Mesh) -> None:
    assert all(row["rows"] is None for row in mesh("products", "--json").json)
    assert mesh("history", "sales.orders", "--json").json == []
    assert "the quarantine is empty" in mesh("quarantine").out
    assert not list(mesh.home.rglob("*.db"))
