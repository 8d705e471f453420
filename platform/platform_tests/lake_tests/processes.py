"""Publishers that are real processes, forked from a server that has the engines imported already."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from mesh_platform.lake import Candidate, Lake, Snapshot
from mesh_platform.lake.steps import Step, listening
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext
    from multiprocessing.synchronize import Barrier

ENDS_WITHIN_S = 120


def server() -> ForkServerContext:
    """The server that publishers are forked from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mesh_platform.lake.publish", "mesh_platform.lake.compact"])
    return context


def end(process: BaseProcess) -> int:
    """Wait for a process; returns its exit code."""
    process.join(ENDS_WITHIN_S)
    assert process.exitcode is not None, "the process hangs"
    return process.exitcode


def run_and_die(settings: Settings, work: Callable[[Lake], object], step: Step) -> None:
    """Do work on a lake and die without a word as soon as a step is reached."""

    def pull_the_plug(reached: Step) -> None:
        if reached is step:
            os.kill(os.getpid(), signal.SIGKILL)

    with listening(pull_the_plug):
        work(Lake.open(settings))


def run_and_die_in_commit(settings: Settings, work: Callable[[Lake], object], commit: int) -> None:
    """Do work on a lake and die in its n-th commit, after its metadata file and before the catalog names it."""
    from pyiceberg.catalog import MetastoreCatalog

    write, done = MetastoreCatalog._write_metadata, []

    def write_and_die(*args: object, **named: object) -> None:
        write(*args, **named)  # type: ignore[arg-type]  # passed through
        done.append(1)
        if len(done) == commit:
            os.kill(os.getpid(), signal.SIGKILL)

    MetastoreCatalog._write_metadata = staticmethod(write_and_die)  # type: ignore[method-assign]  # to die inside
    work(Lake.open(settings))


def publish_many(
    settings: Settings, together: Barrier, work: Callable[[Lake, Callable[[Candidate], int]], Snapshot], times: int
) -> None:
    """Publish several times; the first audits of all publishers meet, so that all but one of them are overtaken."""
    lake = Lake.open(settings)
    met: list[int] = []

    def audit(candidate: Candidate) -> int:
        if not met:
            met.append(1)
            together.wait(ENDS_WITHIN_S)
        return 1

    for _ in range(times):
        work(lake, audit)
