"""What every question has in common: its key, its headers, and whether its answer has to be made at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from starlette.responses import Response

from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.answers import Shape
from mesh_platform.serve.products.asked import Query
from mesh_platform.serve.products.conditions import Condition
from mesh_platform.serve.products.formats import Format
from mesh_platform.serve.products.kinds import value_of
from mesh_platform.serve.products.negotiation import VARY, encoding_of, is_known, tag_of
from mesh_platform.serve.products.shelf import Shown
from mesh_platform.serve.products.views import View

if TYPE_CHECKING:
    from starlette.requests import Request

ROWS_PATH = b"/rows/"


def query_of(request: Request) -> Query:
    """The parameters in the order in which they were sent."""
    return request.query_params.multi_items()


def key_of(request: Request, shown: Shown) -> tuple[Condition, ...]:
    """Read the key of a row from the path, a part for each column; a slash within a value is written %2F.

    Raises:
        Problem: 404 where the product has no key or another one, 422 where a part is no value of its column.
    """
    key, raw = shown.product.key, bytes(request.scope.get("raw_path") or request.scope["path"].encode())
    parts = raw.partition(b"?")[0].partition(ROWS_PATH)[2].split(b"/")
    if len(parts) != len(key):
        rule = "/".join(f"{{{name}}}" for name in key) or "no key"
        raise Problem(404, "wrong-key", f"the key of {shown.product.full_name} is {rule}", "key", rule=rule)
    try:
        values = [unquote_to_bytes(part).decode() for part in parts]
    except UnicodeDecodeError as error:
        raise Problem(422, "wrong-value", "key: write it in UTF-8", "key", rule="UTF-8, percent-encoded") from error
    return tuple(
        Condition(name, "eq", value_of(shown.columns[name], value, name))
        for name, value in zip(key, values, strict=True)
    )


def shape_of(request: Request, view: View, trust: Mapping[str, str], answer: Format, columns: Sequence[str]) -> Shape:
    """Say how an answer is written.

    Args:
        request: The request.
        view: What is read.
        trust: Headers of trust.
        answer: The format.
        columns: The columns that are given.
    """
    encoding, permit = encoding_of(request, answer), view.permit
    tag = tag_of(
        view.snapshot.snapshot_id,
        view.shown.product.version,
        request.url.path,
        sorted(query_of(request)),
        answer.name,
        encoding,
        columns,
        sorted(view.hidden),
        permit.rows,
    )
    headers = {
        **trust,
        "Content-Type": answer.media_type,
        "ETag": tag,
        "Vary": VARY,
        # What one caller may see another may not, and a grant can end: nobody in between keeps it, and all ask again.
        "Cache-Control": "private, no-cache",
        **({"Content-Encoding": encoding} if encoding else {}),
    }
    return Shape(answer, encoding, headers)


def early(request: Request, shape: Shape) -> Response | None:
    """Answer without rows where that is enough: the client has them already, or only asks for the headers."""
    if is_known(request, shape.headers["ETag"]):
        kept = {n: v for n, v in shape.headers.items() if n not in ("Content-Type", "Content-Encoding")}
        return Response(status_code=304, headers=kept)
    if request.method == "HEAD":
        answer = Response(headers=dict(shape.headers))
        del answer.headers["content-length"]
        return answer
    return None
