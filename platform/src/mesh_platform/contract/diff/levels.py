"""Whether a service level promises more than before or less."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from mesh_platform.contract.diff.change import Change, Effect, Level
from mesh_platform.contract.export.read import END_OF_LIFE

_BETTER_IF_LESS: Final = {"latency": True, "frequency": True, "retention": False, "minRows": False, "maxShrink": True}
"""Property → whether a smaller value promises more; what the mesh tolerates in a delivery is the producer's own."""


def service_level_changes(change: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """List the promises beyond the rows that are kept better or worse than before.

    Args:
        change: Names the table and the major version; each change is made from it.
        before: Property → value, as it was published.
        after: Property → value, as it is now.
    """
    for name in sorted((before.keys() | after.keys()) - {END_OF_LIFE}):
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        said = f"{name} {was if was is not None else 'not promised'} → {now if now is not None else 'not promised'}"
        if not _is_worse(name, was, now):
            yield replace(change, kind="service level raised", said=said)
            continue
        lowered = replace(change, kind="service level lowered", said=said, level=Level.MINOR)
        if name == "latency" and now is not None:
            yield replace(lowered, whom="freshness", effect=Effect.BROKEN, hours=float(now))
        elif name == "latency":
            yield replace(lowered, whom="freshness", effect=Effect.BROKEN, hours=float("inf"))
        else:
            yield replace(lowered, whom="product", effect=Effect.AT_RISK)


def _is_worse(name: str, was: Any, now: Any) -> bool:
    if name not in _BETTER_IF_LESS or was is None:
        return False
    if now is None:
        return True
    return bool(now > was) if _BETTER_IF_LESS[name] else bool(now < was)
