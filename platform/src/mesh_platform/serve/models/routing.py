"""Decides who answers a request, and who does where that one can't: pure, of the lineup and the request alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesh_platform.ml.deploy.share import drawn
from mesh_platform.serve.problems import Problem

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mesh_platform.serve.models.lineup import Lineup
    from mesh_platform.serve.models.live import LiveProduct
    from mesh_platform.serve.models.loaded import Loaded

CHAMPION, CANARY, FALLBACK, PINNED = "champion", "canary", "fallback", "pinned"


@dataclass(frozen=True, slots=True)
class Way:
    """Who is to answer a request.

    Args:
        route: "champion", "canary", "fallback" or "pinned".
        reason: Why not the champion; "" where it is.
        chain: The versions in the order in which they are asked.
    """

    route: str
    reason: str
    chain: tuple[Loaded, ...]


def ways(
    product: LiveProduct, lineup: Lineup, requests: Sequence[BaseModel], version: int | None, fault: str
) -> list[tuple[Way, list[int]]]:
    """Decide who answers which of the requests.

    Args:
        product: The model.
        lineup: The versions that are loaded.
        requests: The requests.
        version: The version that must answer; None for those that are deployed.
        fault: Why inputs could not be gathered; "" where they were. Then the baseline is asked first.

    Returns:
        Each way with the indexes of its requests.

    Raises:
        Problem: 404 where the version is not loaded.
    """
    everybody = list(range(len(requests)))
    if version is not None:
        return [(_pinned(product.name, lineup, version), everybody)]
    if fault:
        chain = filter(None, (lineup.baseline, lineup.champion, lineup.previous))
        return [(Way(FALLBACK, fault, tuple(chain)), everybody)]
    champion, canary = _champion_way(lineup), lineup.canary
    if canary is None:
        return [(champion, everybody)]
    share, field = lineup.deployment.share, product.live.entity
    ours: list[int] = []
    theirs: list[int] = []
    for index, request in enumerate(requests):
        chosen = drawn(product.name, canary.version, str(getattr(request, field)), share)
        (theirs if chosen else ours).append(index)
    way = Way(CANARY, "", (canary, *champion.chain))
    return [(w, indexes) for w, indexes in ((champion, ours), (way, theirs)) if indexes]


def _champion_way(lineup: Lineup) -> Way:
    chain = tuple(filter(None, (lineup.champion, lineup.previous, lineup.baseline)))
    if lineup.champion is not None:
        return Way(CHAMPION, "", chain)
    return Way(FALLBACK, lineup.problems.get("champion", "no version may predict yet"), chain)


def _pinned(model: str, lineup: Lineup, number: int) -> Way:
    found = lineup.version(number)
    if found is None:
        known = ", ".join(str(v.version) for v in lineup.loaded)
        raise Problem(
            404,
            "unknown-version",
            f"model '{model}' has no loaded version {number}; there are: {known}",
            field="version",
            value=number,
            rule=f"one of {known}",
        )
    return Way(PINNED, "", (found,))
