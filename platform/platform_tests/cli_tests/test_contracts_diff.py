"""`mesh contracts diff` in a git checkout: whom a change of the interface breaks, and what is asked of the producer."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from mesh_platform.cli.main import app
from mesh_platform.errors import UserError
from platform_tests.cli_tests.commands import ROOT


def _git(project: Path, *words: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@omnishop.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(project), *who, *words], check=True, capture_output=True)


def _edit(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose tag `published` had a column more, which a dashboard reads; HEAD is as the code has it."""
    root = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "workspace.yaml", root)
    shutil.copytree(ROOT / "contracts", root / "contracts")
    contract = root / "contracts/sales/daily_sales/v1.odcs.yaml"
    as_in_code = contract.read_text()
    document = _edit(contract)
    columns = document["schema"][0]["properties"]
    margin = {"name": "margin", "description": "What is left.", "classification": "internal", "required": True}
    columns.append({**margin, "logicalType": "number", "physicalType": "double"})
    contract.write_text(yaml.safe_dump(document))
    profile = root / "contracts/customers/customer_360/v1.odcs.yaml"
    profile_in_code = profile.read_text()
    document = _edit(profile)
    tier = next(c for c in document["schema"][0]["properties"] if c["name"] == "loyalty_tier")
    tier["transformSourceObjects"] = ["sales.daily_sales.margin"]
    profile.write_text(yaml.safe_dump(document))
    _git(root, "init", "--quiet")
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "-m", "published")
    _git(root, "tag", "published")
    contract.write_text(as_in_code)
    profile.write_text(profile_in_code)
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "-m", "as in the code")
    board = root / "contracts/consumers/finance_dashboard.yaml"
    board.write_text(board.read_text().replace("net_amount]", "net_amount, margin]"))
    return root


def _diff(project: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["contracts", "diff", *words], env={"MESH_ROOT": str(project), "NO_COLOR": "1"})


def test_an_interface_that_did_not_change_passes_without_a_word_more(project: Path) -> None:
    said = _diff(project)
    assert (said.exit_code, said.output) == (0, "the interface is what it was at HEAD\n")


def test_a_break_ends_with_1_and_names_consumer_owner_purpose_column_and_way(project: Path) -> None:
    said = _diff(project, "--against", "published")
    assert said.exit_code == 1
    lines = [line for line in said.output.splitlines() if line.startswith("broken: ")]
    (direct,) = [line for line in lines if "finance_dashboard" in line]
    assert "(finance-bi@omnishop.example; Revenue, discounts and returns a day" in direct
    assert "by 'column removed' of sales.daily_sales.margin, reads sales.daily_sales.margin" in direct
    (indirect,) = [line for line in lines if "crm_campaign_tool" in line]
    assert "reads customers.customer_360.loyalty_tier" in indirect
    assert "sales.daily_sales.margin → customers.customer_360.loyalty_tier" in indirect
    assert "sales.daily_sales 1.0.0 → 1.0.0: major needed, NOT MADE: set version='2.0.0'" in said.output


def test_json_tells_the_same(project: Path) -> None:
    said = _diff(project, "--against", "published", "--json")
    told = json.loads(said.output)
    (removed,) = [change for change in told["changes"] if change["kind"] == "column removed"]
    assert (removed["table"], removed["columns"], removed["needs"]) == ("sales.daily_sales", ["margin"], "major")
    consumers = {c["name"]: (c["effect"], c["owner"]) for c in removed["consumers"]}
    assert consumers["finance_dashboard"] == ("broken", "finance-bi@omnishop.example")
    assert consumers["crm_campaign_tool"] == ("broken", "crm@omnishop.example")
    (version,) = told["versions"]
    assert (version["table"], version["needs"], version["met"]) == ("sales.daily_sales", "major", False)


def test_a_revision_that_does_not_exist_is_named(project: Path) -> None:
    said = _diff(project, "--against", "--output=/tmp/x")
    assert isinstance(said.exception, UserError)
    assert "no revision '--output=/tmp/x' in" in str(said.exception)


def test_a_revision_without_an_interface_is_named(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "project")
    _git(tmp_path / "project", "rm", "--quiet", "-r", "--cached", "contracts")
    _git(tmp_path / "project", "commit", "--quiet", "-m", "no interface")
    said = _diff(tmp_path / "project")
    assert str(said.exception) == "revision 'HEAD' holds no contracts/; name one that does"
