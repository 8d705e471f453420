"""Rows that keep a contract, for any contract.

hypothesis draws the values, column by column. What a row rule asks of several columns is then mended by the
min-conflicts search (Minton et al. 1992): of the values at hand, take one that leaves fewer conditions broken; a
difference between two sides of a condition is itself a value to try. Rows that it can't mend are left out, as are rows
that share their key.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import polars as pl
import sqlglot
from hypothesis import strategies as st
from sqlglot import exp

from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.audit.rules import rules_of, unique_sets
from mesh_platform.contract.screen import screen
from tests.contracts.limits import limits
from tests.contracts.values import allowed, drawn

_VALUES, _KEYS = 12, 40
"""Values of a column, and keys, that are drawn at a time: many small draws cost more than one that holds many."""
_DRAWS = 3
"""Draws of a column's values, the first of them the simplest; rows are made of the values in any combination."""
_SWEEPS = 4


def enough(contract: type[Contract]) -> int:
    """How many rows to make, so that there is a good one to spoil for each rule."""
    return 2 * len(rules_of(contract)) + 40


@cache
def good_rows(contract: type[Contract], count: int) -> pl.DataFrame:
    """Make rows that keep a contract; fewer than asked where its key has few values or its rules are hard to meet."""
    shape, shuffle = shape_of(contract), random.Random(0)  # noqa: S311 - the same rows each time
    others = [name for name in shape.names if name not in _distinct(contract)]
    keys = _keys(contract, count)
    data = {name: shuffle.choices(_values(contract, name), k=len(keys)) for name in others}
    data |= {name: [key[place] for key in keys] for place, name in enumerate(_distinct(contract))}
    frame = pl.DataFrame({name: pl.Series(name, data[name], shape.schema[name]) for name in shape.names})
    mended = _mended(contract, frame)
    wrong = screen(contract, mended)["row"].unique()
    kept = mended.with_row_index("row").filter(~pl.col("row").is_in(wrong.implode())).drop("row")
    for names in (list(shape.key), *unique_sets(contract), *([name] for name in _unique(contract))):
        kept = kept.unique(names, keep="first", maintain_order=True)
    return kept


def _unique(contract: type[Contract]) -> list[str]:
    return [name for name, column in contract.to_schema().columns.items() if column.unique]


def _distinct(contract: type[Contract]) -> list[str]:
    """The columns that tell rows apart, for which a few values would not do."""
    named = [*shape_of(contract).key, *_unique(contract), *(name for names in unique_sets(contract) for name in names)]
    return list(dict.fromkeys(named))


def _values(contract: type[Contract], name: str) -> list[Any]:
    some = st.lists(allowed(contract, name), min_size=_VALUES, max_size=_VALUES)
    return [value for values in drawn(some, _DRAWS) for value in values]


def _keys(contract: type[Contract], count: int) -> list[tuple[Any, ...]]:
    key = st.tuples(*(allowed(contract, name) for name in _distinct(contract)))
    batches = drawn(
        st.lists(key, min_size=_KEYS // 2, max_size=_KEYS, unique=True).map(tuple), 2 * count // _KEYS + _DRAWS
    )
    return list(dict.fromkeys(k for batch in batches for k in batch))[:count]


def conditions(contract: type[Contract]) -> dict[str, str]:
    """A contract's row rules: name → SQL condition."""
    return {rule.name: rule.description for slot, rule in rules_of(contract).items() if slot[0] == "row"}


def columns_of(contract: type[Contract], condition: str) -> list[str]:
    """The columns that a condition speaks of."""
    return [name for name in shape_of(contract).names if name in pl.sql_expr(condition).meta.root_names()]


def replacements(contract: type[Contract], condition: str) -> Iterator[tuple[str, pl.Expr]]:
    """Values to try in the columns of a condition, those that are likely to change its answer first."""
    schema = shape_of(contract).schema
    for name in columns_of(contract, condition):
        dtype, column = schema[name], pl.col(name)
        for difference in _differences(condition) if dtype.is_numeric() or dtype.is_temporal() else ():
            gap = pl.sql_expr(difference)
            yield from ((name, (column + sign * gap + _unit(dtype, more))) for sign in (1, -1) for more in (0, 1, -1))
        within = limits(contract, name)
        edges = [within.low, within.high, *within.allowed, *_plain(dtype)]
        yield from ((name, pl.lit(value, dtype)) for value in edges if value is not None)
        yield name, pl.lit(None, dtype)
        yield from ((name, column.shift(places).fill_null(column)) for places in (1, -1, 5))


def _differences(condition: str) -> list[str]:
    """The difference between the two sides of each comparison, as SQL."""
    parsed = sqlglot.parse_one(condition, read="duckdb")
    pairs = [(node.left, node.right) for node in parsed.find_all(exp.EQ, exp.LT, exp.LTE, exp.GT, exp.GTE)]
    pairs += [(node.this, node.args[end]) for node in parsed.find_all(exp.Between) for end in ("low", "high")]
    said = [f"({right.sql('duckdb')}) - ({left.sql('duckdb')})" for left, right in pairs]
    return said + [node.this.sql("duckdb") for node in parsed.find_all(exp.Abs)]


def _unit(dtype: pl.DataType, count: int) -> Any:
    return pl.duration(days=count) if dtype.is_temporal() else count


def _plain(dtype: pl.DataType) -> Sequence[Any]:
    if dtype == pl.Boolean:
        return (True, False)
    return (0, 1) if dtype.is_numeric() else ()


def applied(contract: type[Contract], frame: pl.DataFrame, name: str, value: pl.Expr) -> pl.DataFrame | None:
    """Put a value into a column, where its checks allow it; None where the value makes no sense for the column."""
    try:
        changed = frame.with_columns(value.cast(shape_of(contract).schema[name], strict=False).alias(name))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):  # such as a number of days beside a text
        return None
    return frame.with_columns(
        pl.when(_fits(contract, name, changed[name])).then(changed[name]).otherwise(frame[name]).alias(name)
    )


def _fits(contract: type[Contract], name: str, values: pl.Series) -> pl.Series:
    within, column = limits(contract, name), next(c for c in shape_of(contract).columns if c.name == name)
    fits = pl.Series(name, [True] * len(values))
    for bound, holds in ((within.low, values.__ge__), (within.high, values.__le__)):
        if bound is not None:
            fits &= holds(bound).fill_null(value=True)
    if within.allowed:
        fits &= values.is_in(list(within.allowed)).fill_null(value=True)
    return fits & (values.is_not_null() | column.nullable)


def broken(contract: type[Contract], frame: pl.DataFrame) -> pl.DataFrame:
    """Tell of each row how many parts of each row rule it breaks."""
    return frame.select(
        pl.sum_horizontal(~pl.sql_expr(part).fill_null(value=True) for part in _parts(condition)).alias(name)
        for name, condition in conditions(contract).items()
    )


@cache
def _parts(condition: str) -> tuple[str, ...]:
    """What a condition asks for, one by one, so that a row can be mended step by step."""
    parsed = sqlglot.parse_one(condition, read="duckdb")
    return tuple(part.sql("duckdb") for part in parsed.flatten()) if isinstance(parsed, exp.And) else (condition,)


def _mended(contract: type[Contract], frame: pl.DataFrame) -> pl.DataFrame:
    if not conditions(contract):
        return frame
    for _ in range(_SWEEPS):
        for condition in conditions(contract).values():
            for name, value in replacements(contract, condition):
                changed = applied(contract, frame, name, value)
                if changed is not None:
                    better = _count(contract, changed) < _count(contract, frame)
                    frame = frame.with_columns(pl.when(better).then(changed[name]).otherwise(frame[name]).alias(name))
    return frame.rechunk()


def _count(contract: type[Contract], frame: pl.DataFrame) -> pl.Series:
    return broken(contract, frame).sum_horizontal()
