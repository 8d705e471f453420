"""Personal data masked by its contract: the one switch that `mesh show`, the catalog and every sample obey.

Lives with the published documents, so that rooms which must not know each other mask alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from mesh_platform.contract.export.read import PublishedColumn

MASK: Final = "•••"
"""Shown in place of personal data that is confidential or restricted."""
OPEN: Final = frozenset({"public", "internal"})
"""Classifications under which personal data may be seen by everybody inside."""


def masked_columns(columns: Iterable[PublishedColumn]) -> frozenset[str]:
    """Name the columns whose values are hidden unless somebody asks for them in clear."""
    return frozenset(c.name for c in columns if c.personal and c.classification not in OPEN)


def masked(rows: Iterable[Mapping[str, Any]], columns: Sequence[PublishedColumn]) -> list[dict[str, Any]]:
    """Hide personal data in rows; what is missing stays missing.

    Args:
        rows: Rows by column name.
        columns: The columns as their contract publishes them.
    """
    hidden = masked_columns(columns)
    return [{k: MASK if k in hidden and v is not None else v for k, v in row.items()} for row in rows]
