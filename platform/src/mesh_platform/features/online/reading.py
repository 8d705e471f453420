"""Read features online: of one push, of the definition that was asked for, and not older than they may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import MeshFailure, UserError
from mesh_platform.features.online import header as headers
from mesh_platform.features.online.codec import HistoryReader, VectorReader, pack
from mesh_platform.features.online.definition import OnlineView, id_of
from mesh_platform.features.online.header import Header, moment_of
from mesh_platform.features.online.kept import KeptHistories
from mesh_platform.features.online.kinds import kept_of, kind
from mesh_platform.features.online.store import OnlineStore, online_store_url, open_store

if TYPE_CHECKING:
    from mesh_platform.features.online.served import Served
    from mesh_platform.settings import Settings

Key = tuple[Any, ...]
Values = Mapping[str, Any]
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Read:
    """Entities as they were read.

    Args:
        header: What they are of: the view's version, the source's snapshot.
        as_of: The mesh's time by which their age was judged, in microseconds since 1970.
        values: Name → value of each entity, in the order of the keys; None of one that the store does not know.
    """

    header: Header
    as_of: int
    values: list[Values | None]


class OnlineReader:
    """Reads the online store; it is what models gather from (`ml.live.OnlineFeatures`).

    Args:
        store: The store.
        clock: Tells the time.
        served: Takes a sample of what is read, for the comparison with the lake; None for none.
    """

    def __init__(self, store: OnlineStore, clock: Clock = utc_now, served: Served | None = None) -> None:
        self._store, self._clock, self._served = store, clock, served
        self._kept = KeptHistories()
        self._last: dict[str, tuple[Header, int]] = {}
        self._layouts: dict[bytes, tuple[Header, VectorReader | HistoryReader]] = {}

    @classmethod
    def open(cls, settings: Settings, *, sampled: bool = False) -> OnlineReader:
        """Open the store of the settings.

        Args:
            settings: Where the store is.
            sampled: Whether a sample of what is read is logged, as a server does.
        """
        from mesh_platform.features.online.served import Served

        store = open_store(online_store_url(settings))
        return cls(store, served=Served(settings.home) if sampled else None)

    def read(self, view: OnlineView, keys: Sequence[Key]) -> list[Values | None]:
        """See `ml.live.OnlineFeatures.read`; raises as `read_version`."""
        return self.read_version(view, keys).values

    def read_version(self, view: OnlineView, keys: Sequence[Key]) -> Read:
        """Read features with what they are of.

        Args:
            view: The view.
            keys: One tuple an entity, in the order of the view's entity columns.

        Raises:
            MeshFailure: Where this definition of the view was never pushed, or the store can't be reached.
            UserError: Where a key has not the view's parts, or one is of another type.
        """
        packed = [pack([kept_of(part) for part in key]) for key in keys]
        header, values, moments = self._values(id_of(view), packed, keys)
        as_of = header.as_of(self._clock())
        if (lives := header.time_to_live) is not None:
            values = [
                dict.fromkeys(value) if value is not None and as_of > moment + lives else value
                for value, moment in zip(values, moments, strict=True)
            ]
        self._last[id_of(view)] = header, as_of
        if self._served is not None:
            self._served.offer(header, as_of, keys, values)
        return Read(header, as_of, values)

    def _values(
        self, view: str, packed: Sequence[bytes], keys: Sequence[Key]
    ) -> tuple[Header, list[Values | None], list[int]]:
        """The entities of one push; long histories that were read before come from memory."""
        last = self._last.get(view)
        known = self._known(view, last[0].push, packed) if last and last[0].is_history else {}
        header, layout, blobs = self._found(view, [key for key in packed if key not in known], keys)
        if known and last and header.push != last[0].push:  # those in memory are of another push
            known = {}
            header, layout, blobs = self._found(view, packed, keys)
        values: dict[bytes, Values | None] = dict(known)
        moments = dict.fromkeys(packed, 0)
        for key, blob in blobs.items():
            values[key] = None if blob is None else layout.read(blob)
            if blob is not None and isinstance(layout, VectorReader):
                moments[key] = layout.moment(blob)
            elif (history := values[key]) is not None:
                self._kept.keep(view, header.push, key, history)
        return header, [values[key] for key in packed], [moments[key] for key in packed]

    def _known(self, view: str, push: str, packed: Sequence[bytes]) -> dict[bytes, Values]:
        found = ((key, self._kept.get(view, push, key)) for key in packed)
        return {key: history for key, history in found if history is not None}

    def _found(
        self, view: str, packed: Sequence[bytes], keys: Sequence[Key]
    ) -> tuple[Header, VectorReader | HistoryReader, dict[bytes, bytes | None]]:
        found = self._store.read(view, packed)
        if found is None:
            raise MeshFailure(
                f"feature view {view} is not in the online store (rule: pushed with this definition); "
                "`mesh features push` pushes it"
            )
        header, layout = self._layout(found[0])
        _check(header, keys)
        return header, layout, dict(zip(packed, found[1], strict=True))

    def stamp(self, view: OnlineView) -> dict[str, Any] | None:
        """Say of what the features were that were read last: version, snapshot, and the mesh's time in ISO 8601."""
        last = self._last.get(id_of(view))
        if last is None:
            return None
        header, as_of = last
        return {"version": header.version, "snapshot": header.snapshot, "as_of": moment_of(as_of).isoformat()}

    def header(self, view: OnlineView) -> Header | None:
        """What the store has of a view; None where it was never pushed."""
        found = self._store.read(id_of(view), ())
        return None if found is None else self._layout(found[0])[0]

    def noted(self) -> Noted:
        """Read as this reader, and note which versions and snapshots were read."""
        return Noted(self)

    def close(self) -> None:
        """Give back connections."""
        if self._served is not None:
            self._served.close()
        self._store.close()

    def _layout(self, data: bytes) -> tuple[Header, VectorReader | HistoryReader]:
        """A header and the reader of its rows; few are current at a time, so that others are forgotten."""
        known = self._layouts.get(data)
        if known is None:
            header = headers.read(data)
            known = header, (HistoryReader if header.is_history else VectorReader)(header.fields)
            current = {old: (h, r) for old, (h, r) in self._layouts.items() if h.view != header.view}
            self._layouts = {**current, data: known}
        return known


@dataclass
class Noted:
    """Reads as another reader does, and notes what the features were of.

    Args:
        reader: The reader.
        seen: "<view>@<version>" → the source's snapshot.
    """

    reader: OnlineReader
    seen: dict[str, int] = field(default_factory=dict)

    def read(self, view: OnlineView, keys: Sequence[Key]) -> list[Values | None]:
        """See `OnlineReader.read`.

        Raises:
            MeshFailure: Where the view was pushed anew since this reader has read it: read everything again.
        """
        found = self.reader.read_version(view, keys)
        if self.seen.setdefault(id_of(view), found.header.snapshot) != found.header.snapshot:
            raise MeshFailure(f"feature view {id_of(view)} was pushed meanwhile (rule: one snapshot); read again")
        return found.values


def _check(header: Header, keys: Sequence[Key]) -> None:
    types = [kind(kept).python for _, kept in header.entity]
    for n, key in enumerate(keys if types else ()):  # the source of an empty view has no types yet
        if len(key) != len(types) or any(type(part) is not one for part, one in zip(key, types, strict=True)):
            rule = ", ".join(f"{name}: {one.__name__}" for (name, _), one in zip(header.entity, types, strict=True))
            raise UserError(f"feature view '{header.view}': key {n} has other parts than ({rule}); send these")
