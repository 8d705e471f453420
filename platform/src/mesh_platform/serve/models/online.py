"""The online store as answers see it: what was read of which view is noted, for the log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mesh_platform.errors import MeshFailure

if TYPE_CHECKING:
    from mesh_platform.features.history import HistoryView
    from mesh_platform.features.view import FeatureView
    from mesh_platform.settings import Settings

_log = logging.getLogger(__name__)
Values = list[Mapping[str, Any] | None]


class Notes(Protocol):
    """Reads for one request (see `ml.live.OnlineFeatures`), and notes what was read."""

    seen: dict[str, int]
    """"<view>@<version>" → the snapshot that its features are of."""

    def read(self, view: FeatureView | HistoryView, keys: Sequence[tuple[Any, ...]]) -> Values:
        """Read the features of entities, all of one version of the view."""
        ...


class Online(Protocol):
    """The online store."""

    def noted(self) -> Notes:
        """Begin to read for a request."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


class Unreachable:
    """Stands for a store that does not answer: it knows nobody."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def read(self, view: FeatureView | HistoryView, keys: Sequence[tuple[Any, ...]]) -> Values:
        """Know nobody."""
        del view
        return [None] * len(keys)


class NoStore:
    """Stands in where the store can't even be opened: models that need it answer by their baseline."""

    def noted(self) -> Unreachable:
        """Refuse to read.

        Raises:
            ConnectionError: Always.
        """
        raise ConnectionError("no online store")

    def close(self) -> None:
        """Do nothing: nothing is open."""


def open_online(settings: Settings) -> Online:
    """Open the online store of the settings; what is read is sampled, so that it can be held against the lake."""
    from mesh_platform.features.online.reading import OnlineReader

    try:
        return OnlineReader.open(settings, sampled=True)
    except MeshFailure as error:
        _log.error("models answer by their baselines: the online store can't be opened: %s", error)
        return NoStore()
