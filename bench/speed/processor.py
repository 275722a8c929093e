"""Processor seconds of a whole process, interpreter and imports in: what bench/speed measures by.

Not a program; the others here call it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Sequence


def seconds(words: Sequence[str], compiled: str) -> float:
    """Processor seconds, user and system, of the interpreter on these words.

    Args:
        words: What follows ``python``.
        compiled: Folder for compiled modules, which are kept between calls, as when installed.

    Raises:
        CalledProcessError: The process failed, so that its time would say nothing.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    quiet = subprocess.DEVNULL
    subprocess.run([sys.executable, *words], check=True, env=environment, stdout=quiet)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
