"""Hands what was answered to a shadow: a process of its own that only takes the time that nobody else wants.

In this process a shadow would hold the interpreter while an answer waits for it. So inputs go through a socket that
holds a few hundred of them; where it is full, one is left out and counted. The other process logs what the shadow says
and tells how it compares. Nothing that happens there reaches an answer.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from mesh_platform.ml.served import Served
    from mesh_platform.settings import Settings

_log = logging.getLogger(__name__)
SOCKET_BYTES: Final = 1 << 20
"""How much may wait; the system may allow less."""
MOST_COMPARED: Final = 2_000
"""Answers of a shadow that its comparison looks at."""
ENDS_WITHIN_SECONDS: Final = 3.0
"""How long a service that ends waits for its shadows; what they then lose was never anybody's answer."""
MODULE: Final = "mesh_platform.serve.models.shadowing"


class Shadow:
    """The process of the shadows, started when there is one.

    Args:
        settings: The mesh's.
        models: "module:function" that tells the live models; see `live.INSTALLED`.
    """

    def __init__(self, settings: Settings, models: str) -> None:
        self._settings, self._models = settings, models
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.dropped = 0
        self.compared: dict[str, deque[Mapping[str, Any]]] = {}

    def start(self) -> None:
        """Start the process, where it does not run."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
        ours.setblocking(False)
        given = orjson.dumps({name: str(value) for name, value in asdict(self._settings).items()}).decode()
        command = [sys.executable, "-m", MODULE, str(theirs.fileno()), self._models]
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
            command, pass_fds=[theirs.fileno()], env=os.environ | {"MESH_SHADOW_SETTINGS": given}
        )
        theirs.close()
        self._socket = ours

    def offer(self, version: int, served: Served) -> None:
        """Hand over an answer; never waits."""
        if self._socket is None:
            self.dropped += 1
            return
        try:
            self._socket.send(_message(version, served))
        except OSError:  # full, too large for it, or the process has ended: the keeper starts it again
            self.dropped += 1

    def look(self) -> None:
        """Take in what the process has told, and start it again where it died."""
        if self._socket is None:
            return
        while True:
            try:
                told = self._socket.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:
                told = b""
            if not told:
                self.start()
                break
            found = orjson.loads(told)
            self.compared.setdefault(found["model"], deque(maxlen=MOST_COMPARED)).append(found)

    def summary(self, model: str, version: int) -> dict[str, float]:
        """How a shadow compares with those who answered: scored, failed, mean seconds, mean difference."""
        seen = [told for told in self.compared.get(model, ()) if told["version"] == version]
        fine = [told for told in seen if not told["failed"]]
        differences = [told["difference"] for told in fine if told["difference"] is not None]
        return {
            "scored": len(seen),
            "failed": len(seen) - len(fine),
            "mean_seconds": sum(told["seconds"] for told in fine) / max(len(fine), 1),
            "mean_difference": sum(differences) / max(len(differences), 1),
        }

    def close(self) -> None:
        """End the process; it logs what it has, and goes when its socket closes."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            try:
                self._process.wait(timeout=ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                _log.warning("the shadows' process did not end by itself; it is killed")
                self._process.kill()
                self._process.wait()
            self._process = None


def _message(version: int, served: Served) -> bytes:
    return orjson.dumps({"version": version, "served": served}, option=orjson.OPT_SERIALIZE_DATACLASS)
