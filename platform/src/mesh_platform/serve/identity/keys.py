"""API keys for machines: made once, shown once, kept as hashes, revoked for every worker at once.

A key is `mesh_<id>_<secret>`: the id is public and names the key in lists and logs; the secret is 256 random bits.
Only the SHA-256 of the secret is kept. A slow password hash would protect guessable secrets; nobody guesses 256 random
bits, and a slow hash would only cost every request its milliseconds.

Every look-up asks the file, which takes microseconds, so a revocation holds from the next request on in all processes.
"""

import hashlib
import hmac
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Self

from mesh_platform.contract.consumers import DEVELOPER
from mesh_platform.errors import UnknownName
from mesh_platform.settings import Settings

PREFIX: Final = "mesh"
SECRET_BYTES: Final = 32
ID_BYTES: Final = 6
"""The public id tells keys apart; it guards nothing."""
BUSY_MS: Final = 5_000
"""How long a writer waits for another one before it gives up."""
_FORM: Final = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * ID_BYTES}}})_([A-Za-z0-9_-]{{43}})")
_NOBODY: Final = b"\0" * 32
"""Stands for the hash of a key that does not exist, so that its refusal takes the same way."""
_TABLE: Final = (
    "create table if not exists keys (id text primary key, hash blob not null, consumer text not null, "
    "created_at text not null, expires text, revoked_at text, used_at text) without rowid"
)
_COLUMNS: Final = "id, consumer, created_at, expires, revoked_at, used_at"


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; never its secret.

    Args:
        id: The public id.
        consumer: Whom it proves.
        created_at: When it was made.
        expires: The last day on which it works, or None.
        revoked_at: When it was revoked, or None.
        used_at: When it was last used, to the minute, or None.
    """

    id: str
    consumer: str
    created_at: datetime
    expires: date | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def works_on(self, day: date) -> bool:
        """Whether the key works on a UTC day."""
        return self.revoked_at is None and (self.expires is None or day <= self.expires)


class Keys:
    """The file of keys; many processes read it, few write it."""

    def __init__(self, path: Path) -> None:
        import apsw

        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        self._guard = threading.Lock()  # a connection serves one thread at a time
        self._file = apsw.Connection(str(path))
        self._file.set_busy_timeout(BUSY_MS)
        self._file.execute("pragma journal_mode=wal")
        self._file.execute(_TABLE)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Open the keys of a mesh."""
        return cls(settings.home / "serve" / "keys.db")

    def close(self) -> None:
        """Close the file."""
        with self._guard:
            self._file.close()

    def create(self, consumer: str, expires: date | None = None) -> tuple[Key, str]:
        """Make a key.

        Args:
            consumer: Whom it proves; that it is registered is the caller's to ask.
            expires: The last day on which it works.

        Returns:
            The key, and its text with the secret, which is nowhere else.
        """
        key = Key(secrets.token_hex(ID_BYTES), consumer, datetime.now(UTC), expires)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        said = (key.id, _hash(secret), consumer, key.created_at.isoformat(), expires.isoformat() if expires else None)
        self._ask("insert into keys (id, hash, consumer, created_at, expires) values (?, ?, ?, ?, ?)", said)
        return key, f"{PREFIX}_{key.id}_{secret}"

    def proven(self, text: str) -> Key | None:
        """Find the key that a text is, unless it does not exist, is revoked or has expired."""
        form = _FORM.fullmatch(text)
        if form is None:
            return None
        row = self._one(form[1])
        same = hmac.compare_digest(row[0] if row else _NOBODY, _hash(form[2]))
        if row is None or not same:
            return None
        key = _key(row[1:])
        return key if key.works_on(datetime.now(UTC).date()) else None

    def works(self, key_id: str) -> bool:
        """Whether the key of an id still works."""
        row = self._one(key_id)
        return row is not None and _key(row[1:]).works_on(datetime.now(UTC).date())

    def all(self) -> list[Key]:
        """Every key, the oldest first."""
        return [_key(row) for row in self._ask(f"select {_COLUMNS} from keys order by created_at, id")]

    def revoke(self, key_id: str) -> Key:
        """Revoke a key for good.

        Raises:
            UnknownName: Where there is no such key.
        """
        now = datetime.now(UTC).isoformat()
        self._ask("update keys set revoked_at = coalesce(revoked_at, ?) where id = ?", (now, key_id))
        row = self._one(key_id)
        if row is None:
            raise UnknownName.of("key", key_id, [key.id for key in self.all()])
        return _key(row[1:])

    def used(self, times: dict[str, datetime]) -> None:
        """Remember when keys were used."""
        said = [(at.isoformat(timespec="minutes"), key_id) for key_id, at in times.items()]
        with self._guard, self._file:
            self._file.executemany("update keys set used_at = ? where id = ?", said)

    def _one(self, key_id: str) -> tuple[Any, ...] | None:
        rows = self._ask(f"select hash, {_COLUMNS} from keys where id = ?", (key_id,))
        return rows[0] if rows else None

    def _ask(self, sql: str, said: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._guard:
            return self._file.execute(sql, said).fetchall()


def development_key(settings: Settings) -> str | None:
    """Make the key of one machine the first time it is served.

    It proves the consumer "developer", who may read everything with personal data masked. Lost, it is replaced by
    `mesh keys create developer`.

    Returns:
        The key's text, to be printed once; None where there was one before.
    """
    keys = Keys.of(settings)
    try:
        if any(key.consumer == DEVELOPER for key in keys.all()):
            return None
        return keys.create(DEVELOPER)[1]
    finally:
        keys.close()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: tuple[Any, ...]) -> Key:
    key_id, consumer, created, expires, revoked, used = row
    at = datetime.fromisoformat
    return Key(
        key_id,
        consumer,
        at(created),
        date.fromisoformat(expires) if expires else None,
        at(revoked) if revoked else None,
        at(used) if used else None,
    )
