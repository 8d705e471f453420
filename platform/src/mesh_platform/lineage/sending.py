"""Sends what waits in the outbox, in the background and later again; a run never waits for a receiver.

A process that emits does so from one thread. A receiver that is down is left alone for a while; what it did not take is
sent by the next run or by `mesh lineage send`.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mesh_platform.lineage.outbox import Outbox
from mesh_platform.lineage.transport import Receiver, Refused, receiver_of
from mesh_platform.settings import Settings

GRACE_SECONDS = 2.0
"""How long the end of a process waits for a receiver that takes events; not at all for one that doesn't."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""How long a receiver that failed is left alone: doubled each time."""

log = logging.getLogger("mesh.lineage")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the events that waited.

    Args:
        sent: How many the receiver took.
        refused: How many it will never take; they are kept beside the outbox.
        left: How many still wait.
    """

    sent: int
    refused: int
    left: int


def outbox_of(settings: Settings) -> Outbox:
    """The outbox of a mesh."""
    return Outbox(settings.home / "lineage" / "outbox")


def deliver(outbox: Outbox, receiver: Receiver) -> Delivery:
    """Send all that waits, in order.

    Raises:
        Unavailable: Where the receiver stopped taking events; those that it did not take still wait.
    """
    sent = refused = 0
    with outbox.sending():
        while batch := list(outbox.waiting()):
            for waiting in batch:
                try:
                    receiver.send(waiting.line)
                    sent += 1
                except Refused as error:
                    log.warning("lineage: %s; the event is kept in %s/refused.jsonl", error, outbox.folder)
                    outbox.set_aside(waiting, str(error))
                    refused += 1
                outbox.sent(waiting)
    return Delivery(sent, refused, outbox.count())


def send_waiting(settings: Settings) -> Delivery:
    """Send all that waits to the receiver of the settings.

    Raises:
        UserError: Where the settings name no receiver.
        Unavailable: Where it doesn't take events.
    """
    outbox = outbox_of(settings)
    return deliver(outbox, receiver_of(settings)) if outbox.folder.exists() else Delivery(0, 0, 0)


class Sender:
    """Sends in the background of its process; its thread lives only while something waits.

    Args:
        outbox: What waits.
        receiver: Makes the receiver, in the background, since that imports.
        first_pause_seconds: How long a receiver that failed is left alone at first.
    """

    def __init__(
        self, outbox: Outbox, receiver: Callable[[], Receiver], first_pause_seconds: float = FIRST_PAUSE_SECONDS
    ) -> None:
        self._outbox, self._make = outbox, receiver
        self._receiver: Receiver | None = None
        self._first_pause = self._pause = first_pause_seconds
        self._turn, self._settled = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._asked = self._failing = False

    def wake(self) -> None:
        """Say that an event waits."""
        with self._turn:
            self._asked = True
            if not self._failing:
                self._settled.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="lineage", daemon=True)
                self._thread.start()

    def flush(self, seconds: float) -> bool:
        """Wait until all is sent, at most so long, and not at all for a receiver that fails.

        Returns:
            Whether all was sent.
        """
        return self._settled.wait(seconds) and not self._failing

    def _work(self) -> None:
        while self._more():
            try:
                self._receiver = self._receiver or self._make()
                deliver(self._outbox, self._receiver)
                self._failing, self._pause = False, self._first_pause
            except Exception as error:
                self._failed(error)

    def _more(self) -> bool:
        """Whether an event came since the last look; the thread ends where none did."""
        with self._turn:
            asked, self._asked = self._asked, False
            if not asked:
                self._thread = None
                self._settled.set()
            return asked

    def _failed(self, error: Exception) -> None:
        """Say once what is wrong, and try again after a while; the run goes on."""
        if not self._failing:
            log.warning(
                "lineage: %s; events wait in %s and are sent with the next run or by `mesh lineage send`",
                error,
                self._outbox.folder,
            )
        self._failing = self._asked = True
        self._settled.set()
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)


_senders: dict[tuple[int, Path, str], Sender] = {}


def post(event: bytes, settings: Settings) -> None:
    """Put an event into the outbox and have it sent in the background.

    Raises:
        OSError: Where the disk doesn't take it.
    """
    outbox = outbox_of(settings)
    outbox.append(event)
    sender_of(outbox, settings).wake()


def sender_of(outbox: Outbox, settings: Settings) -> Sender:
    """This process's sender of a mesh; a forked child has its own."""
    key = (os.getpid(), settings.home, settings.lineage_url)
    if key not in _senders:
        sender = Sender(outbox, lambda: receiver_of(settings))
        atexit.register(sender.flush, GRACE_SECONDS)
        _senders[key] = sender
    return _senders[key]
