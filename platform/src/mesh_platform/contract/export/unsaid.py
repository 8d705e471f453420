"""What a contract promises and its document can't say, or can't say so that somebody else's tool could check it.

Nothing is dropped in silence: the export lists these, and the mesh keeps them all the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from mesh_platform.contract.audit.rules import Rule, Slot, rules_of
from mesh_platform.contract.columns import Contract
from mesh_platform.contract.export.quality import column_quality, is_sql
from mesh_platform.contract.shape import Column, shape_of
from mesh_platform.product import Domain


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A promise that is only kept by the mesh.

    Args:
        table: The product, or a source's raw table.
        column: The column; None where it is about rows or the table.
        rule: The rule's name, as the audit counts it.
        why: What the document says instead.
    """

    table: str
    column: str | None
    rule: str
    why: str


def unsaid(domains: Iterable[Domain]) -> list[Unsaid]:
    """List what the documents of some domains can't express, by table."""
    found: list[Unsaid] = []
    for domain in domains:
        for product in domain.products:
            found += _of_product(domain.full_name(product), product.contract)
        for source in domain.sources:
            found += _of_rows(f"{domain.name}_raw.{source.name}", source.contract)
    return sorted(found, key=lambda u: (u.table, u.column or "", u.rule))


def _of_product(table: str, contract: type[Contract]) -> Iterator[Unsaid]:
    yield from _of_rows(table, contract)
    rules = rules_of(contract)
    yield Unsaid(
        table, None, rules["max_shrink", None, 0].name, "compares two snapshots; said as service level and text"
    )
    if ("freshness", None, 0) in rules:
        yield Unsaid(table, None, "freshness", "judged against the newest delivery; said as service level and text")
    partition = shape_of(contract).partition
    if partition:
        yield Unsaid(table, partition, "partition", "partitioned by its days; said as partitioned, of no width")


def _of_rows(table: str, contract: type[Contract]) -> Iterator[Unsaid]:
    yield Unsaid(table, None, "columns", "no columns but these; ODCS leaves others open")
    for column in shape_of(contract).columns:
        yield from _of_column(table, column)
    for slot, rule in rules_of(contract).items():
        why = _unchecked(contract, slot, rule)
        if why:
            yield Unsaid(table, rule.column, rule.name, why)


def _of_column(table: str, column: Column) -> Iterator[Unsaid]:
    if isinstance(column.dtype, pl.Decimal):
        why = "exact to its decimals; said as physicalType, the logical type is any number"
        yield Unsaid(table, column.name, f"{column.name}__type", why)
    if column.meaning.holds_key:
        why = "spells out the key; said as the classification and personal data that follow from it"
        yield Unsaid(table, column.name, "holds_key", why)


def _unchecked(contract: type[Contract], slot: Slot, rule: Rule) -> str | None:
    kind, column, _ = slot
    if kind == "known":
        return "looked up when it is published; said as relationship"
    if kind == "row" and not is_sql(rule.description):
        return "written in Python; said as text"
    if kind == "check" and column:
        texts = {quality.name for quality in column_quality(contract, column) if quality.type == "text"}
        return "a check of Pandera without counterpart; said as text" if rule.name in texts else None
    return None
