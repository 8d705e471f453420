"""The runs that have begun and not ended, on disk: so that those whose process was killed are told as aborted later.

Standard library only.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path


class OpenRuns:
    """Remembers the START of every run until it ends.

    Args:
        folder: Where they are remembered, a file each.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, run_id: str, start: bytes) -> None:
        """Remember a run that this process has begun."""
        self._folder.mkdir(parents=True, exist_ok=True)
        said = {"host": socket.gethostname(), "pid": os.getpid(), "start": start.decode()}
        path = self._folder / f"{run_id}.json"
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(said))
        draft.replace(path)

    def end(self, run_id: str) -> None:
        """Forget a run, which has ended."""
        (self._folder / f"{run_id}.json").unlink(missing_ok=True)

    def abandoned(self) -> Iterator[bytes]:
        """Take out the runs whose process is gone: their START events, innermost first.

        Runs of other hosts are left to those.
        """
        found = [(path.stat().st_mtime_ns, path, json.loads(path.read_text())) for path in self._folder.glob("*.json")]
        for _, path, said in sorted(found, key=lambda run: run[0], reverse=True):
            if said["host"] == socket.gethostname() and not _alive(said["pid"]):
                path.unlink(missing_ok=True)
                yield said["start"].encode()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is there, and somebody else's
        return True
    return True
