"""``evenhand doctor``: what this machine has, what is missing, and how to get it.

It imports no library that could be missing: versions come from package metadata.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.util import find_spec

from evenhand.errors import EXTRAS, ModelError
from evenhand.records.integrity import MINILM, SMOLLM2, PinnedWeights

CORE = ("numpy", "pydantic", "typer", "rich", "jinja2", "python-calamine", "xlsxwriter")
"""What every installation has."""
COMFORTABLE_GIB = 7.0
"""A machine sold with 8 GiB shows less."""
FROM_SOURCE = "pip install -e . in the folder of evenhand's source"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: Its name.
        found: Version or amount; empty where missing.
        fine: Whether everything that needs it can run.
        remedy: What to run, or to do; empty where nothing is to be done.
        extra: The extra that it is for; empty for what every verb needs.
    """

    what: str
    found: str
    fine: bool
    remedy: str = ""
    extra: str = ""


def doctor() -> list[Finding]:
    """Everything that evenhand needs, in the order of a first installation."""
    return [
        _python(),
        Finding("cores", str(os.cpu_count() or 1), fine=True),
        _memory(),
        _itself(),
        *(_package(name) for name in CORE),
        *(_package(name, extra) for extra, names in EXTRAS.items() for name in names),
        _weights(MINILM, "embed", _install("embed")),
        _weights(SMOLLM2, "train", SMOLLM2.install),
    ]


def works(findings: Sequence[Finding]) -> bool:
    """Whether all is there that every verb needs, and nothing that is there is another's."""
    return all(one.fine or (one.extra and not one.found) for one in findings)


def sentences(findings: Sequence[Finding]) -> Iterator[str]:
    """What is here, then one remedy a line with what it is for."""
    here = [one for one in findings if one.found]
    longest = max(len(one.what) for one in here)
    yield "On this machine:"
    yield from (f"  {one.what.ljust(longest)}  {one.found}" for one in here)
    remedies = dict.fromkeys(one.remedy for one in findings if one.remedy)
    if not remedies:
        yield "\nNothing is missing."
        return
    said = "What is missing or wrong, with what to run:"
    yield f"\n{said if not works(findings) else 'What you may add, with what to run:'}"
    for remedy in remedies:
        cured = [one for one in findings if one.remedy == remedy]
        what = ", ".join(one.what for one in cured)
        purposes = dict.fromkeys(_purposes()[one.extra] for one in cured if one.extra)
        yield f"  {remedy}\n      {'; '.join([*purposes, what])}"


def to_json(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """The findings as plain values."""
    return [asdict(finding) for finding in findings]


@cache
def _purposes() -> dict[str, str]:
    return tomllib.loads((files("evenhand.verbs") / "extras.toml").read_text("utf-8"))


def _python() -> Finding:
    fine = sys.version_info >= (3, 11)
    return Finding("python", platform.python_version(), fine, "" if fine else "install 3.11+")


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (AttributeError, ValueError, OSError):
        return Finding("memory", "unknown", fine=True)
    enough = total >= COMFORTABLE_GIB
    advice = "" if enough else "tuning wants 8 GiB: choose smaller settings for it"
    return Finding("memory", f"{total:.1f} GiB", fine=True, remedy=advice)


def _itself() -> Finding:
    """Evenhand as an installed package; the extras' remedies need it to be one."""
    version = _version("evenhand")
    return Finding("evenhand", version, bool(version), "" if version else FROM_SOURCE)


def _package(name: str, extra: str = "") -> Finding:
    """A library: that it can be imported, and that its version is one that evenhand takes."""
    distribution = name.replace("_", "-")
    version = _version(distribution) if find_spec(name.replace("-", "_")) else ""
    wanted = _ranges().get(distribution.lower(), "")
    fine = bool(version) and _within(version, wanted)
    by_name = f"pip install '{distribution}{wanted}'"
    remedy = "" if fine else _install(extra) if extra and not version else by_name
    return Finding(distribution, version, fine, remedy, extra)


def _install(extra: str) -> str:
    return f"pip install 'evenhand[{extra}]'"


def _version(distribution: str) -> str:
    """Version of an installed distribution; empty where there is none."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


@cache
def _ranges() -> dict[str, str]:
    """The versions that evenhand takes of each library, as its own metadata says; none without."""
    try:
        wanted = metadata.requires("evenhand") or []
    except metadata.PackageNotFoundError:
        return {}
    parts = [re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*([^;]*)", one) for one in wanted]
    return {one[1].lower(): one[2].strip() for one in parts if one}


def _within(version: str, wanted: str) -> bool:
    """Whether a version is in a range of the forms that evenhand's metadata has."""
    for sign, bound in re.findall(r"(>=|<|==)\s*([\d.]+)", wanted):
        have, limit = (
            tuple(map(int, [*re.findall(r"\d+", one), "0", "0"][:3])) for one in (version, bound)
        )
        if not {">=": have >= limit, "<": have < limit, "==": have == limit}[sign]:
            return False
    return True


def _weights(pinned: PinnedWeights, extra: str, install: str) -> Finding:
    """The version, and that the bytes are those that evenhand is pinned to."""
    what = f"weights {pinned.distribution}"
    if pinned.folder() is None:
        return Finding(what, "", fine=False, remedy=install, extra=extra)
    said = f"{_version(pinned.distribution)}, SHA-256 {pinned.files[pinned.weights][:12]}…"
    try:
        pinned.check()
    except ModelError:
        again = f"{pinned.install} --force-reinstall"
        return Finding(what, f"not {said}", fine=False, remedy=again, extra=extra)
    return Finding(what, f"{said} checked", fine=True, extra=extra)
