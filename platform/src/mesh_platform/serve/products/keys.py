"""Which files may hold a key, where the smallest and largest key of each file don't tell: fingerprints, in memory.

Keys that grow with time leave one file by their bounds. Others, such as random ones, are in the range of every file,
and then a lookup would open all of them. So 32 bits of a hash of each key are kept, sorted, for each file: 4 bytes a
row, and one file in 50,000 is opened in vain. Files never change, so a publish costs only its new files. Nothing is
written to disk, for a fingerprint of a personal key is personal too and must go with its file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.serve.products.conditions import Condition, files_for
from mesh_platform.serve.products.kinds import kind_of
from mesh_platform.serve.products.shelf import Shown
from mesh_platform.serve.products.views import View

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

FEW: Final = 2
"""As many files are opened without asking the fingerprints: making them would cost more."""
MOST_ROWS: Final = 60_000_000
"""Fingerprints that are kept in a process: 240 MB. Tables beyond are looked up by bounds alone."""


class KeyIndex:
    """Finds the files of keys.

    Args:
        later: Runs the making of fingerprints, which no lookup waits for.
    """

    def __init__(self, later: Callable[..., None]) -> None:
        self._later, self._changing = later, Lock()
        self._prints: dict[str, npt.NDArray[np.uint32]] = {}
        self._making: set[str] = set()

    @property
    def known(self) -> frozenset[str]:
        """The files whose keys have prints."""
        return frozenset(self._prints)

    def files(self, view: View, key: Sequence[Condition]) -> list[str]:
        """Find the files that may hold a key.

        Args:
            view: What the caller sees.
            key: A condition for each column of the key.
        """
        near = files_for(view.files, key)
        if len(near) <= FEW:
            return near
        if missing := [path for path in near if path not in self._prints]:
            self._ask_for(view, missing)
        wanted = _prints_of(_one(view.shown, key), view.shown.product.key)[0]
        return [path for path in near if self._may_hold(path, wanted)]

    def _may_hold(self, path: str, wanted: np.uint32) -> bool:
        prints = self._prints.get(path)
        if prints is None:
            return True
        place = int(prints.searchsorted(wanted))
        return place < len(prints) and bool(prints[place] == wanted)

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
                if sum(map(len, self._prints.values())) + pq.read_metadata(path).num_rows > MOST_ROWS:
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


def _file_prints(path: str, shown: Shown) -> npt.NDArray[np.uint32]:
    import numpy as np
    import polars as pl

    key = shown.product.key
    prints = _prints_of(pl.read_parquet(path, columns=list(key), hive_partitioning=False, glob=False), key)
    return np.sort(prints)


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
