"""Rows of the mitigation benchmark: means over seeds, what is halved, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lab.kept_summary import Preservation


def over_seeds(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds with the standard deviation beside; intervals are the first seed's."""
    found: dict[str, Any] = {"seeds": len(rows), "deviation": {}}
    for name, value in rows[0].items():
        if isinstance(value, bool):
            found[name] = all(row[name] for row in rows)
        elif isinstance(value, int | float):
            values = [row[name] for row in rows]
            found[name] = float(np.mean(values))
            found["deviation"][name] = float(np.std(values, ddof=1)) if len(rows) > 1 else 0.0
        else:
            found[name] = value
    return found


def relative(before: Any, after: Any) -> dict[str, float]:
    """After over before, by measure."""
    names = ("mu", "delta", "epsilon", "subject_mass")
    return {name: getattr(after, name) / getattr(before, name) for name in names}


def halved(base: Mapping[str, Any], system: Mapping[str, Any]) -> bool:
    """Whether intensity, position and attribute error are at least halved."""
    return all(system[name] <= 0.5 * base[name] for name in ("mu", "delta", "epsilon"))


def flat(kept: Preservation) -> dict[str, Any]:
    """What the table needs of what is kept."""
    return {
        "recall1": kept.recall1.value,
        "accuracy1": kept.accuracy1.value,
        "accuracy_chance": kept.accuracy_chance,
        "perplexity": kept.perplexity.value,
        "relative_perplexity": kept.relative_perplexity.value,
        "kl_to_base": {name: one.value for name, one in kept.kl_to_base.items()},
        "changed_top": {name: one.value for name, one in kept.changed_top.items()},
        "kept_intervals": {
            name: [one.low, one.high, one.n]
            for name, one in (
                ("recall1", kept.recall1),
                ("accuracy1", kept.accuracy1),
                ("relative_perplexity", kept.relative_perplexity),
            )
        },
    }
