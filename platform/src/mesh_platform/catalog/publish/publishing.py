"""Publish a catalog file: send what changed, take back what the mesh states no more, remember what arrived."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mesh_platform.catalog.publish.gms import Gms, has_soft_delete
from mesh_platform.catalog.publish.ledger import Key, Ledger, ledger_file
from mesh_platform.catalog.publish.plan import Plan, plan
from mesh_platform.catalog.publish.proposals import Proposal, batches, read_proposals
from mesh_platform.catalog.publish.server import Server
from mesh_platform.errors import MeshFailure, UserError
from mesh_platform.pipeline.lock import exclusive

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Refused:
    """A proposal that the server does not take.

    Args:
        key: What it is about.
        reason: The server's words.
    """

    key: Key
    reason: str


@dataclass(slots=True)
class Report:
    """What a publish did.

    Args:
        server: The server's address.
        mode: The interface that was used.
        sent: Proposals that the server took.
        unchanged: Proposals that it had already.
        removed: Entities that left the mesh and are now marked as removed, or deleted where the type has no such mark.
        withdrawn: Aspects that were taken away from entities that stay.
        refused: Proposals that the server does not take.
        seconds: How long it took.
    """

    server: str
    mode: str
    sent: int = 0
    unchanged: int = 0
    removed: int = 0
    withdrawn: int = 0
    refused: list[Refused] = field(default_factory=list)
    seconds: float = 0.0


def publish(
    file: Path,
    server: Server,
    folder: Path,
    *,
    everything: bool = False,
    allow_removals: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Report:
    """Bring a server to what a catalog file states; a publish that was killed goes on where it stopped.

    Args:
        file: The catalog file.
        server: The server.
        folder: Where the ledgers are kept.
        everything: Send also what the server has acknowledged before.
        allow_removals: Remove even most of what this mesh has on the server.
        progress: Told how many of how many proposals are done.

    Raises:
        UserError: Where the file, the token or the address is wrong, or most of the mesh would be removed.
        MeshFailure: Where the server stops answering; what it acknowledged is recorded.
    """
    started = time.perf_counter()
    proposals = read_proposals(file)
    book = ledger_file(folder, server.url)
    with exclusive(book.with_suffix(".lock")), Ledger(book) as ledger, Gms.connect(server) as gms:
        todo = plan(proposals, ledger.known(), everything=everything)
        if todo.removes_too_much and not allow_removals:
            raise UserError(
                f"{file} lacks {len(todo.remove):,} of the {todo.entities:,} entities that this mesh has on "
                f"{server.url} (rule: at most half go at once); nothing was sent; "
                "build the file again, or pass --allow-removals"
            )
        report = Report(server.url, gms.mode.value, unchanged=todo.unchanged)
        _Publisher(gms, ledger, report, progress, total=len(todo.send) + len(todo.remove)).run(todo)
    report.seconds = time.perf_counter() - started
    return report


@dataclass(slots=True)
class _Publisher:
    gms: Gms
    ledger: Ledger
    report: Report
    progress: Progress
    total: int

    def run(self, todo: Plan) -> None:
        try:
            for batch in batches(todo.send):
                self._send(batch)
            for key in todo.withdraw:
                self.gms.delete_aspect(key)
                self.ledger.forget([key])
                self.report.withdrawn += 1
            for batch in batches(todo.remove):
                self._remove(batch)
        except (MeshFailure, UserError) as error:
            raise type(error)(f"{error}; {self._so_far()}") from error
        self.ledger.forget(todo.forget)

    def _send(self, batch: list[Proposal]) -> None:
        stored = self._deliver(batch)
        self.ledger.acknowledge(stored)
        self.report.sent += len(stored)
        self._advance()

    def _remove(self, batch: list[Proposal]) -> None:
        marked = has_soft_delete(batch[0].urn)
        gone = self._deliver(batch) if marked else batch
        for removal in () if marked else batch:
            self.gms.delete_entity(removal.urn)
        self.ledger.removed(gone, marked=marked)
        self.report.removed += len(gone)
        self._advance()

    def _deliver(self, batch: list[Proposal]) -> list[Proposal]:
        """Send a batch; one that is refused is halved until what the server refuses stands alone."""
        fresh = self.ledger.intend(batch)
        try:
            reason = self.gms.send(batch)
        except UserError:
            self.ledger.decline(fresh)
            raise
        if reason is None:
            return batch
        self.ledger.decline(fresh)
        if len(batch) == 1:
            self.report.refused.append(Refused(batch[0].key, reason))
            return []
        half = len(batch) // 2
        return [*self._deliver(batch[:half]), *self._deliver(batch[half:])]

    def _advance(self) -> None:
        self.progress(self.report.sent + self.report.removed + len(self.report.refused), self.total)

    def _so_far(self) -> str:
        if not self.report.sent and not self.report.removed:
            return "nothing was published"
        return (
            f"{self.report.sent:,} proposals and {self.report.removed:,} removals before it are published and recorded"
        )
