"""Samples of served features that wait to be compared: a file a view and server, so each is taken by whom it is of.

Whoever compares moves the files of its views aside; servers begin new ones. What a comparison that died has left is
taken by the next. One comparison runs at a time.
"""

from __future__ import annotations

import fcntl
import json
import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

Sample = dict[str, Any]
AT_ONCE = 5_000
"""Samples that are compared in one question to the lake."""


def folder_of(home: Path) -> Path:
    """Where samples wait."""
    return home / "online" / "served"


def file_of(home: Path, view: str, server: str) -> Path:
    """Where a server writes the samples of a view.

    Args:
        home: The home of the mesh.
        view: The view with its version, as `definition.id_of` names it.
        server: Names the process; no two have the same.
    """
    return folder_of(home) / f"{quote(view, safe='@')}.{server}.jsonl"


@contextmanager
def comparing(home: Path) -> Iterator[None]:
    """Be the only comparison; another one waits. The operating system ends it with its process."""
    path = home / "online" / "parity.lock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def take(home: Path, views: Collection[str], others: timedelta) -> list[Path]:
    """Take files away from their servers.

    Args:
        home: The home of the mesh.
        views: Take all of these, by id.
        others: Take those of other views when nothing was written to them for so long.

    Returns:
        The files that are the caller's to remove.
    """
    folder, since = folder_of(home), (datetime.now(UTC) - others).timestamp()
    for path in folder.glob("[!.]*.jsonl"):
        if _view_of(path) in views or path.stat().st_mtime <= since:
            path.rename(path.with_suffix(f".{secrets.token_hex(4)}.taken"))
    left = folder.glob("[!.]*.taken")
    return sorted(path for path in left if _view_of(path) in views or path.stat().st_mtime <= since)


def groups(files: Iterable[Path]) -> Iterator[list[Sample]]:
    """Read samples of one view at one snapshot, so many at a time."""
    waiting: dict[tuple[str, int], list[Sample]] = {}
    for path in files:
        with path.open(encoding="utf-8") as lines:
            for sample in map(json.loads, _whole(lines)):
                group = waiting.setdefault((sample["view"], sample["snapshot"]), [])
                group.append(sample)
                if len(group) == AT_ONCE:
                    yield waiting.pop((sample["view"], sample["snapshot"]))
    yield from waiting.values()


def _view_of(path: Path) -> str:
    """The view with its version that a file is of."""
    view, _, rest = path.name.rpartition("@")
    return f"{unquote(view)}@{rest.partition('.')[0]}"


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """Lines that were written to their end: the last one of a server that was killed may not be."""
    return (line for line in lines if line.endswith("\n"))
