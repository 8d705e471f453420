"""A product as its consumer asks for it: conditions, columns, a point in time, and then rows in some shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from mesh_platform.client import arrow
from mesh_platform.client.conditions import parameters, text
from mesh_platform.client.refused import Refused
from mesh_platform.client.trust import Trust
from mesh_platform.client.wire import Asking, Query, Wire, read_json

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

UNPACKED = {"Accept-Encoding": "identity"}
"""Arrow is read faster than it is unpacked, unless the network is slow."""


@dataclass(slots=True)
class Last:
    """The trust of the last answer, shared by all questions that were made from one product."""

    trust: Trust = field(default_factory=Trust)


@dataclass(frozen=True, slots=True)
class Product:
    """A question to a product; each method that narrows it gives a new one.

    Args:
        wire: The connection.
        name: The product's full name.
        query: The parameters so far.
        last: Where the trust of answers is kept.
    """

    wire: Wire = field(repr=False)
    name: str
    query: tuple[tuple[str, str], ...] = ()
    last: Last = field(default_factory=Last, repr=False)

    @property
    def trust(self) -> Trust:
        """What the last answer said of itself; empty before the first."""
        return self.last.trust

    def where(self, **conditions: Any) -> Self:
        """Keep the rows that fulfil all conditions.

        Args:
            conditions: Column → value, or column__operator → value with eq, ne, lt, le, gt, ge, in or is_null. A list
                asks for any of its values, None for rows where the column is missing.
        """
        return self._with(parameters(conditions))

    def select(self, *columns: str) -> Self:
        """Give these columns only."""
        return self._with([("columns", ",".join(columns))])

    def sort(self, *columns: str) -> Self:
        """Give rows in order; a column with a minus comes largest first."""
        return self._with([("sort", ",".join(columns))])

    def limit(self, rows: int) -> Self:
        """Give at most so many rows."""
        return self._with([("limit", str(rows))])

    def as_of(self, moment: int | datetime) -> Self:
        """Ask the state at a time, or the snapshot of an id."""
        return self._with([("as_of", text(moment))])

    def major(self, version: int) -> Self:
        """Ask a major version other than the newest."""
        return self._with([("major", str(version))])

    def describe(self) -> dict[str, Any]:
        """Give the contract: columns, service level, versions."""
        found: dict[str, Any] = self._ask(self._asking("", "application/json"), read_json)
        return found

    def to_arrow(self) -> pa.Table:
        """Give all rows as an Arrow table."""
        return self._table("/rows", self.query)

    def to_polars(self) -> pl.DataFrame:
        """Give all rows as a Polars frame."""
        return arrow.frame(self.to_arrow())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give rows batch by batch, as they come: a product of any size in bounded memory.

        Raises:
            NotAnswered: Where the stream breaks off; what was given before is not the whole.
        """
        yield from self._streamed("/rows", self.query)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give rows one by one, as they come, with values of Python's types; see `batches`."""
        for batch in self.batches():
            yield from batch.to_pylist()

    def count(self) -> int:
        """Count the rows."""
        (only,) = self.aggregate("count")
        return int(only["count"])

    def get(self, *key: Any) -> dict[str, Any] | None:
        """Give the row of a key; None where there is none.

        Args:
            key: The values of the key's columns, in the contract's order.
        """
        address = "/rows/" + "/".join(quote(text(part), safe="") for part in key)
        query = [pair for pair in self.query if pair[0] in ("columns", "as_of", "major")]
        try:
            rows = self._table(address, query).to_pylist()
        except Refused as refused:
            if refused.kind == "no-such-row":
                return None
            raise
        return dict(rows[0])

    def aggregate(self, *measures: str, by: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Compute measures of groups.

        Args:
            measures: "count", or a function of a column: "sum(net_amount)", "avg(…)", "min(…)", "max(…)".
            by: The dimensions to group by.
        """
        groups = [("group_by", ",".join(by))] if by else []
        kept = [pair for pair in self.query if pair[0] not in ("columns", "sort")]
        rows: list[dict[str, Any]] = self._table(
            "/aggregate", [*kept, *groups, ("measure", ",".join(measures))]
        ).to_pylist()
        return rows

    def changes(self, since: int | datetime) -> Iterator[dict[str, Any]]:
        """Give the rows that were added, changed or removed since a snapshot, as they come; `_operation` says which.

        Args:
            since: The snapshot's id (see `trust.snapshot`), or a time.
        """
        kept = [pair for pair in self.query if pair[0] not in ("sort", "limit", "as_of")]
        for batch in self._streamed("/changes", [*kept, ("since", text(since))]):
            yield from batch.to_pylist()

    def _with(self, more: Query) -> Self:
        names = {name for name, _ in more}
        return replace(self, query=(*(pair for pair in self.query if pair[0] not in names), *more))

    def _asking(self, below: str, accept: str, query: Query = ()) -> Asking:
        packed = UNPACKED if accept == arrow.MEDIA_TYPE else {}
        return Asking("GET", f"/products/{quote(self.name, safe='')}{below}", query, accept, headers=packed)

    def _ask(self, asking: Asking, read: Any) -> Any:
        found, self.last.trust = self.wire.ask(asking, read)
        return found

    def _table(self, below: str, query: Query) -> pa.Table:
        found: pa.Table = self._ask(self._asking(below, arrow.MEDIA_TYPE, query), arrow.table)
        return found

    def _streamed(self, below: str, query: Query) -> Iterator[pa.RecordBatch]:
        with self.wire.stream(self._asking(below, arrow.MEDIA_TYPE, query)) as (answer, trust):
            self.last.trust = trust
            yield from arrow.batches(answer)
