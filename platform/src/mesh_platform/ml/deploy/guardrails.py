"""Says when a canary is taken back: it fails, is slow, or answers otherwise than the champion does at the same time.

Canary and champion are asked by entities that chance draws, so that in the same window both should see alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mesh_platform.ml.live import Answer, Inputs


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer of a version, as far as it is watched.

    Args:
        at: When, in seconds of a monotonic clock.
        seconds: How long scoring took.
        failed: Whether the version raised or came too late, so that another one answered.
        number: The answer's watched number; None where there is none.
        business: The business metric's value; None where there is none.
    """

    at: float
    seconds: float
    failed: bool
    number: float | None = None
    business: float | None = None


@dataclass(frozen=True, slots=True)
class BusinessMetric:
    """What the business watches of each answer, such as the share of orders that are declined.

    Args:
        name: For people.
        of: Inputs and answer → its value; None where it says nothing of this one.
        most_change: By how much the canary's mean may differ from the champion's, in the metric's unit.
    """

    name: str
    of: Callable[[Inputs, Answer], float | None]
    most_change: float


@dataclass(frozen=True, slots=True)
class Guardrails:
    """The limits of a canary. A `LiveModel` may have its own as `guardrails`.

    Args:
        window_seconds: How far back answers count.
        least: The fewest answers of the canary, and of the champion where they are compared, from which it is judged.
        error_rate: The largest share of failures, where it is also above the champion's.
        slower: How many times the champion's p99 the canary's may be,
        slow_ms: where it is also above this: nobody notices a tripled microsecond.
        psi: The largest population stability index of the watched numbers; above 0.25 a shift is commonly called major
            (Siddiqi, Credit Risk Scorecards, 2006).
        business: The business metric.
    """

    window_seconds: float = 600.0
    least: int = 200
    error_rate: float = 0.02
    slower: float = 2.0
    slow_ms: float = 5.0
    psi: float = 0.25
    business: BusinessMetric | None = None


BINS = 5
"""Of the champion's numbers: few enough that 200 answers a side differ by chance by less than half the limit."""


def breach(rails: Guardrails, canary: Sequence[Seen], champion: Sequence[Seen], now: float) -> str | None:
    """Say why a canary must be taken back.

    Args:
        rails: The limits.
        canary: What was seen of the canary.
        champion: What was seen of the champion.
        now: The time on the clock of `Seen.at`.

    Returns:
        The reason with its figures; None where it may go on, or too little was seen.
    """
    new = [seen for seen in canary if now - seen.at <= rails.window_seconds]
    old = [seen for seen in champion if now - seen.at <= rails.window_seconds]
    if len(new) < rails.least:
        return None
    if failing := _failing(rails, new, old):
        return failing
    if len(old) < rails.least:
        return None
    return _slow(rails, new, old) or _drifted(rails, new, old) or _bad_business(rails, new, old)


def _failing(rails: Guardrails, new: Sequence[Seen], old: Sequence[Seen]) -> str | None:
    rate, usual = (sum(s.failed for s in seen) / max(len(seen), 1) for seen in (new, old))
    if rate <= max(rails.error_rate, usual):
        return None
    return f"error rate {rate:.1%} of {len(new)} answers (rule: at most {max(rails.error_rate, usual):.1%})"


def _slow(rails: Guardrails, new: Sequence[Seen], old: Sequence[Seen]) -> str | None:
    p99, usual = (percentile([s.seconds * 1000 for s in seen if not s.failed], 0.99) for seen in (new, old))
    limit = max(rails.slower * usual, rails.slow_ms)
    return f"p99 {p99:.1f} ms (rule: at most {limit:.1f} ms; champion {usual:.1f} ms)" if p99 > limit else None


def _drifted(rails: Guardrails, new: Sequence[Seen], old: Sequence[Seen]) -> str | None:
    numbers, usual = ([s.number for s in seen if s.number is not None] for seen in (new, old))
    if min(len(numbers), len(usual)) < rails.least:
        return None
    index = psi(usual, numbers)
    return f"answers' PSI against the champion {index:.2f} (rule: at most {rails.psi})" if index > rails.psi else None


def _bad_business(rails: Guardrails, new: Sequence[Seen], old: Sequence[Seen]) -> str | None:
    values, usual = ([s.business for s in seen if s.business is not None] for seen in (new, old))
    if rails.business is None or min(len(values), len(usual)) < rails.least:
        return None
    change = abs(sum(values) / len(values) - sum(usual) / len(usual))
    if change <= rails.business.most_change:
        return None
    return f"{rails.business.name} differs by {change:.3g} (rule: at most {rails.business.most_change:.3g})"


def psi(usual: Sequence[float], numbers: Sequence[float]) -> float:
    """The population stability index of numbers against usual ones, in quantile bins of the usual ones.

    Args:
        usual: At least one number.
        numbers: At least one number.
    """
    ordered = sorted(usual)
    edges = sorted({ordered[len(ordered) * n // BINS] for n in range(1, BINS)})
    shares = (_shares(edges, usual), _shares(edges, numbers))
    return math.fsum((b - a) * math.log(b / a) for a, b in zip(*shares, strict=True))


def _shares(edges: Sequence[float], values: Sequence[float]) -> list[float]:
    """Shares of the bins; half a count is added to each, so that an empty one has a logarithm."""
    from bisect import bisect_right

    counts = [0.5] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    return [count / sum(counts) for count in counts]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share of the values does not exceed; 0 of none."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def watched_number(value: Any) -> float | None:
    """The number of an answer that is watched: itself, or the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    return float(value) if isinstance(value, int | float) else None
