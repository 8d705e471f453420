"""A domain's private DuckDB file: opened by one process at a time, disposable.

What it holds can always be made again from the lake, so a file that DuckDB can't open is thrown away.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from mesh_platform.errors import WarehouseBusy
from mesh_platform.settings import Settings

THREADS = 2
MARTS = "main"
"""The schema that dbt builds its models in."""


@contextmanager
def opened(domain: str, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a domain's warehouse within the settings' memory; DuckDB spills beside the file.

    While it is open, dbt in the same process shares the one DuckDB instance and its limits.

    Raises:
        WarehouseBusy: Another process has it open.
    """
    path = settings.warehouse(domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(path)
    try:
        connection.execute(f"set memory_limit = '{settings.memory_mb}MiB'")
        connection.execute(f"set threads = {THREADS}")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(path)
    except duckdb.Error as error:
        if "could not set lock" in str(error).lower():
            raise WarehouseBusy(f"{path.name} is open in another process; end it or wait, then run again") from error
        for broken in (path, path.with_name(path.name + ".wal")):
            with suppress(FileNotFoundError):
                broken.unlink()
        return duckdb.connect(path)
