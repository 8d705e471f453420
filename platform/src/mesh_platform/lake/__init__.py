"""The lake: the one way rows are stored and read — write, audit, publish; time travel; expiry.

Light to import: engines come in where a method needs them.
"""

from mesh_platform.lake.lake import Lake
from mesh_platform.lake.layout import TableLayout
from mesh_platform.lake.pinned import Pinned
from mesh_platform.lake.snapshots import (
    Audit,
    Candidate,
    DataFile,
    Days,
    Erased,
    Made,
    Replace,
    RowsOf,
    Snapshot,
    Swept,
    WholeTable,
)

__all__ = [
    "Audit",
    "Candidate",
    "DataFile",
    "Days",
    "Erased",
    "Lake",
    "Made",
    "Pinned",
    "Replace",
    "RowsOf",
    "Snapshot",
    "Swept",
    "TableLayout",
    "WholeTable",
]
