"""The questions that can be put to a product, each answered from the request to the response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from mesh_platform.errors import MeshFailure
from mesh_platform.lake.heads import Heads
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.aggregates import aggregation, groups
from mesh_platform.serve.products.answers import single, streamed, whole
from mesh_platform.serve.products.asked import PAGE_ROWS, ROW, Asked, asked
from mesh_platform.serve.products.asked import whole as whole_number
from mesh_platform.serve.products.changes import changes, since, with_key
from mesh_platform.serve.products.conditions import Condition
from mesh_platform.serve.products.cursor import question_of
from mesh_platform.serve.products.engine import Engine
from mesh_platform.serve.products.formats import Format
from mesh_platform.serve.products.keys import KeyIndex
from mesh_platform.serve.products.negotiation import format_of
from mesh_platform.serve.products.pages import begun, page
from mesh_platform.serve.products.requests import early, key_of, query_of, shape_of
from mesh_platform.serve.products.shelf import Shelf, Shown
from mesh_platform.serve.products.statements import Statement, row, rows
from mesh_platform.serve.products.trust import Trust
from mesh_platform.serve.products.views import View, given, refuse_unseen, snapshot_of
from mesh_platform.serve.products.visits import Visit
from mesh_platform.serve.service import Permit, Service

if TYPE_CHECKING:
    import pyarrow as pa
    from starlette.responses import Response

MOST_MAJOR: Final = 9_999


@dataclass(frozen=True, slots=True)
class Ready:
    """A question that was allowed and pinned to a snapshot.

    Args:
        view: What the caller sees.
        trust: Headers of trust.
    """

    view: View
    trust: Mapping[str, str]


class Desk:
    """Answers questions.

    Args:
        service: What routes are given.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.shelf = Shelf(service.contracts)
        self.engine = Engine(service.settings)
        self._heads = Heads(service.settings)
        self._trust = Trust(service.lake, self.engine)
        self._keys = KeyIndex(self.engine.later)

    def open(self, visit: Visit, name: str) -> Shown:
        """Prove who asks and find the product."""
        visit.admit()
        said = visit.request.query_params.get("major")
        visit.shown = self.shelf.find(name, None if said is None else whole_number(said, "major", 0, MOST_MAJOR))
        return visit.shown

    async def rows(self, visit: Visit, shown: Shown) -> Response:
        """Answer with rows: a page where a limit is given or JSON is asked for, else all of them as a stream."""
        question, answer = asked(query_of(visit.request), shown.columns), format_of(visit.request)
        if question.limit is None and (question.cursor or answer.name == "json"):
            question = replace(question, limit=PAGE_ROWS)
        permit = self.permit(visit, shown, question.columns, question.looked_at)
        visit.columns = columns = given(question.columns, permit)
        name = f"{shown.product.full_name} v{shown.product.major}"
        identity = question_of(name, question, [repr(permit.rows), permit.caller.consumer])
        begin = begun(question, identity, shown.columns)
        at, field = (question.as_of, "as_of") if begin is None else (begin.snapshot, "cursor")
        ready = await self.engine.quick(self.ready, visit, shown, permit, at, field)
        refuse_unseen(ready.view, question.looked_at, "filter or sort by")
        shape = shape_of(visit.request, ready.view, ready.trust, answer, columns)
        if (enough := early(visit.request, shape)) is not None:
            return enough
        statement = await self.engine.wide(rows, ready.view, columns, question, begin)
        if question.limit is None:
            return await streamed(visit, self.engine, statement, shape)
        table = await self._table(statement)
        snapshot = ready.view.snapshot.snapshot_id
        return await self.engine.wide(page, visit, table, statement, question, identity, snapshot, shape)

    async def row(self, visit: Visit, shown: Shown) -> Response:
        """Answer with the row of a key."""
        question, answer = asked(query_of(visit.request), shown.columns, ROW), format_of(visit.request)
        if question.conditions:
            name, rule = question.conditions[0].column, f"one of {', '.join(ROW)}"
            raise Problem(422, "unknown-parameter", f"{name}: a row has one key; leave filters out", name, rule=rule)
        key = key_of(visit.request, shown)
        permit = self.permit(visit, shown, question.columns, shown.product.key)
        visit.columns = given(question.columns, permit)
        return await self.engine.quick(self._row, visit, shown, permit, question, key, answer)

    async def aggregate(self, visit: Visit, shown: Shown) -> Response:
        """Answer with groups."""
        question, answer = aggregation(query_of(visit.request), shown), format_of(visit.request)
        permit = self.permit(visit, shown, None, question.looked_at)
        visit.columns = question.looked_at
        ready = await self.engine.quick(self.ready, visit, shown, permit, question.as_of, "as_of")
        refuse_unseen(ready.view, question.looked_at, "aggregate or filter by")
        shape = shape_of(visit.request, ready.view, ready.trust, answer, question.looked_at)
        if (enough := early(visit.request, shape)) is not None:
            return enough
        statement = await self.engine.wide(groups, ready.view, question)
        return await streamed(visit, self.engine, statement, shape)

    async def changes(self, visit: Visit, shown: Shown) -> Response:
        """Answer with what changed between two snapshots."""
        question, answer = since(query_of(visit.request), shown.columns), format_of(visit.request)
        looked_at = [*shown.product.key, *(c.column for c in question.conditions)]
        permit = self.permit(visit, shown, question.columns, looked_at)
        visit.columns = columns = with_key(shown, given(question.columns, permit))
        ready = await self.engine.quick(self.ready, visit, shown, permit, question.until, "until")
        refuse_unseen(ready.view, looked_at, "follow changes by")
        old = replace(ready.view, snapshot=snapshot_of(ready.view.head, question.since, "since"))
        trust = {**ready.trust, "Mesh-Since": str(old.snapshot.snapshot_id)}
        shape = shape_of(visit.request, ready.view, trust, answer, columns)
        if (enough := early(visit.request, shape)) is not None:
            return enough
        statement = await self.engine.wide(changes, old, ready.view, columns, question.conditions)
        return await streamed(visit, self.engine, statement, shape)

    def permit(self, visit: Visit, shown: Shown, columns: Sequence[str] | None, looked_at: Sequence[str]) -> Permit:
        """Ask the gate for all columns that are given or looked at.

        Args:
            visit: The request, by an admitted caller.
            shown: The product.
            columns: The columns to give; None for all that are allowed.
            looked_at: Columns that the answer tells something of without giving them.
        """
        if visit.caller is None:
            raise MeshFailure("a question was asked before the caller was admitted; this is a bug")
        needed = None if columns is None else tuple(dict.fromkeys([*columns, *looked_at]))
        visit.permit = self.service.gate.permit(visit.caller, shown.product, needed)
        return visit.permit

    def ready(self, visit: Visit, shown: Shown, permit: Permit, as_of: int | datetime | None, field: str) -> Ready:
        """Pin a question to a snapshot; reads metadata, so call it on a thread."""
        head = self._heads.head(shown.product.table)
        visit.view = view = View(shown, permit, head, snapshot_of(head, as_of, field))
        return Ready(view, self._trust.headers(view))

    def _row(
        self, visit: Visit, shown: Shown, permit: Permit, question: Asked, key: Sequence[Condition], answer: Format
    ) -> Response:
        ready = self.ready(visit, shown, permit, question.as_of, "as_of")
        refuse_unseen(ready.view, [c.column for c in key], "look up rows by")
        shape = shape_of(visit.request, ready.view, ready.trust, answer, visit.columns)
        if (enough := early(visit.request, shape)) is not None:
            return enough
        statement = row(ready.view, visit.columns, key, self._keys.place(ready.view, key))
        if answer.name == "json":
            if values := self.engine.values(statement):
                return single(visit, values[0], visit.columns, shape)
        elif (table := self.engine.table(statement)).num_rows:
            return whole(visit, table, visit.columns, shape, None)
        found = f"snapshot {ready.view.snapshot.snapshot_id} of {shown.product.full_name}"
        raise Problem(404, "no-such-row", f"no row of {found} has this key", "key")

    async def _table(self, statement: Statement) -> pa.Table:
        reading = await self.engine.open(statement)
        try:
            return await reading.run(reading.all)
        finally:
            reading.close()
