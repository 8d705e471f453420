"""Every kind of broken file is refused in one line, holds up nobody else, and is forgotten once it is mended.

The tests of this module go on from each other on one home: each breaks one file, and its run is also the one that
takes in the file that the test before has mended.
"""

import gzip
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.discover import installed_domain
from mesh_platform.settings import Settings
from tests.conftest import Mesh, Said
from tests.reliability.worlds import assert_whole, day, differing, land, readable, snapshots

SURE_TO_CHANGE = "marketing/web_events"


def cut_off(content: bytes) -> bytes:
    return content[:-20]


def empty(content: bytes) -> bytes:
    return b""


def latin(content: bytes) -> bytes:
    return content.replace(b'"', b'"\xe9', 1)


def without_a_column(content: bytes) -> bytes:
    return pl.read_csv(content, infer_schema=False).drop("country").write_csv().encode()


def with_a_column_more(content: bytes) -> bytes:
    target = io.BytesIO()
    pl.read_parquet(content).with_columns(weather=pl.lit("sunny")).write_parquet(target)
    return target.getvalue()


def negative(content: bytes) -> bytes:
    return re.sub(rb'"value": ?', b'"value": -1', content)


@dataclass(frozen=True)
class Breaking:
    """A file that lands broken.

    Args:
        source: Its source.
        number: The day of its delivery; None for the newest file.
        spoil: What happened to it.
        said: What the refusal says of it.
    """

    source: str
    number: int | None
    spoil: Callable[[bytes], bytes]
    said: str

    def path(self, mesh: Mesh) -> Path:
        folder = Settings.load(mesh.home).landing / self.source
        return next(p for p in sorted(folder.iterdir(), reverse=True) if self.number is None or self._is(p))

    def _is(self, path: Path) -> bool:
        return self.number is not None and day(self.number).isoformat() in path.name


BAD_ROWS = Breaking("sales/store_sensors", 7, negative, "")
ROUNDS = (
    (
        Breaking("sales/order_lines", 7, cut_off, "the file is cut off in line"),
        Breaking("inventory/stock_movements", 8, cut_off, "the file is cut off before its footer"),
        Breaking("customers/profiles", None, without_a_column, "missing column 'country'"),
    ),
    (
        Breaking("sales/store_sensors", 8, empty, "the file is empty"),
        Breaking("marketing/web_events", 7, latin, "is not UTF-8"),
        Breaking("inventory/stock_movements", 7, with_a_column_more, "extra column 'weather'"),
    ),
    (Breaking("sales/order_lines", 8, gzip.compress, "the file is a gzip archive"), BAD_ROWS),
)
"""What lands broken together: a run costs a quarter of a minute, however many files it refuses."""


@dataclass
class Diary:
    """The mesh of this module, and which sources were mended last."""

    mesh: Mesh
    world: Mesh
    mended: frozenset[str]

    def run_with(self, breakings: tuple[Breaking, ...]) -> Said:
        """Land files broken, run, and land them whole for the run to come."""
        good = {self._landed(breaking): breaking.path(self.world).read_bytes() for breaking in breakings}
        for breaking in breakings:
            path = self._landed(breaking)
            path.write_bytes(breaking.spoil(good[path]))
        before = snapshots(self.mesh)
        said = self.mesh("run", code=2)
        after = snapshots(self.mesh)
        for path, content in good.items():
            path.write_bytes(content)
        broken = frozenset(breaking.source for breaking in breakings)
        held, healed = products_of(broken), products_of(self.mended)
        self.mended = broken
        assert {p for p in held & after.keys() if before[p] != after[p]} == set(), "readers keep the old snapshot"
        healthy = (healed - held) & after.keys()
        assert healthy, "somebody else had something to publish"
        assert {p for p in healthy if before[p] == after[p]} == set(), "others publish, mended ones too"
        assert "Traceback" not in said.out + said.err
        return said

    def _landed(self, breaking: Breaking) -> Path:
        return Settings.load(self.mesh.home).landing / breaking.source / breaking.path(self.world).name


def products_of(sources: frozenset[str]) -> set[str]:
    return set().union(*map(_fed_by, sources))


def _fed_by(source: str) -> set[str]:
    domain, _, name = source.partition("/")
    return {f"{domain}.{p.name}" for p in installed_domain(domain).products if name in p.sources}


@pytest.fixture(scope="module")
def diary(undisturbed: Mesh, tmp_path_factory: pytest.TempPathFactory) -> Diary:
    mesh = Mesh(tmp_path_factory.mktemp("broken") / "home")
    land(undisturbed, mesh)
    sure = Breaking(SURE_TO_CHANGE, 8, bytes, "")
    for breaking in (*(b for together in ROUNDS for b in together), sure):
        breaking.path(mesh).unlink()
    mesh("run")
    land_one(undisturbed, mesh, sure)
    return Diary(mesh, undisturbed, frozenset({SURE_TO_CHANGE}))


def land_one(world: Mesh, mesh: Mesh, breaking: Breaking) -> None:
    good = breaking.path(world)
    (Settings.load(mesh.home).landing / breaking.source / good.name).write_bytes(good.read_bytes())


@pytest.mark.parametrize("together", ROUNDS, ids=lambda r: ", ".join(f"{b.spoil.__name__} {b.source}" for b in r))
def test_a_broken_file_is_one_line_with_file_rule_and_remedy_and_stops_nobody_else(
    diary: Diary, together: tuple[Breaking, ...]
) -> None:
    said = diary.run_with(together)
    lines = [line for line in said.err.splitlines() if line.startswith("failed: ")]
    assert len(lines) == len(together), said.err
    for breaking in together:
        [line] = [line for line in lines if line.startswith(f"failed: {breaking.source}: ")]
        if breaking is not BAD_ROWS:
            name = f"{breaking.source}/{breaking.path(diary.world).name}"
            rule = rf"failed: {breaking.source}: {re.escape(name)}: .*{re.escape(breaking.said)}.* \(rule: .+\); .+"
            assert re.fullmatch(rule, line), line


def test_more_bad_rows_than_tolerated_are_shown_in_quarantine_and_publish_nothing(diary: Diary) -> None:
    shown = diary.mesh("quarantine", BAD_ROWS.source, "--json").json
    refused = [row for row in shown if row["file"].endswith(BAD_ROWS.path(diary.world).name)]
    assert len(refused) == len(BAD_ROWS.path(diary.world).read_bytes().splitlines())
    assert all(row["reason"] and row["line"] and row["record"] for row in refused)


def test_when_all_is_mended_no_trace_is_left(diary: Diary, undisturbed: Mesh) -> None:
    diary.mesh("run")
    assert differing(readable(diary.mesh), readable(undisturbed)) == {}
    assert_whole(diary.mesh)
    held = diary.mesh("quarantine", "--json").json
    assert held == undisturbed("quarantine", "--json").json, "the quarantine holds what is really bad, and no more"
