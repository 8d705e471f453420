"""The quality of a table as its page shows it: promises against what was measured, and each assertion's results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mesh_platform.catalog.page.contract import ContractView, Promise
from mesh_platform.catalog.page.entity import Aspect, Entity
from mesh_platform.catalog.page.metadata import Metadata
from mesh_platform.catalog.page.text import duration, moment, number
from mesh_platform.catalog.page.urns import column_name, entity_type, field_of
from mesh_platform.pipeline.measured import Measured

_SHOWN_RESULTS = 20
"""As many results of an assertion as fit into a line."""


@dataclass(frozen=True, slots=True)
class Level:
    """A promise of the service level beside what was measured.

    Args:
        name: What is promised.
        promised: How much.
        measured: What was found; "" where nothing measures it.
        kept: True or False where it can be judged, else None.
        says: What the promise means.
    """

    name: str
    promised: str
    measured: str
    kept: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An assertion with its results.

    Args:
        entity: The assertion.
        column: The column it is about; "" for the whole table.
        results: (time in milliseconds, "SUCCESS" or another outcome), oldest first.
    """

    entity: Entity
    column: str
    results: tuple[tuple[int, str], ...]


def levels(contract: ContractView, measured: Measured) -> list[Level]:
    """Compare a contract's service level with the lake."""
    return [_level(promise, measured) for promise in contract.promises]


def checks_of(metadata: Metadata, table: Entity) -> list[Checked]:
    """The assertions about a table with their results; those that failed last come first."""
    found = [_checked(assertion) for assertion in metadata.referring(table.urn, "assertion")]
    return sorted(found, key=lambda c: (not c.results or c.results[-1][1] == "SUCCESS", c.column, c.entity.name))


def _checked(assertion: Entity) -> Checked:
    events = assertion.events.get("assertionRunEvent", [])
    results = [(int(e["timestampMillis"]), str((e.get("result") or {}).get("type", e["status"]))) for e in events]
    return Checked(assertion, _column_of(assertion.said), tuple(results[-_SHOWN_RESULTS:]))


def _column_of(info: Aspect) -> str:
    """The columns that an assertion is about, in any of the places where DataHub's kinds of assertions name them."""
    for part in info.values():
        if isinstance(part, dict):
            named = [part.get("fieldPath"), part.get("field"), *(part.get("fields") or ())]
            columns = [
                field_of(said)[1] if entity_type(said) == "schemaField" else column_name(said)
                for said in named
                if isinstance(said, str)
            ]
            if columns:
                return ", ".join(columns)
    return ""


def _level(promise: Promise, measured: Measured) -> Level:
    judge = _JUDGES.get(promise.name)
    said, kept = judge(promise.value, measured) if judge and measured.snapshots else ("", None)
    return Level(_WORDS.get(promise.name, promise.name), _amount(promise), said, kept, promise.says)


def _amount(promise: Promise) -> str:
    if promise.unit == "share":
        return f"{promise.value:.0%}" if isinstance(promise.value, int | float) else str(promise.value)
    unit = _UNITS.get(promise.unit, promise.unit)
    return f"{promise.value} {unit.removesuffix('s') if promise.value == 1 else unit}".strip()


_WORDS = {
    "latency": "Freshness",
    "frequency": "Frequency",
    "retention": "Retention",
    "minRows": "Fewest rows",
    "maxShrink": "Largest loss of rows",
    "toleratedBadRows": "Tolerated bad rows",
    "endOfLife": "End of life",
}
_UNITS = {"h": "hours", "d": "days"}


def _freshness(hours: Any, measured: Measured) -> tuple[str, bool | None]:
    if measured.newest_row is None:
        return f"published {moment(measured.snapshots[0].published_at)}", None
    said = f"rows to {moment(measured.newest_row)}"
    behind = measured.behind_hours
    if behind is None:
        return said, None
    return f"{said}, {duration(behind)} behind the end of the newest delivery", behind <= float(hours)


def _rows(fewest: Any, measured: Measured) -> tuple[str, bool | None]:
    return f"{number(measured.snapshots[0].rows)} rows", measured.snapshots[0].rows >= int(fewest)


def _loss(most: Any, measured: Measured) -> tuple[str, bool | None]:
    lost = measured.lost_share
    return ("one snapshot only", None) if lost is None else (f"{lost:.0%} lost by the newest snapshot", lost <= most)


def _retention(days: Any, measured: Measured) -> tuple[str, bool | None]:
    count = len(measured.snapshots)
    oldest = moment(measured.snapshots[-1].published_at)
    return f"{count} snapshot{'s' * (count != 1)} readable, the oldest of {oldest}", None


def _bad_rows(share: Any, measured: Measured) -> tuple[str, bool | None]:
    return f"{number(measured.refused)} rows of its sources in quarantine", None


_JUDGES: dict[str, Callable[[Any, Measured], tuple[str, bool | None]]] = {
    "latency": _freshness,
    "minRows": _rows,
    "maxShrink": _loss,
    "retention": _retention,
    "toleratedBadRows": _bad_rows,
}
