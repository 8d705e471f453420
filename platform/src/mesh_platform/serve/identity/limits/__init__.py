"""How often a consumer may ask, and how many rows it may take a day."""

from pathlib import Path

from mesh_platform.serve.identity.limits.allowance import Allowance, Counter
from mesh_platform.serve.identity.limits.file import FileCounter
from mesh_platform.serve.identity.limits.local import LocalCounter
from mesh_platform.serve.identity.limits.shared import RedisCounter, Sheltered

__all__ = ["Allowance", "Counter", "FileCounter", "LocalCounter", "RedisCounter", "Sheltered", "counter_at"]


def counter_at(url: str, path: Path) -> Counter:
    """Choose where requests and rows are counted.

    Args:
        url: The Redis in which several machines count together; "" where there is one machine.
        path: The file in which the workers of one machine count together.
    """
    return Sheltered(RedisCounter(url) if url else FileCounter(path), LocalCounter())
