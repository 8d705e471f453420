"""Turns what dbt reports into the platform's errors: one line that names the model or test, the rule and the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import ContractBroken, MeshFailure
from mesh_platform.transform.project import first_lines

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

TESTS = {"test", "unit_test"}


def raise_failures(domain: str, folder: Path, answer: "dbtRunnerResult", results: Sequence[Any]) -> None:
    """Raise the error of a run that failed; do nothing for one that did not.

    Args:
        domain: The domain's name.
        folder: Its dbt project.
        answer: dbt's answer.
        results: The results of models and tests in it.

    Raises:
        ContractBroken: A data test or unit test found what it should not.
        MeshFailure: A model or test could not be executed, or dbt itself failed.
    """
    broken = [r for r in results if r.status == "error"]
    failed = [r for r in results if r.status == "fail"]
    if broken:
        raise MeshFailure("; ".join(_broken(domain, folder, r) for r in broken))
    if failed:
        raise ContractBroken("; ".join(_failed(domain, folder, r) for r in failed))
    if not answer.success:
        raise MeshFailure(f"{domain}: dbt failed: {first_lines(answer.exception)}")


def _broken(domain: str, folder: Path, result: Any) -> str:
    node = result.node
    message = first_lines(str(result.message).partition("\n")[2] or result.message)
    return f"{domain}.{node.name}: the {node.resource_type} can't run: {message} ({_file(folder, node)}); mend the SQL"


def _failed(domain: str, folder: Path, result: Any) -> str:
    node = result.node
    if node.resource_type == "unit_test":
        return f"{domain}.{node.name}: {first_lines(result.message, lines=20)} ({_file(folder, node)}); mend the SQL"
    rule = node.description or node.name
    return (
        f"{domain}.{node.name}: {result.failures} rows break the rule: {rule} ({_file(folder, node)}); "
        "nothing published; look into the rows or mend the SQL"
    )


def _file(folder: Path, node: Any) -> str:
    return f"{folder.name}/{node.original_file_path}"
