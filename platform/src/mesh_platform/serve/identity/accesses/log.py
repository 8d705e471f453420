"""Remember accesses without waiting for a disk: a bounded buffer in memory, and a thread that writes it.

What is decided here: nothing is served unrecorded. While the disk refuses, the gate refuses every request with 503;
what was admitted before is kept in the buffer, and once that is full `record` refuses too. Of a worker that is killed
the accesses of the last moments are lost, of about FLUSH_SECONDS.
"""

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mesh_platform.errors import MeshError
from mesh_platform.serve.identity import refusals
from mesh_platform.serve.identity.accesses.chain import chained
from mesh_platform.serve.identity.accesses.files import OpenFile, Places, rescue
from mesh_platform.serve.service import Access
from mesh_platform.settings import Settings

FLUSH_SECONDS: Final = 0.2
BUFFERED: Final = 50_000
"""Accesses that wait at most: some seconds of a busy worker, some tens of megabytes."""
ROTATE_BYTES: Final = 16 << 20
ROTATE_SECONDS: Final = 300.0
"""After that an access is in the landing zone at the latest."""
BATCH: Final = 200
"""Lines that are written at once: few, since requests wait while they are put into words."""
EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC, which is written as Z
SAID: Final = 200
"""Characters of a reason that are kept."""
_LOG: Final = logging.getLogger(__name__)


class AccessFiles:
    """The log of accesses of one worker; see `service.AccessLog`.

    Args:
        settings: Where the mesh keeps its state.
        buffered: Accesses that wait at most.
        rotate_bytes: A file's size from which it is handed over to the landing zone.
        rotate_seconds: A file's age from which it is.
    """

    def __init__(
        self,
        settings: Settings,
        buffered: int = BUFFERED,
        rotate_bytes: int = ROTATE_BYTES,
        rotate_seconds: float = ROTATE_SECONDS,
    ) -> None:
        self._places = Places.of(settings)
        self._places.writing.mkdir(parents=True, exist_ok=True, mode=0o700)
        rescue(self._places)
        self._buffered, self._rotate_bytes, self._rotate_seconds = buffered, rotate_bytes, rotate_seconds
        self._waiting: deque[tuple[int, Access]] = deque()
        self._failing = False
        self._chain, self._sequence, self._files = secrets.token_hex(8), 0, 0
        self._previous = self._places.newest_head()
        self._open: OpenFile | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mesh-accesses", daemon=True)
        self._thread.start()

    def record(self, access: Access) -> None:
        """Remember an access; see `service.AccessLog`.

        Raises:
            Problem: 503 where the disk has refused for so long that no more can be remembered.
        """
        if len(self._waiting) >= self._buffered:
            raise refusals.log_failing()
        self._waiting.append((time.time_ns(), access))

    def refuse_unrecorded(self) -> None:
        """Refuse a request whose access could not be written.

        Raises:
            Problem: 503 while the disk refuses, or is far behind.
        """
        if self._failing or len(self._waiting) > self._buffered // 2:
            raise refusals.log_failing()

    def close(self) -> None:
        """Write what waits and hand the file over."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.wait(FLUSH_SECONDS)
            try:
                self._flush()
                if self._open is not None and (closing or self._full(self._open)):
                    self._open.hand_over()
                    self._open = None
                self._failing = False
            except (OSError, MeshError) as error:
                self._failing = True
                _LOG.error("accesses can't be written, requests are refused: %s", type(error).__name__)

    def _flush(self) -> None:
        while self._waiting:
            self._write([self._waiting[number] for number in range(min(BATCH, len(self._waiting)))])

    def _write(self, batch: list[tuple[int, Access]]) -> None:
        """Write some accesses; they leave the buffer, and the chain goes on, when the disk has them."""
        lines, previous, sequence = [], self._previous, self._sequence
        for at, access in batch:
            sequence += 1
            line, previous = chained(_said(at, access, f"{self._chain}-{sequence}"), self._chain, sequence, previous)
            lines.append(line)
        if self._open is None:
            self._open = OpenFile(self._places, f"{self._chain}_{self._files + 1:06}")
            self._files += 1
        self._open.write(b"".join(lines))
        self._previous, self._sequence = previous, sequence
        for _ in batch:
            self._waiting.popleft()

    def _full(self, file: OpenFile) -> bool:
        now = datetime.now(UTC)
        old = (now - file.opened_at).total_seconds() >= self._rotate_seconds
        return old or file.size >= self._rotate_bytes or now.date() != file.opened_at.date()


def _said(at_ns: int, access: Access, access_id: str) -> Mapping[str, Any]:
    """The fields of a line; what is not known is left out."""
    at = EPOCH + timedelta(microseconds=at_ns // 1000)
    said: dict[str, Any] = {
        "access_id": access_id,
        "accessed_at": at.isoformat(timespec="microseconds") + "Z",
        "request_id": access.request_id,
        "consumer": access.consumer,
        "proof": access.proof,
        "action": access.action,
        "product": access.product,
        "major_version": access.major,
        "purpose": access.purpose,
        "columns_read": ", ".join(access.columns),
        "columns_in_clear": ", ".join(access.personal),
        "snapshot_id": access.snapshot,
        "reason": access.reason[:SAID],
    }
    return {name: value for name, value in said.items() if value not in ("", 0)} | {
        "row_count": access.rows,
        "status": access.status,
    }
