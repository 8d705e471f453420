"""Runs a domain's SQL: models and tests of its dbt project, in process, against its private warehouse.

A run executes the models and only those data tests that are tagged `on_run` (totals that agree between models). Keys,
types, ranges and references are not tested twice: the platform audits every candidate snapshot against its contract
before it is published. `check` executes all data tests and the unit tests: that is for continuous integration.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from mesh_platform.product import Domain
from mesh_platform.settings import Settings
from mesh_platform.transform.failures import raise_failures
from mesh_platform.transform.inputs import Input, raw_schema, show
from mesh_platform.transform.project import Project
from mesh_platform.transform.selection import Selection, demand, select
from mesh_platform.transform.warehouse import MARTS, THREADS, opened

if TYPE_CHECKING:
    import duckdb

Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One model of a run.

    Args:
        name: The dbt model.
        rows: How many rows its table holds; None for a view.
        seconds: How long it took.
    """

    name: str
    rows: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Transformed:
    """What a run of a domain's SQL made.

    Args:
        models: The models, in the order in which they ended.
        tests: How many tests passed.
        seconds: How long all of it took.
    """

    models: tuple[ModelRun, ...]
    tests: int
    seconds: float

    def rows(self, model: str) -> int:
        """The rows of a mart that was made."""
        return next(run.rows or 0 for run in self.models if run.name == model)


def transform(
    domain: Domain, marts: Sequence[str], inputs: Mapping[str, Input], days: Days | None, settings: Settings
) -> Transformed:
    """Build marts and all that they are made from, in the domain's warehouse.

    Args:
        domain: The domain.
        marts: Names of dbt models.
        inputs: "<schema>.<table>" → the files that dbt's source of that name shows; own sources are "raw.<source>".
        days: The inclusive range of days to make; None makes all.
        settings: Where the warehouse is and how much memory it may use.

    Raises:
        ContractBroken: A data test failed.
        MeshFailure: A model is broken.
        MissingSource: A model reads what `inputs` lacks.
        UnknownName: A mart that the project does not hold.
    """
    project = Project.of(domain.name, settings)
    chosen = select(domain.name, project.manifest(), marts, every_test=False)
    demand(domain.name, chosen.sources, inputs)
    return _run(project, chosen, inputs, days, settings)


def check(
    domain: Domain, settings: Settings, inputs: Mapping[str, Input] | None = None, days: Days | None = None
) -> Transformed:
    """Build all models of a domain and run every data test and unit test.

    Args:
        domain: The domain.
        settings: Where the warehouse is.
        inputs: As in `transform`; own sources that are not given are empty.
        days: As in `transform`.

    Raises:
        ContractBroken: A data test or unit test failed.
        MeshFailure: A model is broken.
        MissingSource: A product of another domain is read and not given.
    """
    project = Project.of(domain.name, settings)
    chosen = select(domain.name, project.manifest(), None, every_test=True)
    empty = {f"raw.{source.name}": Input(schema=raw_schema(source)) for source in domain.sources}
    given = {**empty, **(inputs or {})}
    demand(domain.name, chosen.sources, given)
    built = _run(project, chosen, given, days, settings)
    return Transformed(built.models, built.tests + _unit_tests(project, settings), built.seconds)


def _run(
    project: Project, chosen: Selection, inputs: Mapping[str, Input], days: Days | None, settings: Settings
) -> Transformed:
    started = time.perf_counter()
    with opened(project.domain, settings) as connection:
        show(connection, {name: given for name, given in inputs.items() if name in chosen.sources})
        results = _invoke(project, "build", *_wanted(chosen), *_variables(days))
        return Transformed(
            models=tuple(_model_run(connection, r) for r in results if r.node.resource_type == "model"),
            tests=sum(r.node.resource_type == "test" for r in results),
            seconds=time.perf_counter() - started,
        )


def _unit_tests(project: Project, settings: Settings) -> int:
    with opened(project.domain, settings):  # the models are there, so dbt can ask for the types of their columns
        return len(_invoke(project, "test", "--select", "test_type:unit"))


def _invoke(project: Project, *arguments: str) -> list[Any]:
    answer = project.invoke(*arguments, "--threads", str(THREADS), manifest=project.manifest())
    results: list[Any] = list(getattr(answer.result, "results", None) or [])
    raise_failures(project.domain, project.folder, answer, results)
    return results


def _wanted(chosen: Selection) -> list[str]:
    tests = ["--exclude-resource-type", "unit_test", "--indirect-selection", "empty"]
    return ["--select", *chosen.models, *chosen.tests, *tests]


def _variables(days: Days | None) -> list[str]:
    if days is None:
        return []
    return ["--vars", json.dumps({"days_from": days[0].isoformat(), "days_to": days[1].isoformat()})]


def _model_run(connection: "duckdb.DuckDBPyConnection", result: Any) -> ModelRun:
    rows = None
    if result.node.config.materialized == "table":
        [(rows,)] = connection.execute(f'select count(*) from {MARTS}."{result.node.name}"').fetchall()
    return ModelRun(result.node.name, rows, result.execution_time)
