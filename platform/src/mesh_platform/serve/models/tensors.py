"""The Open Inference Protocol's tensors, and the requests and answers that they stand for.

Each field of a request or an answer is a tensor with one element for each request. Numbers, truth values and texts have
the protocol's own types. What is neither, such as a list of lines, is BYTES that hold JSON. A value that is missing is
JSON's null, which the protocol's JSON form lets through; an optional input may be left out altogether.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from mesh_platform.serve.problems import Problem

if TYPE_CHECKING:
    from pydantic import BaseModel

Datatype = Literal["BYTES", "FP64", "INT64", "BOOL"]
_PLAIN: dict[Any, Datatype] = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field as a tensor.

    Args:
        name: The field's name.
        datatype: The tensor's type.
        is_json: Whether its elements are JSON texts.
        optional: Whether the tensor may be left out.
    """

    name: str
    datatype: Datatype
    is_json: bool
    optional: bool

    @property
    def described(self) -> dict[str, Any]:
        """As the model's metadata tell it."""
        content = {"parameters": {"content_type": "json"}} if self.is_json else {}
        return {"name": self.name, "datatype": self.datatype, "shape": [-1], **content}


def fields(model: type[BaseModel]) -> tuple[Field, ...]:
    """The tensors of a request's or an answer's type."""
    found = []
    for name, field in model.model_fields.items():
        datatype, is_json = _datatype(field.annotation)
        found.append(Field(name, datatype, is_json, not field.is_required()))
    return tuple(found)


def _datatype(annotation: Any) -> tuple[Datatype, bool]:
    from datetime import date, datetime
    from decimal import Decimal

    if get_origin(annotation) in {Union, UnionType}:
        inner = [argument for argument in get_args(annotation) if argument is not NoneType]
        return _datatype(inner[0]) if len(inner) == 1 else ("BYTES", True)
    if get_origin(annotation) is Literal:
        kinds = {type(value) for value in get_args(annotation)}
        return _datatype(kinds.pop()) if len(kinds) == 1 else ("BYTES", True)
    if annotation in _PLAIN:
        return _PLAIN[annotation], False
    return "BYTES", annotation not in {datetime, date, Decimal}


def to_rows(tensors: Any, known: Sequence[Field], most: int) -> list[dict[str, Any]]:
    """Turn input tensors into one mapping a request.

    Args:
        tensors: The protocol's `inputs`.
        known: The fields of a request.
        most: The most requests.

    Raises:
        Problem: 422 where they are no tensors of these fields, of one length.
    """
    if not isinstance(tensors, list) or not tensors or not all(isinstance(t, Mapping) for t in tensors):
        raise _wrong("inputs", "a list of tensors, at least one")
    columns = {str(tensor.get("name")): tensor for tensor in tensors}
    by_name = {field.name: field for field in known}
    if unknown := sorted(columns.keys() - by_name.keys()):
        raise _wrong("inputs.name", f"one of {', '.join(by_name)}", unknown[0][:80])
    if missing := [field.name for field in known if not field.optional and field.name not in columns]:
        raise _wrong("inputs", f"a tensor for each of {', '.join(missing)}")
    values = {name: _elements(tensor, by_name[name]) for name, tensor in columns.items()}
    lengths = {len(column) for column in values.values()}
    if len(lengths) != 1 or not 1 <= min(lengths) <= most:
        raise _wrong("inputs.shape", f"all of one length, from 1 to {most}")
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _elements(tensor: Mapping[str, Any], field: Field) -> list[Any]:
    import orjson

    data, shape = tensor.get("data"), tensor.get("shape")
    if tensor.get("datatype") != field.datatype:
        raise _wrong(f"inputs.{field.name}.datatype", field.datatype)
    if not isinstance(data, list) or shape not in ([len(data)], [len(data), 1]):
        raise _wrong(f"inputs.{field.name}.shape", "[n] or [n, 1], with n values in data")
    if not field.is_json:
        return data
    try:
        return [None if text is None else orjson.loads(text) for text in data]
    except (orjson.JSONDecodeError, TypeError):
        raise _wrong(f"inputs.{field.name}.data", "texts that hold JSON") from None


def to_tensors(answers: Sequence[Mapping[str, Any]], known: Sequence[Field]) -> list[dict[str, Any]]:
    """Turn answers into the protocol's `outputs`."""
    return [
        {
            "name": field.name,
            "datatype": field.datatype,
            "shape": [len(answers)],
            "data": [_element(answer.get(field.name), field) for answer in answers],
        }
        for field in known
    ]


def _element(value: Any, field: Field) -> Any:
    import orjson

    return orjson.dumps(value).decode() if field.is_json and value is not None else value


def _wrong(field: str, rule: str, value: Any = None) -> Problem:
    return Problem(422, "wrong-tensor", f"{field}: must be {rule}; see the model's metadata", field, value, rule)
