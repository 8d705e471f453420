"""An online store in memory, filled from frames: what the tests of live scoring read instead of a real one."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mesh_platform.features import FeatureView
from mesh_platform.features.history import HistoryView

Found = Mapping[str, Any] | None


class OnlineFrames:
    """Whole tables as histories; it keeps its answers, as a store with a cache does.

    Args:
        frames: Lake table → its rows.
    """

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self.frames = frames
        self.asked: list[tuple[str, int]] = []
        self._parts: dict[str, dict[tuple[Any, ...], pl.DataFrame]] = {}
        self._answers: dict[tuple[str, tuple[Any, ...]], Found] = {}

    def read(self, view: FeatureView | HistoryView, keys: Sequence[tuple[Any, ...]]) -> list[Found]:
        """Read as the protocol says."""
        assert isinstance(view, HistoryView)
        self.asked.append((view.name, len(keys)))
        return [self._history(view, key) for key in keys]

    def _history(self, view: HistoryView, key: tuple[Any, ...]) -> Found:
        if (view.name, key) not in self._answers:
            rows = self._of(view).get(key)
            found = None if rows is None else {name: rows[name].to_list() for name in view.columns}
            self._answers[view.name, key] = found
        return self._answers[view.name, key]

    def _of(self, view: HistoryView) -> dict[tuple[Any, ...], pl.DataFrame]:
        if view.name not in self._parts:
            rows = self.frames[view.source].drop_nulls(list(view.entity)).sort(view.event_time, maintain_order=True)
            self._parts[view.name] = rows.partition_by(view.entity, as_dict=True, maintain_order=True)
        return self._parts[view.name]
