"""A bar per stage with the time left, on standard error; silent where nobody is watching."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from evenhand.verbs.inputs import Progress as Callback


class StageBars:
    """Turns ``progress(stage, done, total)`` calls into one bar per stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of a stage are over."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=max(total, 1))
        self._bars.update(self._tasks[stage], completed=done, total=max(total, 1))


@contextmanager
def bars(*, quiet: bool = False) -> Iterator[Callback]:
    """A progress callback for the duration of a verb."""
    console = Console(file=sys.stderr)
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    if quiet or not console.is_terminal:
        yield _nobody_watches
        return
    with Progress(*columns, console=console) as shown:
        yield StageBars(shown)


def _nobody_watches(stage: str, done: int, total: int) -> None:
    """No bar, not even a disabled one: rich before 15 ends those with an empty line."""
