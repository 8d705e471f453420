"""One definition of an entity's features: point-in-time for training, the latest for scoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.lake import Pinned


@dataclass(frozen=True, slots=True)
class FeatureView:
    """Named features of an entity at a time.

    A row of the source holds from its event time on, and can be used from the moment when the mesh knew it.

    Args:
        name: The view's name, such as "customer_behaviour".
        entity: The columns that name the entity, such as ("customer_id",).
        source: The lake table, such as "customers.customer_360".
        event_time: SQL over the source's columns: the instant from which the row holds.
        features: The columns that are the features.
        known_at: SQL: the instant at which the mesh knew the row; "" where that is the event time itself.
        time_to_live: How long a row holds at most; older ones give missing features. None for ever.
    """

    name: str
    entity: tuple[str, ...]
    source: str
    event_time: str
    features: tuple[str, ...]
    known_at: str = "ingested_at"
    time_to_live: timedelta | None = None

    def historical(self, tables: Pinned, entities: pl.DataFrame, at: str = "at") -> pl.DataFrame:
        """Join each entity with its features as they were known at its time.

        Of the rows that had happened *and* were known by then, the one that happened last counts; a late correction of
        the same instant takes over when it becomes known.

        Args:
            tables: Holds the source at a pinned snapshot.
            entities: One row an entity and time, with the entity's columns, the time, and anything else.
            at: The column of `entities` that holds the time, a UTC timestamp.

        Returns:
            The entities' rows in their order, with the features; missing where nothing was known.
        """
        from mesh_platform.features.offline import historical

        return historical(self, tables, entities, at)

    def latest(self, tables: Pinned, as_of: datetime | None = None) -> pl.DataFrame:
        """The features of every entity as known at a time, for batch scoring.

        Args:
            tables: Holds the source at a pinned snapshot.
            as_of: The time; None for all that is known.

        Returns:
            One row an entity: its columns, the features, and `event_time`.
        """
        from mesh_platform.features.offline import latest

        return latest(self, tables, as_of)
