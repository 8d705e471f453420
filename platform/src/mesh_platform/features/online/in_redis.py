"""The online store in Redis: a hash a generation, whose one field without a name is the header.

A script reads the pointer to the generation and the entities in one step of the server, so a reader never sees two
pushes. The braces in a view's keys keep them on one node of a cluster. A generation that is being filled expires by
itself, unless a switch makes it the one that is read.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from mesh_platform.errors import MeshFailure, PublishConflict
from mesh_platform.features.online.batches import batches
from mesh_platform.features.online.header import write
from mesh_platform.features.online.store import Found, OnlineStore, Row, check_first

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

    from mesh_platform.features.online.header import Header

VIEWS = "mesh:features"
"""The set of the views that were pushed."""
HEADER = b""
ROWS_AT_ONCE = 1_000
"""Entities that one command reads or writes: far below what Lua's stack holds, and a millisecond of the server."""
BUILDING_S = 3_600
"""How long a generation waits for its next rows; what a dead push has left is gone after that."""
READ_S = 0.5
"""How long an answer may take: a store that hangs must fail, so that a model can answer without it."""
REST_S = 2.0
"""How long nobody asks a store that did not answer: one request in two seconds waits for it, and not every one."""
WRITE_S = 30.0
"""How long the step that changes 10,000 entities may take."""
TRIES = 5
READ = """
local generation = redis.call('GET', KEYS[1])
if not generation then return false end
return redis.call('HMGET', KEYS[1] .. ':' .. generation, unpack(ARGV))
"""


class RedisStore(OnlineStore):
    """Features in Redis.

    Args:
        url: `redis[s]://[user:password@]host[:port]/database`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._asked_again = 0.0

    @cached_property
    def _redis(self) -> Redis:
        import redis

        return redis.Redis.from_url(self._url, socket_timeout=WRITE_S, socket_connect_timeout=READ_S)

    @cached_property
    def _reading(self) -> Redis:
        import redis

        never = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
        return redis.Redis.from_url(self._url, socket_timeout=READ_S, socket_connect_timeout=READ_S, retry=never)

    @cached_property
    def _read(self) -> Any:
        return self._reading.register_script(READ)

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """Turn the client's errors into ours; they name the kind of error, and no values."""
        import redis

        if monotonic() < self._asked_again:
            raise MeshFailure("the online store did not answer a moment ago; is Redis up?")
        try:
            yield
        except redis.RedisError as error:
            if isinstance(error, redis.ConnectionError | redis.TimeoutError):
                self._asked_again = monotonic() + REST_S
            raise MeshFailure(f"the online store can't be reached ({type(error).__name__}); is Redis up?") from error

    def read(self, view: str, keys: Sequence[bytes]) -> Found | None:
        """See `OnlineStore.read`."""
        with self._spoken():
            for _ in range(TRIES):
                found = [self._some(view, some) for some in batches(keys, ROWS_AT_ONCE)]
                found = found or [self._some(view, ())]
                if found[0] is None:
                    return None
                if all(part is not None and part[0] == found[0][0] for part in found):
                    return found[0][0], [value for part in found if part for value in part[1]]
        raise MeshFailure(f"feature view {view}: it was pushed {TRIES} times while it was read; read again")

    def _some(self, view: str, keys: Sequence[bytes]) -> tuple[bytes, list[bytes | None]] | None:
        header, *values = self._read(keys=[_live(view)], args=[HEADER, *keys]) or [None]
        return None if header is None else (header, values)

    def views(self) -> list[str]:
        """See `OnlineStore.views`."""
        with self._spoken():
            names: Any = self._redis.smembers(VIEWS)
            return sorted(name.decode() for name in names)

    @contextmanager
    def pushing(self) -> Iterator[None]:
        """See `OnlineStore.pushing`: Redis takes many, and a switch that comes second is refused."""
        yield

    def begin(self, view: str) -> str:
        """See `OnlineStore.begin`."""
        return secrets.token_hex(8)

    def put(self, view: str, generation: str, rows: Iterable[Row]) -> None:
        """See `OnlineStore.put`."""
        with self._spoken():
            for some in batches(rows, ROWS_AT_ONCE):
                with self._redis.pipeline(transaction=True) as commands:
                    commands.hset(_hash(view, generation), mapping=dict(some))
                    commands.expire(_hash(view, generation), BUILDING_S)
                    commands.execute()

    def switch(self, view: str, generation: str, header: Header, before: bytes | None) -> None:
        """See `OnlineStore.switch`."""
        with self._changing(view, before) as (commands, old):
            commands.hset(_hash(view, generation), HEADER, write(header))
            commands.persist(_hash(view, generation))
            commands.set(_live(view), generation)
            commands.sadd(VIEWS, view)
            if old:
                commands.unlink(old)

    def patch(self, view: str, rows: Iterable[Row], gone: Iterable[bytes], header: Header, before: bytes) -> None:
        """See `OnlineStore.patch`."""
        with self._changing(view, before) as (commands, live):
            for some in batches(rows, ROWS_AT_ONCE):
                commands.hset(live, mapping=dict(some))
            for keys in batches(gone, ROWS_AT_ONCE):
                commands.hdel(live, *keys)
            commands.hset(live, HEADER, write(header))

    @contextmanager
    def _changing(self, view: str, before: bytes | None) -> Iterator[tuple[Pipeline, str]]:
        """Commands that are carried out together, if nobody else has pushed the view since; and what is read now."""
        import redis

        with self._spoken(), self._redis.pipeline(transaction=True) as commands:
            watch: Any = commands.watch  # the client does not type it
            watch(_live(view))
            pointed: Any = commands.get(_live(view))
            old = _hash(view, pointed.decode()) if pointed else ""
            seen = None
            if old:
                watch(old)
                seen = commands.hget(old, HEADER)
            check_first(view, seen, before)
            commands.multi()
            yield commands, old
            try:
                commands.execute()
            except redis.WatchError as error:
                raise PublishConflict(f"feature view {view}: another push came first; push again") from error

    def rows(self, view: str) -> Iterator[Row]:
        """See `OnlineStore.rows`."""
        with self._spoken():
            if pointed := cast("bytes | None", self._redis.get(_live(view))):
                for key, value in self._redis.hscan_iter(_hash(view, pointed.decode()), count=ROWS_AT_ONCE):
                    if key != HEADER:
                        yield key, value

    def drop(self, view: str) -> None:
        """See `OnlineStore.drop`."""
        with self._spoken(), self._redis.pipeline(transaction=True) as commands:
            for key in self._redis.scan_iter(match=_live(view).translate(_LITERAL) + "*"):
                commands.unlink(key)
            commands.srem(VIEWS, view)
            commands.execute()

    def close(self) -> None:
        """See `OnlineStore.close`."""
        for client in ("_redis", "_reading", "_read"):
            opened = self.__dict__.pop(client, None)
            if client != "_read" and opened is not None:
                opened.close()


_LITERAL = str.maketrans({sign: f"\\{sign}" for sign in "*?[]\\"})


def _live(view: str) -> str:
    """The key of the pointer to the generation that is read."""
    return f"{VIEWS}:{{{view}}}"


def _hash(view: str, generation: str) -> str:
    return f"{_live(view)}:{generation}"
