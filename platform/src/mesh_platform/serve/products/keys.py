"""Where the row of a key can be, where the smallest and largest key of each file don't tell: fingerprints, in memory.

Keys that grow with time leave one file by their bounds. Others, such as random ones, are in the range of every file,
and then a lookup would open all of them, and search all keys of the one that has the row. So 32 bits of a hash of each
key are kept, sorted, for each file, and with each the 256th of the file that it is in: 5 bytes a row, and one file in
50,000 is opened in vain. Files never change, so a publish costs only its new files. Nothing is written to disk, for a
fingerprint of a personal key is personal too and must go with its file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.lake.relation import bounds
from mesh_platform.serve.products.conditions import Condition, files_for
from mesh_platform.serve.products.kinds import kind_of
from mesh_platform.serve.products.shelf import Shown
from mesh_platform.serve.products.views import View

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

FEW: Final = 2
FEW_ROWS: Final = 262_144
"""So many files of so many rows together are searched without asking the fingerprints: making them would cost more."""
MOST_ROWS: Final = 60_000_000
"""Fingerprints that are kept in a process: 300 MB. Tables beyond are looked up by bounds alone."""
PARTS: Final = 256
"""Of a file, numbered in one byte; a part of the largest file is 7,813 rows, which are a few pages of each column."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the row of a key can be.

    Args:
        files: The files that may hold it.
        rows: The numbers, within its file, that the row can have; None for any.
    """

    files: Sequence[str]
    rows: range | None = None


@dataclass(frozen=True, slots=True)
class _Prints:
    """The fingerprints of a file's keys.

    Args:
        sorted: The prints.
        parts: The part of the file that each is in.
        part_rows: How many rows a part has; the last may have fewer.
    """

    sorted: npt.NDArray[np.uint32]
    parts: npt.NDArray[np.uint8]
    part_rows: int

    def rows(self, wanted: np.uint32) -> range:
        """The rows that can have a print."""
        first = int(self.sorted.searchsorted(wanted))
        if first == len(self.sorted) or self.sorted[first] != wanted:
            return range(0)
        parts = self.parts[first : int(self.sorted.searchsorted(wanted, "right"))]
        return range(int(parts.min()) * self.part_rows, (int(parts.max()) + 1) * self.part_rows)


class KeyIndex:
    """Finds the places of keys.

    Args:
        later: Runs the making of fingerprints, which no lookup waits for.
    """

    def __init__(self, later: Callable[..., None]) -> None:
        self._later, self._changing = later, Lock()
        self._prints: dict[str, _Prints] = {}
        self._making: set[str] = set()

    @property
    def known(self) -> frozenset[str]:
        """The files whose keys have prints."""
        return frozenset(self._prints)

    def place(self, view: View, key: Sequence[Condition]) -> Place:
        """Find where the row of a key can be.

        Args:
            view: What the caller sees.
            key: A condition for each column of the key.
        """
        near = files_for(view.files, key)
        if len(near) <= FEW and sum(bounds(path).rows for path in near) <= FEW_ROWS:
            return Place(near)
        if missing := [path for path in near if path not in self._prints]:
            self._ask_for(view, missing)
        wanted = _prints_of(_one(view.shown, key), view.shown.product.key)[0]
        found = [(path, self._rows(path, wanted)) for path in near]
        held = [(path, rows) for path, rows in found if rows is None or rows]
        return Place([path for path, _ in held], _around([rows for _, rows in held]))

    def _rows(self, path: str, wanted: np.uint32) -> range | None:
        """The rows of a file that can have a print; None where they aren't known."""
        prints = self._prints.get(path)
        return None if prints is None else prints.rows(wanted)

    def _ask_for(self, view: View, missing: Sequence[str]) -> None:
        table = view.shown.product.table
        with self._changing:
            if table in self._making:
                return
            self._making.add(table)
        self._later(self._make, view, list(missing))

    def _make(self, view: View, missing: Sequence[str]) -> None:
        import pyarrow.parquet as pq

        product = view.shown.product
        try:
            self._forget(view)
            for path in missing:
                if (
                    sum(len(prints.sorted) for prints in self._prints.values()) + pq.read_metadata(path).num_rows
                    > MOST_ROWS
                ):
                    return
                self._prints[path] = _file_prints(path, view.shown)
        finally:
            with self._changing:
                self._making.discard(product.table)

    def _forget(self, view: View) -> None:
        """Drop the prints of files that no kept snapshot of the table lists: erased persons go with them."""
        folder = view.head.state.location.removeprefix("file://")
        kept = {file.path for snapshot in view.head.snapshots for file in view.head.files(snapshot)}
        for path in [p for p in self._prints if p.startswith(folder + "/") and p not in kept]:
            del self._prints[path]


def _around(spans: Sequence[range | None]) -> range | None:
    """The rows from the first to the last of all spans, of which there is one but by chance; None where one is open."""
    known = [span for span in spans if span is not None]
    if not known or len(known) < len(spans):
        return None
    return range(min(span.start for span in known), max(span.stop for span in known))


def _file_prints(path: str, shown: Shown) -> _Prints:
    import numpy as np
    import polars as pl

    key = shown.product.key
    prints = _prints_of(pl.read_parquet(path, columns=list(key), hive_partitioning=False, glob=False), key)
    order, part_rows = np.argsort(prints), max(-(-len(prints) // PARTS), 1)
    return _Prints(prints[order], (order // part_rows).astype(np.uint8), part_rows)


def _prints_of(rows: pl.DataFrame, key: Sequence[str]) -> npt.NDArray[np.uint32]:
    """Hash the keys of rows; the same key has the same print within a process."""
    import numpy as np
    import polars as pl

    written = rows.select(pl.concat_str([pl.col(name).cast(pl.String) for name in key], separator="\x1f").hash())
    return (written.to_series().to_numpy() >> np.uint64(32)).astype(np.uint32)


def _one(shown: Shown, key: Sequence[Condition]) -> pl.DataFrame:
    import polars as pl

    from mesh_platform.lake.columns import polars_type

    values: dict[str, Any] = {condition.column: condition.value for condition in key}
    types = {name: polars_type(kind_of(shown.columns[name].type).name) for name in values}
    return pl.DataFrame({name: [value] for name, value in values.items()}, schema=types)
