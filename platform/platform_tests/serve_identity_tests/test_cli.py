"""`mesh keys` makes, lists and revokes keys without ever showing a secret twice."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mesh_platform.cli.main import app
from mesh_platform.errors import UnknownName, UserError
from mesh_platform.serve.identity.keys import Keys
from mesh_platform.settings import Settings

RUN = CliRunner()


@pytest.fixture(autouse=True)
def project(settings: Settings, contracts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (contracts.parent / "workspace.yaml").write_text("load_from: []\n")
    monkeypatch.setenv("MESH_ROOT", str(contracts.parent))
    monkeypatch.setenv("MESH_HOME", str(settings.home))


def said(*words: str) -> str:
    done = RUN.invoke(app, ["keys", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_key_is_made_listed_and_revoked(settings: Settings) -> None:
    text = said("create", "board", "--expires", "2099-01-01").splitlines()[0]
    keys = Keys.of(settings)
    proven = keys.proven(text)
    assert proven
    listed = said("list")
    assert proven.id in listed
    assert "works" in listed
    assert text not in listed
    assert f"key {proven.id} of board is revoked" in said("revoke", proven.id)
    assert keys.proven(text) is None
    assert json.loads(said("list", "--json"))[0]["state"] == "revoked"
    keys.close()


def test_machines_read_the_key_as_json(settings: Settings) -> None:
    made = json.loads(said("create", "developer", "--json"))
    keys = Keys.of(settings)
    assert keys.proven(made["key"])
    keys.close()
    assert set(made) == {"id", "consumer", "expires", "key"}


def test_a_list_of_no_keys_says_so() -> None:
    assert said("list") == "no key was made yet\n"
    assert json.loads(said("list", "--json")) == []


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["create", "bord"], UnknownName, r"no registered consumer 'bord'; did you mean 'board'\?"),
        (["create", "board", "--expires", "soon"], UserError, r"--expires 'soon' is no date"),
        (["create", "board", "--expires", "2020-01-01"], UserError, r"--expires 2020-01-01 is past"),
        (["revoke", "abc"], UnknownName, r"no key 'abc'; there are: none"),
    ],
)
def test_a_mistake_is_named_and_makes_no_key(words: list[str], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        RUN.invoke(app, ["keys", *words], catch_exceptions=False)
    assert json.loads(said("list", "--json")) == []
