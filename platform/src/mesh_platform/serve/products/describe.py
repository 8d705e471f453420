"""What a product is, told to those who ask: its contract, promises and versions, and what of it they may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from mesh_platform.errors import UnknownName
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.aggregates import COUNT, FUNCTIONS, dimensions, measures
from mesh_platform.serve.products.conditions import OPERATORS
from mesh_platform.serve.products.formats import FORMATS
from mesh_platform.serve.products.kinds import kind_of
from mesh_platform.serve.products.negotiation import is_known, tag_of
from mesh_platform.serve.products.trust import contract_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mesh_platform.contract.export.read import PublishedColumn
    from mesh_platform.serve.products.desk import Desk
    from mesh_platform.serve.products.shelf import Shown
    from mesh_platform.serve.products.visits import Visit
    from mesh_platform.serve.service import Permit

JSON = "application/json"


async def listed(desk: Desk, visit: Visit) -> Response:
    """List the products; which of them the caller may read is said of each."""
    visit.admit()
    products = [_line(desk, visit, shown) for shown in desk.shelf.all()]
    visit.shown = visit.permit = None
    return _answer(visit, {"products": products}, {})


async def described(desk: Desk, visit: Visit, shown: Shown) -> Response:
    """Describe a product. A caller without a grant learns the contract, which is no secret, and that it has none."""
    permit = _permit(desk, visit, shown)
    trust: Mapping[str, str] = contract_headers(shown.product)
    snapshot: dict[str, Any] | None = None
    if permit is not None:
        try:
            ready = await desk.engine.quick(desk.ready, visit, shown, permit, None, "as_of")
        except UnknownName:
            snapshot = None  # a product that was not published yet is described without a snapshot
        else:
            state, trust = ready.view.snapshot, ready.trust
            snapshot = {"id": str(state.snapshot_id), "rows": state.rows, "published_at": trust["Mesh-Published-At"]}
    return _answer(visit, _description(desk, shown, permit, snapshot), trust)


def _line(desk: Desk, visit: Visit, shown: Shown) -> dict[str, Any]:
    product, permit = shown.product, _permit(desk, visit, shown)
    return {
        "name": product.full_name,
        "major": product.major,
        "version": product.version,
        "status": product.status,
        "description": product.description.partition("\n")[0],
        "owner": product.owner.team,
        "sunset": product.sunset,
        "readable": permit is not None,
        "href": f"/products/{product.full_name}?major={product.major}",
    }


def _description(desk: Desk, shown: Shown, permit: Permit | None, snapshot: dict[str, Any] | None) -> dict[str, Any]:
    product, promised = shown.product, shown.product.service_level
    versions = [s for s in desk.shelf.all() if s.product.full_name == product.full_name]
    return {
        "name": product.full_name,
        "major": product.major,
        "version": product.version,
        "status": product.status,
        "sunset": product.sunset,
        "description": product.description,
        "grain": product.grain,
        "owner": {"team": product.owner.team, "email": product.owner.email, "channel": product.owner.channel},
        "key": product.key,
        "partition": product.partition,
        "columns": [_column(column, shown, permit) for column in product.columns],
        "dimensions": dimensions(shown),
        "measures": [COUNT, *(f"{f}({column})" for column in measures(shown) for f in FUNCTIONS)],
        "operators": OPERATORS,
        "formats": {name: each.media_type for name, each in FORMATS.items()},
        "service_level": {
            "freshness_hours": promised.freshness.total_seconds() / 3600,
            "retention_days": promised.retention_days,
            "min_rows": promised.min_rows,
            "max_shrink": promised.max_shrink,
            "tolerated_bad_rows": promised.tolerated_bad_rows,
        },
        "lineage": {
            "products": [
                {"name": port.product, "major": port.major, "columns": port.columns} for port in product.inputs
            ],
            "sources": [f"{product.domain}_raw.{source}" for source in product.sources],
        },
        "versions": [{"version": s.product.version, "sunset": s.product.sunset} for s in versions],
        "snapshot": snapshot,
    }


def _column(column: PublishedColumn, shown: Shown, permit: Permit | None) -> dict[str, Any]:
    readable = permit is not None and column.name in permit.columns
    clear = permit is not None and column.name in permit.clear
    return {
        "name": column.name,
        "type": kind_of(column.type).name,
        "description": column.description,
        "classification": column.classification,
        "required": column.required,
        "personal": column.personal,
        "unit": column.unit,
        "term": column.term,
        "references": column.references,
        "values": column.values,
        "removable_from": column.deprecated,
        "readable": readable,
        "masked": column.name in shown.personal and not clear,
    }


def _permit(desk: Desk, visit: Visit, shown: Shown) -> Permit | None:
    try:
        return desk.permit(visit, shown, None, ())
    except Problem as problem:
        if problem.status != 403:
            raise
        return None


def _answer(visit: Visit, said: dict[str, Any], trust: Mapping[str, str]) -> Response:
    body = orjson.dumps(said)
    tag = tag_of(body.decode())
    headers = {**trust, "ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if is_known(visit.request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)
