"""An audit as ``audit.json``: every number of the report, by measure, attribute and cell.

Undefined numbers are ``null`` and say why beside them; hidden cells are ``{"hidden": true, …}``.
No id of a person is in it; ads go by their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.definitions import definitions_of, family_of
from evenhand.audit.evidence.masked import (
    cell_json,
    contrasts_shown,
    list_notes,
    row_is_hidden,
    shown_figures,
    unknown_json,
)
from evenhand.audit.evidence.rates import QUANTILES, RateEvidence, RateTable
from evenhand.audit.evidence.sentences import sentences
from evenhand.audit.evidence.strata import StratifiedRatio
from evenhand.audit.evidence.verdict import smallest_of
from evenhand.measure.figure import Figure
from evenhand.measure.mantel_haenszel import Contrast
from evenhand.measure.results import ContrastMeasures, as_json, fields_as_json

if TYPE_CHECKING:
    from evenhand.audit.evidence.lists import ListEvidence
    from evenhand.audit.evidence.wording import WordingEvidence
    from evenhand.language.text_profile import TextProfile

FORMAT = "evenhand-audit-1"
WHOLE = "all"
"""Stands for the attribute or cell of a figure that has none."""


def audit_json(audit: Audit) -> dict[str, Any]:
    """Everything that was found, as JSON-able data."""
    found: dict[str, Any] = {
        "format": FORMAT,
        "title": audit.title,
        **({"notice": audit.notice} if audit.notice else {}),
        **({"particulars": about} if (about := audit.particulars.given()) else {}),
        "settings": fields_as_json(audit.settings),
        "verdicts": list(sentences(audit)),
        "notes": list(audit.notes),
        "definitions": {each.key: fields_as_json(each) for each in definitions_of(audit)},
    }
    for evidence in audit.rates:
        found[evidence.measure] = _rates(evidence, audit.strata)
    if audit.funnel is not None:
        found["funnel"] = {
            name: [fields_as_json(row) for row in rows] for name, rows in audit.funnel.rows.items()
        }
    if audit.lists is not None:
        found |= figures_json(shown_figures(audit))
        found["parity"] = _parity(audit, audit.lists)
        found["quality_by_ad"] = _per_ad(audit.lists)
    if audit.wording is not None:
        found["text"] = _wording(audit.wording)
    return found


def _rates(evidence: RateEvidence, strata: Iterable[StratifiedRatio]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: _table(table, evidence.measure) for name, table in evidence.tables.items()
    }
    for name in found:
        within: dict[str, dict[str, Any]] = {}
        for one in strata:
            if (one.measure, one.attribute) == (evidence.measure, name):
                row = fields_as_json(one.result)
                within.setdefault(one.within, {})[one.result.cell] = row
        found[name]["within"] = within
        if name in evidence.spreads:
            found[name]["quantiles"] = {
                cell: dict(zip(map(str, QUANTILES), values, strict=True))
                for cell, values in evidence.spreads[name].items()
            }
    if evidence.median is not None:
        found["median"] = fields_as_json(evidence.median)
    return found


def _table(table: RateTable, measure: str) -> dict[str, Any]:
    assessment, counts = table.assessment, table.counts
    return {
        "cells": {each.name: cell_json(table, each, measure) for each in assessment.cells},
        "unknown": unknown_json(table, measure),
        "benchmark": assessment.benchmark,
        "benchmark_rule": assessment.rule,
        "reach": as_json(assessment.reach),
        "others_too_few_to_show": table.coarse,
        "minimum_ratio": {
            **as_json(assessment.minimum_ratio),
            "called": smallest_of(table).called,
        },
        "smoothed_edf": as_json(assessment.smoothed_edf),
        "pooled_rate": as_json(assessment.pooled_rate),
        "people": counts.everybody,
        "notes": list(assessment.notes),
    }


def figures_json(figures: Iterable[Figure]) -> dict[str, Any]:
    """Figures by family, measure, attribute, cell and scope.

    A figure of all ads stands at its cell; those of occupation groups under ``by_scope`` there,
    and further variants of the same measure under ``variants``.
    """
    found: dict[str, Any] = {}
    for one in figures:
        family = found.setdefault(family_of(one.measure), {})
        attribute = family.setdefault(one.measure, {}).setdefault(one.attribute or WHOLE, {})
        cell = attribute.setdefault(one.cell or WHOLE, {})
        row = one.to_json()
        for name in ("measure", "attribute", "cell", "scope"):
            del row[name]
        place = cell
        if one.scope != "overall":
            place = cell.setdefault("by_scope", {}).setdefault(one.scope, {})
        if "value" in place:
            place.setdefault("variants", {})[one.variant] = row
        else:
            place |= row
    return found


def _parity(audit: Audit, lists: ListEvidence) -> dict[str, Any]:
    """R by attribute, cut, occupation group and contrast, with who is shown."""
    found: dict[str, Any] = {
        "engine": fields_as_json(lists.engine),
        "top": lists.top,
        "ads": lists.measures.ads,
        "people": lists.people,
        "notes": list(list_notes(audit)),
    }
    by = found["by"] = {}
    for name, measures in lists.measures.attributes.items():
        by[name] = {
            "top": {
                str(cut): {
                    scope: _contrasts(contrasts_shown(audit, name, scope, cut))
                    for scope in cuts.scopes
                }
                for cut, cuts in measures.cuts.items()
            },
            "shown": _who_is_shown(audit, lists, name),
            "pooled": [fields_as_json(one) for one in lists.pooled[name]],
            "depth": {
                group: as_json(tuple(column))
                for group, column in zip(
                    lists.depths[name].groups, lists.depths[name].ratio.T.tolist(), strict=True
                )
            },
        }
    return found


def _per_ad(lists: ListEvidence) -> dict[str, Any]:
    return {
        job: {name: as_json(float(values[row])) for name, values in lists.per_ad.items()}
        for row, job in enumerate(lists.lists.query_ids)
    }


def _contrasts(contrasts: Iterable[ContrastMeasures]) -> dict[str, Any]:
    return {str(Contrast(one.group, one.reference)): as_json(one) for one in contrasts}


def _who_is_shown(audit: Audit, lists: ListEvidence, attribute: str) -> dict[str, Any]:
    """Counts by occupation group and value, small cells hidden."""
    scopes = lists.measures.attributes[attribute].cuts[lists.top].scopes
    return {
        scope: {
            one.value or "unknown": (
                {"hidden": True}
                if row_is_hidden(audit, attribute, scope, one.value)
                else {**fields_as_json(one), "hidden": False}
            )
            for one in measures.counts
        }
        for scope, measures in scopes.items()
    }


def _wording(wording: WordingEvidence) -> dict[str, Any]:
    from evenhand.audit.evidence.wording import SCORES

    return {
        "ads": {
            job: {
                "group": group,
                **_profile(one),
                "percentiles": {
                    key: as_json(float(wording.percentiles[key].percentiles[row])) for key in SCORES
                },
            }
            for row, (job, group, one) in enumerate(
                zip(wording.job_ids, wording.groups, wording.profiles, strict=True)
            )
        },
        "agreement_with_lists": _agreements(wording),
        "stem_lists": _stems(wording),
    }


def _stems(wording: WordingEvidence) -> Mapping[str, Any]:
    """Odds of the words of each stem list, by attribute and contrast."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for one in wording.stems:
        by_contrast = found.setdefault(one.stems, {}).setdefault(one.attribute, {})
        by_contrast[one.contrast] = fields_as_json(one.odds)
    return found


def _profile(one: TextProfile) -> dict[str, Any]:
    """What one ad says, in numbers; its words are in the ad."""
    from evenhand.audit.evidence.wording import SCORES, score_of

    asked, present = one.requirements, one.presence
    return {
        "words": one.words,
        **{key: as_json(score_of(one, key)) for key in SCORES},
        "found": dict(one.counts),
        "words_per_sentence": one.readability.words_per_sentence,
        "reading_ease": one.readability.reading_ease,
        "grade": one.readability.grade,
        "must": asked.must,
        "nice": asked.nice,
        "most_years": as_json(asked.most_years),
        "degrees": list(asked.degrees),
        "certificates": list(asked.certificates),
        "salary": bool(present.salary),
        "place": bool(present.place),
        "remote": bool(present.remote),
        "equal_opportunity": bool(present.equal_opportunity),
    }


def _agreements(wording: WordingEvidence) -> Mapping[str, Any]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for one in wording.agreements:
        by_contrast = found.setdefault(one.score, {}).setdefault(one.attribute, {})
        by_contrast[one.contrast] = fields_as_json(one.correlation)
    return found
