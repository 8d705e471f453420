"""The days of delivery that the landing zone holds, read off its file names."""

import re
from datetime import date
from pathlib import Path

_DAY = re.compile(r"_(\d{4}-\d{2}-\d{2})\.")


def landed_days(landing: Path) -> list[date]:
    """List the days of delivery in the names of landed files, oldest first.

    Args:
        landing: The landing zone.
    """
    found = (_DAY.search(path.name) for path in landing.glob("*/*/*") if path.is_file())
    return [date.fromisoformat(day) for day in sorted({match.group(1) for match in found if match})]
