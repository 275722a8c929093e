"""When to save work that goes on: often enough that a kill costs less than a minute.

Only the clock decides, so nothing that is saved may hang on when it is.
"""

from __future__ import annotations

import time

SECONDS = 20.0
"""Between two saves; a step that is under way when a kill comes is lost as well."""


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
