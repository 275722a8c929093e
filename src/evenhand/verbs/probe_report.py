"""``evenhand probe-report``: two probes of the same kind, before and after, as one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evenhand.audit.page.probes import render_probes, sentences
from evenhand.errors import BadInput
from evenhand.records.files import write_text
from evenhand.records.outputs import writes
from evenhand.records.seals import read_sealed
from evenhand.rehearsal import begin, foretell

SAME = ("kind", "source", "form", "seed")
NEEDED = {*SAME, "probes", "model", "mitigation", "metrics"}
MEASURED = {"mu", "mu_crossed", "delta", "epsilon", "subject_mass"}
BESIDE = {"refused", "raw", "intervals", "chance", "examples", "table"}


@writes("out")
def probe_report(before: Path, after: Path, *, out: str | Path) -> dict[str, Any]:
    """Write the page and return what it says first.

    Args:
        before: ``probe.json`` without a mitigation.
        after: ``probe.json`` with one.
        out: The page.

    Raises:
        BadInput: A file isn't a probe, or they asked different questions.
        StorageError: A file can't be read or was changed, or the page can't be written.
    """
    first, second = _read(before), _read(after)
    for name in SAME:
        if first[name] != second[name]:
            raise BadInput(
                f"{after}: {name} is {second[name]!r} and {first[name]!r} in {before}; probe both "
                "alike"
            )
    if first["probes"] != second["probes"]:
        raise BadInput(f"{after}: other probes were asked than in {before}; probe both alike")
    if first["model"] != second["model"]:
        raise BadInput(f"{after}: another model was asked than in {before}; probe the same model")
    foretell(takes="seconds")
    begin()
    write_text(out, render_probes(first, second))
    return {"sentences": list(sentences(first, second)), "out": str(out)}


def _read(path: Path) -> Mapping[str, Any]:
    found = read_sealed(path, "probe again")
    if not found.keys() >= NEEDED or not _measured(found["metrics"]):
        raise BadInput(f"{path}: isn't what evenhand probe writes; probe again")
    return found


def _measured(metrics: object) -> bool:
    return isinstance(metrics, dict) and metrics.keys() >= MEASURED | BESIDE
