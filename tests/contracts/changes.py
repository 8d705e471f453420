"""Changes of a contract, what the mesh and `datacontract breaking` make of each, and why they differ where they do.

The mesh answers with the version that a change takes: as the contract alone has it, and where somebody relies on all of
it. `datacontract breaking` answers from a consumer's side: error, warning or info. They agree where MAJOR meets error.
"""

from __future__ import annotations

from dataclasses import dataclass

from mesh_platform.contract.diff import Level
from tests.contracts.edits import Edit, added, both, column, custom, level, option, removed, row_rule, table, values


@dataclass(frozen=True)
class Change:
    """A change and its verdicts.

    Args:
        name: What changes.
        edit: Makes the change in a document.
        alone: The version that it takes where nobody is known to use the product.
        used: The version that it takes where somebody relies on every column, value and hour of it.
        theirs: The worst level of `datacontract breaking`.
        why: Why the mesh asks for more or less than that; "" where they agree.
        first: What the document holds before the change.
    """

    name: str
    edit: Edit
    alone: Level
    used: Level
    theirs: str
    why: str = ""
    first: Edit = bool

    @property
    def is_agreed(self) -> bool:
        """Whether both call it breaking, for somebody who relies on it, or neither does."""
        return (self.used is Level.MAJOR) == (self.theirs == "error")


_ANNOUNCED = both(column("short", deprecated=True), custom("short", removableFrom="2026-01-31"))
_NONE, _MINOR, _MAJOR = Level.NONE, Level.MINOR, Level.MAJOR
CHANGES = (
    Change("a column is removed", removed("short"), _MAJOR, _MAJOR, "error"),
    Change("a column is removed as announced", removed("short"), _MINOR, _MAJOR, "error", first=_ANNOUNCED),
    Change("a column is renamed", column("short", name="shorter"), _MAJOR, _MAJOR, "error"),
    Change("an optional column is added", added("new", required=False), _MINOR, _MINOR, "info"),
    Change("a required column is added", added("new", required=True), _MINOR, _MINOR, "info"),
    Change("columns change places", lambda d: table(d)["properties"].reverse(), _NONE, _NONE, "info"),
    Change("a column is deprecated", _ANNOUNCED, _MINOR, _MINOR, "info"),
    Change(
        "a value is added to a list",
        values("level", [1, 2, 3, 4]),
        _MINOR,
        _MINOR,
        "error",
        why="every consumer would be broken by it there; here it is those who tell the values apart, and they are told",
    ),
    Change(
        "a value is removed from a list",
        values("level", [1, 2]),
        _MINOR,
        _MAJOR,
        "info",
        why="rows obey the old list as well, so theirs sees no surprise; here who waits for the value waits for ever",
    ),
    Change("values are listed", values("others", [1, 2]), _NONE, _NONE, "info"),
    Change("values are not listed any more", values("level", []), _MAJOR, _MAJOR, "error"),
    Change(
        "a type is widened",
        column("low", physicalType="long"),
        _MINOR,
        _MINOR,
        "error",
        why="any other type is breaking there; here every value fits it, and Iceberg promotes it in place",
    ),
    Change(
        "a decimal is widened",
        column("amount", physicalType="decimal(20,4)"),
        _MINOR,
        _MINOR,
        "error",
        why="any other type is breaking there; here every value fits it, and Iceberg promotes it in place",
    ),
    Change("a type is narrowed", column("high", physicalType="int"), _MAJOR, _MAJOR, "error"),
    Change(
        "a number becomes text",
        column("high", physicalType="string", logicalType="string", logicalTypeOptions=None),
        _MAJOR,
        _MAJOR,
        "error",
    ),
    Change(
        "a timestamp loses its zone",
        both(column("since", physicalType="timestamp"), option("since", timezone=False, defaultTimezone=None)),
        _MAJOR,
        _MAJOR,
        "error",
    ),
    Change("required becomes optional", column("high", required=False), _MAJOR, _MAJOR, "error"),
    Change("optional becomes required", column("short", required=True), _NONE, _NONE, "info"),
    Change("the key gets a column", column("kind", primaryKey=True, primaryKeyPosition=2), _MAJOR, _MAJOR, "error"),
    Change(
        "the key is another column",
        both(
            column("word", primaryKey=None, primaryKeyPosition=None, unique=None),
            column("kind", primaryKey=True, primaryKeyPosition=1, unique=True),
        ),
        _MAJOR,
        _MAJOR,
        "error",
    ),
    Change("a column need not be unique", column("number", unique=None), _MAJOR, _MAJOR, "error"),
    Change("a bound is tightened", option("tenth", minimum=0.2), _NONE, _NONE, "info"),
    Change("a bound is loosened", option("tenth", minimum=0), _MAJOR, _MAJOR, "error"),
    Change("a bound is excluded", option("tenth", minimum=None, exclusiveMinimum=0.1), _NONE, _NONE, "info"),
    Change("a bound is added", option("tenth", maximum=1), _NONE, _NONE, "info"),
    Change("a bound is removed", option("rate", maximum=None), _MAJOR, _MAJOR, "error"),
    Change(
        "a pattern is another one",
        option("code", pattern="^[a-d]{2}"),
        _MAJOR,
        _MAJOR,
        "warning",
        why="which pattern is wider can't be told; theirs warns, here the promise that was given is gone",
    ),
    Change("a pattern is removed", option("anchored", pattern=None), _MAJOR, _MAJOR, "error"),
    Change("a rule of rows is added", row_rule("another", "low < high"), _NONE, _NONE, "info"),
    Change(
        "a rule of rows is another one",
        row_rule("a_row_rule", "high > 0"),
        _MAJOR,
        _MAJOR,
        "warning",
        why="which rule is stricter can't be told; theirs warns, here the promise that was given is gone",
    ),
    Change("a rule of rows is removed", row_rule("a_row_rule", None), _MAJOR, _MAJOR, "error"),
    Change(
        "a unit is another one",
        custom("amount", unit="USD"),
        _MAJOR,
        _MAJOR,
        "info",
        why="no check reads a unit, so theirs passes it by; here the same number means something else",
    ),
    Change("a reference is removed", column("sku", relationships=None), _MAJOR, _MAJOR, "error"),
    Change("a column becomes more secret", column("short", classification="restricted"), _MINOR, _MINOR, "info"),
    Change("a column turns out to be personal", custom("short", personal="name"), _MINOR, _MINOR, "info"),
    Change("a description is mended", column("short", description="A text of three letters"), _NONE, _NONE, "info"),
    Change(
        "rows may be older",
        level("latency", 48),
        _MINOR,
        _MAJOR,
        "info",
        why="theirs knows a property 'freshness' alone; here it breaks who asked for newer rows",
    ),
    Change("rows are newer", level("latency", 12), _NONE, _NONE, "info"),
    Change("snapshots are kept for less time", level("retention", 7), _MINOR, _MINOR, "info"),
    Change("the table is moved", lambda d: table(d).update(physicalName="tested.elsewhere"), _MAJOR, _MAJOR, "error"),
    Change(
        "the partition is another one",
        both(
            column("day", partitioned=None, partitionKeyPosition=None),
            column("day_of", partitioned=True, partitionKeyPosition=1),
        ),
        _MINOR,
        _MINOR,
        "info",
    ),
    Change("the product is deprecated", lambda d: d.update(status="deprecated"), _MINOR, _MINOR, "info"),
)
