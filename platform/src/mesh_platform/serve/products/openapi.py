"""The OpenAPI document of the products: for each one its paths with its own columns, types, values and key.

The routes made here never answer, because the generic ones come first; see `routes`. Filters are `deepObject`
parameters: `net_amount[gt]=10`. Where two major versions are alive, the answers are one of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.errors import MeshFailure
from mesh_platform.serve.products.aggregates import COUNT, FUNCTIONS, dimensions, measures
from mesh_platform.serve.products.asked import AGGREGATE, CHANGES, MOST_PAGE_ROWS, ROWS
from mesh_platform.serve.products.formats import FORMATS
from mesh_platform.serve.products.kinds import kind_of
from mesh_platform.serve.products.schemas import (
    Problem,
    changes_model,
    filter_schema,
    groups_model,
    page_model,
    row_model,
)

if TYPE_CHECKING:
    from fastapi import APIRouter
    from pydantic import BaseModel

    from mesh_platform.serve.products.shelf import Shown

PROBLEM: Final = "application/problem+json"
TEXT: Final = {"type": "string"}
STATE: Final = {"type": "string", "anyOf": [{"pattern": "^[0-9]{1,18}$"}, {"format": "date-time"}]}
HEADERS: Final = {
    "Mesh-Contract-Version": "The version of the contract that the rows keep",
    "Mesh-Snapshot": "The snapshot that was read, for `as_of` and `since`",
    "Mesh-Data-As-Of": "Up to when there are rows",
    "Mesh-Audit": "What the snapshot's audit said",
    "Mesh-Service-Level": "Whether the product is as fresh as promised",
    "ETag": "Changes with the snapshot and the question",
}


def document(router: APIRouter, products: Sequence[Shown]) -> None:
    """Add the routes that put products into the document.

    Args:
        router: Has the generic routes already.
        products: Every major version that is served.
    """
    _listed(router, "/products", "list_products", "List the products", [], TEXT | {"type": "object"})
    for name in sorted({shown.product.full_name for shown in products}):
        _product(router, [shown for shown in products if shown.product.full_name == name])


def _product(router: APIRouter, majors: Sequence[Shown]) -> None:
    shown = majors[-1]
    name, path = shown.product.full_name, f"/products/{shown.product.full_name}"
    operation = name.replace(".", "_")
    rows = {each.product.major: row_model(each) for each in majors}
    common = [_major(majors), _parameter("as_of", STATE, "A snapshot's id or a time"), _format()]
    columns = _list("columns", list(shown.columns), "The columns to give; all that you may read where it is not sent")
    _listed(router, path, f"describe_{operation}", f"Describe {name}", [_major(majors)], {"type": "object"})
    _rows(
        router,
        f"{path}/rows",
        f"read_{operation}",
        f"Read rows of {name}",
        [*common, columns, *_paging(shown), *_filters(shown, ROWS)],
        _one_of([page_model(each, rows[each.product.major]) for each in majors]),
    )
    if shown.product.key:
        below = "/".join(f"{{{column}}}" for column in shown.product.key)
        keys = [_key(shown, column) for column in shown.product.key]
        single = _one_of(list(rows.values()))
        _rows(
            router,
            f"{path}/rows/{below}",
            f"look_up_{operation}",
            f"One row of {name}",
            [*keys, *common, columns],
            single,
        )
        since = {**_parameter("since", STATE, "The snapshot that you have, or a time"), "required": True}
        until = _parameter("until", STATE, "The snapshot that you want; the current one where it is not sent")
        asked = [_major(majors), _format(), since, until, columns, *_filters(shown, CHANGES)]
        made = _one_of([changes_model(each, rows[each.product.major]) for each in majors])
        _rows(router, f"{path}/changes", f"follow_{operation}", f"What changed of {name}", asked, made)
    by = [_list("group_by", dimensions(shown), "The dimensions")] if dimensions(shown) else []
    computed = [COUNT, *(f"{f}({column})" for column in measures(shown) for f in FUNCTIONS)]
    asked = [*common, *by, _list("measure", computed, "What is computed"), _limit(), *_filters(shown, AGGREGATE)]
    _rows(router, f"{path}/aggregate", f"aggregate_{operation}", f"Groups of {name}", asked, groups_model(shown))


def _rows(router: APIRouter, path: str, operation: str, summary: str, asked: list[dict[str, Any]], model: Any) -> None:
    others = [each.media_type.partition(";")[0] for each in FORMATS.values() if each.name != "json"]
    content: dict[str, Any] = {media_type: {} for media_type in others}
    headers = {name: {"description": said, "schema": TEXT} for name, said in HEADERS.items()}
    answer = {"model": model, "description": "The rows", "content": content, "headers": headers}
    _add(router, path, operation, summary, asked, answer)


def _listed(
    router: APIRouter, path: str, operation: str, summary: str, asked: list[dict[str, Any]], schema: dict[str, Any]
) -> None:
    answer = {"description": "What is published", "content": {"application/json": {"schema": schema}}}
    _add(router, path, operation, summary, asked, answer)


def _add(
    router: APIRouter, path: str, operation: str, summary: str, asked: list[dict[str, Any]], answer: dict[str, Any]
) -> None:
    wrong = {"description": "Why it is not answered", "content": {PROBLEM: {"schema": Problem.model_json_schema()}}}
    router.add_api_route(
        path,
        _never,
        methods=["GET"],
        operation_id=operation,
        summary=summary,
        response_model=None,
        responses={200: answer, "4XX": wrong, "5XX": wrong},
        openapi_extra={"parameters": asked},
    )


def _never() -> None:
    raise MeshFailure("a route that only documents was asked; the generic one has to come first")


def _one_of(models: list[type[BaseModel]]) -> Any:
    return reduce(or_, models)


def _filters(shown: Shown, reserved: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {**_parameter(column.name, filter_schema(column), column.description), "style": "deepObject", "explode": True}
        for column in shown.columns.values()
        if column.name not in reserved
    ]


def _paging(shown: Shown) -> list[dict[str, Any]]:
    order = [name for column in shown.columns for name in (column, f"-{column}")]
    return [
        _list("sort", order, "The order; a minus puts the largest first"),
        _limit(),
        _parameter("cursor", TEXT, "Where the page begins, as `next` of the page before said"),
    ]


def _key(shown: Shown, column: str) -> dict[str, Any]:
    said = shown.columns[column]
    return {**_parameter(column, dict(kind_of(said.type).schema), said.description), "in": "path", "required": True}


def _major(majors: Sequence[Shown]) -> dict[str, Any]:
    alive = [each.product.major for each in majors]
    return _parameter("major", {"type": "integer", "enum": alive}, "The major version; the newest where it is not sent")


def _format() -> dict[str, Any]:
    return _parameter("format", {"type": "string", "enum": list(FORMATS)}, "Instead of Accept")


def _limit() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": MOST_PAGE_ROWS}
    return _parameter("limit", schema, "The most rows of a page")


def _list(name: str, values: Sequence[str], said: str) -> dict[str, Any]:
    schema = {"type": "array", "items": {"type": "string", "enum": list(values)}, "minItems": 1, "uniqueItems": True}
    return {**_parameter(name, schema, said), "style": "form", "explode": False}


def _parameter(name: str, schema: dict[str, Any], said: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": said, "schema": schema}
