"""Reads what was uploaded, and audits it, in a process of its own with bounds on memory and time.

A file from outside may be built to exhaust whoever reads it; here that ends a child. It runs in the
file's folder and names the file as the user did, so that no path of this machine stands in what it
writes. Reading and auditing are ``records``' and ``verbs``' business.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evenhand.errors import BadInput

SECONDS = 60
"""Of wall time."""
MEMORY = 3 * 1024**3
"""Bytes of address space."""
MOST_COLUMNS = 500
_HERE = os.pathsep.join(
    [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
).rstrip(os.pathsep)
"""The child works in another folder and finds this package all the same."""
_CHILD = """
import json, sys
asked = json.load(sys.stdin)
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"],) * 2)
except (ImportError, ValueError, OSError):
    pass
from evenhand.errors import EvenhandError
from evenhand.web import apart
try:
    print(json.dumps({"found": getattr(apart, asked["do"])(**asked["how"])}))
except EvenhandError as error:
    print(json.dumps({"error": str(error)}))
"""


def ad_text(name: str) -> str:
    """The text of an ad; runs in the child."""
    from evenhand.records.documents import read_document

    return read_document(name).text


def columns_of(name: str) -> list[tuple[str, int]]:
    """Every column of a table with how many different values it has; runs in the child."""
    from evenhand.records.columns import Wanted
    from evenhand.records.rows import Problems
    from evenhand.records.tables import open_source

    source = open_source(Problems(name, collect=True), Wanted(()).header_hits)
    if len(source.names) > MOST_COLUMNS:
        raise BadInput(
            f"{name}: has {len(source.names):,} columns; at most {MOST_COLUMNS} are read"
        )
    texts = source.read(range(len(source.names)))
    return [(column, len(texts[at].distinct)) for at, column in enumerate(source.names)]


def audited(name: str, by: Sequence[str], mapping: dict[str, str]) -> str:
    """An audit of a table into the folder ``audit``; runs in the child."""
    from evenhand.audit.rates import AuditSettings
    from evenhand.records.outcomes import Reading
    from evenhand.verbs.audit import audit
    from evenhand.verbs.inputs import AuditInputs

    given = AuditInputs(outcomes=Path(name), reading=Reading(mapping=mapping))
    audit(given, AuditSettings(by=tuple(by)), title=f"Audit of {name}", out="audit", force=True)
    return ""


def ask(do: str, folder: Path, name: str, **how: Any) -> Any:
    """What a function of this module finds in a file, asked of a child.

    Raises:
        BadInput: The file can't be read, or not within the bounds.
    """
    asked = {"do": do, "how": {"name": name, **how}, "memory": MEMORY, "seconds": SECONDS}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _CHILD],
            env=os.environ | {"PYTHONPATH": _HERE},
            input=json.dumps(asked),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        said = json.loads(done.stdout or "{}")
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        said = {}
    if "error" in said:
        raise BadInput(said["error"])
    if "found" not in said:
        raise BadInput(
            f"{name}: can't be read within a minute and 3 GB of memory; give a smaller file"
        )
    return said["found"]
