"""The programs in ``bench`` import each other by name, as they do when one of them is run."""

from __future__ import annotations

import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "bench"
for folder in (BENCH, BENCH / "hiring", BENCH / "mitigation"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
