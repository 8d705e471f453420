"""Looking is quick: it needs no engine, and its shortcut is never believed for another snapshot."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mesh_platform.lake import Candidate, Lake
from mesh_platform.settings import Settings
from platform_tests.lake_tests.orders import TABLE, expected, ids, publish_days

LOOK = """
import json, sys
from pathlib import Path
from mesh_platform.lake import Lake
from mesh_platform.settings import Settings
lake = Lake.open(Settings.load(Path(sys.argv[1])))
(table,) = lake.tables()
first, last = lake.history(table)[1], lake.current(table)
seen = [len(lake.files(table)), len(lake.files(table, as_of=first.snapshot_id)), len(lake.history(table))]
seen.append(len(lake.files(table, as_of=first.published_at, days=[])))
seen.append(len(lake.changed_days(table, first.snapshot_id)))
heavy = sorted({"polars", "pyarrow", "pyiceberg", "sqlalchemy", "duckdb", "pydantic", "pandera"} & set(sys.modules))
print(json.dumps([seen, heavy]))
"""
SCAN = LOOK.replace("(table,)", "lake.scan(lake.tables()[0]).collect(); (table,)")


def look(settings: Settings, script: str) -> list[object]:
    ran = subprocess.run(
        [sys.executable, "-c", script, str(settings.home)], capture_output=True, text=True, check=True, timeout=60
    )
    found: list[object] = json.loads(ran.stdout)
    return found


def plans(settings: Settings) -> dict[str, Path]:
    """Snapshot id → its plan."""
    return {path.stem.rpartition("-")[2]: path for path in settings.home.rglob("plans/*.json")}


def test_looking_imports_no_engine(local_lake: Lake, local_settings: Settings) -> None:
    publish_days(local_lake, 0)
    publish_days(local_lake, 1, 2)
    assert look(local_settings, LOOK) == [[3, 1, 2, 0, 2], []]


def test_scanning_imports_polars_alone(local_lake: Lake, local_settings: Settings) -> None:
    publish_days(local_lake, 0)
    publish_days(local_lake, 1)
    _, heavy = look(local_settings, SCAN)
    assert heavy == ["polars"]


def test_an_empty_lake_can_be_looked_at(lake: Lake) -> None:
    assert lake.tables() == []
    assert lake.current(TABLE) is None


def test_every_publish_leaves_the_plan_of_its_snapshot(lake: Lake, settings: Settings) -> None:
    audited = publish_days(lake, 0)
    unaudited = publish_days(lake, 1, audit=None)
    assert set(plans(settings)) == {str(audited.snapshot_id), str(unaudited.snapshot_id)}


@pytest.mark.parametrize("damage", ["gone", "of another snapshot", "of another table", "cut short", "too few files"])
def test_a_plan_that_is_missing_or_wrong_is_made_again(damage: str, lake: Lake, settings: Settings) -> None:
    first = publish_days(lake, 0, of="a", count=2)
    publish_days(lake, 0, of="b", count=2)
    right = lake.files(TABLE, as_of=first.snapshot_id)
    plan = plans(settings)[str(first.snapshot_id)]
    told = json.loads(plan.read_text())
    other = plans(settings)[str(lake.history(TABLE)[0].snapshot_id)]
    plan.unlink()
    match damage:
        case "of another snapshot":
            plan.write_text(other.read_text())
        case "of another table":
            plan.write_text(json.dumps({**told, "table": "another"}))
        case "cut short":
            plan.write_text(json.dumps(told)[:40])
        case "too few files":
            plan.write_text(json.dumps({**told, "files": []}))
    assert lake.files(TABLE, as_of=first.snapshot_id) == right
    assert json.loads(plan.read_text()) == told


def test_a_reader_that_polls_sees_only_whole_audited_snapshots(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0, of="good0")
    allowed = [expected(0, of=f"good{n}") for n in range(9)]
    seen: list[list[str]] = []
    over = threading.Event()

    def poll() -> None:
        reader = Lake.open(settings)
        while not over.is_set():
            seen.append(ids(reader))

    def refuse(_: Candidate) -> int:
        raise ZeroDivisionError

    poller = threading.Thread(target=poll)
    poller.start()
    for n in range(1, 9):
        with pytest.raises(ZeroDivisionError):
            publish_days(lake, 0, of="bad", count=9, audit=refuse)
        publish_days(lake, 0, of=f"good{n}")
    over.set()
    poller.join()
    assert seen
    assert all(read in allowed for read in seen)
    assert [read for n, read in enumerate(seen) if read != seen[n - 1]] == sorted(
        (read for n, read in enumerate(seen) if read != seen[n - 1]), key=allowed.index
    )


def test_a_reader_never_misses_a_table_whose_old_metadata_is_cleared_away(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0, count=1)
    over = threading.Event()
    counts: list[int] = []
    failures: list[BaseException] = []

    def poll() -> None:
        reader = Lake.open(settings)
        while not over.is_set():
            try:
                counts.append(len(reader.history(TABLE)))
            except BaseException as error:
                failures.append(error)

    poller = threading.Thread(target=poll)
    poller.start()
    for n in range(30):
        publish_days(lake, n % 2, count=1, audit=None)
    over.set()
    poller.join()
    assert failures == []
    assert counts == sorted(counts)
