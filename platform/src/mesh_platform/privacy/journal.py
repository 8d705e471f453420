"""The journal of an erasure: written before each step, so that whoever comes after a crash goes on.

Until the proof is there it must hold the person's keys, for the links between them go first; then it is deleted.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mesh_platform.ingest.suppression import hash_key, keyed_hash, write_private
from mesh_platform.privacy.person import Person

KEPT: Final = ("steps", "removed", "changed", "landed", "doomed", "snapshots")
JOURNAL: Final = "journal.json"
PROOF: Final = "proof.json"
Listener = Callable[[str], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call the listener before every step of every erasure while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@dataclass(slots=True)
class Journal:
    """What an erasure has done so far.

    Args:
        folder: Where it is kept.
        person: Who is erased.
        began: When.
        steps: The steps that were begun, in order.
        removed: Table, or folder of landed files → rows that went.
        changed: The same → rows that stayed without the person's values.
        landed: Landed files that were or will be rewritten.
        doomed: Table → files that nothing lists and that must be deleted.
        snapshots: Old states that can no longer be read.
    """

    folder: Path
    person: Person
    began: datetime
    steps: list[str] = field(default_factory=list)
    removed: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    landed: list[str] = field(default_factory=list)
    doomed: dict[str, list[str]] = field(default_factory=dict)
    snapshots: int = 0

    @classmethod
    def begin(cls, home: Path, person: Person) -> Journal:
        """Begin an erasure."""
        folder = _folder(home) / f"{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(4)}"
        journal = cls(folder, person, datetime.now(UTC))
        journal.save()
        return journal

    @classmethod
    def unfinished(cls, home: Path, customer_id: str) -> Journal | None:
        """The journal of an erasure of this person that did not come to its end."""
        for path in sorted(_folder(home).glob(f"*/{JOURNAL}")):
            said = json.loads(path.read_text(encoding="utf-8"))
            if said["person"]["customer_id"] == customer_id:
                return cls._of(path.parent, said)
        return None

    @classmethod
    def _of(cls, folder: Path, said: dict[str, Any]) -> Journal:
        kept = {name: said[name] for name in KEPT}
        return cls(folder, Person.from_json(said["person"]), datetime.fromisoformat(said["began"]), **kept)

    @property
    def name(self) -> str:
        """Names the erasure; it says nothing of the person."""
        return self.folder.name

    def step(self, name: str) -> None:
        """Note that a step begins."""
        self.steps.append(name)
        self.save()
        for listener in tuple(_listeners):
            listener(name)

    def save(self) -> None:
        """Write the journal, whole."""
        said = {name: getattr(self, name) for name in KEPT}
        text = json.dumps({"person": self.person.to_json(), "began": self.began.isoformat(), **said}, indent=1)
        write_private(self.folder / JOURNAL, text)

    def close(self, proof: dict[str, Any]) -> Path:
        """Leave the proof and forget the person."""
        write_private(self.folder / PROOF, json.dumps(proof, indent=1))
        (self.folder / JOURNAL).unlink()
        return self.folder / PROOF


def proofs_of(home: Path, customer_id: str) -> list[dict[str, Any]]:
    """The proofs of a person's earlier erasures, oldest first."""
    if not _folder(home).exists():
        return []
    subject = keyed_hash(hash_key(home), customer_id)
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(_folder(home).glob(f"*/{PROOF}"))]
    return [proof for proof in found if proof["subject"] == subject]


def _folder(home: Path) -> Path:
    return home / "privacy" / "erasures"
