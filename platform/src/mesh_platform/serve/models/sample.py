"""Makes a request of a model out of the examples in its definition, to warm a version up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo


def sample(request: type[BaseModel]) -> BaseModel | None:
    """Make a request: of the model's own example, else of its fields' examples and defaults, else of plain values.

    Returns:
        None where what could be made is no valid request.
    """
    from pydantic import ValidationError

    whole = request.model_json_schema().get("examples")
    made = whole[0] if whole else {n: _value(f) for n, f in request.model_fields.items() if _needed(f)}
    try:
        return request.model_validate(made)
    except ValidationError:
        return None


def _needed(field: FieldInfo) -> bool:
    return field.is_required() or bool(field.examples)


def _value(field: FieldInfo) -> Any:
    if field.examples:
        return field.examples[0]
    return _plain(field.annotation)


def _plain(annotation: Any) -> Any:
    from datetime import UTC, date, datetime

    from pydantic import BaseModel

    plain: dict[Any, Any] = {str: "sample", int: 1, float: 1.0, bool: False}
    plain |= {datetime: datetime(2026, 1, 1, tzinfo=UTC), date: date(2026, 1, 1)}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return sample(annotation)
    if annotation in plain:
        return plain[annotation]
    inner = [_plain(argument) for argument in get_args(annotation) if argument is not type(None)]
    return inner if getattr(annotation, "__origin__", None) in {list, tuple} else (inner[0] if inner else None)
