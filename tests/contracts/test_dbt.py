"""A contract that dbt enforces accepts and refuses the tables that the audit does, whoever wrote it.

dbt looks at columns, types and missing values before a table is there; its contract knows no other rule. Two are held
against the audit: the one that is made of the published document, for a team that builds on it elsewhere, and the one
that a domain has written beside its own mart.
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
from mesh_platform.discover import dbt_folder
from mesh_platform.product import DataProduct, Domain
from mesh_platform.settings import Settings
from mesh_platform.transform.project import Project
from tests.contracts.conftest import JUDGED
from tests.contracts.judges import OutsideJudge, audited, broken
from tests.contracts.rows import enough, good_rows
from tests.contracts.test_marts import MARTS
from tests.contracts.test_parity import PRODUCTS

_ROWS = 40
_STRUCTURE = ("columns", "__type", "__present")
"""The rules of the audit that dbt knows."""
_ENFORCED = ("name", "data_type", "constraints")
"""What a contract of dbt's is made of; data tests run after a table is there, and need a package of their own."""
_AS_TABLE = {"materialized": "table"}
"""As every domain's dbt_project.yml has its marts: of a view dbt enforces no constraint."""
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
        judges = {"document": outside_judge.ask("dbt_model", document=str(document))}
        if (domain.name, product) in MARTS:
            judges["mart"] = _beside_the_mart(domain, product)
        inside |= _models(domain, product, judges, tables(product.contract, number), tmp_path)
    outside = _enforced(tmp_path)
    assert {name for name, accepted in inside.items() if accepted} == {n for n in inside if n.endswith("__good")}
    assert outside == inside
    assert sum(name.startswith("mart__") for name in inside) == 2 * len(MARTS)
    judged = sum(pl.scan_parquet(rows).select(pl.len()).collect().item() for rows in tmp_path.glob("*.parquet"))
    record_property(JUDGED, judged)


def _beside_the_mart(domain: Domain, product: DataProduct) -> Mapping[str, Any]:
    """The contract that the domain has written beside its mart's SQL."""
    [file] = dbt_folder(domain.name).rglob(f"{product.mart}.yml")
    [found] = [model for model in yaml.safe_load(file.read_text())["models"] if model["name"] == product.mart]
    return dict(found)


def _models(
    domain: Domain,
    product: DataProduct,
    judges: Mapping[str, Mapping[str, Any]],
    made: Mapping[str, pl.DataFrame],
    project: Path,
) -> dict[str, bool]:
    """Write a dbt model for each table of a product and each contract, and ask the audit: model → does it accept."""
    verdicts, models = {}, []
    for how, frame in made.items():
        rows = project / f"{domain.name}__{product.name}__{how}.parquet"
        frame.write_parquet(rows)
        known = dict.fromkeys(shape_of(product.contract).references.values(), rows)
        accepted = not _broken_structure(product.contract, rows, known)
        for judge, properties in judges.items():
            name = f"{judge}__{rows.stem}"
            verdicts[name] = accepted
            columns = [{part: c[part] for part in _ENFORCED if part in c} for c in properties["columns"]]
            models.append({"name": name, "config": {**_AS_TABLE, **properties["config"]}, "columns": columns})
            (project / "models" / f"{name}.sql").write_text(f"select * from read_parquet('{rows}')")
    (project / "models" / f"{domain.name}__{product.name}.yml").write_text(yaml.safe_dump({"models": models}))
    return verdicts


def _broken_structure(contract: type[Contract], rows: Path, known: Mapping[str, Path]) -> dict[str, int]:
    return {rule: n for rule, n in broken(audited(contract, rows, known)).items() if rule.endswith(_STRUCTURE)}


def _enforced(project: Path) -> dict[str, bool]:
    """Build the models: model → whether dbt let it pass; a model that fails for another reason is a failure of ours."""
    settings = Settings.load(project / "home")
    settings.warehouse("judged").parent.mkdir(parents=True)
    answer = Project("judged", project, settings.home, settings).invoke("run", "--threads", "2")
    results = getattr(answer.result, "results", None)
    if results is None:
        pytest.fail(f"dbt did not run: {answer.exception}")
    odd = [r.message for r in results if r.status != "success" and not _is_refused(str(r.message))]
    assert odd == []
    return {r.node.name: r.status == "success" for r in results}


def _is_refused(message: str) -> bool:
    return "enforced contract that failed" in message or "NOT NULL constraint failed" in message
