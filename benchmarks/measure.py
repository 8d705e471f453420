"""Run a command and watch it: wall seconds, peak memory of its whole process tree, what it printed first and when."""

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.1
"""How often memory is looked at; a shorter peak may be missed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command.

    Args:
        seconds: Wall time.
        peak_mb: The largest sum of proportional memory over the process and its children.
        first_output_seconds: When the first byte of standard output came.
        out: Standard output.
    """

    seconds: float
    peak_mb: float
    first_output_seconds: float
    out: str


def measure(command: list[str], environment: dict[str, str], folder: Path) -> Measured:
    """Run a command to its end.

    Args:
        command: The program and its arguments.
        environment: Variables added to this process's own.
        folder: Where it runs.

    Raises:
        RuntimeError: Where it fails.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    peaks = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
    watcher.start()
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(_all(process)), daemon=True)
    reader.start()
    assert process.stdout
    first = process.stdout.read(1)
    first_seconds = time.perf_counter() - started
    out = first + process.stdout.read()
    process.wait()
    seconds = time.perf_counter() - started
    reader.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {errors[0][-2000:]}")
    return Measured(seconds, max(peaks), first_seconds, out)


def _all(process: "subprocess.Popen[str]") -> str:
    assert process.stderr
    return process.stderr.read()


def _watch(process: "subprocess.Popen[str]", peaks: list[float]) -> None:
    while process.poll() is None:
        peaks.append(_tree_mb(process.pid))
        time.sleep(SAMPLE_SECONDS)


def _tree_mb(pid: int) -> float:
    total = 0.0
    try:
        parent = psutil.Process(pid)
        for one in (parent, *parent.children(recursive=True)):
            total += one.memory_full_info().pss / 1e6
    except psutil.NoSuchProcess:
        return total
    return total
