"""What ``two_attributes`` found, as JSON: R of every attribute by system; nothing runs here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from evenhand.audit.evaluation import Evaluation
from evenhand.measure.figure import as_json
from evenhand.measure.measures import ContrastMeasures


def report_of(found: Evaluation, attributes: Sequence[str]) -> dict[str, Any]:
    """By system every attribute's R; paired changes over all ads, negative is closer to parity."""
    systems = {
        name: {
            "attributes": {
                attribute: _contrasts(found, name, attribute) for attribute in attributes
            },
            "largest_abs_log_R": _largest(found, name, attributes),
            "ads_changed": found.wording[name].ads_changed if name in found.wording else 0.0,
        }
        for name in found.comparison.systems
    }
    paired = {
        f"{pair.after} vs {pair.before}": [
            as_json(change) for change in pair.changes if change.scope == "overall"
        ]
        for pair in found.comparison.pairs
    }
    return {
        "top": found.protocol.top,
        "systems": systems,
        "paired": paired,
    }


def _contrasts(found: Evaluation, system: str, attribute: str) -> list[dict[str, Any]]:
    return [
        {
            "contrast": f"{one.group} / {one.reference}",
            "R": as_json(one.ratio.value),
            "interval": as_json(one.ratio.interval),
            "chance": as_json(one.ratio.null_interval),
            "p": as_json(one.ratio.p_value),
        }
        for one in _judged(found, system, attribute)
    ]


def _judged(found: Evaluation, system: str, attribute: str) -> list[ContrastMeasures]:
    measures = found.comparison.systems[system]
    scopes = measures.attributes[attribute].cuts[measures.top].scopes
    return [one for one in scopes["overall"].contrasts if one.judged]


def _largest(found: Evaluation, system: str, attributes: Sequence[str]) -> float | None:
    """The largest |log R| of any contrast: what max-min is after."""
    ratios = [one.ratio.value for name in attributes for one in _judged(found, system, name)]
    logs = [abs(math.log(ratio)) for ratio in ratios if ratio > 0 and math.isfinite(ratio)]
    return round(max(logs), 4) if logs else None
