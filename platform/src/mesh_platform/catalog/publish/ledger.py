"""What a server has acknowledged, so that the next publish sends only what changed and a killed one goes on.

One SQLite file a server under `<MESH_HOME>/catalog/`. Before a batch goes out it is noted as intended, and with the
server's acknowledgement as sent: whatever may have reached the server is always known here. SQLite's default journal,
not WAL: the linked library's WAL has a known fault, and one commit a batch needs no more.
"""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

from mesh_platform.catalog.publish.proposals import Proposal

SCHEMA = """
pragma journal_mode = truncate;
pragma synchronous = normal;
create table if not exists sent (
    urn text, aspect text, event text, digest text not null, primary key (urn, aspect, event)
) without rowid;
create table if not exists intended (
    urn text, aspect text, event text, primary key (urn, aspect, event)
) without rowid;
"""
SAME = "urn = ? and aspect = ? and event = ?"
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of a server.

    Args:
        sent: Aspect or event → the hash of the content that the server acknowledged.
        intended: Aspects and events of a batch that went out and was never acknowledged.
    """

    sent: dict[Key, str]
    intended: frozenset[Key]

    @property
    def entities(self) -> frozenset[str]:
        """The entities that this mesh has, or may have, put on the server."""
        return frozenset(urn for urn, _, _ in (*self.intended, *self.sent))


def ledger_file(folder: Path, url: str) -> Path:
    """Name the ledger of a server; readable, and different for every address."""
    readable = re.sub(r"[^a-z0-9]+", "-", url.lower().partition("://")[2]).strip("-")
    return folder / f"published-{readable}-{blake2b(url.encode(), digest_size=4).hexdigest()}.db"


class Ledger:
    """The ledger of one server."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file)
        self._db.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def known(self) -> Known:
        """Read everything."""
        return _known(self._db)

    def intend(self, batch: Iterable[Proposal]) -> list[Key]:
        """Note a batch before it goes out.

        Returns:
            What was not noted before, from a publish that was killed.
        """
        with self._db:
            before = set(self._db.execute("select * from intended"))
            fresh = [p.key for p in batch if p.key not in before]
            self._db.executemany("insert into intended values (?, ?, ?)", fresh)
        return fresh

    def decline(self, fresh: Iterable[Key]) -> None:
        """Take back an intention: the server has surely stored none of it."""
        with self._db:
            self._db.executemany(f"delete from intended where {SAME}", list(fresh))

    def acknowledge(self, batch: Iterable[Proposal]) -> None:
        """Note that the server has stored a batch."""
        stored = [(*p.key, p.digest) for p in batch]
        with self._db:
            self._db.executemany("insert or replace into sent values (?, ?, ?, ?)", stored)
            self._db.executemany(f"delete from intended where {SAME}", [row[:3] for row in stored])

    def forget(self, keys: Iterable[Key]) -> None:
        """Forget aspects that the server has dropped, or events that the mesh states no more."""
        with self._db:
            self._db.executemany(f"delete from sent where {SAME}", list(keys))

    def removed(self, batch: Iterable[Proposal], *, marked: bool) -> None:
        """Note that entities are gone from the server.

        Args:
            batch: Their removals.
            marked: Whether the server keeps them, marked as removed.
        """
        rows = [(*p.key, p.digest) for p in batch]
        with self._db:
            self._db.executemany("delete from sent where urn = ?", [row[:1] for row in rows])
            self._db.executemany("delete from intended where urn = ?", [row[:1] for row in rows])
            if marked:
                self._db.executemany("insert into sent values (?, ?, ?, ?)", rows)


def read_ledger(file: Path) -> Known:
    """Read a server's ledger without making one."""
    if not file.exists():
        return Known({}, frozenset())
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
        return _known(db)


def _known(db: sqlite3.Connection) -> Known:
    sent = {(urn, aspect, event): digest for urn, aspect, event, digest in db.execute("select * from sent")}
    return Known(sent, frozenset(db.execute("select * from intended")))
