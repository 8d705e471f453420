"""Whether rules promise more than before or less."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from mesh_platform.contract.diff.change import Change, Effect, Level
from mesh_platform.contract.diff.interface import Document

_SAID_ELSEWHERE: Final = frozenset({"key", "min_rows", "max_shrink", "freshness"})
"""Rules that repeat the key or the service level, where they are compared."""
_LOWER: Final = ("minimum", "exclusiveMinimum")
_UPPER: Final = ("maximum", "exclusiveMaximum")


def rule_changes(told: Change, before: Document, after: Document) -> Iterator[Change]:
    """List the rules of a column or a table that promise more or less than they did.

    Args:
        told: Names what the rules are about, and whom they reach; each change is made from it.
        before: The property or the table as it was published.
        after: The property or the table as it is now.
    """
    was, now = before.get("logicalTypeOptions") or {}, after.get("logicalTypeOptions") or {}
    yield from _bound(told, was, now, _LOWER, up=True)
    yield from _bound(told, was, now, _UPPER, up=False)
    yield from _bound(told, was, now, ("minLength",), up=True)
    yield from _bound(told, was, now, ("maxLength",), up=False)
    yield from _either(told, "pattern", was.get("pattern"), now.get("pattern"))
    if not (before.get("primaryKey") or after.get("primaryKey")):  # a key's uniqueness is compared with the key
        yield from _either(told, "unique", before.get("unique"), after.get("unique"))
    rules, new = _quality(before), _quality(after)
    for name in sorted(rules.keys() | new.keys()):
        if not _is_same(rules.get(name), new.get(name)):
            yield from _either(told, name, rules.get(name), new.get(name))


def _bound(told: Change, was: Document, now: Document, names: tuple[str, ...], *, up: bool) -> Iterator[Change]:
    before, after = _strictest(was, names, up=up), _strictest(now, names, up=up)
    if before == after:
        return
    tighter = before is None or (after is not None and _is_tighter(before, after, up=up))
    said = f"{names[0]} {_shown(before)} → {_shown(after)}"
    yield _tightened(told, said) if tighter else _loosened(told, said)


def _strictest(options: Document, names: tuple[str, ...], *, up: bool) -> tuple[Any, bool] | None:
    """The bound and whether it is excluded itself."""
    bounds = [(options[name], name.startswith("exclusive")) for name in names if name in options]
    strictest: tuple[Any, bool] | None = None
    for bound in bounds:
        if strictest is None or _is_tighter(strictest, bound, up=up):
            strictest = bound
    return strictest


def _is_tighter(before: tuple[Any, bool], after: tuple[Any, bool], *, up: bool) -> bool:
    if before[0] == after[0]:
        return after[1] and not before[1]
    try:
        return bool(after[0] > before[0]) if up else bool(after[0] < before[0])
    except TypeError:  # a day became a number: the promise is another one
        return False


def _shown(bound: tuple[Any, bool] | None) -> str:
    if bound is None:
        return "none"
    return f"{bound[0]}{' (excluded)' if bound[1] else ''}"


def _either(told: Change, name: str, was: Any, now: Any) -> Iterator[Change]:
    """A rule that can't be measured: it comes, goes, or is another one, which may promise less."""
    if was == now:
        return
    if was is None:
        yield _tightened(told, f"{name} is promised")
    elif now is None:
        yield _loosened(told, f"{name} is not promised any more")
    else:
        yield _loosened(told, f"{name} is another rule")


def _quality(element: Document) -> Mapping[str, Document]:
    """Rules by name; a list of allowed values is compared as such."""
    return {
        rule["name"]: rule
        for rule in element.get("quality") or ()
        if rule["name"] not in _SAID_ELSEWHERE and rule.get("metric") != "invalidValues"
    }


def _is_same(was: Document | None, now: Document | None) -> bool:
    """Whether two rules of one name promise the same: in the same form, or in the same words."""
    if was is None or now is None:
        return was is now
    if was.get("type") == now.get("type") and was.get("type") != "text":
        return _without_words(was) == _without_words(now)
    return _promise(was) == _promise(now)


def _without_words(rule: Document) -> dict[str, Any]:
    return {part: said for part, said in rule.items() if part != "description"}


def _promise(rule: Document) -> str:
    return str(rule.get("description", "")).removeprefix("Every value: ").removeprefix("Every row: ")


def _tightened(told: Change, said: str) -> Change:
    return replace(told, kind="rule tightened", said=said, whom="nobody")


def _loosened(told: Change, said: str) -> Change:
    return replace(told, kind="rule loosened", said=said, level=Level.MAJOR, effect=Effect.AT_RISK)
