"""Erase a person: from landed files, tables, quarantine, old snapshots and leftovers, and prove it by a byte search.

What surprises: nothing is counted as done because a step was passed. The search decides what is to do, the work is
done, the search decides again; so a second call, or one after a crash, finds exactly what is left. All locks of runs
are held meanwhile: a run waits, and nobody publishes rows that were read before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from mesh_platform.contract.forgetting import SUBJECT
from mesh_platform.errors import UnknownName, UserError
from mesh_platform.ingest.suppression import Suppressed, suppress
from mesh_platform.pipeline.lock import exclusive
from mesh_platform.pipeline.maintain import is_older_major
from mesh_platform.pipeline.online import forget_online
from mesh_platform.privacy.finding import files_of
from mesh_platform.privacy.journal import Journal, proofs_of
from mesh_platform.privacy.landing import enter, rewrite
from mesh_platform.privacy.person import Person, known
from mesh_platform.privacy.places import Place, places
from mesh_platform.privacy.proof import proof_of, prove
from mesh_platform.privacy.rows import Left, without_person, without_records

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.settings import Settings

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did, or would do.

    Args:
        name: Names the erasure; "" where nothing was done.
        removed: Table, or folder of landed files → rows that were about the person alone and went.
        changed: The same → rows that stay without the person's values.
        snapshots: Old states that can no longer be read.
        models: "<model>:<version>" that learnt from the person.
        files: How many files the search looked at.
        proof: The proof; None where nothing was done.
        seconds: How long it took.
        earlier: The names of the person's earlier erasures, where nothing was left to do.
    """

    name: str
    removed: Mapping[str, int]
    changed: Mapping[str, int]
    snapshots: int = 0
    models: tuple[str, ...] = ()
    files: int = 0
    proof: Path | None = None
    seconds: float = 0.0
    earlier: tuple[str, ...] = ()


@dataclass(slots=True)
class Eraser:
    """Erases persons from one mesh.

    Args:
        settings: Where state lives.
        lake: The lake.
        places: What the documents say of every table.
        report: Told of every step.
    """

    settings: Settings
    lake: Lake
    places: Mapping[str, Place]
    report: Report = field(default=lambda step: None)

    @classmethod
    def of(cls, settings: Settings, lake: Lake, contracts: Path, report: Report = lambda step: None) -> Eraser:
        """Make one for a project's documents."""
        return cls(settings, lake, places(contracts), report)

    def plan(self, customer_id: str) -> Erasure:
        """Count what an erasure would do, without doing it.

        Raises:
            UnknownName: Where nothing holds the customer, and nobody erased was called so.
        """
        self.report("following the customer's keys")
        journal = Journal.unfinished(self.settings.home, customer_id)
        person = journal.person if journal else known(self.lake, self.places, customer_id)
        found = self._found(person)
        if not found and journal is None:
            return self._nothing(customer_id)
        removed, changed = self._counted(found, person)
        return Erasure("", removed, changed)

    def erase(self, customer_id: str) -> Erasure:
        """Erase a customer.

        Raises:
            UnknownName: Where nothing holds the customer, and nobody erased was called so.
            UserError: Where the lake's files can't be rewritten from here.
            MeshFailure: Where the search still finds the person; calling it again goes on.
        """
        began = time.perf_counter()
        self._check_lake()
        with self._alone():
            journal = Journal.unfinished(self.settings.home, customer_id)
            self.report("following the customer's keys")
            person = journal.person if journal else known(self.lake, self.places, customer_id)
            found = self._found(person)
            if journal is None and not found:
                return self._nothing(customer_id)
            journal = journal or Journal.begin(self.settings.home, person)
            return self._run(journal, found, began)

    def _run(self, journal: Journal, found: Mapping[str, list[Path]], began: float) -> Erasure:
        journal.step("suppress")
        suppress(self.settings.home, journal.person.own)
        for table, files in journal.doomed.items():
            self.lake.delete_unlisted(table, files)
        self._drop_unserved()
        self._work(journal, found)
        models = self._mark_models(journal)
        self.report("searching every file")
        searched = prove(self.lake, self.settings, journal)
        journal.step("close")
        path = journal.close(proof_of(self.settings, journal, models, searched))
        counts = journal.removed, journal.changed, journal.snapshots
        return Erasure(journal.name, *counts, models, searched, path, time.perf_counter() - began)

    def _drop_unserved(self) -> None:
        """Drop older major versions that no document tells of any more: nothing says which columns are a person's."""
        for table in self.lake.tables():
            snapshot = self.lake.current(table)
            if table not in self.places and snapshot and is_older_major(table, snapshot):
                self.report(f"dropping {table}")
                self.lake.drop(table)

    def _check_lake(self) -> None:
        """Refuse a lake in a bucket, and one of a copied home, whose tables lie in the home it was copied from.

        Raises:
            UserError: For either.
        """
        for table in self.lake.tables():
            folder = self.lake.folder(table)
            warehouse = Path(self.settings.lake_warehouse.removeprefix("file://"))
            if folder is None or not folder.is_relative_to(warehouse):
                raise UserError(
                    f"{table} lies in {folder or self.settings.lake_warehouse} (rule: a local folder within "
                    f"{warehouse}, so that every file can be searched); erase where the lake is, nothing was erased"
                )

    def _nothing(self, customer_id: str) -> Erasure:
        home = self.settings.home
        suppressed = Suppressed.load(home)
        if suppressed is None or not suppressed.holds(SUBJECT, customer_id):
            raise UnknownName(
                f"no customer '{customer_id}' in any table, quarantine or landed file (rule: the id as the profiles "
                "write it, such as C0000123); nothing was erased"
            )
        return Erasure("", {}, {}, earlier=tuple(proof["erasure"] for proof in proofs_of(home, customer_id)))

    def _work(self, journal: Journal, found: Mapping[str, list[Path]]) -> None:
        self._rewrite_landing(journal, found)
        self._rewrite_tables(journal, found)
        journal.step("online")
        self.report("clearing the online store")
        forget_online(self.lake, self.settings, journal.person.identifiers)
        journal.step("ledgers")
        self._enter_landed(journal)
        journal.step("warehouses")
        self.report("dropping the warehouses")
        for warehouse in (self.settings.home / "warehouse").glob("*.duckdb*"):
            warehouse.unlink()  # disposable: the next run makes what it needs from the lake

    def _rewrite_landing(self, journal: Journal, found: Mapping[str, list[Path]]) -> None:
        for table, place in self.places.items():
            files = [f for f in found.get(table, ()) if f.is_relative_to(self.settings.landing)]
            if not files:
                continue
            names = [file.relative_to(self.settings.landing).as_posix() for file in files]
            journal.landed = sorted({*journal.landed, *names})
            journal.step(f"landing {place.landing}")
            self.report(f"rewriting landing/{place.landing}")
            for file in files:
                _count(journal, f"landing/{place.landing}", *rewrite(file, place, journal.person))
            journal.save()

    def _rewrite_tables(self, journal: Journal, found: Mapping[str, list[Path]]) -> None:
        for table in sorted(found, key=lambda t: ("_raw." not in t, t)):  # what others are made from comes first
            files = [str(f) for f in found[table] if not f.is_relative_to(self.settings.landing)]
            if not files:
                continue
            journal.step(f"table {table}")
            self.report(f"rewriting {table}")
            self.lake.heal(table)
            removed, changed = journal.removed.pop(table, 0), journal.changed.pop(table, 0)
            done = self.lake.erase(table, files, self._change(journal, table), note=_noting(journal, table))
            if not done.files:  # a call before this one has rewritten the rows and counted them
                _count(journal, table, removed, changed)
            journal.snapshots += done.snapshots
            journal.doomed.pop(table, None)
            journal.save()

    def _change(self, journal: Journal, table: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
        def change(rows: pl.DataFrame) -> pl.DataFrame:
            left = self._without(table, rows, journal.person)
            _count(journal, table, left.removed, left.changed)
            journal.save()
            return left.rows

        return change

    def _without(self, table: str, rows: pl.DataFrame, person: Person) -> Left:
        if "_quarantine." in table:
            return without_records(rows, person)
        return without_person(rows, self.places.get(table), person)

    def _enter_landed(self, journal: Journal) -> None:
        for place in self.places.values():
            files = [name for name in journal.landed if place.landing and name.startswith(f"{place.landing}/")]
            if files:
                enter(self.lake, self.settings.landing, place, files, f"erasure-{journal.name}")

    def _found(self, person: Person) -> dict[str, list[Path]]:
        self.report("searching tables and landed files")
        return files_of(self.lake, self.places, self.settings.landing, person)

    def _counted(self, found: Mapping[str, list[Path]], person: Person) -> tuple[dict[str, int], dict[str, int]]:
        removed: dict[str, int] = {}
        changed: dict[str, int] = {}
        for table, files in found.items():
            if self.lake.current(table) is None:
                continue
            current = {file.path for file in self.lake.files(table)}
            held = [str(file) for file in files if str(file) in current]
            lefts = [self._without(table, pl.read_parquet(f, hive_partitioning=False), person) for f in held]
            removed[table], changed[table] = sum(x.removed for x in lefts), sum(x.changed for x in lefts)
        return removed, changed

    def _mark_models(self, journal: Journal) -> tuple[str, ...]:
        from mesh_platform.ml.registry import Registry

        journal.step("models")
        if not Registry.exists(self.settings):
            return ()
        from mesh_platform.ml.erasures import learnt_from, mark

        self.report("marking models")
        registry = Registry.open(self.settings)
        versions = learnt_from(registry, {*journal.removed, *journal.changed})
        for version in versions:
            mark(registry, version, journal.began)
        return tuple(f"{version.model}:{version.version}" for version in versions)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold every lock of runs, trainings and other erasures, in one order."""
        folder = self.settings.home / "locks"
        raw = [place for place in self.places.values() if place.landing]
        artifacts = self.settings.home / "models" / "artifacts"
        models = sorted(path.name for path in artifacts.glob("*")) if artifacts.is_dir() else []
        names = [
            "privacy",
            *sorted(place.landing.replace("/", "-") for place in raw),
            *sorted({place.domain for place in self.places.values()}),
            *(f"model-{name}" for name in models),
        ]
        self.report("waiting for runs to end")
        with ExitStack() as held:
            for name in names:
                held.enter_context(exclusive(folder / f"{name}.lock"))
            yield


def _count(journal: Journal, where: str, removed: int, changed: int) -> None:
    journal.removed[where] = journal.removed.get(where, 0) + removed
    journal.changed[where] = journal.changed.get(where, 0) + changed


def _noting(journal: Journal, table: str) -> Callable[..., None]:
    def note(files: Any) -> None:
        journal.doomed[table] = sorted(files)
        journal.step(f"delete {table}")

    return note
