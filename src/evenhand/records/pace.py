"""The pace of long work: when to save it, who is told how far it is, and how long that takes.

Work is saved often enough that a kill costs less than a minute. Only the clock decides, so nothing
that is saved may hang on when it is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

SECONDS = 20.0
"""Between two saves; a step that is under way when a kill comes is lost as well."""

Progress = Callable[[str, int, int], None]
"""Called as ``progress(stage, done, total)``."""


class Pace:
    """Tells when the last save is long enough ago."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether it is time to save; asked once, it counts as saved."""
        now = time.monotonic()
        if now - self._last < SECONDS:
            return False
        self._last = now
        return True


def tell(progress: Progress | None, stage: str, done: int, total: int) -> None:
    """Report progress where somebody listens."""
    if progress is not None:
        progress(stage, done, total)


def steps(progress: Progress | None, stage: str, items: Sequence[T]) -> Iterator[T]:
    """The items one by one, told as they come and when the last is over."""
    for done, item in enumerate(items):
        tell(progress, stage, done, len(items))
        yield item
    tell(progress, stage, len(items), len(items))


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    for unit, length in (("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return "an unknown part" if math.isnan(seconds) else "less than 2 seconds"
