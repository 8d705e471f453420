"""All installed domains with one plain row in each table that a model or a feature view reads: just enough to answer.

No model was trained, so each answers by its simple rule; requests, features and answers are the domains' own.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.discover import installed_domains
from mesh_platform.features.online.push import push
from mesh_platform.features.online.store import online_store_url, open_store
from mesh_platform.ingest.tables import raw_layout, raw_table
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.pipeline.online import all_views
from mesh_platform.serve.models.live import installed
from mesh_platform.settings import Settings

from .shop import DAY

NOON = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)


def fill(settings: Settings) -> None:
    """Publish the rows, and push the feature views online."""
    lake, views = Lake.open(settings), all_views(installed_domains()).values()
    wanted = {kept.view.source for kept in views} | {table for one in installed().values() for table in one.live.tables}
    for table, layout in _layouts():
        if table in wanted:
            _publish(lake, table, layout)
    store = open_store(online_store_url(settings))
    for kept in views:
        push(kept.view, lake, store)
    store.close()


def _publish(lake: Lake, table: str, layout: TableLayout) -> None:
    row = pl.DataFrame({name: pl.Series([_plain(name, kind)]).cast(kind) for name, kind in layout.schema.items()})
    made = Made("run", "code", "1.0.0")
    lake.publish(table, layout, lambda: [row], replace=WholeTable(), made=made, audit=None)


def _layouts() -> Iterator[tuple[str, TableLayout]]:
    for domain in installed_domains().values():
        for product in domain.products:
            yield domain.full_name(product), TableLayout.of(shape_of(product.contract))
        for source in domain.sources:
            yield raw_table(domain.name, source.name), raw_layout(source)


def _plain(column: str, kind: pl.DataType) -> Any:
    if kind == pl.Date:
        return DAY
    if isinstance(kind, pl.Datetime):
        return NOON
    if kind == pl.Boolean:
        return True
    return f"{column[0]}1" if kind == pl.String else 1
