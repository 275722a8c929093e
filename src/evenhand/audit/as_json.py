"""The content of ``evaluation.json``: the keys that results files share, from an ``Evaluation``.

Undefined numbers are None and counts of fewer than five people are masked. ``systems`` and
``paired`` hold the headline (first attribute, first contrast, all judged ads); everything else
that was measured stands beneath ``attributes`` and ``scopes``. No ad text, no person, no path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenhand.audit.abstention import why_no_figure
from evenhand.audit.evaluation import Evaluation
from evenhand.audit.facts import FactsChecked
from evenhand.audit.rows_as_json import rows_json
from evenhand.audit.statements import STATEMENTS
from evenhand.audit.wording import Wording
from evenhand.measure.comparison import ORIGINAL, PairMeasures
from evenhand.measure.estimates import OVERALL
from evenhand.measure.paired import HitsCheck, QualityCheck, RatioChange
from evenhand.measure.results import (
    ContrastMeasures,
    Measures,
    ValueCounts,
    as_json,
    fields_as_json,
)

SECONDS_PER_MINUTE = 60.0


def evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    """Everything as plain values, keys as in the results files."""
    comparison, focus = evaluation.comparison, evaluation.focus
    kept = _kept_by(evaluation)
    return {
        "protocol": fields_as_json(evaluation.protocol),
        "primary": _primary(evaluation),
        "gaps": _gaps(comparison.systems[ORIGINAL]),
        "systems": {name: _system(evaluation, name) for name in comparison.systems},
        "paired": {f"{pair.after} vs {pair.before}": _pair(pair) for pair in comparison.pairs},
        "ndcg_noninferiority": _noninferiority(evaluation, kept),
        "rows": rows_json(comparison.rows) if comparison.rows else None,
        "qualified_hits": _hits(kept.hits) if kept else {},
        "levelling_down": _levelling_down(evaluation, kept),
        "facts": _facts(evaluation.wording.get(focus or "")),
        "abstained": [fields_as_json(each) for each in evaluation.abstained],
        "cost": _cost(evaluation.wording),
        "notes": list(evaluation.notes),
        "cannot_say": [{"key": each.key, "text": each.text} for each in STATEMENTS],
    }


def _kept_by(evaluation: Evaluation) -> PairMeasures | None:
    """The comparison that says what the focus kept: with the original."""
    return evaluation.pair(ORIGINAL, evaluation.focus) if evaluation.focus else None


def _primary(evaluation: Evaluation) -> dict[str, Any] | None:
    change, pair = evaluation.comparison.primary, evaluation.primary_pair
    if change is None or pair is None:
        return None
    return {
        "systems": [pair.after, pair.before],
        "attribute": change.attribute,
        "group": change.group,
        "reference": change.reference,
        "top": change.top,
    }


def _gaps(original: Measures) -> dict[str, Any]:
    """R of the original ads: attribute, then scope (``macro`` too), one entry a contrast."""
    gaps: dict[str, Any] = {}
    for attribute, measured in original.attributes.items():
        cut = measured.cuts[original.top]
        found = {name: scope.contrasts for name, scope in cut.scopes.items()}
        gaps[attribute] = {
            name: _contrasts(contrasts, original.min_group)
            for name, contrasts in {**found, "macro": cut.macro}.items()
        }
    return gaps


def _contrasts(contrasts: Sequence[ContrastMeasures], min_group: int) -> list[dict[str, Any]]:
    return [
        {
            "group": one.group,
            "reference": one.reference,
            "judged": one.judged,
            **_ratio(one, min_group),
            "exposure_ratio": as_json(one.exposure_ratio),
        }
        for one in contrasts
    ]


def _ratio(contrast: ContrastMeasures, min_group: int) -> dict[str, Any]:
    estimate = contrast.ratio
    return {
        "R": as_json(estimate.value),
        "R_interval": as_json(estimate.interval),
        "null_interval": as_json(estimate.null_interval),
        "p_value": as_json(estimate.p_value),
        "detectable": as_json(estimate.detectable),
        "reason": why_no_figure(contrast, min_group),
    }


def _system(evaluation: Evaluation, name: str) -> dict[str, Any]:
    measures = evaluation.comparison.systems[name]
    attribute = evaluation.attribute
    cuts = measures.attributes[attribute].cuts
    macro = measures.contrast(attribute, scope="macro").ratio
    beside = {
        f"R_top{cut}": _ratio(evaluation.headline(name, top=cut), measures.min_group)
        for cut in cuts
        if cut != measures.top
    }
    overall = cuts[measures.top].scopes[OVERALL]
    return {
        **_ratio(evaluation.headline(name), measures.min_group),
        "macro_R": as_json(macro.value),
        "macro_R_interval": as_json(macro.interval),
        **beside,
        **_quality(evaluation, measures),
        "qualified_hits": {count.value: _shown(count) for count in overall.counts if count.value},
        "impact_ratio_paper": {
            paper.value: {"ratio": as_json(paper.ratio), "chance": as_json(paper.chance)}
            for paper in measures.attributes[attribute].impact_ratio_paper.get(OVERALL, ())
        },
        **_words(evaluation.wording.get(name)),
        "groups": _groups(evaluation, measures),
        "attributes": {name: as_json(found) for name, found in measures.attributes.items()},
    }


def _quality(evaluation: Evaluation, measures: Measures) -> dict[str, Any]:
    averages = measures.quality[OVERALL]
    ndcg = averages[evaluation.quality_name]
    key = evaluation.quality_name.replace("@", "")
    return {
        key: as_json(ndcg.value),
        f"{key}_interval": as_json(ndcg.interval),
        "mrr": as_json(averages["mrr"].value),
        "recall": as_json(averages[f"recall@{measures.top}"].value),
    }


def _shown(count: ValueCounts) -> dict[str, Any]:
    """How many qualified people of one value are shown, of how many, masked where few."""
    row = count.to_json()
    keys = ("people", "pool", "selected", "rate") if not row["suppressed"] else ("people",)
    return {**{key: row[key] for key in keys}, "suppressed": row["suppressed"]}


def _groups(evaluation: Evaluation, measures: Measures) -> dict[str, Any]:
    """By group of ads: the headline contrast, nDCG and who is shown."""
    scopes = measures.attributes[evaluation.attribute].cuts[measures.top].scopes
    return {
        name: {
            "ads": scope.ads,
            "judged": scope.contrasts[0].judged,
            **_ratio(scope.contrasts[0], measures.min_group),
            evaluation.quality_name.replace("@", ""): as_json(
                measures.quality[name][evaluation.quality_name].value
            ),
            "qualified_hits": {one.value: _shown(one) for one in scope.counts if one.value},
        }
        for name, scope in scopes.items()
        if name != OVERALL
    }


def _words(wording: Wording | None) -> dict[str, Any]:
    if wording is None:
        nothing = dict.fromkeys(("gate_pass_rate", "seconds_per_ad", "readability", "facts"))
        return {"ads_changed": 0.0, "edits_per_ad": 0.0, **nothing, "refused": {}}
    return {
        "ads_changed": wording.ads_changed,
        "edits_per_ad": wording.edits_per_ad,
        "gate_pass_rate": as_json(wording.gate_pass_rate),
        "seconds_per_ad": as_json(wording.seconds_per_ad),
        "refused": dict(wording.refused),
        "facts": wording.facts.to_json(),
        "readability": fields_as_json(wording.readability),
    }


def _pair(pair: PairMeasures) -> dict[str, Any]:
    """The headline change, then every other one at the headline cut by attribute and scope."""
    changes = [_change(change) for change in pair.changes]
    head = next(iter(changes), None)
    if head is None or head["scope"] != OVERALL:
        head = _nothing(pair)
    return {**head, "changes": changes}


def _change(change: RatioChange) -> dict[str, Any]:
    fields = fields_as_json(change)
    fields["abs_log_R_change"] = fields.pop("change")
    fields["abs_log_R_before"] = fields.pop("before")
    fields["abs_log_R_after"] = fields.pop("after")
    return fields


def _nothing(pair: PairMeasures) -> dict[str, Any]:
    reason = f"R isn't judged over all ads, so {pair.after} and {pair.before} can't be compared"
    return {"abs_log_R_change": None, "interval": None, "p_value": None, "reason": reason}


def _noninferiority(evaluation: Evaluation, kept: PairMeasures | None) -> dict[str, Any]:
    margins = evaluation.comparison.margins
    checks = (*(kept.quality if kept else ()), *evaluation.other_quality)
    return {
        "systems": [kept.after, kept.before] if kept else [],
        "measure": evaluation.quality_name,
        "margin": margins.ndcg,
        "floor": margins.ndcg_floor,
        "non_inferior": kept.quality_kept if kept else None,
        "groups": {check.scope: _check(check) for check in checks},
    }


def _check(check: QualityCheck | HitsCheck) -> dict[str, Any]:
    fields = fields_as_json(check)
    return {key: value for key, value in fields.items() if key not in ("scope", "measure")}


def _hits(checks: Sequence[HitsCheck]) -> dict[str, Any]:
    """Overall, by attribute and value."""
    found: dict[str, Any] = {}
    for check in checks:
        if check.scope == OVERALL:
            found.setdefault(check.attribute, {})[check.value] = _check(check)
    return found


def _levelling_down(evaluation: Evaluation, kept: PairMeasures | None) -> dict[str, Any]:
    return {
        "margin": evaluation.comparison.margins.hits,
        "hits_kept": kept.hits_kept if kept else None,
        "lost": [
            {"attribute": check.attribute, "value": check.value, "scope": check.scope}
            for check in (kept.hits if kept else ())
            if not check.non_inferior
        ],
    }


def _facts(wording: Wording | None) -> dict[str, Any]:
    if wording is None:
        return FactsChecked(0, 0).to_json()
    return wording.facts.to_json()


def _cost(wordings: Mapping[str, Wording]) -> dict[str, Any]:
    """Time that rewriting took, in all and by system, where it was recorded."""
    seconds = {name: as_json(each.seconds) for name, each in wordings.items()}
    known = [value for value in seconds.values() if value is not None]
    return {
        "minutes": sum(known) / SECONDS_PER_MINUTE if known else None,
        "seconds": seconds,
        "samples": {name: each.samples for name, each in wordings.items()},
    }
