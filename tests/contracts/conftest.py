"""The outside judge, and the number of rows that were judged."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_platform.contract.export.documents import export
from mesh_platform.discover import domain_names, installed_domain
from tests.contracts import every_rule
from tests.contracts.judges import OutsideJudge

JUDGE = "MESH_TEST_DATACONTRACT"
"""Names the `datacontract` command of an environment with datacontract-cli, which the mesh itself does not need."""
JUDGED = "rows judged"
"""The property of a test's report that counts its rows, so that counts reach the summary from every worker."""


@pytest.fixture(scope="session")
def outside_judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OutsideJudge]:
    """datacontract-cli in a process of its own; without it skipped loudly, and failed on CI."""
    command = shutil.which(os.environ.get(JUDGE) or "datacontract")
    if not command:
        missing = (
            f"NO OUTSIDE JUDGE: {JUDGE} names no `datacontract` command (datacontract-cli in an environment apart)"
        )
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    python = Path(command).with_name("python")
    home = tmp_path_factory.mktemp("judge")
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [python, Path(__file__).with_name("outside_judge.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=home,
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
        )  # fmt: skip
    yield OutsideJudge(process)
    assert process.stdin is not None
    process.stdin.close()
    process.wait(timeout=30)


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents as the code exports them now."""
    root = tmp_path_factory.mktemp("contracts")
    export([*map(installed_domain, domain_names()), every_rule.DOMAIN], root)
    return root


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many rows were judged."""
    reports = terminalreporter.stats.get("passed", [])
    counts = [count for report in reports for name, count in report.user_properties if name == JUDGED]
    if counts:
        terminalreporter.write_line(f"contracts: {sum(counts):,} rows judged in {len(counts)} batches")
