"""Pages: where one begins, where it ends, and the cursor of the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from mesh_platform.serve.products import cursor as cursors
from mesh_platform.serve.products.answers import Shape, whole
from mesh_platform.serve.products.asked import Asked
from mesh_platform.serve.products.cursor import Cursor
from mesh_platform.serve.products.statements import Statement
from mesh_platform.serve.products.visits import Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from starlette.responses import Response

    from mesh_platform.contract.export.read import PublishedColumn

_PYTHON: Final[Mapping[str, type]] = {
    "string": str,
    "long": int,
    "int": int,
    "double": float,
    "float": float,
    "boolean": bool,
    "date": date,
    "timestamptz": datetime,
    "timestamp": datetime,
}


def begun(asked: Asked, question: str, columns: Mapping[str, PublishedColumn]) -> Cursor | None:
    """Read where the page begins; None for the first one.

    Args:
        asked: What is asked.
        question: What `question_of` said.
        columns: The product's columns by name.

    Raises:
        Problem: 422 where the cursor is none of this question.
    """
    if not asked.cursor:
        return None
    kinds = [_PYTHON.get(columns[s.column].type, Decimal) for s in asked.sort]
    return cursors.read(asked.cursor, question, kinds)


def page(
    visit: Visit, table: pa.Table, statement: Statement, asked: Asked, question: str, snapshot: int, shape: Shape
) -> Response:
    """Answer with a page.

    Args:
        visit: The request.
        table: The rows, and the first one of the next page where there is one.
        statement: What was run.
        asked: What is asked, with a limit.
        question: What `question_of` said.
        snapshot: The snapshot of all pages.
        shape: How to write them.
    """
    limit = asked.limit or table.num_rows
    if table.num_rows <= limit:
        return whole(visit, table, statement.columns, shape, None)
    last = table.slice(limit - 1, 1).to_pylist()[0]
    values = tuple(last[f"_sort_{number}"] for number in range(len(asked.sort)))
    at = Cursor(snapshot, statement.files[int(last["_file"])], int(last["_row"]), values)
    following = at.written(question)
    address = visit.request.url.include_query_params(cursor=following)
    link = f'<{address.path}?{address.query}>; rel="next"'
    headers = {**shape.headers, "Mesh-Next-Cursor": following, "Link": f"{shape.headers['Link']}, {link}"}
    return whole(visit, table.slice(0, limit), statement.columns, replace(shape, headers=headers), following)
