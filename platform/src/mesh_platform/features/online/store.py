"""The online store as everybody sees it, and the choice of one by its URL.

A push of a whole view fills a *generation* that nobody reads and then switches to it; a push of a few changed entities
patches the generation that is read. Both end in one atomic step that also replaces the header, and both are refused
where another push came first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from mesh_platform.errors import PublishConflict, UserError

if TYPE_CHECKING:
    from mesh_platform.features.online.header import Header
    from mesh_platform.settings import Settings

URL = "MESH_ONLINE_STORE"
Row = tuple[bytes, bytes]
"""An entity's key and its features."""
Found = tuple[bytes, list[bytes | None]]
"""The header, and the features of each entity that was asked for."""


class OnlineStore(ABC):
    """Features by view and key. A reader may be shared by threads; pushes of one process come one after the other."""

    @abstractmethod
    def read(self, view: str, keys: Sequence[bytes]) -> Found | None:
        """Read entities, all of one push.

        Args:
            view: The view with its version, see `definition.id_of`.
            keys: The entities.

        Returns:
            None where the view was never pushed.
        """

    @abstractmethod
    def views(self) -> list[str]:
        """The views, with their versions, that were pushed."""

    @abstractmethod
    def pushing(self) -> AbstractContextManager[None]:
        """Keep other pushes away where the store takes one writer; clean up after dead ones."""

    @abstractmethod
    def begin(self, view: str) -> str:
        """Begin a generation of a view."""

    @abstractmethod
    def put(self, view: str, generation: str, rows: Iterable[Row]) -> None:
        """Add entities to a generation."""

    @abstractmethod
    def switch(self, view: str, generation: str, header: Header, before: bytes | None) -> None:
        """Let readers see a generation, and drop the one before.

        Args:
            view: The view with its version.
            generation: What was filled.
            header: What it is of.
            before: The header that was seen when the push began; None where there was none.

        Raises:
            PublishConflict: Where another push came first.
        """

    @abstractmethod
    def patch(self, view: str, rows: Iterable[Row], gone: Iterable[bytes], header: Header, before: bytes) -> None:
        """Change some entities of what readers see, in one step; arguments as in `switch`.

        Raises:
            PublishConflict: Where another push came first.
        """

    @abstractmethod
    def rows(self, view: str) -> Iterator[Row]:
        """Every entity of a view."""

    @abstractmethod
    def drop(self, view: str) -> None:
        """Remove a view's version with all its features."""

    @abstractmethod
    def close(self) -> None:
        """Give back connections, and leave no copy of what was removed."""


def check_first(view: str, seen: object, before: bytes | None) -> None:
    """Refuse a push whose view is not as it was when the push began.

    Raises:
        PublishConflict: Where another push came first.
    """
    if seen != before:
        raise PublishConflict(f"feature view {view}: another push came first; push again")


def online_store_url(settings: Settings) -> str:
    """Where online features are kept: where the settings say, or in a file under the home."""
    return settings.online_store or f"sqlite:///{settings.home}/online/features.db"


def open_store(url: str) -> OnlineStore:
    """Open a store.

    Args:
        url: `sqlite:///<absolute path>` or `redis[s]://<host>[:port]/<database>`.

    Raises:
        UserError: For any other URL.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("//"):  # "///" and an absolute path
        from pathlib import Path

        from mesh_platform.features.online.in_sqlite import SqliteStore

        return SqliteStore(Path(rest[1:]))
    if scheme in {"redis", "rediss"} and rest:
        from mesh_platform.features.online.in_redis import RedisStore

        return RedisStore(url)
    raise UserError(
        f"{URL}: no online store of scheme '{scheme}' (rule: sqlite:///<absolute path> or redis://<host>:<port>/<db>); "
        "leave it out for a file under MESH_HOME"
    )
