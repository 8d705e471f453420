"""Draw created files as a tree."""

from collections.abc import Iterable
from typing import Any


def tree(paths: Iterable[str]) -> list[str]:
    """Draw paths as the lines of a tree, folders that hold nothing but one folder drawn as one.

    Args:
        paths: Paths of files, with "/" between the parts.
    """
    root: dict[str, Any] = {}
    for path in sorted(paths):
        node = root
        for part in path.split("/"):
            node = node.setdefault(part, {})
    return list(_lines(root, ""))


def _lines(node: dict[str, Any], indent: str) -> Iterable[str]:
    names = sorted(node)
    for name in names:
        label, below = name, node[name]
        while len(below) == 1 and (only := next(iter(below))) and below[only]:
            label, below = f"{label}/{only}", below[only]
        last = name == names[-1]
        yield f"{indent}{'└── ' if last else '├── '}{label}{'/' if below else ''}"
        yield from _lines(below, indent + ("    " if last else "│   "))
