"""Worlds: the same parameters make the same bytes, however they were reached; other parameters are refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from mesh_platform.errors import BadWorld
from mesh_simulator import simulate
from mesh_simulator.layouts import LAYOUTS
from mesh_simulator.live import live

from .landed import START, Landed


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    return Landed(tmp_path_factory.mktemp("five")).make(5)


def test_the_same_world_is_made_twice_to_the_byte(five: Landed, tmp_path: Path) -> None:
    again = Landed(tmp_path).make(5)
    assert again.bytes_of("landing") == five.bytes_of("landing")
    assert again.bytes_of("truth") == five.bytes_of("truth")


def test_a_world_that_is_continued_is_the_world_made_at_once(five: Landed, tmp_path: Path) -> None:
    grown = Landed(tmp_path).make(3)
    before = grown.bytes_of("landing")
    grown.make(5)
    after = grown.bytes_of("landing")
    assert after == five.bytes_of("landing")
    assert {name: after[name] for name in before} == before
    assert grown.bytes_of("truth") == five.bytes_of("truth")


def test_the_same_call_again_changes_nothing(five: Landed) -> None:
    stamps = {p: p.stat().st_mtime_ns for p in five.home.rglob("*")}
    world = simulate(five.landing, five.truth, days=5, scale=0.05, seed=7, start=START)
    assert (world.days, world.last_day) == (5, START + timedelta(days=4))
    assert {p: p.stat().st_mtime_ns for p in five.home.rglob("*")} == stamps


def test_a_crash_in_the_middle_is_healed_by_the_next_call(five: Landed, tmp_path: Path) -> None:
    broken = Landed(tmp_path)

    def crash(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(broken.landing, broken.truth, days=5, scale=0.05, seed=7, start=START, bad_rate=0.01, progress=crash)
    torn = broken.landing / LAYOUTS["marketing/web_events"].file(START.isoformat())
    torn.write_bytes(torn.read_bytes()[:100])
    simulate(broken.landing, broken.truth)
    assert broken.bytes_of("landing") == five.bytes_of("landing")
    assert broken.bytes_of("truth") == five.bytes_of("truth")


@pytest.mark.parametrize(
    "other", [{"seed": 8}, {"scale": 0.06}, {"start": START + timedelta(days=1)}, {"bad_rate": 0.02}]
)
def test_another_world_is_refused_and_nothing_is_touched(five: Landed, other: dict[str, object]) -> None:
    before = five.bytes_of("landing")
    with pytest.raises(BadWorld, match=r"was asked for.*use another MESH_HOME, or remove the landing zone"):
        simulate(five.landing, five.truth, days=6, **other)  # type: ignore[arg-type]  # one of several types
    assert five.bytes_of("landing") == before


def test_a_removed_landing_zone_makes_room_for_another_world(tmp_path: Path) -> None:
    landed = Landed(tmp_path).make(2)
    landed.landing.rename(tmp_path / "old")
    landed.make(2, seed=8, start=START + timedelta(days=9))
    fresh = Landed(tmp_path / "fresh").make(2, seed=8, start=START + timedelta(days=9))
    assert landed.bytes_of("landing") == fresh.bytes_of("landing")
    assert landed.bytes_of("truth") == fresh.bytes_of("truth")


def test_seeds_make_different_worlds(five: Landed, tmp_path: Path) -> None:
    other = Landed(tmp_path).make(1, seed=8).bytes_of("landing")
    same = [name for name, content in other.items() if five.bytes_of("landing")[name] == content]
    assert same == []


@pytest.mark.parametrize(
    ("wrong", "said"), [({"days": 0}, "0 days"), ({"scale": -1.0}, "scale -1"), ({"bad_rate": 0.9}, "bad_rate 0.9")]
)
def test_a_world_that_cannot_be_is_refused(tmp_path: Path, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadWorld, match=said):
        simulate(tmp_path / "landing", tmp_path / "truth", **wrong)  # type: ignore[arg-type]  # one of several types
    assert not list(tmp_path.iterdir())


def test_the_truth_never_lies_in_the_landing_zone(tmp_path: Path, five: Landed) -> None:
    with pytest.raises(BadWorld, match="lies in the landing zone"):
        simulate(tmp_path / "landing", tmp_path / "landing" / "truth", days=1)
    sources = {path.parent.parent.name + "/" + path.parent.name for path in five.landing.rglob("*.*")}
    assert sources <= set(LAYOUTS)


def test_a_new_world_ends_yesterday(tmp_path: Path) -> None:
    world = simulate(tmp_path / "landing", tmp_path / "truth", days=1, scale=0.01)
    assert world.last_day == datetime.now(UTC).date() - timedelta(days=1)


def test_each_step_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate(tmp_path / "l", tmp_path / "t", days=3, scale=0.01, progress=lambda *step: told.append(step))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_counts_are_the_rows_that_landed(five: Landed) -> None:
    world = simulate(five.landing, five.truth)
    headers = {source: sum(layout.format == "csv" for _ in five.files(layout)) for source, layout in LAYOUTS.items()
               if (five.landing / source).exists()}  # fmt: skip
    lines = {
        source: sum(len(five.lines(LAYOUTS[source], f)) for f in five.files(LAYOUTS[source])) for source in headers
    }
    assert dict(world.counts) == {source: lines[source] - headers[source] for source in headers}


def test_files_are_named_as_the_landing_zone_promises(five: Landed) -> None:
    for path in five.landing.rglob("*"):
        if path.is_file():
            name, day = path.stem.rsplit("_", 1)
            assert path.parent.name == name
            assert START <= date.fromisoformat(day) < START + timedelta(days=5)


def test_live_records_are_what_the_next_day_would_land(five: Landed, tmp_path: Path) -> None:
    grown = Landed(tmp_path).make(6, bad_rate=0.0)
    clean = Landed(tmp_path / "clean").make(5, bad_rate=0.0)
    records = list(live(clean.landing, clean.truth, days=1))
    file = grown.landing / LAYOUTS["marketing/web_events"].file((START + timedelta(days=5)).isoformat())
    landed = [json.loads(line)["event_id"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert [record["event_id"] for source, record in records if source == "marketing/web_events"] == landed


def test_live_records_come_in_the_order_of_time_and_write_nothing(five: Landed) -> None:
    before = five.bytes_of("landing"), five.bytes_of("truth")
    records = list(islice(live(five.landing, five.truth), 2_000))
    times = [value for _, record in records for value in record.values() if isinstance(value, datetime)]
    happened = [t for t in times if t.date() == START + timedelta(days=5)]
    assert happened == sorted(happened)
    assert len({source for source, _ in records}) >= 4
    assert (five.bytes_of("landing"), five.bytes_of("truth")) == before


def test_live_mode_needs_a_world(tmp_path: Path) -> None:
    with pytest.raises(BadWorld, match="simulate one first"):
        next(live(tmp_path / "landing", tmp_path / "truth"))
