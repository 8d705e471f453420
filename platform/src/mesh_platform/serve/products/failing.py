"""DuckDB's errors in the mesh's words: whose mistake it is and what helps, with nothing of the query or its values."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from mesh_platform.errors import MeshFailure
from mesh_platform.serve.problems import Problem


class EngineFailed(MeshFailure):
    """The engine failed at a statement of ours."""

    retry_helps = True


class Failing:
    """A block in which DuckDB may fail.

    Args:
        give_up: Called where the engine can't be used any more.
    """

    def __init__(self, give_up: Callable[[], None]) -> None:
        self._give_up = give_up

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise what the error means for the caller."""
        import duckdb

        # Arrow hands on what DuckDB says in the middle of a stream as an error of its own.
        if error is None or not isinstance(error, (duckdb.Error, OSError)):
            return
        said = str(error)
        if isinstance(error, (duckdb.InternalException, duckdb.FatalException)) or "INTERNAL Error" in said:
            self._give_up()
        if isinstance(error, (duckdb.OutOfRangeException, duckdb.ConversionException)):
            raise Problem(
                422, "out-of-range", "a sum is beyond 64 bits; ask for fewer rows at a time", rule="within 64 bits"
            ) from error
        if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in said:
            raise Problem(
                503, "too-large", "this takes more memory than there is; filter, or ask for fewer columns or groups"
            ) from error
        if isinstance(error, duckdb.IOException) or "No such file" in said:
            raise Problem(
                410, "snapshot-gone", "the snapshot was removed while it was read; ask for the current one"
            ) from error
        raise EngineFailed(f"the engine failed: {type(error).__name__}") from error
