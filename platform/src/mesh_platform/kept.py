"""Answers that follow from the code alone: worked out once, kept under the home, and shared where a cache is set.

Parsing and tracing a domain's SQL takes seconds and says the same thing as long as the code is the same. Every home
keeps the answers that it used; `MESH_CACHE` names a folder in which several homes of one machine find each other's.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from mesh_platform.settings import Settings

MOST = 8
"""Answers of one kind that a folder keeps: those of the versions of the code that somebody may go back to."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an answer is kept.

    Args:
        path: Its file under the home.
        shared: The same in the cache that homes share, or None.
        kind: The question: what begins the names of all answers to it.
    """

    path: Path
    shared: Path | None
    kind: str

    @classmethod
    def of(cls, settings: Settings, folder: str, kind: str, version: str, suffix: str) -> Kept:
        """Place the answer to a question.

        Args:
            settings: Says where the home and the cache are.
            folder: The folder within each.
            kind: The question, such as "sales".
            version: What the answer follows from: another one is another answer.
            suffix: How the file's name ends, such as ".json".
        """
        name = f"{kind}-{version}{suffix}"
        shared = settings.cache / folder / name if settings.cache else None
        return cls(settings.home / folder / name, shared, kind)

    def read(self) -> bytes | None:
        """Read the answer; None where nobody has worked it out."""
        if not self.path.exists() and self.shared and self.shared.exists():
            self._write(self.path, self.shared.read_bytes())
        try:
            answer = self.path.read_bytes()
            os.utime(self.path)  # the newest is the one in use
        except FileNotFoundError:
            return None
        return answer

    def write(self, answer: bytes) -> None:
        """Keep the answer, here and where others look for it."""
        for path in (self.path, self.shared):
            if path is not None:
                self._write(path, answer)

    def _write(self, path: Path, answer: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        draft.write_bytes(answer)
        draft.replace(path)
        for old in answers(path.parent, self.kind, path.suffix)[MOST:]:
            old.unlink(missing_ok=True)


def version_of(folders: Iterable[Path], suffixes: Collection[str], *more: str) -> str:
    """Digest the files under folders: where they lie within them, and what is in them.

    Args:
        folders: Where to look; what tools leave in folders called "target" is left out.
        suffixes: How the files' names end.
        more: What else an answer follows from, such as the version of a tool.
    """
    digest = hashlib.sha256("".join(more).encode())
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in suffixes and "target" not in p.parts):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def answers(folder: Path, kind: str, suffix: str) -> list[Path]:
    """List the answers to a question that a folder keeps, the one used last first."""
    return sorted(folder.glob(f"{kind}-*{suffix}"), key=_used, reverse=True)


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process took it away
        return 0.0
