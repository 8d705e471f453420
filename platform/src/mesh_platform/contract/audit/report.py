"""What an audit found: a count a rule, and one line of plain words a breach.

A line shows keys and values so that the rows can be found, but never a value of a column that is confidential,
restricted or personal: messages end in logs that more people read than the table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mesh_platform.contract.audit.rules import Kind, Rule, Slot, rules_of
from mesh_platform.contract.columns import Contract
from mesh_platform.contract.shape import Column, shape_of
from mesh_platform.errors import ContractBroken

EXAMPLES = 3
"""How many broken rows a line shows: enough to find the cause, few enough to read."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that did not hold.

    Args:
        rule: The rule's name.
        kind: What kind of rule it is.
        column: The column it is about; None for the row or the table.
        description: The promise.
        broken: How many rows broke it; 0 where the breach is not about single rows.
        rows: How many rows were checked.
        message: The line for people.
    """

    rule: str
    kind: Kind
    column: str | None
    description: str
    broken: int
    rows: int
    message: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Every rule that was checked, with the number of rows that broke it.

    Args:
        table: The table's full name.
        rows: How many new rows were checked.
        checked: Rule name → broken rows (or 1 where a table's rule broke); rules that did not apply are absent.
        breaches: The broken rules, in the audit's order.
    """

    table: str
    rows: int
    checked: Mapping[str, int]
    breaches: tuple[Breach, ...]

    @property
    def passed(self) -> int:
        """How many rules held."""
        return len(self.checked) - len(self.breaches)

    def accepted(self) -> int:
        """Tell how many rules held where all did.

        Raises:
            ContractBroken: With one line a broken rule, and the `breaches` themselves.
        """
        if self.breaches:
            raise ContractBroken("\n".join(breach.message for breach in self.breaches), self.breaches)
        return self.passed


@dataclass(slots=True)
class _Finding:
    broken: int = 0
    examples: list[str] = field(default_factory=list)
    said: str = ""


class Findings:
    """Collects what the parts of an audit find."""

    def __init__(self, table: str, contract: type[Contract]) -> None:
        self.table = table
        self.rows = 0
        self._rules = rules_of(contract)
        self._columns = {c.name: c for c in shape_of(contract).columns}
        self._key = shape_of(contract).key
        self._found: dict[Slot, _Finding] = {}

    @property
    def broken(self) -> bool:
        """Whether any rule is broken so far."""
        return any(found.broken for found in self._found.values())

    def checked(self, slot: Slot) -> None:
        """Note that a rule was checked."""
        self._found.setdefault(slot, _Finding())

    def rows_broke(self, slot: Slot, broken: int, rows: Iterable[Mapping[str, Any]], places: Iterable[str]) -> None:
        """Count rows that broke a rule.

        Args:
            slot: The rule.
            broken: How many rows broke it.
            rows: The first of these rows, with their key and the rule's column.
            places: Where each of them is, for keys that may not be shown.
        """
        finding = self._found.setdefault(slot, _Finding())
        finding.broken += broken
        for row, place in zip(rows, places, strict=False):
            if len(finding.examples) < EXAMPLES:
                finding.examples.append(self._example(slot[1], row, place))

    def table_broke(self, slot: Slot, said: str) -> None:
        """Note that the table broke a rule, and how."""
        finding = self._found.setdefault(slot, _Finding())
        finding.broken = max(finding.broken, 1)
        finding.said = f"{finding.said}; {said}" if finding.said else said

    def may_show(self, column: str | None) -> bool:
        """Whether a column's values may be told; None asks for every column, as for a rule across them."""
        return all(_may_be_shown(c) for c in self._columns.values() if column in (None, c.name))

    def report(self) -> AuditReport:
        """Close the audit."""
        order = [slot for slot in self._rules if slot in self._found]
        return AuditReport(
            table=self.table,
            rows=self.rows,
            checked={self._rules[slot].name: self._found[slot].broken for slot in order},
            breaches=tuple(self._breach(slot) for slot in order if self._found[slot].broken),
        )

    def _breach(self, slot: Slot) -> Breach:
        rule, found = self._rules[slot], self._found[slot]
        line = f"{self._subject(rule)}: {self._what(rule, found)}; snapshot not published; {_REMEDIES[slot[0]]}"
        counted = 0 if found.said else found.broken
        return Breach(rule.name, slot[0], rule.column, rule.description, counted, self.rows, line)

    def _subject(self, rule: Rule) -> str:
        return f"{self.table}.{rule.column}" if rule.column else self.table

    def _what(self, rule: Rule, found: _Finding) -> str:
        if found.said:
            return f"{found.said} (rule: {rule.description})"
        examples = f"; e.g. {' | '.join(found.examples)}" if found.examples else ""
        return f"{found.broken:,} of {self.rows:,} rows {rule.wrong} (rule: {rule.description}{examples})"

    def _example(self, column: str | None, row: Mapping[str, Any], place: str) -> str:
        shown = [f"{name}={row[name]}" for name in self._key if _may_be_shown(self._columns[name])]
        where = ", ".join(shown) or place
        if column is None or column in self._key or not _may_be_shown(self._columns[column]):
            return where
        return f"{where} has {row[column]}"


def _may_be_shown(column: Column) -> bool:
    return column.meaning.classification in ("public", "internal") and column.meaning.personal is None


_MEND = "correct the model's rows, or the contract if the rows are right"
_REMEDIES = {
    "columns": "let the model select exactly the contract's columns",
    "type": "cast the column in the model",
    "present": _MEND,
    "check": _MEND,
    "unique": _MEND,
    "key": "remove the duplicates in the model, or widen the contract's key",
    "known": "publish the referenced rows first, or leave the value empty",
    "row": _MEND,
    "min_rows": "look for missing deliveries, or lower service_level.min_rows",
    "max_shrink": "look for missing deliveries, or raise service_level.max_shrink",
    "freshness": "look for late deliveries or rows filtered out, or widen service_level.freshness",
}
"""What to do about a broken rule, by its kind."""
