"""What each step of a run tells OpenLineage: an ingest, a refresh, its audit, a training.

Every way of running the mesh passes through the steps, so that each tells its events once, wherever it was started.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_platform.contract import shape_of
from mesh_platform.contract.export.types import published_type
from mesh_platform.lineage.facts import DatasetFacts, Field, JobFacts, Promise, RunFacts
from mesh_platform.lineage.graph_nodes import landing_set, raw_table
from mesh_platform.lineage.recording import Recording
from mesh_platform.pipeline.fingerprint import domain_code
from mesh_platform.pipeline.lineage import derivations
from mesh_platform.pipeline.models import model_label, recipe_of
from mesh_platform.pipeline.plan import Plan, bound_tables
from mesh_platform.product import DataProduct, Domain, Source
from mesh_platform.settings import Settings, project_root

if TYPE_CHECKING:
    from mesh_platform.contract import Contract
    from mesh_platform.contract.audit import AuditReport
    from mesh_platform.ingest import Ingested
    from mesh_platform.lake import Snapshot
    from mesh_platform.lineage.graph import ColumnGraph
    from mesh_platform.ml.train import Trained
    from mesh_platform.ml.versions import ModelVersion
    from mesh_platform.pipeline.context import RunContext

PREDICTION = "prediction"
"""The one column by which events name what a model gives; the standard knows no lineage without a column."""
Origins = Mapping[str, tuple[str, ...]]


class Ingest(Recording):
    """Tells of a source's ingest."""

    def __init__(self, domain: Domain, source: Source, context: RunContext) -> None:
        self._domain, self._source = domain, source
        super().__init__(context.settings, self._begins, context.parent)

    def ended(self, result: Ingested) -> None:
        """Say what it did."""
        self.learn(lambda: self._ended(result))

    def _begins(self) -> RunFacts:
        domain, source = self._domain, self._source
        shape = shape_of(source.contract)
        job = JobFacts(
            f"{domain.name}.raw.{source.name}",
            "INGEST",
            f"Takes what {source.system} delivers into the lake; rows that break the contract go to quarantine.",
            domain.owner,
            {"code": domain_code(domain)},
        )
        landing, raw = landing_set(domain.name, source.name), raw_table(domain.name, source.name)
        fields = _fields(source.contract, raw)
        landed = DatasetFacts(landing, fields, shape.description, domain.owner)
        accepted = replace(landed, name=raw, origins={name: (f"{landing}.{name}",) for name in shape.names})
        return RunFacts(job, (landed,), (accepted,))

    def _ended(self, result: Ingested) -> RunFacts:
        from mesh_platform.ingest import delivery_day

        begun = self._begins()
        days = sorted({delivery_day(self._settings.landing / file) for file in result.files})
        landed = replace(begun.inputs[0], rows=result.read, files=len(result.files))
        version = str(result.snapshot.snapshot_id) if result.snapshot else ""
        accepted = replace(begun.outputs[0], version=version, rows=result.accepted)
        return replace(begun, inputs=(landed,), outputs=(accepted,), days=(days[0], days[-1]) if days else None)


class Refresh(Recording):
    """Tells of a product's refresh."""

    def __init__(self, domain: Domain, product: DataProduct, context: RunContext) -> None:
        self._domain, self._product, self._lake = domain, product, context.lake
        super().__init__(context.settings, self._begins, context.parent)

    def planned(self, todo: Plan, champion: ModelVersion | None) -> None:
        """Say what it reads and which days it makes."""
        self.learn(lambda: self._planned(todo, champion))

    def ended(self, todo: Plan, champion: ModelVersion | None, before: Snapshot | None, after: Snapshot) -> None:
        """Say what it published.

        Args:
            todo: What was made.
            champion: The version that predicted.
            before: The product's snapshot before.
            after: Its snapshot now.
        """
        self.learn(lambda: self._ended(todo, champion, before, after))

    def _begins(self) -> RunFacts:
        domain, product = self._domain, self._product
        name = domain.full_name(product)
        model = [f"{domain.name}.models.{recipe_of(product).name}"] if product.recipe else []
        job = JobFacts(
            name,
            "REFRESH",
            f"Makes, audits and publishes {name}.",
            domain.owner,
            {"code": domain_code(domain), "contract": product.version},
        )
        return RunFacts(
            job,
            tuple(DatasetFacts(table) for table in [*bound_tables(domain, product, self._lake).values(), *model]),
            (replace(described(domain, product), origins=_origins(domain, product, self._settings)),),
        )

    def _planned(self, todo: Plan, champion: ModelVersion | None) -> RunFacts:
        begun = self._begins()
        versions = {table: str(snapshot) for table, snapshot in todo.inputs.items()}
        if champion:
            begun = replace(
                begun, job=replace(begun.job, versions={**begun.job.versions, "model": model_label(champion)})
            )
            versions[f"{self._domain.name}.models.{champion.model}"] = str(champion.version)
        inputs = (replace(table, version=versions.get(table.name, "")) for table in begun.inputs)
        return replace(begun, inputs=tuple(inputs), days=_span(todo.partitions))

    def _ended(self, todo: Plan, champion: ModelVersion | None, before: Snapshot | None, after: Snapshot) -> RunFacts:
        planned = self._planned(todo, champion)
        made = replace(planned.outputs[0], version=str(after.snapshot_id))
        if todo.needed:
            files = [
                file
                for file in self._lake.files(after.table, as_of=after.snapshot_id)
                if todo.partitions is None or file.day is None or _partition(file.day, self._product) in todo.partitions
            ]
            made = replace(
                made,
                rows=sum(file.rows for file in files),
                bytes=sum(file.bytes for file in files),
                files=len(files),
                change="CREATE" if before is None else "OVERWRITE" if todo.partitions is None else None,
            )
        return replace(planned, outputs=(made,))


class Audit(Recording):
    """Tells of the audit of a candidate snapshot: a run that reads the product, as the standard has it."""

    def __init__(self, domain: Domain, product: DataProduct, context: RunContext) -> None:
        self._domain, self._product = domain, product
        super().__init__(context.settings, lambda: self._read(()), context.parent)

    def found(self, report: AuditReport) -> None:
        """Say which promises were checked, and which the candidate broke."""
        from mesh_platform.contract.audit import check_names

        known = {name: (column, said) for name, column, said in check_names(self._product.contract)}
        promises = tuple(Promise(name, *known[name], broken) for name, broken in report.checked.items())
        self.learn(lambda: self._read(promises))

    def _read(self, promises: tuple[Promise, ...]) -> RunFacts:
        domain, product = self._domain, self._product
        name = domain.full_name(product)
        job = JobFacts(
            f"{name}.audit",
            "AUDIT",
            f"Holds a candidate snapshot of {name} against its contract before anybody can read it.",
            domain.owner,
            {"contract": product.version},
        )
        return RunFacts(job, (replace(described(domain, product), promises=promises),))


class TrainingRun(Recording):
    """Tells of the training of a model."""

    def __init__(self, domain: Domain, product: DataProduct, context: RunContext) -> None:
        self._domain, self._product = domain, product
        super().__init__(context.settings, lambda: self._learns({}, ""), context.parent)

    def reads(self, snapshots: Mapping[str, int]) -> None:
        """Say from which snapshots it learns."""
        self.learn(lambda: self._learns(snapshots, ""))

    def ended(self, done: Trained) -> None:
        """Say which version it made."""
        self.learn(lambda: self._learns(done.version.snapshots, str(done.version.version)))

    def _learns(self, snapshots: Mapping[str, int], version: str) -> RunFacts:
        domain, recipe = self._domain, recipe_of(self._product)
        name = f"{domain.name}.models.{recipe.name}"
        job = JobFacts(name, "TRAINING", recipe.purpose, domain.owner, {"code": domain_code(domain)})
        tables = (DatasetFacts(t, version=str(snapshots[t]) if t in snapshots else "") for t in recipe.tables)
        learnt = _learns_from(domain, self._product, name, self._settings)
        model = DatasetFacts(
            name,
            (Field(PREDICTION, "double", f"What the model predicts; the gate compares its {recipe.metric.name}."),),
            recipe.purpose,
            domain.owner,
            version,
            {PREDICTION: learnt} if learnt else {},
        )
        return RunFacts(job, tuple(tables), (model,))


def described(domain: Domain, product: DataProduct) -> DatasetFacts:
    """A product as its contract describes it."""
    name = domain.full_name(product)
    return DatasetFacts(name, _fields(product.contract, name), shape_of(product.contract).description, domain.owner)


def _fields(contract: type[Contract], table: str) -> tuple[Field, ...]:
    return tuple(
        Field(c.name, published_type(c.dtype, f"{table}.{c.name}").physical, c.description)
        for c in shape_of(contract).columns
    )


def _origins(domain: Domain, product: DataProduct, settings: Settings) -> Origins:
    """Where a product's columns come from: as published, or as the code says where it was not published yet."""
    name, names = domain.full_name(product), shape_of(product.contract).names
    graph = _graph(settings)
    if graph and name in graph.tables():
        known = set(graph.columns(name))
        found = {column: graph.direct_origins(f"{name}.{column}") for column in names if column in known}
    else:
        derived = derivations(domain, product, settings, compile_now=False)
        found = {column: tuple(said.origins) for column, said in derived.columns.items()}
    return {column: _columns(origins) for column, origins in found.items()}


def _learns_from(domain: Domain, product: DataProduct, model: str, settings: Settings) -> tuple[str, ...]:
    graph = _graph(settings)
    if graph and model in graph.tables():
        return _columns(graph.direct_origins(model))
    return _columns(derivations(domain, product, settings, compile_now=False).models.get(model, ()))


def _columns(origins: Sequence[str]) -> tuple[str, ...]:
    """Name a model among origins by its one column."""
    from mesh_platform.lineage.graph_nodes import kind_of

    return tuple(f"{node}.{PREDICTION}" if kind_of(node) == "model" else node for node in origins)


def _graph(settings: Settings) -> ColumnGraph | None:
    root = project_root()
    contracts = root / "contracts" if root else None
    return _read(contracts, settings.home / "lineage" / "documents.json") if contracts and contracts.is_dir() else None


@cache
def _read(contracts: Path, kept: Path) -> ColumnGraph:
    from mesh_platform.lineage.graph import ColumnGraph

    return ColumnGraph.read(contracts, kept)


def _span(days: frozenset[date] | None) -> tuple[date, date] | None:
    return (min(days), max(days)) if days else None


def _partition(day: date, product: DataProduct) -> date:
    from mesh_platform.pipeline.days import monday

    return monday(day) if shape_of(product.contract).partition == "week" else day
