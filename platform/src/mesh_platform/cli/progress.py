"""Live progress: bars where somebody watches, plain lines where a log does."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Bar = Callable[[int, int], None]


@contextmanager
def bar(label: str) -> Iterator[Bar]:
    """Show a bar that the caller moves with (done, total).

    Args:
        label: What goes on.
    """
    with _progress() as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def spinner(label: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show what a work of unknown length is at; the caller names each step.

    Args:
        label: What goes on.
        quiet: Show nothing, because a machine reads the output.
    """
    started = time.perf_counter()
    with _progress() as progress:
        task = progress.add_task(label, total=None)

        def step(what: str) -> None:
            progress.update(task, description=f"{label}: {what}")
            if not quiet and not sys.stderr.isatty():
                typer.echo(f"{time.perf_counter() - started:6.1f} s  {label}: {what}", err=True)

        yield step


def _progress() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:<58}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


class RunDisplay:
    """One bar a domain, moved by the events of its run.

    Args:
        totals: Domain → how many sources and products it has to do.
        quiet: Show nothing, because a machine reads the output.
    """

    def __init__(self, totals: dict[str, int], *, quiet: bool) -> None:
        self._progress = _progress()
        self._quiet = quiet
        self._lines = not quiet and not sys.stderr.isatty()
        self._started = time.perf_counter()
        self._tasks: dict[str, TaskID] = {
            domain: self._progress.add_task(f"{domain}: waiting", total=total) for domain, total in totals.items()
        }

    def __enter__(self) -> Self:
        if not self._quiet:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._quiet:
            self._progress.stop()

    def step(self, name: str, step: str) -> None:
        """Show what a source or product is at."""
        domain = name.replace("/", ".").partition(".")[0]
        self._progress.update(self._tasks[domain], description=f"{name}: {step}")

    def done(self, name: str, outcome: str) -> None:
        """Count a source or product as done."""
        domain = name.replace("/", ".").partition(".")[0]
        self._progress.advance(self._tasks[domain])
        self._progress.update(self._tasks[domain], description=f"{name}: {outcome}")
        if self._lines:
            typer.echo(f"{time.perf_counter() - self._started:6.1f} s  {name}: {outcome}", err=True)
