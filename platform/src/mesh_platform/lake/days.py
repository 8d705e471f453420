"""Sets of days as short text: a thousand days in a row are one range, not ten kilobytes in every metadata file."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def text_of_days(days: Collection[date]) -> str:
    """Write days as comma-separated ranges, such as "2026-01-01/2026-03-31,2026-04-02"."""
    return ",".join(first.isoformat() if first == last else f"{first}/{last}" for first, last in _ranges(days))


def days_of_text(text: str) -> frozenset[date]:
    """Read what `text_of_days` wrote."""
    days: set[date] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("/")
        start = date.fromisoformat(first)
        length = (date.fromisoformat(last or first) - start).days + 1
        days.update(start + timedelta(days=n) for n in range(length))
    return frozenset(days)


def _ranges(days: Collection[date]) -> Iterator[tuple[date, date]]:
    first: date | None = None
    last: date | None = None
    for day in sorted(days):
        if first is not None and last is not None and day != last + ONE_DAY:
            yield first, last
            first = day
        first = first or day
        last = day
    if first is not None and last is not None:
        yield first, last
