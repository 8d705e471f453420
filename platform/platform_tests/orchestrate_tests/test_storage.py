"""A batch of events is one transaction, few files stay open, and the stock storage reads what was written."""

import time
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._check import CheckError
from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage

from mesh_platform.orchestrate.storage import OPEN_FILES, BatchingEventLogStorage

ASSET = dg.AssetKey(["kiosk", "daily"])
RUN = "6f0f4f3c-9f5f-4a53-8d0c-2a5f9d3f4b11"


def event(day: int, run: str = RUN) -> EventLogEntry:
    made = dg.AssetMaterialization(ASSET, partition=f"2026-01-{day:02}")
    happened = DagsterEvent(
        DagsterEventType.ASSET_MATERIALIZATION.value, "publish", event_specific_data=StepMaterializationData(made)
    )
    return EventLogEntry(  # type: ignore[no-untyped-call]  # its constructor has no types
        None, "info", "made", run, time.time(), job_name="publish", dagster_event=happened
    )


def partitions(storage: SqliteEventLogStorage) -> set[str]:
    return storage.get_materialized_partitions(ASSET)


def test_the_stock_storage_reads_a_batch_as_its_own(tmp_path: Path) -> None:
    written = BatchingEventLogStorage(str(tmp_path))
    written.store_event_batch([event(day) for day in range(1, 29)])
    written.store_event(event(29))
    stock = SqliteEventLogStorage(str(tmp_path))
    assert partitions(stock) == {f"2026-01-{day:02}" for day in range(1, 30)}
    assert len(stock.get_logs_for_run(RUN)) == 29
    assert stock.has_asset_key(ASSET)


def test_a_batch_reads_what_the_stock_storage_wrote(tmp_path: Path) -> None:
    SqliteEventLogStorage(str(tmp_path)).store_event(event(1))
    batching = BatchingEventLogStorage(str(tmp_path))
    batching.store_event_batch([event(2), event(3)])
    assert partitions(batching) == {"2026-01-01", "2026-01-02", "2026-01-03"}
    assert len(batching.get_logs_for_run(RUN)) == 3


def test_a_batch_is_stored_wholly_or_not_at_all(tmp_path: Path) -> None:
    storage = BatchingEventLogStorage(str(tmp_path))
    storage.store_event(event(1))
    with pytest.raises(CheckError, match="EventLogEntry"):
        storage.store_event_batch([event(2), event(3), "no event"])  # type: ignore[list-item]  # dies in the middle
    assert len(SqliteEventLogStorage(str(tmp_path)).get_logs_for_run(RUN)) == 1
    assert partitions(SqliteEventLogStorage(str(tmp_path))) == {"2026-01-01"}
    storage.store_event_batch([event(2)])
    assert len(storage.get_logs_for_run(RUN)) == 2, "the storage goes on after a batch that failed"


def test_runs_keep_their_events_apart_in_one_batch(tmp_path: Path) -> None:
    storage = BatchingEventLogStorage(str(tmp_path))
    other = RUN.replace("6", "7")
    storage.store_event_batch([event(1), event(2, other), event(3)])
    assert (len(storage.get_logs_for_run(RUN)), len(storage.get_logs_for_run(other))) == (2, 1)


def test_each_event_can_be_read_at_once_by_another_process_though_files_stay_open(tmp_path: Path) -> None:
    storage, stock = BatchingEventLogStorage(str(tmp_path)), SqliteEventLogStorage(str(tmp_path))
    for day in (1, 2, 3):
        storage.store_event(event(day))
        assert len(stock.get_logs_for_run(RUN)) == day
        assert len(partitions(stock)) == day


def test_a_server_that_shows_many_runs_keeps_few_files_open(tmp_path: Path) -> None:
    storage, runs = BatchingEventLogStorage(str(tmp_path)), [RUN.replace("6", str(n)) for n in range(9)]
    for run in runs:
        storage.store_event(event(1, run))
    assert [len(storage.get_logs_for_run(run)) for run in runs] == [1] * len(runs)
    assert len(_open_files(tmp_path)) == OPEN_FILES
    storage.dispose()
    assert _open_files(tmp_path) == set()


def _open_files(folder: Path) -> set[str]:
    return {f.path for f in psutil.Process().open_files() if f.path.startswith(str(folder)) and f.path.endswith(".db")}
