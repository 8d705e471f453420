"""How many bad records a delivery may have before none of it is published."""

from collections.abc import Callable, Collection
from typing import Final

import polars as pl

from mesh_platform.errors import TooManyBadRows
from mesh_platform.ingest.reading import Reading
from mesh_platform.product import Domain, Source

REASONS: Final = 3  # the most frequent ones, in the message; the quarantine has all


def refuse_too_many(
    domain: Domain,
    source: Source,
    reading: Reading,
    files: Collection[str],
    tolerated: float,
    *,
    on_refusal: Callable[[Reading, Collection[str]], None],
) -> None:
    """Refuse a delivery with a larger share of bad records than tolerated.

    Args:
        domain: The source's domain.
        source: The source.
        reading: What was read.
        files: The files of the delivery; others were read again for their sake and don't count.
        tolerated: The largest share.
        on_refusal: Called before the refusal, so that people can look at the bad records.

    Raises:
        TooManyBadRows: With counts, share, rule and the most frequent reasons.
    """
    counts = [count for file, count in reading.counts.items() if file in files]
    read, bad = sum(c.read for c in counts), sum(c.quarantined for c in counts)
    if bad <= read * tolerated:
        return
    on_refusal(reading, files)
    name = f"{domain.name}.{source.name}"
    raise TooManyBadRows(
        f"{name}: {bad:,} of {read:,} records ({bad / read:.1%}) are bad (rule: at most {tolerated:.1%}), "
        f"nothing was published; most frequent: {_frequent(reading, files)}; "
        f"look at them with `mesh quarantine {name}`, deliver better files and run again"
    )


def _frequent(reading: Reading, files: Collection[str]) -> str:
    rules = pl.concat(reading.bad).filter(pl.col("file").is_in(list(files)))["rule"]
    counted = rules.value_counts().sort("count", "rule", descending=[True, False]).head(REASONS)
    return ", ".join(f"{rule} ({count:,})" for rule, count in counted.iter_rows())
