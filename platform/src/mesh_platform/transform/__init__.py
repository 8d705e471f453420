"""The one room that starts dbt: a domain's SQL against its private DuckDB warehouse.

`transform` builds marts from pinned files, `read_mart` streams them out, `older_rows` makes an older major version of
the newest one, `check` runs all tests of a domain's SQL, `models` tells what the SQL consists of, column by column.
dbt itself is imported when it first runs (2.5 seconds).
"""

from mesh_platform.transform.build import ModelRun, Transformed, check, transform
from mesh_platform.transform.graph import Model, ModelColumn, models, origins
from mesh_platform.transform.inputs import Input, raw_schema
from mesh_platform.transform.marts import read_mart
from mesh_platform.transform.older import by_day, check_older, older_origins, older_rows

__all__ = [
    "Input",
    "Model",
    "ModelColumn",
    "ModelRun",
    "Transformed",
    "by_day",
    "check",
    "check_older",
    "models",
    "older_origins",
    "older_rows",
    "origins",
    "raw_schema",
    "read_mart",
    "transform",
]
