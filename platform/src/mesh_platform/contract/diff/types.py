"""Which types of the lake hold every value of which others."""

import re
from typing import Final

_WIDER: Final = frozenset({("int", "long"), ("float", "double")})
"""Iceberg's promotions: a table keeps its files, and every value stays what it was."""
_DECIMAL: Final = re.compile(r"decimal\((\d+),(\d+)\)")


def widens(was: str, now: str) -> bool:
    """Whether a type holds every value of another one, in the sense of Iceberg's schema evolution.

    Args:
        was: The type before, such as "int" or "decimal(18,4)".
        now: The type after.
    """
    if (was, now) in _WIDER:
        return True
    before, after = _DECIMAL.fullmatch(was), _DECIMAL.fullmatch(now)
    if before and after:
        return before[2] == after[2] and int(after[1]) > int(before[1])
    return False
