"""A contract's rules as DataHub's assertions: schema, freshness, volume, values, rows, keys."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from mesh_platform.catalog import fields, urns
from mesh_platform.catalog.documents import Column, Document
from mesh_platform.catalog.proposals import Aspect

Part = Literal["schema", "freshness", "dataQuality"]
"""Under which heading a contract lists a rule."""
PARTS: Final[tuple[Part, ...]] = get_args(Part)
_OPTIONS: Final = {
    "minimum": ("GREATER_THAN_OR_EQUAL_TO", "NUMBER", False),
    "exclusiveMinimum": ("GREATER_THAN", "NUMBER", False),
    "maximum": ("LESS_THAN_OR_EQUAL_TO", "NUMBER", False),
    "exclusiveMaximum": ("LESS_THAN", "NUMBER", False),
    "pattern": ("REGEX_MATCH", "STRING", False),
    "minLength": ("GREATER_THAN_OR_EQUAL_TO", "NUMBER", True),
    "maxLength": ("LESS_THAN_OR_EQUAL_TO", "NUMBER", True),
}
"""ODCS's option of a type → DataHub's operator, the parameter's type, and whether the value's length is meant."""
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a contract.

    Args:
        urn: The assertion.
        part: The heading that the contract lists it under.
        info: DataHub's description of it.
    """

    urn: str
    part: Part
    info: Aspect


def rules(document: Document, dataset: str) -> Iterator[Rule]:
    """List a contract's rules.

    Args:
        document: The contract.
        dataset: The URN of the table that keeps them.
    """
    build = _Builder(document, dataset)
    yield build.schema()
    for column in document.columns:
        yield from build.of_column(column)
    for said in document.table.get("quality", ()):
        yield build.of_table(said)


@dataclass(frozen=True, slots=True)
class _Builder:
    document: Document
    dataset: str

    def schema(self) -> Rule:
        described = fields.schema(self.document.full_name, urns.LAKE, self.document.columns)
        return self._rule(
            "schema",
            "Every column is there, of its type, and null only where the contract allows it.",
            "schema",
            type="DATA_SCHEMA",
            schemaAssertion={"compatibility": "EXACT_MATCH", "entity": self.dataset, "schema": described},
        )

    def of_column(self, column: Column) -> Iterator[Rule]:
        for option, value in column.said.get("logicalTypeOptions", {}).items():
            if option in _OPTIONS:
                operator, kind, length = _OPTIONS[option]
                parameter = {"type": kind, "value": str(value)}
                words = f"{'The length of ' if length else ''}{column.name}: {_spaced(option)} {value}"
                yield self._values(f"{column.name}__{option}", words, column, operator, parameter, length=length)
        for said in column.said.get("quality", ()):
            if said.get("metric") == "invalidValues":
                allowed = {"type": "LIST", "value": json.dumps(said["arguments"]["validValues"], ensure_ascii=False)}
                yield self._values(said["name"], f"{column.name}: {said['description']}", column, "IN", allowed)
            else:
                yield self._custom(said, [column.name])

    def of_table(self, said: Mapping[str, Any]) -> Rule:
        if said["name"] == "freshness" and "latency" in self.document.promises:
            return self._freshness(said, self.document.promises["latency"])
        if said.get("metric") == "rowCount":
            return self._volume(said, said["mustBeGreaterOrEqualTo"])
        if said["name"] == "max_shrink":
            return self._shrink(said, self.document.promises["maxShrink"])
        if said.get("type") == "sql":
            return self._sql(said)
        return self._custom(said, said.get("arguments", {}).get("properties", []))

    def _freshness(self, said: Mapping[str, Any], hours: int) -> Rule:
        schedule = {"fixedInterval": {"multiple": int(hours), "unit": "HOUR"}, "type": "FIXED_INTERVAL"}
        return self._rule(
            said["name"],
            said["description"],
            "freshness",
            type="FRESHNESS",
            freshnessAssertion={"entity": self.dataset, "schedule": schedule, "type": "DATASET_CHANGE"},
        )

    def _volume(self, said: Mapping[str, Any], rows: int) -> Rule:
        total = {"operator": "GREATER_THAN_OR_EQUAL_TO", "parameters": _value(_number(rows))}
        return self._rule(
            said["name"],
            said["description"],
            "dataQuality",
            type="VOLUME",
            volumeAssertion={"entity": self.dataset, "rowCountTotal": total, "type": "ROW_COUNT_TOTAL"},
        )

    def _shrink(self, said: Mapping[str, Any], share: float) -> Rule:
        loss = _number(-round(share * _PERCENT, 6))
        change = {"operator": "GREATER_THAN_OR_EQUAL_TO", "parameters": _value(loss), "type": "PERCENTAGE"}
        return self._rule(
            said["name"],
            said["description"],
            "dataQuality",
            type="VOLUME",
            volumeAssertion={"entity": self.dataset, "rowCountChange": change, "type": "ROW_COUNT_CHANGE"},
        )

    def _sql(self, said: Mapping[str, Any]) -> Rule:
        return self._rule(
            said["name"],
            said["description"],
            "dataQuality",
            type="SQL",
            sqlAssertion={
                "entity": self.dataset,
                "operator": "EQUAL_TO",
                "parameters": _value(_number(said["mustBe"])),
                "statement": said["query"].replace("${table}", self.document.full_name),
                "type": "METRIC",
            },
        )

    def _values(
        self,
        name: str,
        words: str,
        column: Column,
        operator: str,
        parameter: Mapping[str, str],
        *,
        length: bool = False,
    ) -> Rule:
        [kind] = fields.field_type(column)
        values: dict[str, Any] = {
            "excludeNulls": True,
            "failThreshold": {"type": "COUNT", "value": 0},
            "field": {"nativeType": column.type, "path": column.name, "type": kind.removeprefix(fields.PACKAGE)},
            "operator": operator,
            "parameters": _value(parameter),
        }
        if length:
            values["transform"] = {"type": "LENGTH"}
        return self._rule(
            name,
            words,
            "dataQuality",
            type="FIELD",
            fieldAssertion={
                "entity": self.dataset,
                "fieldPath": column.name,
                "fieldValuesAssertion": values,
                "type": "FIELD_VALUES",
            },
        )

    def _custom(self, said: Mapping[str, Any], columns: list[str]) -> Rule:
        """A rule that DataHub has no words for, in the contract's own."""
        kind = said.get("metric", said.get("dimension", "contract rule"))
        custom: dict[str, Any] = {"entity": self.dataset, "logic": said["description"], "type": str(kind)}
        if columns:
            custom["fields"] = [urns.field(self.dataset, name) for name in columns]
        return self._rule(said["name"], said["description"], "dataQuality", type="CUSTOM", customAssertion=custom)

    def _rule(self, name: str, words: str, part: Part, **said: Any) -> Rule:
        urn = urns.assertion(f"{self.document.contract}.v{self.document.major}", name)
        info = {
            "customProperties": {"rule": name},
            "description": words,
            "entityUrn": self.dataset,
            "source": {"type": "EXTERNAL"},
            **said,
        }
        return Rule(urn, part, info)


def _value(parameter: Mapping[str, str]) -> dict[str, Any]:
    return {"value": dict(parameter)}


def _number(value: float) -> dict[str, str]:
    return {"type": "NUMBER", "value": str(int(value) if value == int(value) else value)}


def _spaced(option: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in option)
