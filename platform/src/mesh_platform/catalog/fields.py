"""Columns in DataHub's words: a schema's fields, keys and references."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from mesh_platform.catalog import urns
from mesh_platform.catalog.documents import Column
from mesh_platform.catalog.proposals import NOBODY, Aspect

PACKAGE: Final = "com.linkedin.schema."
PERSONAL: Final = "personal-data"
"""The tag of what holds a person's data, as the contracts spell it."""
_TYPES: Final = {
    "string": "StringType",
    "integer": "NumberType",
    "number": "NumberType",
    "boolean": "BooleanType",
    "date": "DateType",
    "timestamp": "TimeType",
    "time": "TimeType",
    "object": "RecordType",
}
"""ODCS's logical type → DataHub's."""


def schema(
    name: str, platform: str, columns: Sequence[Column], resolve: Callable[[str], str | None] = lambda _: None
) -> Aspect:
    """Describe a dataset's columns.

    Args:
        name: The dataset's name.
        platform: The platform's name.
        columns: Its columns, in order.
        resolve: Finds the dataset's URN that a reference's table means; None where it is no dataset of the mesh.
    """
    keys = [column.name for column in columns if column.key]
    foreign = _foreign_keys(urns.dataset(name, platform), columns, resolve)
    return {
        "created": NOBODY,
        "fields": [_field(column) for column in columns],
        "hash": "",
        "lastModified": NOBODY,
        "platform": urns.platform(platform),
        "platformSchema": {f"{PACKAGE}OtherSchema": {"rawSchema": ""}},
        "schemaName": name,
        "version": 0,
        **({"primaryKeys": keys} if keys else {}),
        **({"foreignKeys": foreign} if foreign else {}),
    }


def tags(names: Iterable[str]) -> Aspect:
    """Attach tags."""
    return {"tags": [{"tag": urns.tag(name)} for name in names]}


def terms(names: Iterable[str]) -> Aspect:
    """Attach glossary terms."""
    return {"auditStamp": NOBODY, "terms": [{"urn": urns.term(name)} for name in names]}


def _field(column: Column) -> dict[str, Any]:
    said: dict[str, Any] = {
        "fieldPath": column.name,
        "isPartOfKey": column.key,
        "nativeDataType": column.type,
        "nullable": not column.required,
        "recursive": False,
        "type": {"type": field_type(column)},
    }
    if column.description:
        said["description"] = column.description
    if column.partition:
        said["isPartitioningKey"] = True
    if column.tags:
        said["globalTags"] = tags(column.tags)
    if column.term:
        said["glossaryTerms"] = terms([column.term])
    return said


def field_type(column: Column) -> dict[str, Any]:
    """A column's type as DataHub writes it."""
    if column.logical_type == "array":
        inner = column.said.get("items", {}).get("logicalType", "string")
        return {f"{PACKAGE}ArrayType": {"nestedType": [inner]}}
    return {f"{PACKAGE}{_TYPES.get(column.logical_type, 'NullType')}": {}}


def _foreign_keys(
    dataset: str, columns: Sequence[Column], resolve: Callable[[str], str | None]
) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for column in columns:
        table, _, target = column.references.rpartition(".")
        if table and (foreign := resolve(table)):
            found.append(
                {
                    "foreignDataset": foreign,
                    "foreignFields": [urns.field(foreign, target)],
                    "name": f"{column.name} is of {column.references}",
                    "sourceFields": [urns.field(dataset, column.name)],
                }
            )
    return found
