"""How far a verb is, on standard error: bars at a terminal, elsewhere a line of log a minute."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evenhand.records.pace import Progress, duration

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

EVERY = 60.0
"""Seconds between two lines of a log."""


class StageBars:
    """Turns ``progress(stage, done, total)`` calls into one bar per stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of a stage are over."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=max(total, 1))
        self._bars.update(self._tasks[stage], completed=done, total=max(total, 1))


class StageLines:
    """Remembers ``progress(stage, done, total)`` calls and says in a line where the verb is.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._began = clock, clock()
        self._stage: tuple[str, int, int] | None = None
        self._first, self._known = self._began, 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Remember that ``done`` of ``total`` steps of a stage are over."""
        if self._stage is None or self._stage[0] != stage:
            # What was done in an earlier run came at once and says nothing of the pace.
            self._first, self._known = self._clock(), done
        self._stage = (stage, done, total)

    def line(self) -> str:
        """Stage, what is done of how much, the time so far and what is left of the stage."""
        now = self._clock()
        so_far = f"{duration(now - self._began)} so far"
        if self._stage is None:
            return f"preparing, {so_far}"
        stage, done, total = self._stage
        if done >= total:
            return f"{stage}: {done:,} of {total:,} done, {so_far}; the next stage is being begun"
        if done <= self._known:
            return f"{stage}: {done:,} of {total:,} done, {so_far}; time left not known yet"
        left = (now - self._first) / (done - self._known) * (total - done)
        return (
            f"{stage}: {done:,} of {total:,} done, {so_far}, about {duration(left)} left in "
            "this stage"
        )


class Foretelling:
    """Passes ``progress(stage, done, total)`` on and says how long each stage will take.

    Measured on what is done first, so it is said once that is over.

    Args:
        progress: Who is told of every step.
        say: Takes the sentence.
        clock: Seconds.
    """

    def __init__(
        self,
        progress: Progress,
        say: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress, self._say, self._clock = progress, say, clock
        self._began: dict[str, tuple[float, int]] = {}
        self._said: set[str] = set()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Pass on that ``done`` of ``total`` steps of a stage are over."""
        first, known = self._began.setdefault(stage, (self._clock(), done))
        if stage not in self._said and known < done < total:
            self._said.add(stage)
            whole = (self._clock() - first) / (done - known) * (total - known)
            self._say(f"{stage}: {total - known:,} to go through, about {duration(whole)} in all")
        self._progress(stage, done, total)


@contextmanager
def bars(*, quiet: bool = False) -> Iterator[Progress]:
    """A progress callback for the duration of a verb.

    Args:
        quiet: Show no bars; where nobody is at a terminal, lines are written all the same.
    """
    if not sys.stderr.isatty():
        with _logged() as lines:
            yield lines
        return
    if quiet:
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as shown:
        yield StageBars(shown)


@contextmanager
def _logged() -> Iterator[StageLines]:
    """Write a line every ``EVERY`` seconds, also where a step takes longer than that."""
    lines, over, stream = StageLines(), threading.Event(), sys.stderr

    def write() -> None:
        while not over.wait(EVERY):
            stream.write(f"{time.strftime('%H:%M:%S')} {lines.line()}\n")
            stream.flush()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield lines
    finally:
        over.set()
        writer.join()
