"""From text to the contract's types; what is no value of its type is a breach of its row.

The grammar is that of the landing zone, stricter than Polars' own: no rounding, no exponents in amounts, no NaN.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from mesh_platform.contract import Shape
from mesh_platform.errors import BadContract
from mesh_platform.ingest.breaches import BREACHES, joined

_TIME: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(?:\.\d{1,6})?Z$"


@dataclass(frozen=True, slots=True)
class Grammar:
    """How values of a type are written.

    Args:
        pattern: What the text looks like.
        named: What a value is called in messages.
        parse: From such text to the value; null where there is none, such as the 30th of February.
    """

    pattern: str
    named: str
    parse: pl.Expr


def grammar_of(dtype: pl.DataType) -> Grammar | None:
    """Find how a type is written; None for text itself.

    Raises:
        BadContract: For types that text files can't hold.
    """
    text = pl.col("text")
    if dtype == pl.String():
        return None
    if dtype.is_integer():
        return Grammar(r"^[-+]?\d{1,19}$", "a whole number", text.cast(dtype, strict=False))
    if isinstance(dtype, pl.Decimal):
        whole, scale = dtype.precision - dtype.scale, dtype.scale
        pattern = rf"^[-+]?0*\d{{1,{whole}}}(?:\.\d{{1,{scale}}}0*)?$"
        return Grammar(pattern, f"an amount with up to {scale} decimals", text.cast(dtype, strict=False))
    if dtype.is_float():
        pattern = r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?$"
        return Grammar(pattern, "a number", text.cast(dtype, strict=False))
    if isinstance(dtype, pl.Datetime):
        parse = text.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
        return Grammar(_TIME, "a UTC time like 2026-01-31T23:59:59Z", parse)
    if dtype == pl.Date():
        parse = text.str.to_date("%Y-%m-%d", strict=False)
        return Grammar(r"^\d{4}-\d\d-\d\d$", "a date like 2026-01-31", parse)
    if dtype == pl.Boolean():
        return Grammar("^(?:true|false)$", "true or false", text == "true")
    raise BadContract(f"a source's column is {dtype} (rule: text, a number, a date, a time or true/false); change it")


def cast(rows: pl.DataFrame, shape: Shape) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cast rows from text to the contract's types.

    Args:
        rows: The contract's columns as text, and others that are left alone. Columns that have their type already,
            as those of Parquet, are left alone too.
        shape: The contract's columns.

    Returns:
        The rows with typed columns, null where a value is none of its type, and the breaches that these are.
    """
    typed: list[pl.Series] = []
    breaches: list[pl.DataFrame] = []
    for column in shape.columns:
        text, grammar = rows[column.name], grammar_of(column.dtype)
        if text.dtype == column.dtype or grammar is None:
            typed.append(text.cast(column.dtype))
            continue
        values = _cast(text, grammar).alias(column.name)
        typed.append(values)
        if values.null_count() > text.null_count():
            breaches.append(_failures(column.name, text, values, grammar.named))
    return rows.with_columns(typed), joined(breaches)


def _cast(text: pl.Series, grammar: Grammar) -> pl.Series:
    if text.null_count() == len(text):
        return text.to_frame("text").select(grammar.parse).to_series()
    value = pl.when(pl.col("text").str.contains(grammar.pattern)).then(grammar.parse)
    return text.to_frame("text").select(value).to_series()


def _failures(column: str, text: pl.Series, values: pl.Series, named: str) -> pl.DataFrame:
    failed = pl.DataFrame({"value": text}).with_row_index("row").filter(values.is_null() & text.is_not_null())
    return failed.select(
        "row",
        pl.lit(column).alias("column"),
        pl.lit(f"{column}: is {named}").alias("rule"),
        pl.format("{}: '{}' is not {}", pl.lit(column), "value", pl.lit(named)).alias("reason"),
        "value",
    ).cast(BREACHES)
