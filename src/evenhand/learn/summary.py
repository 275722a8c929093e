"""What a collection of rollouts amounts to: pass rates, reasons and sources, in counts.

Numbers only: no text of any ad goes into a summary.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from evenhand.learn.rows import Rollout

_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|\d+(?:[.,]\d+)*")
"""Quoted words and figures, which would make every reason its own."""


def summarise(rows: Sequence[Rollout]) -> dict[str, Any]:
    """Counts and pass rates of a collection.

    Returns:
        ``ads``, ``states``, ``rows``; per gate how many were ``judged`` and ``passed`` and the
        commonest ``reasons`` of refusals (figures and quoted words masked); rows, pass rates and
        mean rewards per source, per kind of span and per occupation group.
    """
    proposed = [row for row in rows if not row.is_identity]
    return {
        "ads": len({row.job_id for row in rows}),
        "states": len({row.state for row in rows}),
        "rows": len(rows),
        "identities": len(rows) - len(proposed),
        "overall": _rates(proposed),
        "gates": _gates(proposed),
        "sources": _by(proposed, lambda row: row.source.partition(":")[0]),
        "kinds": _by(proposed, lambda row: row.kind),
        "groups": _by(proposed, lambda row: row.group),
    }


def _by(rows: Iterable[Rollout], key: Callable[[Rollout], str]) -> dict[str, Any]:
    parts: dict[str, list[Rollout]] = defaultdict(list)
    for row in rows:
        parts[key(row)].append(row)
    return {name: _rates(part) for name, part in sorted(parts.items())}


def _rates(rows: Sequence[Rollout]) -> dict[str, Any]:
    rewards = [row.reward for row in rows if row.passed and row.reward is not None]
    return {
        "rows": len(rows),
        "proposed": sum(row.count for row in rows),
        "passed": sum(row.passed for row in rows),
        "pass_rate": _rounded(np.mean([row.passed for row in rows])) if rows else None,
        "improving": sum(reward > 0 for reward in rewards),
        "mean_reward": _rounded(np.mean(rewards)) if rewards else None,
    }


def _gates(rows: Sequence[Rollout]) -> dict[str, Any]:
    judged: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in (verdict for row in rows for verdict in row.gates):
        judged[verdict.gate] += 1
        if not verdict.passed:
            refused[verdict.gate] += 1
            reasons[verdict.gate][masked(verdict.reason)] += 1
    return {
        gate: {
            "judged": count,
            "passed": count - refused[gate],
            "pass_rate": _rounded(1 - refused[gate] / count),
            "reasons": dict(
                sorted(reasons[gate].items(), key=lambda item: (-item[1], item[0]))[:8]
            ),
        }
        for gate, count in sorted(judged.items())
    }


def masked(reason: str) -> str:
    """A reason without what is particular to one rewording."""
    return _PARTICULAR.sub("…", reason)


def _rounded(value: Any) -> float:
    return round(float(value), 6)
