"""Which partitions of a product a change touches: pure date arithmetic."""

from collections.abc import Collection
from datetime import date, timedelta

from mesh_platform.product import DataProduct

Days = frozenset[date]


def day_range(first: date, last: date) -> Days:
    """List the days from the first to the last, both included."""
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))


def monday(day: date) -> date:
    """The Monday that begins a day's ISO week."""
    return day - timedelta(days=day.weekday())


def partitions_of(days: Collection[date], product: DataProduct, partition: str, newest: date | None) -> Days:
    """Turn changed days of the inputs into the product's partitions that must be made again.

    Args:
        days: The days on which an input changed.
        product: The product.
        partition: Its partition column; "week" holds Mondays.
        newest: The newest day that any input holds.
    """
    if not days:
        return frozenset()
    touched = days_around(days, product.reach_days)
    if product.looks_back:
        touched = day_range(min(touched), max(*touched, newest or min(touched)))
    return frozenset(monday(day) for day in touched) if partition == "week" else touched


def days_around(days: Collection[date], reach: int) -> Days:
    """Add to each day the days right before and after it."""
    return frozenset(day + timedelta(days=n) for day in days for n in range(-reach, reach + 1))
