"""Runs datacontract-cli, in an environment of its own: reads questions from standard input, a line of JSON each.

Not imported by any test: `conftest.py` starts it with the Python of the environment that holds datacontract-cli, which
pins other versions than the mesh. One process answers all questions, for starting it takes seconds.
"""

import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml
from datacontract.data_contract import DataContract  # type: ignore[import-not-found]  # it is where this runs
from datacontract.export.dbt_exporter import to_dbt_models_yaml  # type: ignore[import-not-found]
from open_data_contract_standard.model import OpenDataContractStandard, Server


def judge(document: str, rows: str) -> list[dict[str, Any]]:
    """Execute a contract against the rows of a Parquet file, as a table of a DuckDB database.

    Args:
        document: The ODCS document; only its servers are replaced, for it names no place where rows are.
        rows: The Parquet file.

    Returns:
        Each check with its type, column, result, count of bad rows, and the quality rule that it comes from.
    """
    contract = _read(document)
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder, "judged.duckdb"))
        for table in contract.schema_:
            _store(database, table.physicalName, rows)
        here = Server(server="judge", type="duckdb", database=database, schema="main")
        judged = contract.model_copy(update={"servers": [here]})
        run = DataContract(data_contract=judged, inline_references=False).test()
    return [_said(check) for check in run.checks]


@cache
def _read(document: str) -> Any:
    """Read and validate a document, once: this takes longer than judging rows."""
    return DataContract(data_contract_file=document, inline_references=False).get_data_contract()


def breaking(before: dict[str, Any], after: dict[str, Any], perspective: str) -> list[dict[str, str]]:
    """Ask `datacontract breaking` what it thinks of each difference between two documents."""
    was, now = (
        DataContract(data_contract=OpenDataContractStandard.model_validate(document), inline_references=False)
        for document in (before, after)
    )
    found = was.breaking(now, perspective=perspective)
    return [{"path": entry.path, "level": entry.level.value, "rule": entry.rule_id} for entry in found.entries]


def dbt_model(document: str) -> dict[str, Any]:
    """Turn a contract into a dbt model's properties, with a contract that dbt enforces."""
    models = yaml.safe_load(to_dbt_models_yaml(_read(document), "duckdb"))["models"]
    return dict(models[0])


def _store(database: str, table: str, rows: str) -> None:
    """Store rows as a table, also under its full name in one word.

    datacontract-cli looks a table up by the one word and names it by its parts in the queries of quality rules.
    """
    schema, name = table.split(".")
    with duckdb.connect(database) as connection:
        connection.execute(f'create schema "{schema}"')
        connection.execute(f'create table "{schema}"."{name}" as from read_parquet(?)', [rows])
        connection.execute(f'create view "{table}" as from "{schema}"."{name}"')


def _said(check: Any) -> dict[str, Any]:
    rule = yaml.safe_load(check.qualityDefinition) if check.qualityDefinition else {}
    diagnostics = check.diagnostics or {}
    return {
        "type": check.type,
        "column": check.field,
        "result": check.result.value if check.result else "unanswered",
        "reason": check.reason,
        "rule": rule.get("name"),
        "count": diagnostics.get("failed_rows", diagnostics.get("value")),
    }


def main() -> None:
    """Answer until the questions end."""
    logging.disable(logging.ERROR)
    # Libraries print to standard output as they like; answers have it for themselves.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        asked: dict[str, Callable[..., Any]] = {"judge": judge, "breaking": breaking, "dbt_model": dbt_model}
        for line in sys.stdin:
            question = json.loads(line)
            answers.write(json.dumps(asked[question.pop("ask")](**question), default=str) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
