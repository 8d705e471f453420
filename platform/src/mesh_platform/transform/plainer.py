"""SQL said in plainer SQL before its columns are traced: the tracing library reads these three forms wrongly.

Only where values come from is kept, not which rows there are.
"""

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify


def plainer(tree: exp.Expr, schema: Mapping[str, object], dialect: str) -> exp.Expr:
    """Rewrite named windows, unions by name, and sets of which one side only filters the other.

    Args:
        tree: A parsed query; it is changed.
        schema: Schema → table → column → type, to expand stars under a union by name.
        dialect: The query's dialect.
    """
    for select in list(tree.find_all(exp.Select)):
        _spell_out_windows(select)
    for filtered in list(tree.find_all(exp.Except, exp.Intersect))[::-1]:  # the innermost first
        first = _first_side(filtered)
        if filtered is tree:
            tree = first
        else:
            filtered.replace(first)
    if any(union.args.get("by_name") for union in tree.find_all(exp.SetOperation)):
        tree = qualify(tree, schema=dict(schema), dialect=dialect, validate_qualify_columns=False, identify=False)
        for union in list(tree.find_all(exp.SetOperation))[::-1]:
            _by_position(union)
    return tree


def _spell_out_windows(select: exp.Select) -> None:
    """`sum(x) over w` with `window w as (…)` says the same as `sum(x) over (…)`."""
    named = {window.name: window for window in select.args.get("windows") or ()}
    for window in select.find_all(exp.Window):
        definition = named.get(window.alias)
        if definition is None or window is definition:
            continue
        for part in ("partition_by", "order", "spec"):
            value = definition.args.get(part)
            if value is not None and not window.args.get(part):
                copied = [v.copy() for v in value] if isinstance(value, list) else value.copy()
                window.set(part, copied)


def _first_side(filtered: exp.SetOperation) -> exp.Expr:
    """`except` and `intersect` hand on the first side's values; the second side only chooses among them."""
    first: exp.Expr = filtered.this.copy()
    written = filtered.args.get("with_")
    if written is not None:
        inner = first.args.get("with_")
        ctes = [*written.expressions, *(inner.expressions if inner else ())]
        first.set("with_", exp.With(expressions=[cte.copy() for cte in ctes], recursive=written.args.get("recursive")))
    return first


def _by_position(union: exp.SetOperation) -> None:
    """Give both sides of a union by name the same columns in the same order, null where one has none."""
    if not union.args.get("by_name"):
        return
    sides = [union.this, union.expression]
    names = list(dict.fromkeys(name for side in sides for name in side.named_selects))
    for side in sides:
        for select in _selects(side):
            have = dict(zip(select.named_selects, select.expressions, strict=True))
            select.set("expressions", [have[n].copy() if n in have else exp.alias_(exp.Null(), n) for n in names])
    union.set("by_name", False)


def _selects(side: exp.Expr) -> list[exp.Select]:
    """The selects whose columns a side has: one, or those of the unions it consists of."""
    inner = side.unnest()
    if isinstance(inner, exp.SetOperation):
        return _selects(inner.this) + _selects(inner.expression)
    return [inner] if isinstance(inner, exp.Select) else []
