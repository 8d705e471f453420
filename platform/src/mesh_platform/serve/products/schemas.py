"""The types of products for the OpenAPI document: a model of a row, of a page and of a filter, from each contract.

They describe and validate nothing: rows come out of DuckDB in these types already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from mesh_platform.contract.export.masks import MASK
from mesh_platform.serve.products.conditions import COMPARISONS
from mesh_platform.serve.products.kinds import kind_of

if TYPE_CHECKING:
    from mesh_platform.contract.export.read import PublishedColumn
    from mesh_platform.serve.products.shelf import Shown

NULL: Final = {"type": "null"}


class Problem(BaseModel):
    """Why a request is not answered (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    field: str = Field(default="", description="What of the request is wrong")
    rule: str = Field(default="", description="What holds")


def value_schema(column: PublishedColumn) -> dict[str, Any]:
    """Describe a value of a column."""
    said = dict(kind_of(column.type).schema)
    return {**said, "enum": list(column.values)} if column.values else said


def row_model(shown: Shown) -> type[BaseModel]:
    """Make the model of a row; no field is required, because a request may ask for some columns only."""
    fields = {c.name: _field(c, masked=c.name in shown.personal) for c in shown.columns.values()}
    return _model(f"{title(shown)}Row", shown.product.grain or "A row.", fields)


def page_model(shown: Shown, row: type[BaseModel]) -> type[BaseModel]:
    """Make the model of a page of rows."""
    return create_model(
        f"{title(shown)}Page",
        __doc__=f"Rows of {shown.product.full_name}, and the cursor of the next page.",
        rows=(list[row], ...),  # type: ignore[valid-type]
        next=(str | None, ...),
    )


def groups_model(shown: Shown) -> type[BaseModel]:
    """Make the model of an aggregation's answer; its columns depend on what was asked."""
    return create_model(
        f"{title(shown)}Groups",
        __doc__=f"Groups of {shown.product.full_name}: the dimensions, then the measures as <function>_<column>.",
        rows=(list[dict[str, Any]], ...),
        next=(None, ...),
    )


def changes_model(shown: Shown, row: type[BaseModel]) -> type[BaseModel]:
    """Make the model of changes."""
    operation = WithJsonSchema({"type": "string", "enum": ["added", "changed", "removed"]})
    schema = row.model_json_schema()["properties"]
    fields: dict[str, Any] = {name: (Annotated[Any, WithJsonSchema(said)], None) for name, said in schema.items()}
    change = _model(f"{title(shown)}Change", "A row that changed.", {"_operation": operation, **fields})
    return create_model(
        f"{title(shown)}Changes",
        __doc__=f"What changed of {shown.product.full_name} between two snapshots.",
        rows=(list[change], ...),  # type: ignore[valid-type]
        next=(None, ...),
    )


def filter_schema(column: PublishedColumn) -> dict[str, Any]:
    """Describe the conditions on a column, as `column[operator]=value`."""
    value = value_schema(column)
    operators: dict[str, Any] = dict.fromkeys(COMPARISONS, value)
    operators["in"] = {"type": "string", "description": "values, separated by commas"}
    operators["is_null"] = {"type": "boolean"}
    return {"type": "object", "properties": operators, "additionalProperties": False}


def title(shown: Shown) -> str:
    """A product's name as a model's, such as "SalesOrdersV1"."""
    words = shown.product.full_name.replace(".", "_").split("_")
    return "".join(map(str.capitalize, words)) + f"V{shown.product.major}"


def _field(column: PublishedColumn, *, masked: bool) -> tuple[Any, None]:
    said = value_schema(column)
    ways = [said, *([{"const": MASK}] if masked else []), *([] if column.required else [NULL])]
    described = {**(said if len(ways) == 1 else {"anyOf": ways}), "description": column.description}
    if column.unit:
        described["x-unit"] = column.unit
    return Annotated[Any, WithJsonSchema(described)], None


def _model(name: str, said: str, fields: Mapping[str, Any]) -> type[BaseModel]:
    aliased: dict[str, Any] = {f"field_{n}": _aliased(column, kind) for n, (column, kind) in enumerate(fields.items())}
    made: type[BaseModel] = create_model(name, __config__=ConfigDict(json_schema_extra=_without_defaults), **aliased)
    made.__doc__ = said
    return made


def _aliased(column: str, kind: Any) -> tuple[Any, Any]:
    """A field under a column's name, which Python or Pydantic may have taken for something of theirs."""
    annotation = kind[0] if isinstance(kind, tuple) else Annotated[str, kind]
    return annotation, Field(default=None, alias=column)


def _without_defaults(schema: dict[str, Any]) -> None:
    for said in schema.get("properties", {}).values():
        said.pop("default", None)
        said.pop("title", None)
