"""What the adapters' modules share: reading a table of an export, and rows of sources that come from little."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from mesh_platform.errors import BadFile, UserError

UNKNOWN_COUNTRY: Final = "ZZ"  # CLDR's code for an unknown region
PROFILE_NOTE: Final = "profiles hold ids and first purchases: no names, no loyalty, no consents (false)"
TICKS: Final = 10_000  # of an amount with four decimals
LINE: Final = (
    "order_id",
    "line_no",
    "ordered_at",
    "channel",
    "store_id",
    "customer_id",
    "sku",
    "quantity",
    "unit_price",
    "discount",
    "promotion_id",
    "payment_method",
    "card_id",
    "device_id",
    "ip_country",
    "currency",
)
NOISE: Final = 1e-9  # 5 * 17.13 is 85.64999999999999 in binary


def find_file(path: Path, names: tuple[str, ...]) -> Path:
    """Take a file itself, or the first of these names within a folder.

    Raises:
        UserError: Where the folder has none of them.
    """
    if path.is_file():
        return path
    for name in names:
        if (path / name).is_file():
            return path / name
    raise UserError(f"{path}: holds none of {', '.join(names)}; name the export's file or its folder")


def read_table(path: Path, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Read the columns of a Parquet or CSV table, with their types.

    Args:
        path: The file.
        columns: Column → type that its values have.

    Raises:
        BadFile: Where it can't be read, lacks a column, or a value is not of the type.
    """
    rule = f"a table with columns {', '.join(columns)}"
    remedy = "give the export as it was published"
    try:
        rows = pl.read_csv(path, infer_schema=False) if path.suffix == ".csv" else pl.read_parquet(path)
        if missing := [c for c in columns if c not in rows.columns]:
            raise BadFile(path.name, rule, f"lacks {', '.join(missing)}; has {', '.join(rows.columns)}", remedy)
        return rows.select(_cast(rows, name, dtype) for name, dtype in columns.items())
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise BadFile(path.name, rule, str(error).splitlines()[0], remedy) from None


def _cast(rows: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if isinstance(dtype, pl.Datetime) and rows.schema[name] == pl.String():
        return value.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
    return value.cast(dtype)


def profiles(seen: pl.DataFrame) -> pl.DataFrame:
    """Make rows of customers/profiles.

    Args:
        seen: customer_id, country, changed_at, signed_up_at.
    """
    missing = ["first_name", "last_name", "email", "phone", "birth_date", "city", "postcode"]
    return seen.select(
        "customer_id",
        "changed_at",
        *[pl.lit(None, pl.String).alias(name) for name in missing],
        "country",
        "signed_up_at",
        loyalty_tier=pl.lit("none"),
        consent_marketing=pl.lit(value=False),
        consent_profiling=pl.lit(value=False),
        _day=pl.col("changed_at").dt.date(),
    ).sort("_day", "customer_id", "changed_at")


def first_seen(rows: pl.DataFrame, customer: str, at: str) -> pl.DataFrame:
    """Make rows of customers/profiles of whom only purchases are known.

    Args:
        rows: Purchases.
        customer: The column of the customer's id, as text.
        at: The column of the time.
    """
    seen = rows.filter(pl.col(customer).is_not_null()).group_by(customer_id=customer).agg(changed_at=pl.col(at).min())
    return profiles(seen.with_columns(signed_up_at="changed_at", country=pl.lit(UNKNOWN_COUNTRY)))


def products(known: pl.DataFrame) -> pl.DataFrame:
    """Make rows of inventory/product_master.

    Args:
        known: sku, changed_at, name, category and, where known, brand and supplier_id.
    """
    optional = ["brand", "cost", "list_price", "pack_size", "supplier_id", "lead_time_days", "shelf_life_days"]
    missing = [pl.lit(None, pl.String).alias(name) for name in optional if name not in known.columns]
    rows = known.with_columns(*missing, _day=pl.col("changed_at").dt.date())
    return rows.select("sku", "changed_at", "name", "category", *optional, "_day").sort("_day", "sku")


def order_lines(rows: pl.DataFrame, at: str, **values: pl.Expr) -> pl.DataFrame:
    """Make rows of sales/order_lines, missing what is not given.

    Args:
        rows: What the values come from.
        at: The column of the time, without a zone: UTC.
        values: Column → its value.
    """
    missing = {name: pl.lit(None, pl.String) for name in LINE if name not in values}
    given = {**missing, **values, "ordered_at": pl.col(at)}
    return rows.select(**{name: given[name] for name in LINE}, _day=pl.col(at).dt.date())


def priced(net: pl.Expr, off: pl.Expr, quantity: pl.Expr) -> dict[str, pl.Expr]:
    """Split an amount paid for a line into a unit price and a discount whose difference is exactly that amount.

    The unit price is rounded up to four decimals, and what that adds is in the discount.

    Args:
        net: What the line brought in, in ticks (see TICKS).
        off: What was taken off the shelf price, in ticks.
        quantity: How many; where 0, the price is that of the whole line.
    """
    gross = net + off
    unit = pl.when(quantity == 0).then(gross).otherwise(-(-gross // quantity))
    discount = pl.when(quantity == 0).then(off).otherwise(unit * quantity - net)
    return {"unit_price": amount(unit), "discount": amount(discount)}


def without_noise(value: pl.Expr) -> pl.Expr:
    """The amount with four decimals that a binary number stands for; a number that stands for none stays as it is."""
    rounded = value.round(4)
    return pl.when((value - rounded).abs() < NOISE).then(rounded).otherwise(value)


def ticks(value: pl.Expr) -> pl.Expr:
    """An amount with at most four decimals as a whole number of ticks."""
    return (value * TICKS).round().cast(pl.Int64)


def amount(whole: pl.Expr) -> pl.Expr:
    """Ticks as an amount."""
    return whole.cast(pl.Decimal(18, 0)).cast(pl.Decimal(18, 4)) / pl.lit(TICKS).cast(pl.Decimal(18, 4))
