"""Reads an uploaded file in a process of its own, with bounds on memory and time.

A file from outside may be built to exhaust whoever reads it; here that ends a child. It is started
for the file and says only whether the file can be read; reading is ``records``' business.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from evenhand.errors import BadInput

SECONDS = 30
"""Of wall time."""
MEMORY = 2 * 1024**3
"""Bytes of address space."""
_CHILD = """
import json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[3]),) * 2)
except (ImportError, ValueError, OSError):
    pass
from evenhand.errors import EvenhandError
from evenhand.records.documents import read_document
try:
    print(json.dumps({"text": read_document(sys.argv[1]).text}))
except EvenhandError as error:
    print(json.dumps({"error": str(error)}))
"""


def refuse_unreadable(path: Path, name: str) -> None:
    """Read an ad's file apart.

    Raises:
        BadInput: It can't be read, or not within the bounds.
    """
    words = [sys.executable, "-c", _CHILD, str(path), str(MEMORY), str(SECONDS)]
    try:
        done = subprocess.run(words, capture_output=True, timeout=SECONDS, check=False)
        found = json.loads(done.stdout.decode() or "{}")
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        found = {}
    if "error" in found:
        raise BadInput(found["error"].replace(str(path), name))
    if not found.get("text", "").strip():
        said = "holds no text" if "text" in found else "can't be read within half a minute and 2 GB"
        raise BadInput(f"{name}: {said}; give an ad as text, Word, PDF, HTML, Markdown or JSON")
