"""Column lineage: which columns each column of a query is computed from, read off its SQL.

Only values count: a column that is merely joined on, filtered by or counted is no origin.
"""

from collections.abc import Mapping

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from mesh_platform.errors import UserError
from mesh_platform.transform.plainer import plainer

DIALECT = "duckdb"
_SHOWN = 120
"""How many characters of a query an error shows: enough to recognise it."""
Schema = Mapping[str, Mapping[str, str]]
"""Relation as "<schema>.<table>" → column → SQL type."""
Types = dict[str, str]
Origins = dict[str, tuple[str, ...]]


def columns_of(sql: str, schema: Schema) -> tuple[Types, Origins]:
    """Trace a query's columns to the relations it reads, through CTEs, subqueries and unions.

    Args:
        sql: The compiled query.
        schema: The columns of the relations, so that `select *` can be followed.

    Returns:
        Column → SQL type, and column → its origins as "<schema>.<table>.<column>", sorted.

    Raises:
        UserError: Where it is no query that can be followed.
    """
    known = _nested(schema)
    tree = plainer(_without_database(_parsed(sql)), known, DIALECT)
    typed = annotate_types(
        qualify(tree.copy(), schema=known, dialect=DIALECT, validate_qualify_columns=False, identify=False),
        schema=known,
        dialect=DIALECT,
    )
    types = {select.alias_or_name: _type(select) for select in typed.selects}  # type: ignore[attr-defined]
    nodes = lineage(None, tree, schema=known, dialect=DIALECT)
    return types, {name: tuple(sorted(_origins(node))) for name, node in nodes.items()}


def _parsed(sql: str) -> exp.Expr:
    try:
        tree = parse_one(sql, dialect=DIALECT)
    except SqlglotError as error:
        raise UserError(f"{_start(sql)}: can't be parsed ({_start(str(error))}); write it in plainer SQL") from error
    if not isinstance(tree, exp.Query):
        raise UserError(
            f"{_start(sql)}: {tree.key} can't be followed (rule: select, with, union); write it as a select"
        )
    return tree


def _start(text: str) -> str:
    return " ".join(text.split())[:_SHOWN]


def _nested(schema: Schema) -> dict[str, object]:
    groups = {relation.split(".")[0] for relation in schema}
    return {
        group: {
            relation.split(".")[1]: dict(schema[relation]) for relation in schema if relation.split(".")[0] == group
        }
        for group in groups
    }


def _without_database(tree: exp.Expr) -> exp.Expr:
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    return tree


def _type(select: exp.Expr) -> str:
    kind = select.type
    return "" if kind is None or kind.this == exp.DataType.Type.UNKNOWN else kind.sql(DIALECT).lower()


def _origins(node: Node) -> set[str]:
    found = set()
    for step in node.walk():
        if isinstance(step.expression, exp.Table) and step.expression.db:
            column = step.name.rpartition(".")[2].strip('"')
            found.add(f"{step.expression.db}.{step.expression.name}.{column}")
    return found
