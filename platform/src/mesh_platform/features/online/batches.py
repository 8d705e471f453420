"""Cut what comes one by one into batches."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Take so many items at a time; the last batch may be smaller."""
    rest = iter(items)
    while some := tuple(islice(rest, size)):
        yield some
