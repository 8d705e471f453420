"""Point-in-time joins of feature views on the lake, by DuckDB's ASOF join.

A row of the source becomes usable when it has happened *and* is known. Of the usable rows the one that happened last
counts, which need not be the one that became usable last: a row that arrives late tells about a past that a newer row
has already replaced. So each entity's rows are first thinned to its timeline, those rows that count from the moment
they become usable, and the ASOF join then runs on that moment. Times are microseconds since 1970 in UTC within the
SQL; only the chosen rows' features are read, so a wide source costs little more than a narrow one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mesh_platform.errors import BadContract, MissingFeature, UnknownName

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.features.view import FeatureView
    from mesh_platform.lake import Pinned

ROW, AT, EVENT, KNOWN = "__row", "__at", "__event", "__known"
"""Columns that the queries add; no contract's column begins with two underscores."""
MICROSECOND = timedelta(microseconds=1)


def historical(view: FeatureView, tables: Pinned, entities: pl.DataFrame, at: str) -> pl.DataFrame:
    """Join each entity with its features as they were known at its time; see `FeatureView.historical`.

    Raises:
        UnknownName: Where the source is not pinned or lacks a column of the view.
        MissingFeature: Where the entities lack the time or one of the entity's columns, or have it in another type.
        BadContract: Where the entities already have a column of a feature's name.
    """
    import polars as pl

    schema = _source_schema(view, tables)
    _check_entities(view, schema, entities, at)
    spine = entities.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW), *view.entity, pl.col(at).dt.epoch("us").alias(AT)
    ).drop_nulls()
    found = _asked(view, tables, _historical_sql(view, spine), spine=spine)
    rows = pl.DataFrame({ROW: pl.int_range(entities.height, dtype=pl.Int64, eager=True)})
    features = rows.join(_one_a_row(found, (ROW,), view), on=ROW, how="left", maintain_order="left")
    return entities.hstack(features.select(pl.col(name).cast(schema[name]) for name in view.features))


def latest(view: FeatureView, tables: Pinned, as_of: datetime | None) -> pl.DataFrame:
    """Take every entity's features as known at a time, in the order of the entities; see `FeatureView.latest`.

    An entity whose row is older than the view's time to live has missing features; one of which nothing was known has
    no row. Without a time, a row's age is measured at the newest moment at which any row became usable.

    Raises:
        UnknownName: Where the source is not pinned or lacks a column of the view.
        MissingFeature: Where the time has no time zone.
        BadContract: Where a column of the view is called `event_time`.
    """
    import polars as pl

    schema = _source_schema(view, tables)
    if "event_time" in (*view.entity, *view.features):
        raise BadContract(f"feature view '{view.name}': a column is called event_time, as the row's own; rename it")
    found = _one_a_row(_asked(view, tables, _latest_sql(view, _microseconds(view, as_of))), view.entity, view)
    return found.sort(view.entity).select(
        *view.entity,
        *(pl.col(name).cast(schema[name]) for name in view.features),
        pl.col(EVENT).cast(pl.Datetime("us", "UTC")).alias("event_time"),
    )


def _source_schema(view: FeatureView, tables: Pinned) -> pl.Schema:
    """The source's columns, all of the view's among them."""
    if view.source in tables.frames:
        schema = tables.frames[view.source].schema
    elif view.source in tables.snapshots:
        schema = tables.scan(view.source).collect_schema()
    else:
        raise UnknownName.of(f"pinned table for feature view '{view.name}'", view.source, [*tables.snapshots])
    for name in (*view.entity, *view.features):
        if name not in schema:
            raise UnknownName.of(f"column of {view.source} for feature view '{view.name}'", name, list(schema))
    return schema


def _check_entities(view: FeatureView, schema: pl.Schema, entities: pl.DataFrame, at: str) -> None:
    import polars as pl

    if missing := [name for name in (*view.entity, at) if name not in entities.columns]:
        raise MissingFeature(
            f"feature view '{view.name}': the entities lack {', '.join(missing)} (rule: {', '.join(view.entity)} and "
            f"the time '{at}'); they have: {', '.join(entities.columns)}"
        )
    time = entities.schema[at]
    if not isinstance(time, pl.Datetime) or time.time_zone is None:
        raise MissingFeature(
            f"feature view '{view.name}': '{at}' is {time} (rule: a timestamp with a time zone); "
            f"convert it, such as pl.col('{at}').dt.replace_time_zone('UTC')"
        )
    for name in view.entity:
        if _kind(entities.schema[name]) != _kind(schema[name]):
            raise MissingFeature(
                f"feature view '{view.name}': the entities' {name} is {entities.schema[name]} "
                f"(rule: as in {view.source}, {schema[name]}); cast it"
            )
    if clash := [name for name in view.features if name in entities.columns]:
        raise BadContract(
            f"feature view '{view.name}': the entities already have {', '.join(clash)}; drop or rename them"
        )


def _kind(dtype: pl.DataType) -> str:
    """Types that compare as equals in SQL have one kind."""
    import polars as pl

    if dtype.is_integer():
        return "integer"
    return "text" if isinstance(dtype, pl.String | pl.Categorical | pl.Enum) else str(dtype.base_type())


def _microseconds(view: FeatureView, as_of: datetime | None) -> int | None:
    from datetime import UTC

    if as_of is None:
        return None
    if as_of.tzinfo is None:
        raise MissingFeature(f"feature view '{view.name}': as_of {as_of} has no time zone (rule: UTC); give it one")
    return (as_of - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND


def _historical_sql(view: FeatureView, spine: pl.DataFrame) -> str:
    """SQL: spine row → the features of the row that counted at its time.

    The window runs in the order in which rows become usable. Of equal event times the one known last also becomes
    usable last, so the running maximum of the event time alone tells which rows replace the one before. Of the rows
    that become usable at one moment the last in that order is left.
    """
    keys = _columns(view.entity)
    expires = "true" if view.time_to_live is None else f"{AT} <= {EVENT} + {view.time_to_live // MICROSECOND}"
    return f"""
with asked as (select distinct {keys} from spine),
known as ({_known_sql(view)}),
usable as (
    select *, greatest({EVENT}, {KNOWN}) as usable from known semi join asked using ({keys})
    where greatest({EVENT}, {KNOWN}) <= (select max({AT}) from spine)
),
timeline as (
    select * from usable
    window newer as (
        partition by {keys} order by usable, {EVENT}, {KNOWN} rows between unbounded preceding and current row
    )
    qualify {EVENT} = max({EVENT}) over newer and usable is distinct from lead(usable) over newer
),
chosen as (
    select spine.{ROW}, {_columns(view.entity, "spine")}, {EVENT}, {KNOWN}
    from spine asof join timeline
    on {" and ".join(f'spine."{name}" = timeline."{name}"' for name in view.entity)} and spine.{AT} >= timeline.usable
    where {expires}
)
select chosen.{ROW}, {_columns(view.features, "source")}
from ({_known_sql(view, view.features)}) as source join chosen using ({keys}, {EVENT}, {KNOWN})
"""


def _latest_sql(view: FeatureView, as_of: int | None) -> str:
    """SQL: entity → its features and event time of the row that counts at a time."""
    keys = _columns(view.entity)
    until = "true" if as_of is None else f"greatest({EVENT}, {KNOWN}) <= {as_of}"
    now = f"(select max(greatest({EVENT}, {KNOWN})) from known)" if as_of is None else str(as_of)
    holds = "true" if view.time_to_live is None else f"{now} <= {EVENT} + {view.time_to_live // MICROSECOND}"
    features = ", ".join(f'case when {holds} then source."{name}" end as "{name}"' for name in view.features)
    return f"""
with known as materialized ({_known_sql(view)}),
usable as (select * from known where {until}),
newest as (select {keys}, max({EVENT}) as {EVENT} from usable group by {keys}),
chosen as (
    select {keys}, {EVENT}, max({KNOWN}) as {KNOWN} from usable join newest using ({keys}, {EVENT}) group by all
)
select {_columns(view.entity, "source")}, {features}, source.{EVENT}
from ({_known_sql(view, view.features)}) as source join chosen using ({keys}, {EVENT}, {KNOWN})
"""


def _known_sql(view: FeatureView, features: tuple[str, ...] = ()) -> str:
    """SQL: the source's rows that ever become usable, with their two times in microseconds."""
    event = _instant(view.event_time)
    known = _instant(view.known_at or view.event_time)
    some = " and ".join(f'"{name}" is not null' for name in view.entity)
    return (
        f"select {_columns((*view.entity, *features))}, {event} as {EVENT}, {known} as {KNOWN} from {view.source} "
        f"where {some} and {event} is not null and {known} is not null"
    )


def _instant(expression: str) -> str:
    """SQL: dates, timestamps and instants alike, in UTC."""
    return f"epoch_us(cast(({expression}) as timestamptz))"


def _columns(names: tuple[str, ...], of: str = "") -> str:
    return ", ".join(f'{of}."{name}"' if of else f'"{name}"' for name in names)


def _asked(view: FeatureView, tables: Pinned, query: str, **given: pl.DataFrame) -> pl.DataFrame:
    """Run a query whose columns are checked, but for those within the view's SQL expressions."""
    import duckdb

    try:
        return tables.sql(query, **given)
    except duckdb.BinderException as wrong:
        raise UnknownName(
            f"feature view '{view.name}': event_time '{view.event_time}' or known_at '{view.known_at}' is no SQL over "
            f"the columns of {view.source}: {str(wrong).splitlines()[0]}; name columns that the table has"
        ) from wrong


def _one_a_row(found: pl.DataFrame, key: tuple[str, ...], view: FeatureView) -> pl.DataFrame:
    """Of source rows that are equal in both times take the smallest by the features, so that all runs take the same."""
    if not found.select(key).is_duplicated().any():
        return found
    return found.sort(*key, *view.features).unique(key, keep="first", maintain_order=True)
