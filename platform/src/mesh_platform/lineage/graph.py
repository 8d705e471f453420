"""The lineage graph: which column of the mesh is computed from which, as the published documents say.

Nodes are columns, named "<table>.<column>": "sales.orders.net_amount" of a product, "sales_raw.order_lines.amount" of
a source's raw table, "landing/sales/order_lines.amount" of the files that land. A model is one node,
"sales.models.fraud": the columns that it learns and predicts from go into it, its predictions come out of it.

Needs no domain's code and no data.
"""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mesh_platform.errors import UnknownName
from mesh_platform.lineage.graph_cycles import refuse_cycles
from mesh_platform.lineage.graph_documents import Ancestry, Document, read_documents
from mesh_platform.lineage.graph_nodes import kind_of, table_of
from mesh_platform.lineage.graph_view import View, reached


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Let the garbage collector rest: it would walk a growing heap of a hundred thousand nodes again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True, slots=True)
class ColumnGraph:
    """Which column comes from which.

    Args:
        ancestry: Every node → where it comes from, and how that is known.
        table_inputs: Table → the tables it is declared to read, be it only to join or to filter.
    """

    ancestry: Mapping[str, Ancestry]
    table_inputs: Mapping[str, tuple[str, ...]]
    _uses: dict[str, tuple[str, ...]] = field(init=False, repr=False)
    _columns: dict[str, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        uses, columns = defaultdict(list), defaultdict(list)
        for node, found in self.ancestry.items():
            columns[table_of(node)].append(node)
            for origin in found.origins:
                uses[origin].append(node)
        object.__setattr__(self, "_uses", {node: tuple(sorted(users)) for node, users in uses.items()})
        object.__setattr__(self, "_columns", {table: tuple(nodes) for table, nodes in columns.items()})

    @classmethod
    def read(cls, contracts_root: Path, kept: Path | None = None) -> Self:
        """Read the graph out of the published documents.

        Args:
            contracts_root: The folder of published documents, usually `contracts/`.
            kept: A file in which to keep what the documents say, so that the next reading only looks at those that
                changed; None to read all of them.

        Raises:
            BadContract: Where a document can't be read, or a column comes from itself.
        """
        with _without_collecting():
            reading = read_documents(contracts_root, kept)
            graph = cls.of(reading.documents())
        if not reading.is_kept:
            refuse_cycles(graph.ancestry)
            if kept:
                reading.keep(kept)
        return graph

    @classmethod
    def of(cls, found: Iterable[Document]) -> Self:
        """Join what the documents say, newer major versions before older ones."""
        ancestry: dict[str, Ancestry] = {}
        inputs: dict[str, tuple[str, ...]] = {}
        for document in found:
            for node, said in document.nodes.items():
                ancestry.setdefault(node, said)
            inputs |= document.inputs
        for origin in sorted({origin for said in ancestry.values() for origin in said.origins} - ancestry.keys()):
            ancestry[origin] = Ancestry()
        return cls(ancestry, inputs)

    def up(self, column: str, depth: int | None = None) -> tuple[str, ...]:
        """List all nodes that a column comes from, the nearest first.

        Args:
            column: The column, or a model.
            depth: How many steps to follow; None for all.

        Raises:
            UnknownName: Where there is no such column.
        """
        self.said_of(column)
        return tuple(reached(column, self.direct_origins, depth))

    def down(self, column: str, depth: int | None = None) -> tuple[str, ...]:
        """List all nodes that come from a column, the nearest first.

        Args:
            column: The column, or a model.
            depth: How many steps to follow; None for all.

        Raises:
            UnknownName: Where there is no such column.
        """
        self.said_of(column)
        return tuple(reached(column, self.direct_uses, depth))

    def direct_origins(self, column: str) -> tuple[str, ...]:
        """List the nodes that a column is computed from in one step, sorted; a prediction's is its model."""
        return self.said_of(column).origins

    def direct_uses(self, column: str) -> tuple[str, ...]:
        """List the nodes that are computed from a column in one step, sorted; a feature's may be a model."""
        self.said_of(column)
        return self._uses.get(column, ())

    def origin_columns(self, column: str) -> tuple[str, ...]:
        """List the columns that a column is computed from in one step, sorted, seeing through models."""
        nodes = self.direct_origins(column)
        through = {o for node in nodes for o in (self.direct_origins(node) if kind_of(node) == "model" else (node,))}
        return tuple(sorted(through))

    def said_of(self, column: str) -> Ancestry:
        """Tell where a column comes from and how that is known.

        Raises:
            UnknownName: Where there is no such column or model.
        """
        found = self.ancestry.get(column)
        if found is None:
            raise UnknownName(self._missing(column))
        return found

    def columns(self, table: str) -> tuple[str, ...]:
        """List the names of a table's columns, in the table's order; none of a model.

        Raises:
            UnknownName: Where there is no such table.
        """
        if table not in self._columns:
            raise UnknownName.of("table", table, list(self.tables()))
        return tuple(node.rpartition(".")[2] for node in self._columns[table] if node != table)

    def tables(self) -> tuple[str, ...]:
        """List the tables, landed file sets and models."""
        return tuple(sorted(self._columns))

    def table_origins(self, table: str) -> tuple[str, ...]:
        """List the tables that a table is made from in one step: by its columns, and those that it is declared to read.

        Raises:
            UnknownName: Where there is no such table.
        """
        self.columns(table)
        by_columns = {table_of(origin) for node in self._columns[table] for origin in self.ancestry[node].origins}
        return tuple(sorted(by_columns | set(self.table_inputs.get(table, ()))))

    def table_uses(self, table: str) -> tuple[str, ...]:
        """List the tables that are made from a table in one step.

        Raises:
            UnknownName: Where there is no such table.
        """
        self.columns(table)
        by_columns = {table_of(user) for node in self._columns[table] for user in self._uses.get(node, ())}
        return tuple(sorted(by_columns | {user for user, read in self.table_inputs.items() if table in read}))

    def view(self, name: str) -> View:
        """Look at a column or a model among columns, at a table among tables.

        Args:
            name: A column, a table or a model.

        Raises:
            UnknownName: Where there is no such thing.
        """
        if name in self._columns and kind_of(name) != "model":
            return View(name, "table", self.table_origins, self.table_uses, lambda _table: ("", ""))
        self.said_of(name)
        return View(name, "column", self.direct_origins, self.direct_uses, self._made)

    def _made(self, node: str) -> tuple[str, str]:
        said = self.said_of(node)
        return said.basis, said.logic

    def _missing(self, column: str) -> str:
        table, _, name = column.rpartition(".")
        if table in self._columns:
            return str(UnknownName.of(f"column of {table}", name, list(self.columns(table))))
        alike = [node for node in self.ancestry if node.endswith(f".{column}")]
        if alike:
            return f"no table or column '{column}'; did you mean '{min(alike)}'?"
        return str(UnknownName.of("table or column", column, list(self.tables())))
