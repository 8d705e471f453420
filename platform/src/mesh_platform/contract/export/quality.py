"""A contract's rules as ODCS says them: as options of a type where it can, else as quality checks."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl
from open_data_contract_standard.model import CustomProperty, DataQuality

from mesh_platform.contract.audit.rules import check_words, rules_of, unique_sets
from mesh_platform.contract.columns import Contract
from mesh_platform.contract.shape import shape_of
from mesh_platform.product import ServiceLevel

_OPTIONS = {
    "greater_than": {"exclusiveMinimum": "min_value"},
    "greater_than_or_equal_to": {"minimum": "min_value"},
    "less_than": {"exclusiveMaximum": "max_value"},
    "less_than_or_equal_to": {"maximum": "max_value"},
    "str_matches": {"pattern": "pattern"},
    "str_length": {"minLength": "min_value", "maxLength": "max_value"},
}
"""Pandera's check → ODCS's option of the type → the check's argument."""


def options_of(checks: list[Any]) -> dict[str, Any]:
    """Say what can be said as options of a type: bounds, patterns, lengths."""
    options: dict[str, Any] = {}
    for check in checks:
        for option, argument in _option_names(check).items():
            if check.statistics.get(argument) is not None:
                options[option] = plain(check.statistics[argument])
    if "pattern" in options:
        options["pattern"] = _from_the_start(options["pattern"])
    return options


def _from_the_start(pattern: Any) -> str:
    """Pandera matches from a value's start, where the standard's pattern may match anywhere."""
    said = str(getattr(pattern, "pattern", pattern))
    return said if said.startswith("^") else f"^{said}"


def allowed_values(checks: list[Any]) -> list[Any] | None:
    """List the values that a column is limited to; None where it is not."""
    for check in checks:
        if check.name == "isin":
            return [plain(value) for value in check.statistics["allowed_values"]]
    return None


def column_quality(contract: type[Contract], column: str) -> list[DataQuality]:
    """Say the checks of a column that no option of its type can say."""
    said = []
    for number, check in enumerate(contract.to_schema().columns[column].checks):
        if _option_names(check):
            continue
        rule = rules_of(contract)["check", column, number]
        quality = _check(name=rule.name, dimension="conformity", severity="error", description=rule.description)
        if check.name == "isin":
            quality.type, quality.metric, quality.mustBe = "library", "invalidValues", 0
            quality.arguments = {"validValues": allowed_values([check])}
        elif broken := _broken(check, column):
            quality.type, quality.query, quality.mustBe = "sql", f"select count(*) from ${{table}} where {broken}", 0
        else:
            quality.type, quality.description = "text", f"Every value: {check_words(check)[1]}"
        said.append(quality)
    return said


def _broken(check: Any, column: str) -> str | None:
    """Say in SQL which values break a check; None where SQL can't on every engine. An unknown answer passes."""
    told = check.statistics or {}
    match check.name:
        case "equal_to":
            return f"{column} <> {_literal(told['value'])}"
        case "not_equal_to":
            return f"{column} = {_literal(told['value'])}"
        case "notin":
            return f"{column} in ({', '.join(_literal(value) for value in told['forbidden_values'])})"
        case "str_startswith":
            return f"substr({column}, 1, {len(told['string'])}) <> {_literal(told['string'])}"
        case "str_endswith":
            return f"right({column}, {len(told['string'])}) <> {_literal(told['string'])}"
    return None


def _literal(value: Any) -> str:
    said = plain(value)
    if isinstance(said, str):
        return "'" + said.replace("'", "''") + "'"
    return str(said).lower() if isinstance(said, bool) else str(said)


def table_quality(contract: type[Contract], service_level: ServiceLevel) -> list[DataQuality]:
    """Say the rules of rows and of the whole table."""
    return [*row_quality(contract), *_volume(contract, service_level)]


def row_quality(contract: type[Contract]) -> list[DataQuality]:
    """Say the rules of rows: their key, and the rules across columns."""
    return [*_uniqueness(contract), *_row_rules(contract)]


def _uniqueness(contract: type[Contract]) -> Iterator[DataQuality]:
    rules = rules_of(contract)
    sets = [(rules["key", None, 0], list(shape_of(contract).key))]
    sets += [(rules["unique", None, number], columns) for number, columns in enumerate(unique_sets(contract))]
    for rule, columns in sets:
        yield _check(
            name=rule.name,
            description=rule.description,
            dimension="uniqueness",
            severity="error",
            type="library",
            metric="duplicateValues",
            arguments={"properties": columns},
            mustBe=0,
        )


def _row_rules(contract: type[Contract]) -> Iterator[DataQuality]:
    for (kind, _, _), rule in rules_of(contract).items():
        if kind == "row":
            yield _check(
                name=rule.name,
                description=f"Every row: {rule.description}",
                dimension="consistency",
                severity="error",
                **_row_query(rule.description),
            )


def _row_query(condition: str) -> dict[str, Any]:
    if not is_sql(condition):
        return {"type": "text"}
    # An unknown answer passes.
    return {"type": "sql", "query": f"select count(*) from ${{table}} where not ({condition})", "mustBe": 0}


@cache
def is_sql(condition: str) -> bool:
    """Whether a rule across columns is a SQL condition; one that is written in Python says itself in words."""
    try:
        return bool(pl.sql_expr(condition).meta.root_names())
    except pl.exceptions.PolarsError:
        return False


def _volume(contract: type[Contract], service_level: ServiceLevel) -> Iterator[DataQuality]:
    rules = rules_of(contract)
    yield _check(
        name=rules["min_rows", None, 0].name,
        description=f"A snapshot has at least {service_level.min_rows} row{'s' if service_level.min_rows != 1 else ''}",
        dimension="completeness",
        severity="error",
        type="library",
        metric="rowCount",
        mustBeGreaterOrEqualTo=service_level.min_rows,
    )
    yield _check(
        name=rules["max_shrink", None, 0].name,
        description=f"A snapshot loses at most {service_level.max_shrink:.0%} of the rows of the one before",
        dimension="completeness",
        severity="error",
        type="text",
        customProperties=[CustomProperty(property="maxShrink", value=service_level.max_shrink)],
    )
    if ("freshness", None, 0) in rules:
        hours = plain(service_level.freshness.total_seconds() / 3600)
        yield _check(
            name=rules["freshness", None, 0].name,
            description=f"The newest row is at most {hours} hours older than the end of the newest delivery",
            dimension="timeliness",
            severity="error",
            type="text",
        )


def _option_names(check: Any) -> dict[str, str]:
    """Find the options that say a check."""
    if check.name == "str_length" and (check.statistics or {}).get("exact_value") is not None:
        return {"minLength": "exact_value", "maxLength": "exact_value"}
    if check.name == "in_range":
        low = "minimum" if check.statistics["include_min"] else "exclusiveMinimum"
        high = "maximum" if check.statistics["include_max"] else "exclusiveMaximum"
        return {low: "min_value", high: "max_value"}
    return _OPTIONS.get(str(check.name), {})


def plain(value: Any) -> Any:
    """Turn a value into what YAML and the standard's JSON Schema hold: whole numbers stay whole, days are text."""
    if isinstance(value, Decimal | float) and value == int(value):
        return int(value)
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def _check(**said: Any) -> DataQuality:
    return DataQuality.model_validate(said)
