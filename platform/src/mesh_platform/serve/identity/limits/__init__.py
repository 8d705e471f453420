"""How often a consumer may ask, and how many rows it may take a day."""

from mesh_platform.serve.identity.limits.allowance import Allowance, Counter
from mesh_platform.serve.identity.limits.local import LocalCounter
from mesh_platform.serve.identity.limits.shared import RedisCounter, Sheltered

__all__ = ["Allowance", "Counter", "LocalCounter", "RedisCounter", "Sheltered", "counter_at"]


def counter_at(url: str) -> Counter:
    """Choose where requests and rows are counted.

    Args:
        url: The Redis in which several machines count together; "" where each worker counts for itself.
    """
    return Sheltered(RedisCounter(url), LocalCounter()) if url else LocalCounter()
