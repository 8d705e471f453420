"""Write, audit, publish: new rows go to a branch of main, are judged there, and become main in one atomic step.

A publisher that was overtaken by another one cuts its branch again from the new main, writes and audits again: it
never swaps in a branch that was cut from a main that is no more, which would undo the other's rows.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl
from pyiceberg.table import Table

from mesh_platform.errors import PublishConflict
from mesh_platform.lake.catalog import LakeCatalog
from mesh_platform.lake.commit import Overtaken, main_of
from mesh_platform.lake.days import text_of_days
from mesh_platform.lake.draft import Draft
from mesh_platform.lake.evolve import evolved
from mesh_platform.lake.layout import TableLayout
from mesh_platform.lake.manifests import plain
from mesh_platform.lake.publishers import Publisher, at_work
from mesh_platform.lake.read import files_of
from mesh_platform.lake.replacing import check_replace, check_rows, files_holding, files_to_go, rows_left
from mesh_platform.lake.rows import RowWriter
from mesh_platform.lake.snapshots import Audit, Candidate, DataFile, Made, Replace, RowsOf, Snapshot
from mesh_platform.lake.state import OURS, SORT, TableState
from mesh_platform.lake.steps import Step, reached
from mesh_platform.lake.sweep import drop_dead_branches
from mesh_platform.lake.tables import ensure_table

ATTEMPTS: Final = 16  # of any set of rivals one always wins, so only a crowd as large as this can starve one
WAIT_S: Final = 0.05  # times the attempt, jittered

Frames = Callable[[], Iterable[pl.DataFrame]]


@dataclass(slots=True)
class Publishing:
    """What one call of publish was asked to do."""

    catalog: LakeCatalog
    name: str
    layout: TableLayout
    frames: Frames
    replace: Replace
    made: Made
    audit: Audit | None

    def run(self) -> Snapshot:
        """Publish, again from the start where another publisher came first.

        Raises:
            PublishConflict: Where others kept coming first.
            ContractBroken: Where the audit or the layout refused the rows.
        """
        check_replace(self.name, self.layout, self.replace)
        for attempt in range(1, ATTEMPTS + 1):
            table = ensure_table(self.catalog.iceberg(), self.name, self.layout)
            table = drop_dead_branches(self.catalog, table)
            with at_work() as publisher:
                try:
                    return _Attempt(self, table, publisher).run()
                except (Overtaken, FileNotFoundError) as error:
                    if isinstance(error, FileNotFoundError) and not self._has_moved(table):
                        raise  # else a file of the base has expired under us
            time.sleep(WAIT_S * attempt * random.random())  # noqa: S311 - spreads rivals, keeps no secret
        raise PublishConflict(
            f"{self.name}: {ATTEMPTS} attempts to publish were overtaken by other publishers (rule: one at a time); "
            "run it again when they are done"
        )

    def _has_moved(self, table: Table) -> bool:
        return main_of(self.catalog.iceberg().load_table(self.name)) != main_of(table)


@dataclass(slots=True)
class _Attempt:
    """One attempt: all that is written for one base."""

    order: Publishing
    table: Table
    publisher: Publisher
    draft: Draft = field(init=False)
    base_files: list[DataFile] = field(default_factory=list)
    gone: list[DataFile] = field(default_factory=list)

    def run(self) -> Snapshot:
        base = main_of(self.table)
        state = TableState.parse(self.order.name, self.table.metadata.model_dump_json())
        self.base_files = [] if base is None else files_of(self.order.catalog, state, base)
        self.gone = files_to_go(self.base_files, self.order.replace)
        keeps_rows = len(self.gone) < len(self.base_files)
        schema = evolved(self.order.name, self.table.metadata, self.order.layout, keeps_rows=keeps_rows)
        self.draft = Draft(self.order.catalog, self.table, base, schema, self.publisher)
        reached(Step.BRANCH_CUT)
        try:
            return self._publish()
        except BaseException as error:
            self._take_back(error)
            raise

    def _publish(self) -> Snapshot:
        candidate = self._write()
        kept = (*candidate.kept_files, *candidate.new_files)
        if self.order.audit is None:
            self._write_plan(kept)
            table = self.draft.commit_to_main()
        else:
            self.draft.commit_to_branch()
            reached(Step.BRANCH_COMMITTED)
            checks = self.order.audit(candidate)
            reached(Step.AUDITED)
            self._write_plan(kept)
            table = self.draft.swap(checks)
        reached(Step.SWAPPED)
        self.draft.keep_plan()
        reached(Step.PLAN_CACHED)
        return TableState.parse(self.order.name, table.metadata.model_dump_json()).history()[-1]

    def _write_plan(self, files: Sequence[DataFile]) -> None:
        self.draft.write_plan(files)
        reached(Step.PLAN_WRITTEN)

    def _write(self) -> Candidate:
        draft, order = self.draft, self.order
        writer = RowWriter(self.table, order.name, draft.schema, order.layout, self.publisher, begun=draft.data_files)
        for frame in self.order.frames():
            check_rows(self.order.name, self.order.layout, self.order.replace, frame)
            writer.write(frame)
        self._rewrite(writer)
        reached(Step.ROWS_WRITTEN)
        self.draft.write_manifests(writer.files, self.gone, self._properties(writer))
        reached(Step.MANIFESTS_WRITTEN)
        gone = {file.path for file in self.gone}
        kept = tuple(file for file in self.base_files if file.path not in gone)
        new = tuple(plain(file) for file in writer.files)
        after = sum(file.rows for file in (*kept, *new))
        return Candidate(new, kept, rows_before=sum(file.rows for file in self.base_files), rows_after=after)

    def _rewrite(self, writer: RowWriter) -> None:
        replace = self.order.replace
        if not isinstance(replace, RowsOf):
            return
        for file in files_holding(self.table, self.draft.base, self.order.layout, replace):
            writer.rewrite(rows_left(file, self.order.layout, replace))
            self.gone.append(file)

    def _properties(self, writer: RowWriter) -> dict[str, str]:
        made = self.order.made
        told = {
            "run_id": made.run_id,
            "code_version": made.code_version,
            "contract_version": made.contract_version,
            "inputs": json.dumps(dict(made.inputs), sort_keys=True),
            **({"model": made.model} if made.model else {}),
        }
        if self.order.layout.partition:
            days = {file.day for file in (*self.gone, *map(plain, writer.files))}
            told["days"] = text_of_days([day for day in days if day is not None])
        return {**{OURS + key: value for key, value in told.items()}, SORT: ",".join(self.order.layout.sort)}

    def _take_back(self, error: BaseException) -> None:
        try:
            self.draft.discard()
        except Exception as second:
            error.add_note(f"{self.order.name}: branch {self.publisher.branch} is left to `heal`: {second}")
