"""How an entity's key and its features lie in bytes: one fixed layout a view, so reading is one `struct.unpack`.

A vector is the moment of its row, a bit for every missing number, the numbers, and the texts at the end. A history is
the same column by column. Texts stand in the clear: a search for a person's identifiers finds them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_platform.features.online.kinds import Kind, kind, physical

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

pack, unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode
Fields = tuple[tuple[str, str], ...]
"""(name, kind's name) of columns in their order."""
BITS = 8


def keys_of(rows: pl.DataFrame, entity: Fields) -> list[bytes]:
    """Write the key of each row."""
    columns = [physical(rows[name], kind(kept)).to_list() for name, kept in entity]
    return [pack(list(key)) for key in zip(*columns, strict=True)]


def vectors(rows: pl.DataFrame, fields: Fields, moments: pl.Series) -> Iterator[bytes]:
    """Write the features of each row.

    Args:
        rows: One row an entity.
        fields: The features.
        moments: Of each row, when it happened.
    """
    import numpy as np

    numbers, texts = _split(fields)
    layout = _Layout.of(fields)
    packed = np.zeros(rows.height, dtype=_dtype(numbers, layout.null_bytes))
    packed["moment"] = moments.dt.epoch("us").to_numpy()
    packed["nulls"] = np.ascontiguousarray(_missing(rows, numbers)).view(f"V{layout.null_bytes}").ravel()
    for n, (name, kept) in enumerate(numbers):
        packed[f"f{n}"] = _values(physical(rows[name], kept))
    data, size = packed.tobytes(), packed.dtype.itemsize
    tails = zip(*(physical(rows[name], kept).to_list() for name, kept in texts), strict=True) if texts else None
    for at in range(0, len(data), size):
        yield data[at : at + size] + (pack(list(next(tails))) if tails else b"")


def _dtype(numbers: Sequence[tuple[str, Kind]], null_bytes: int) -> Any:
    import numpy as np

    codes = [(f"f{n}", _numpy(kept)) for n, (_, kept) in enumerate(numbers)]
    return np.dtype([("moment", "<i8"), ("nulls", f"V{null_bytes}"), *codes])


def _numpy(kept: Kind) -> str:
    return {"q": "<i8", "d": "<f8", "i": "<i4", "?": "?"}[kept.code]


def _missing(rows: pl.DataFrame, numbers: Sequence[tuple[str, Kind]]) -> npt.NDArray[np.uint8]:
    """A bit for every number of every row: 1 where it is missing; at least a byte a row."""
    import numpy as np

    if not numbers:
        return np.zeros((rows.height, 1), dtype=np.uint8)
    bits = np.column_stack([rows[name].is_null().to_numpy() for name, _ in numbers])
    return np.packbits(bits, axis=1, bitorder="little")


def _values(column: pl.Series) -> Any:
    """The numbers of a column; a zero stands where one is missing, and its bit says so."""
    import polars as pl

    return column.fill_null(value=False if column.dtype == pl.Boolean else 0).to_numpy()


def _split(fields: Fields) -> tuple[list[tuple[str, Kind]], list[tuple[str, Kind]]]:
    """Numbers of fixed width, and texts."""
    all_kinds = [(name, kind(kept)) for name, kept in fields]
    return [f for f in all_kinds if f[1].code], [f for f in all_kinds if not f[1].code]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where what lies in a vector."""

    names: tuple[str, ...]
    shape: struct.Struct
    null_bytes: int
    converted: tuple[tuple[int, Any], ...]
    texts: int
    nothing: bytes = field(repr=False)

    @classmethod
    def of(cls, fields: Fields) -> _Layout:
        numbers, texts = _split(fields)
        null_bytes = max(1, -(-len(numbers) // BITS))
        shape = struct.Struct(f"<q{null_bytes}s" + "".join(kept.code for _, kept in numbers))
        both = [*numbers, *texts]
        converted = tuple((n, kept.back) for n, (_, kept) in enumerate(both) if kept.back)
        return cls(tuple(name for name, _ in both), shape, null_bytes, converted, len(texts), bytes(null_bytes))


class VectorReader:
    """Reads what `vectors` wrote.

    Args:
        fields: The features.
    """

    def __init__(self, fields: Fields) -> None:
        self._layout = _Layout.of(fields)

    def moment(self, blob: bytes) -> int:
        """When the row happened, in microseconds since 1970."""
        found: int = self._layout.shape.unpack_from(blob)[0]
        return found

    def read(self, blob: bytes) -> dict[str, Any]:
        """Name → value of every feature."""
        layout = self._layout
        _, nulls, *values = layout.shape.unpack_from(blob)
        if layout.texts:
            values += unpack(memoryview(blob)[layout.shape.size :])
        gone = _positions(nulls) if nulls != layout.nothing else frozenset()
        for n, back in layout.converted:
            if n not in gone and values[n] is not None:
                values[n] = back(values[n])
        for n in gone:
            values[n] = None
        return dict(zip(layout.names, values, strict=True))


def _positions(nulls: bytes) -> frozenset[int]:
    bits = int.from_bytes(nulls, "little")
    return frozenset(n for n in range(len(nulls) * BITS) if bits >> n & 1)


def histories(rows: pl.DataFrame, fields: Fields, lengths: Sequence[int]) -> Iterator[bytes]:
    """Write the histories of entities.

    Args:
        rows: The rows of one entity after the other's, each entity's in the order of time.
        fields: The columns.
        lengths: How many rows each entity has.
    """
    columns = [(kind(kept), rows[name]) for name, kept in fields]
    flat = [(kept, _raw(physical(column, kept), kept), column.is_null().to_numpy()) for kept, column in columns]
    start = 0
    for length in lengths:
        end = start + length
        yield pack([length, *(_part(kept, raw, gone[start:end], start, end) for kept, raw, gone in flat)])
        start = end


def _raw(column: pl.Series, kept: Kind) -> Any:
    return _values(column).astype(_numpy(kept)).tobytes() if kept.code else column.to_list()


def _part(kept: Kind, raw: Any, gone: npt.NDArray[np.bool_], start: int, end: int) -> Any:
    import numpy as np

    if not kept.code:
        return raw[start:end]
    width = struct.calcsize("<" + kept.code)
    return [np.packbits(gone, bitorder="little").tobytes() if gone.any() else b"", raw[start * width : end * width]]


class HistoryReader:
    """Reads what `histories` wrote.

    Args:
        fields: The columns.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = [(name, kind(kept)) for name, kept in fields]

    def read(self, blob: bytes) -> dict[str, Any]:
        """Name → list of values, the newest last, of every column."""
        length, *parts = unpack(blob)
        each = zip(self._fields, parts, strict=True)
        return {name: _list(kept, part, length) for (name, kept), part in each}


def _list(kept: Kind, part: Any, length: int) -> list[Any]:
    nulls, values = (b"", part) if not kept.code else (part[0], struct.unpack(f"<{length}{kept.code}", part[1]))
    gone = _positions(nulls) if nulls else frozenset()
    back = kept.back
    if back is None and not gone:
        return list(values)
    return [
        None if value is None or n in gone else value if back is None else back(value) for n, value in enumerate(values)
    ]
