"""What changes beneath the load of `benchmarks.serving_load`: publishes, another champion, a killed worker.

A change that fails is noted and the others go on, so that there always is a report.
"""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import psutil

from benchmarks.serving_load_generator import MARKED, PRODUCT, Truth
from mesh_platform.contract.export.read import published
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.settings import Settings

MODEL: Final = "fraud"
REPUBLISHED_EVERY_S, SWAPPED_EVERY_S = 20.0, 30.0
LEAST_PUBLISHES, LEAST_SWAPS = 3, 2
"""How often a short load changes these at least, as far as the machine is quick enough."""
CHANGED_WITHIN_S: Final = 120.0
"""How long one change may take on a machine that is busy with the load."""


def republish(settings: Settings, contracts: Path) -> int:
    """Publish the product's rows with the column raised by one, in a process of its own; returns the snapshot."""
    import polars as pl

    lake = Lake.open(settings)
    newest = lake.current(PRODUCT)
    assert newest is not None
    product = next(p for p in published(contracts) if p.full_name == PRODUCT)
    rows = lake.scan(PRODUCT).collect().with_columns(pl.col(MARKED) + 1)
    made = Made("load", newest.properties["code_version"], newest.properties["contract_version"])
    layout = TableLayout(rows.schema, partition=product.partition, sort=product.sort)
    frames: Callable[[], list[pl.DataFrame]] = partial(list, [rows])
    return lake.publish(PRODUCT, layout, frames, replace=WholeTable(), made=made, audit=lambda _: 1).snapshot_id


def champion(root: Path, version: int | None) -> None:
    """Promote a version, or demote the champion where there is none to promote, as an operator does.

    Raises:
        subprocess.SubprocessError: Where that fails or takes too long.
    """
    change = ["demote", MODEL] if version is None else ["promote", MODEL, str(version)]
    command = [str(Path(sys.executable).with_name("mesh")), *change]
    environment = {**os.environ, "MESH_ROOT": str(root)}
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=CHANGED_WITHIN_S)


def kill(service: psutil.Process) -> None:
    """Kill one worker without a word."""
    workers = [p for p in service.children(recursive=True) if p.net_connections("tcp")]
    os.kill(max(worker.pid for worker in workers), signal.SIGKILL)


@dataclass
class Changes:
    """What changes beneath the service.

    Args:
        settings: Where the world is.
        root: The project's folder.
        truth: Told of every publish.
        service: The process that keeps the workers.
        challenger: The version of fraud that is promoted and demoted in turn; None where there is but one.
        killed_at: When a worker was killed, by the clock of the load.
        swaps: How often a version was promoted or demoted.
        faults: What went wrong with changes.
    """

    settings: Settings
    root: Path
    truth: Truth
    service: psutil.Process
    challenger: int | None
    killed_at: float = float("inf")
    swaps: int = 0
    faults: list[str] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        """Change things until it is time to end; never fails, see `faults`."""
        end = time.perf_counter() + seconds
        republish_s, swap_s = (
            min(usual, seconds / (least + 1))
            for usual, least in ((REPUBLISHED_EVERY_S, LEAST_PUBLISHES), (SWAPPED_EVERY_S, LEAST_SWAPS))
        )
        apart = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            await asyncio.gather(
                self._repeat("publish", partial(self._republish, apart), republish_s, end),
                self._repeat("promote or demote", self._swap, swap_s, end),
                self._repeat("kill", self._kill, seconds / 2, end - seconds / 4),
            )
        finally:
            for stuck in multiprocessing.active_children():  # leaving the executor would wait for it
                stuck.kill()
            apart.shutdown(wait=False, cancel_futures=True)

    async def _repeat(self, name: str, change: Callable[[], Awaitable[None]], every_s: float, end: float) -> None:
        due = time.perf_counter() + every_s
        while due < end:
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            try:
                async with asyncio.timeout(CHANGED_WITHIN_S):
                    await change()
            except Exception as error:  # it is reported, and the other changes go on
                self.faults.append(f"{name}: {error!r}"[:300])
            due = max(due + every_s, time.perf_counter())

    async def _republish(self, apart: ProcessPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        snapshot = await loop.run_in_executor(apart, republish, self.settings, self.root / "contracts")
        self.truth.marks[snapshot] = max(self.truth.marks.values()) + 1

    async def _swap(self) -> None:
        if self.challenger is None:
            raise ValueError(f"{MODEL} has one version only: nothing to promote")
        await asyncio.to_thread(champion, self.root, None if self.swaps % 2 else self.challenger)
        self.swaps += 1

    async def _kill(self) -> None:
        at = time.perf_counter()
        await asyncio.to_thread(kill, self.service)
        self.killed_at = at
