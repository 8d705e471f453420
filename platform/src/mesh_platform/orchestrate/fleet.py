"""Worker processes forked from one preloaded server, at most two at a time."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess

from mesh_platform.orchestrate.watch import Failed
from mesh_platform.orchestrate.worker import PRELOADED, Work, work

AT_ONCE = 2
"""Workers at a time: each keeps about two cores busy in its engines and one in between."""


class Fleet:
    """Runs workers from one fork server.

    Args:
        domains: The domains whose runs it will do.
        program: The module that the running program imports first; every worker would import it again.
    """

    def __init__(self, domains: Sequence[str], program: str | None = None) -> None:
        self._context = multiprocessing.get_context("forkserver")
        own = [f"mesh_{name}.domain" for name in domains] + ([program] if program else [])
        self._context.set_forkserver_preload([*PRELOADED, *own])

    def warm(self) -> None:
        """Start the fork server, so that its imports overlap with other work; who does not will wait for them later."""
        forkserver.ensure_running()

    def run(self, tasks: Sequence[Work], listen: Callable[[object], None]) -> None:
        """Run workers to their end, passing on every event.

        Args:
            tasks: What to do; they must not read each other's products.
            listen: Told of every event, and of a worker that died.
        """
        waiting, running = list(tasks), dict[Connection, tuple[Work, ForkServerProcess]]()
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                task = waiting.pop(0)
                receiver, sender = self._context.Pipe(duplex=False)
                process = self._context.Process(target=work, args=(task, sender, dict(os.environ)), name=task.domain)
                process.start()
                sender.close()
                running[receiver] = (task, process)
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)  # noqa: S101 - narrows wait()'s wide type
                self._hear(ready, running, listen)

    def _hear(
        self,
        ready: Connection,
        running: dict[Connection, tuple[Work, ForkServerProcess]],
        listen: Callable[[object], None],
    ) -> None:
        task, process = running[ready]
        try:
            event = ready.recv()
        except (EOFError, OSError):  # an OSError where it died within a word
            running.pop(ready)
            process.join()
            if process.exitcode:
                listen(Failed(task.domain, f"its worker ended with {process.exitcode}; see {task.log}", user=False))
            return
        listen(event)
