"""The two steps of a run: ingest a source, refresh a product."""

import time
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from mesh_platform.contract import shape_of
from mesh_platform.lake import Candidate, Days, Made, TableLayout, WholeTable
from mesh_platform.pipeline import measured
from mesh_platform.pipeline.context import RunContext
from mesh_platform.pipeline.fingerprint import domain_code
from mesh_platform.pipeline.lock import exclusive
from mesh_platform.pipeline.models import champion_of, model_label
from mesh_platform.pipeline.online import push_after
from mesh_platform.pipeline.plan import Plan, plan
from mesh_platform.pipeline.recording import Audit, Ingest, Refresh
from mesh_platform.pipeline.rows import make_rows, newest_day
from mesh_platform.product import DataProduct, Domain, Source

if TYPE_CHECKING:
    from mesh_platform.ingest import Ingested
    from mesh_platform.lake import Snapshot
    from mesh_platform.ml.versions import ModelVersion


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a product in a run.

    Args:
        product: Full name.
        snapshot: Its current snapshot after the run.
        changed: Whether the run made that snapshot.
        why: What made the run make it, or leave it.
        partitions: The partitions made, None for all.
        seconds: How long it took.
    """

    product: str
    snapshot: "Snapshot"
    changed: bool
    why: str
    partitions: frozenset[date] | None
    seconds: float


def ingest_source(domain: Domain, source: Source, context: RunContext) -> "Ingested":
    """Take a source's new files from the landing zone into the lake; bad rows go to quarantine.

    Raises:
        BadFile: A file that can't be read; nothing of the source changes.
        TooManyBadRows: More bad rows than the strictest of its products tolerates; nothing is published.
    """
    from mesh_platform.ingest import ingest

    context.report(f"{domain.name}/{source.name}", "ingesting")
    tolerated = min(
        (p.service_level.tolerated_bad_rows for p in domain.products if source.name in p.sources), default=1.0
    )
    lock = context.settings.home / "locks" / f"{domain.name}-{source.name}.lock"
    with exclusive(lock), Ingest(domain, source, context) as told:
        result = ingest(
            domain,
            source,
            context.lake,
            context.settings,
            run_id=context.run_id,
            code_version=domain_code(domain),
            days=_days_to_read(domain, source, context),
            tolerated=tolerated,
        )
        told.ended(result)
    context.report(f"{domain.name}/{source.name}", "ingested")
    return result


def _days_to_read(domain: Domain, source: Source, context: RunContext) -> frozenset[date] | None:
    """The days asked for and those of files that wait: a schedule's run of one day also takes what landed late."""
    from mesh_platform.ingest import delivery_day, pending

    if not context.forced:
        return None
    waiting = pending(domain, source, context.lake, context.settings)
    return context.forced | {delivery_day(file) for file in waiting}


def refresh_product(domain: Domain, product: DataProduct, context: RunContext) -> Published:
    """Bring a product up to date with its inputs: make rows, write, audit, publish; or leave it, where nothing changed.

    Raises:
        MissingSource: An input has no rows yet.
        NoChampion: It is a model product, and no version of its model may predict.
        ContractBroken: The new rows broke the contract; readers keep the old snapshot.
    """
    name, started = domain.full_name(product), time.perf_counter()
    lock = context.settings.home / "locks" / f"{domain.name}.lock"
    with exclusive(lock), Refresh(domain, product, context) as told:
        champion = champion_of(product, context.settings)
        todo = plan(domain, product, context.lake, domain_code(domain), context.forced, model_label(champion))
        todo = _accumulating(product, _across_days(domain, product, todo), context)
        told.planned(todo, champion)
        before = snapshot = context.lake.current(name)
        if todo.needed or snapshot is None:
            snapshot = _publish(domain, product, todo, champion, replace(context, parent=told.ref))
        told.ended(todo, champion, before, snapshot)
        context.report(name, "published" if todo.needed else "unchanged")
    push_after(domain, product, context)
    return Published(name, snapshot, todo.needed, todo.why, todo.partitions, time.perf_counter() - started)


def _across_days(domain: Domain, product: DataProduct, todo: Plan) -> Plan:
    """Make all of an older major version whose SQL may look across days."""
    if not product.older_sql or not todo.partitions:
        return todo
    from mesh_platform.transform import by_day

    return todo if by_day(domain, product) else replace(todo, partitions=None)


def _accumulating(product: DataProduct, todo: Plan, context: RunContext) -> Plan:
    """Make the newest day only, where older ones say what was thought then."""
    if not product.accumulates or not todo.needed:
        return todo
    return replace(todo, partitions=frozenset({newest_day(todo, context)}))


def _publish(
    domain: Domain, product: DataProduct, todo: Plan, champion: "ModelVersion | None", context: RunContext
) -> "Snapshot":
    name = domain.full_name(product)
    rows = make_rows(domain, product, todo, champion, context)
    context.report(name, "publishing")
    return context.lake.publish(
        name,
        TableLayout.of(shape_of(product.contract)),
        rows,
        replace=WholeTable() if todo.partitions is None else Days(todo.partitions),
        made=Made(context.run_id, domain_code(domain), product.version, todo.inputs, model_label(champion)),
        audit=lambda candidate: _audit(domain, product, candidate, context),
    )


def _audit(domain: Domain, product: DataProduct, candidate: Candidate, context: RunContext) -> int:
    from mesh_platform.contract.audit import audit

    name = domain.full_name(product)
    context.report(name, "auditing")
    references = {
        target: [f.path for f in context.lake.files(target.rpartition(".")[0])]
        for target in shape_of(product.contract).references.values()
    }
    with Audit(domain, product, context) as told:
        report = audit(
            product.contract,
            [f.path for f in candidate.new_files],
            [f.path for f in candidate.kept_files],
            references,
            name=name,
            rows_before=candidate.rows_before,
            rows_after=candidate.rows_after,
            service_level=product.service_level,
            newest_delivery=newest_delivery(domain, product, context),
        )
        told.found(report)
        return report.accepted()


def newest_delivery(domain: Domain, product: DataProduct, context: RunContext) -> date | None:
    """The newest day on which any of a product's sources delivered a file, or None."""
    made_from = domain.product(product.inputs[0].product.partition(".")[2]) if product.older_sql else product
    return measured.newest_delivery(domain.name, made_from.sources, context.lake)
