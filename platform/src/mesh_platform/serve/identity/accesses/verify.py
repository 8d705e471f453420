"""Find what was changed in, added to or taken from the log of accesses."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mesh_platform.serve.identity.accesses.chain import FIRST, Link, link_of
from mesh_platform.serve.identity.accesses.files import OPEN, SOURCE, Places
from mesh_platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Broken:
    """A place at which the log is not as it was written.

    Args:
        where: The file and line, or the chain.
        what: What is wrong there.
    """

    where: str
    what: str


@dataclass(slots=True)
class _Reading:
    """What is known of the log while it is read, file after file; grows with the files, not with their lines.

    Args:
        broken: What was found.
        lines: Lines read.
        ends: Chain → the number and the hash of its newest line.
        begins: Where a chain began → the hash that its first line follows.
        last: The hashes of the last lines of files.
        heads: Chain and number → the hash that was noted when the line was handed over.
    """

    heads: dict[tuple[str, int], str]
    broken: list[Broken] = field(default_factory=list)
    lines: int = 0
    ends: dict[str, tuple[int, str]] = field(default_factory=dict)
    begins: dict[str, str] = field(default_factory=dict)
    last: set[str] = field(default_factory=lambda: {FIRST})

    def read(self, path: Path) -> None:
        """Follow the links of a file's lines."""
        link = None
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n") and path.suffix == OPEN:
                    break  # it is being written
                self.lines += 1
                read = link_of(line)
                self._follow(f"{path.name}:{number}", read)
                link = read or link
        if link is not None:
            self.last.add(link.hash)

    def _follow(self, where: str, link: Link | None) -> None:
        if link is None:
            self.broken.append(Broken(where, "the line is not as it was written"))
            return
        sequence, previous = self.ends.get(link.chain, (0, ""))
        if link.sequence <= sequence:
            self.broken.append(Broken(where, "the line is there twice"))
            return
        if link.sequence > sequence + 1:
            missing = f"lines {sequence + 1} to {link.sequence - 1} of chain {link.chain} are missing before it"
            self.broken.append(Broken(where, missing))
        elif previous and link.previous != previous:
            self.broken.append(Broken(where, "the line does not follow the one before"))
        elif not previous:
            self.begins[where] = link.previous
        self.ends[link.chain] = (link.sequence, link.hash)
        if self.heads.get((link.chain, link.sequence)) == link.hash:
            del self.heads[link.chain, link.sequence]

    def found(self) -> list[Broken]:
        """Everything that is not as it was written."""
        orphans = [where for where, previous in self.begins.items() if previous not in self.last]
        return [
            *self.broken,
            *(Broken(where, "the line that the chain began after is missing") for where in orphans),
            *(
                Broken(f"chain {chain}", f"line {sequence}, which was handed over, is missing")
                for chain, sequence in self.heads
            ),
        ]


def verify(settings: Settings) -> tuple[int, list[Broken]]:
    """Check every line of the log that was handed over or is being written.

    Time follows the log: each line is read and hashed once. Memory follows the number of files.

    Returns:
        How many lines there are, and where they are not as they were written.
    """
    places = Places.of(settings)
    reading = _Reading(_heads(places.heads))
    for path in _files(places):
        reading.read(path)
    return reading.lines, reading.found()


def _files(places: Places) -> Iterator[Path]:
    """The files in the order of their chains; one that is handed over meanwhile is read at its new place."""
    open_ones = {path.stem: path for path in places.writing.glob(f"*{OPEN}")}
    landed = {path.stem.split("_", 1)[-1].rsplit("_", 1)[0]: path for path in places.landing.glob("*.jsonl")}
    for name, path in sorted((open_ones | landed).items()):
        yield path if path.exists() else next(places.landing.glob(f"{SOURCE}_{name}_*.jsonl"), path)


def _heads(path: Path) -> dict[tuple[str, int], str]:
    noted = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return {(said["chain"], said["sequence"]): said["hash"] for said in noted}
