"""Answers of rows: whole where they are small, else a stream that asks the gate before each of its pieces.

The first rows are made before the status is sent, so what goes wrong early is still a problem document. What goes
wrong later cuts the connection: a client sees a broken transfer and never takes a part for the whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from mesh_platform.errors import MeshFailure
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.engine import Engine, Reading
from mesh_platform.serve.products.formats import Encoder, Format, json_row
from mesh_platform.serve.products.negotiation import Compressor, compressor
from mesh_platform.serve.products.statements import Statement
from mesh_platform.serve.products.visits import BROKEN_OFF, Visit

if TYPE_CHECKING:
    import pyarrow as pa
    from starlette.types import Receive, Scope, Send


class CutOff(MeshFailure):
    """A stream that had to end before its last row, because the permit ended or the quota was used up."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"an answer was cut off: {detail}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Shape:
    """How an answer is written.

    Args:
        format: The format.
        encoding: The compression; "" for none.
        headers: All its headers.
    """

    format: Format
    encoding: str
    headers: Mapping[str, str]


async def streamed(visit: Visit, engine: Engine, statement: Statement, shape: Shape) -> Response:
    """Answer with all rows of a statement.

    Raises:
        Problem: Where it is refused before the first rows left.
    """
    reading = await engine.open(statement)
    try:
        rows = _Rows(visit, reading, statement.columns, shape.format.encoder(), compressor(shape.encoding))
        begun = await reading.run(rows.first)
        rows.check()
        if not rows.ended:
            begun += await rows.piece()
    except BaseException:
        reading.close()
        raise
    if rows.ended:
        reading.close()
        return Response(begun, headers=dict(shape.headers))
    visit.streams = True
    return _Stream(rows, begun, shape.headers)


def whole(visit: Visit, table: pa.Table, columns: Sequence[str], shape: Shape, following: str | None) -> Response:
    """Answer with rows that are in memory.

    Args:
        visit: The request.
        table: The rows; columns that are not given are left out.
        columns: The columns to give.
        shape: How to write them.
        following: The cursor of the next page.

    Raises:
        Problem: 429 where the quota is used up.
    """
    visit.spend(table.num_rows)
    encoder = shape.format.encoder()
    given = table.select(list(columns)).combine_chunks()
    parts = [encoder.begin(given.schema), *(encoder.rows(b) for b in given.to_batches() if b.num_rows)]
    data = b"".join([*parts, encoder.end(following)])
    packed = compressor(shape.encoding)
    return Response(data if packed is None else packed.pack(data) + packed.end(), headers=dict(shape.headers))


def single(visit: Visit, values: Sequence[Any], columns: Sequence[str], shape: Shape) -> Response:
    """Answer with one row as a JSON object.

    Args:
        visit: The request.
        values: Its values, in the columns' order.
        columns: The columns.
        shape: How to write it.

    Raises:
        Problem: 429 where the quota is used up.
    """
    visit.spend(1)
    packed = compressor(shape.encoding)
    data = json_row(columns, values)
    return Response(data if packed is None else packed.pack(data) + packed.end(), headers=dict(shape.headers))


class _Rows:
    """The rows of a statement on their way out."""

    def __init__(
        self, visit: Visit, reading: Reading, columns: Sequence[str], encoder: Encoder, packed: Compressor | None
    ) -> None:
        self._visit, self._reading, self._columns = visit, reading, list(columns)
        self._encoder, self._packed = encoder, packed
        self._counted = 0
        self.ended = False

    def first(self) -> bytes:
        """Make the beginning and the first rows."""
        batch = self._reading.next()
        begun = self._encoder.begin(self._reading.schema)
        return self._pack(begun + self._after(batch))

    async def piece(self) -> bytes:
        """Make the next rows."""
        made = await self._reading.run(self._next)
        self.check()
        return made

    def check(self) -> None:
        """Ask the gate whether the rows that were made last may leave."""
        permit, gate = self._visit.permit, self._visit.service.gate
        if permit is not None and not gate.holds(permit):
            raise Problem(403, "grant-ended", "the grant ended while rows were on their way; ask for a new one")
        self._visit.spend(self._counted)
        self._counted = 0

    def _next(self) -> bytes:
        return self._pack(self._after(self._reading.next()))

    def _after(self, batch: pa.RecordBatch | None) -> bytes:
        if batch is None:
            self.ended = True
            return self._encoder.end(None)
        self._counted = batch.num_rows
        return self._encoder.rows(batch)

    def _pack(self, data: bytes) -> bytes:
        if self._packed is None:
            return data
        return self._packed.pack(data) + (self._packed.end() if self.ended else b"")

    def over(self, reason: str) -> None:
        """End the query and remember how it went."""
        self._reading.close()
        self._visit.end(BROKEN_OFF if reason else HTTPStatus.OK.value, reason)


class _Stream(StreamingResponse):
    """A stream that is remembered, and whose query ends, however it ends."""

    def __init__(self, rows: _Rows, begun: bytes, headers: Mapping[str, str]) -> None:
        super().__init__(self._pieces(begun), headers=dict(headers))
        self._rows, self._reason = rows, "client-left"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except CutOff as cut:
            self._reason = cut.reason
            raise
        except Exception as error:
            self._reason = type(error).__name__
            raise
        finally:
            self._rows.over(self._reason)

    async def _pieces(self, begun: bytes) -> AsyncIterator[bytes]:
        yield begun
        while not self._rows.ended:
            try:
                piece = await self._rows.piece()
            except Problem as problem:
                raise CutOff(problem.kind, problem.detail) from problem
            if piece:
                yield piece
        self._reason = ""
