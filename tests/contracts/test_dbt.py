"""A contract that dbt enforces, made of the published document, accepts and refuses the tables that the audit does.

dbt looks at columns, types and missing values before a table is there; its contract knows no other rule. The mesh's own
marts need none, for the audit asks more of them: this is for a team that builds on a published document elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.export.names import contract_file
from mesh_platform.product import DataProduct, Domain
from mesh_platform.transform.project import Project
from tests.contracts.conftest import JUDGED
from tests.contracts.judges import OutsideJudge, audited, broken
from tests.contracts.rows import enough, good_rows
from tests.contracts.test_parity import PRODUCTS

_ROWS = 40
_STRUCTURE = ("columns", "__type", "__present")
"""The rules of the audit that dbt knows."""
_ENFORCED = ("name", "data_type", "constraints")
"""What a contract of dbt's is made of; data tests run after a table is there, and need a package of their own."""
_PROJECT = {
    "name": "judged",
    "version": "1.0.0",
    "profile": "mesh",
    "packages-install-path": "{{ env_var('MESH_DBT_PACKAGES') }}",
}


def tables(contract: type[Contract], number: int) -> dict[str, pl.DataFrame]:
    """Good rows, and one of the ways in which dbt's contract can be broken: each product another one, in turn."""
    good, shape = good_rows(contract, enough(contract)).head(_ROWS), shape_of(contract)
    required = [column.name for column in shape.columns if not column.nullable]
    last, schema = shape.names[-1], shape.schema
    wide = [name for name, dtype in schema.items() if dtype in (pl.Int64, pl.Float64)]
    ways = {
        "missing": _without_value(good, required[-1]),
        "missing_key": _without_value(good, required[0]),
        "without": good.drop(last),
        "more": good.with_columns(one_more=1),
        "retyped": good.with_columns(pl.lit(None, pl.Date if schema[last] == pl.String else pl.String).alias(last)),
        "narrower": good.with_columns(
            pl.col(name).cast(pl.Int32 if schema[name] == pl.Int64 else pl.Float32, strict=False) for name in wide[:1]
        ),
    }
    way = list(ways)[number % len(ways)]
    if way == "narrower" and not wide:
        way = "retyped"
    return {"good": good, way: ways[way]}


def _without_value(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Take one row's value away."""
    return frame.with_columns(pl.when(pl.int_range(pl.len()) > 0).then(pl.col(name)).alias(name))


def test_dbt_accepts_and_refuses_what_the_audit_does(
    documents: Path, outside_judge: OutsideJudge, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    inside: dict[str, bool] = {}
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(_PROJECT))
    for number, (domain, product) in enumerate(PRODUCTS):
        document = documents / contract_file(domain.name, product.name, product.major)
        properties = outside_judge.ask("dbt_model", document=str(document))
        inside |= _models(domain, product, properties, tables(product.contract, number), tmp_path)
    outside = _enforced(tmp_path)
    assert {name for name, accepted in inside.items() if accepted} == {n for n in inside if n.endswith("__good")}
    assert outside == inside
    record_property(
        JUDGED, sum(pl.scan_parquet(tmp_path / f"{n}.parquet").select(pl.len()).collect().item() for n in inside)
    )


def _models(
    domain: Domain,
    product: DataProduct,
    properties: Mapping[str, Any],
    made: Mapping[str, pl.DataFrame],
    project: Path,
) -> dict[str, bool]:
    """Write a dbt model for each table of a product, and ask the audit about it: model → whether it accepts."""
    verdicts, models = {}, []
    for how, frame in made.items():
        name = f"{domain.name}__{product.name}__{how}"
        rows = project / f"{name}.parquet"
        frame.write_parquet(rows)
        known = dict.fromkeys(shape_of(product.contract).references.values(), rows)
        verdicts[name] = not _broken_structure(product.contract, rows, known)
        columns = [{part: c[part] for part in _ENFORCED if part in c} for c in properties["columns"]]
        models.append({"name": name, "config": properties["config"], "columns": columns})
        (project / "models" / f"{name}.sql").write_text(f"select * from read_parquet('{rows}')")
    (project / "models" / f"{domain.name}__{product.name}.yml").write_text(yaml.safe_dump({"models": models}))
    return verdicts


def _broken_structure(contract: type[Contract], rows: Path, known: Mapping[str, Path]) -> dict[str, int]:
    return {rule: n for rule, n in broken(audited(contract, rows, known)).items() if rule.endswith(_STRUCTURE)}


def _enforced(project: Path) -> dict[str, bool]:
    """Build the models: model → whether dbt let it pass; a model that fails for another reason is a failure of ours."""
    home = project / "home"
    answer = Project("judged", project, home, home / "warehouse.duckdb").invoke("run", "--threads", "2")
    results = getattr(answer.result, "results", None)
    if results is None:
        pytest.fail(f"dbt did not run: {answer.exception}")
    odd = [r.message for r in results if r.status != "success" and not _is_refused(str(r.message))]
    assert odd == []
    return {r.node.name: r.status == "success" for r in results}


def _is_refused(message: str) -> bool:
    return "enforced contract that failed" in message or "NOT NULL constraint failed" in message
