"""Turns what dbt reports into the platform's errors: one line that names the model or test, the rule and the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_platform.contract.audit import Breach
from mesh_platform.errors import ContractBroken, MeshFailure
from mesh_platform.transform.project import first_lines

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

TESTS = {"test", "unit_test"}
_ENFORCED = "enforced contract that failed"
_MISSING = "NOT NULL constraint failed: "
"""How dbt, and DuckDB for it, say that a model's enforced contract is broken."""


def raise_failures(domain: str, folder: Path, answer: "dbtRunnerResult", results: Sequence[Any]) -> None:
    """Raise the error of a run that failed; do nothing for one that did not.

    Args:
        domain: The domain's name.
        folder: Its dbt project.
        answer: dbt's answer.
        results: The results of models and tests in it.

    Raises:
        ContractBroken: A data test or unit test found what it should not, or a model broke its enforced contract.
        MeshFailure: A model or test could not be executed, or dbt itself failed.
    """
    refused = [r for r in results if r.status == "error" and _is_refused(r)]
    broken = [r for r in results if r.status == "error" and not _is_refused(r)]
    failed = [r for r in results if r.status == "fail"]
    if broken:
        raise MeshFailure("; ".join(_broken(domain, folder, r) for r in broken))
    if refused:
        breaches = tuple(_refused(domain, folder, r) for r in refused)
        raise ContractBroken("; ".join(breach.message for breach in breaches), breaches)
    if failed:
        raise ContractBroken("; ".join(_failed(domain, folder, r) for r in failed))
    if not answer.success:
        raise MeshFailure(f"{domain}: dbt failed: {first_lines(answer.exception)}")


def _is_refused(result: Any) -> bool:
    """Whether the SQL ran, and dbt refused what it makes."""
    return _ENFORCED in str(result.message) or _MISSING in str(result.message)


def _refused(domain: str, folder: Path, result: Any) -> Breach:
    """What a model's enforced contract refused, as the audit would call it; dbt does not tell which rows."""
    node, message = result.node, str(result.message)
    where = f"({_file(folder, node)}, its enforced contract); nothing published; look into the rows or mend the SQL"
    if _MISSING in message:
        column, said = message.partition(_MISSING)[2].split()[0].rpartition(".")[2], "never missing"
        told = f"{domain}.{node.name}.{column}: at least one row has no value (rule: {said}) {where}"
        return Breach(f"{column}__present", "present", column, said, broken=0, rows=0, message=told)
    said = "exactly the contract's columns and types"
    told = f"{domain}.{node.name}: {_mismatches(message)} (rule: {said}) {where}"
    return Breach("columns", "columns", None, said, broken=0, rows=0, message=told)


def _mismatches(message: str) -> str:
    """The rows of the table that dbt draws below its message: column, type made, type promised, what is wrong."""
    rows = [[cell.strip() for cell in line.split("|")] for line in message.splitlines() if "|" in line]
    return "; ".join(" ".join(filter(None, row)) for row in rows[2:])


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
