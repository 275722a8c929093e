"""What was found for machines: ``audit.json``, ``evaluation.json``, CSV files, a workbook.

Undefined numbers are ``null`` or empty, hidden cells say that they are hidden and nothing else. No
id of a person and no text of an ad is in any of it; ads go by their ids.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.audit.audit import Audit, definitions_of, family_of
from evenhand.audit.rates import HIDDEN, POSITIVE, QUANTILES, SHOWN, RateEvidence, RateTable
from evenhand.errors import require
from evenhand.measure.counts import OVERALL, UNKNOWN
from evenhand.measure.figure import Figure, as_json, fields_as_json
from evenhand.measure.measures import ContrastMeasures, Measures, ValueCounts
from evenhand.measure.rates.assess import CellAssessment
from evenhand.measure.ratio import Contrast
from evenhand.records.files import write_bytes, write_text
from evenhand.records.result import Row, grid
from evenhand.report.page import STATEMENTS
from evenhand.report.sentences import sentences, smallest_of

if TYPE_CHECKING:
    from evenhand.audit.evaluation import Evaluation, Wording
    from evenhand.audit.lists import ListEvidence
    from evenhand.audit.wording import WordingEvidence
    from evenhand.language.style import TextProfile
    from evenhand.measure.compare import (
        HitsCheck,
        PairMeasures,
        QualityCheck,
        RatioChange,
        RowChange,
        RowComparison,
        RowDistance,
    )

FORMAT = "evenhand-audit-1"
WHOLE = "all"
"""Stands for the attribute or cell of a figure that has none."""
WHY_HIDDEN = "hidden: too few people, or none"
_OF_UNKNOWN = ("unknown", "unknown_repicked")
"""Bounds over the people of unknown cell, which say nothing where those are hidden."""


def audit_json(audit: Audit) -> dict[str, Any]:
    """Everything that was found, by measure, attribute and cell, as JSON-able data."""
    about, lists, wording = audit.particulars.given(), audit.lists, audit.wording
    found: dict[str, Any] = {
        "format": FORMAT,
        "title": audit.title,
        **({"notice": audit.notice} if audit.notice else {}),
        **({"particulars": about} if about else {}),
        "settings": fields_as_json(audit.settings),
        "verdicts": list(sentences(audit)),
        "notes": list(audit.notes),
        "definitions": {each.key: fields_as_json(each) for each in definitions_of(audit)},
        **{one.measure: _rates(one, audit) for one in audit.rates},
    }
    if audit.funnel is not None:
        found["funnel"] = {
            name: [fields_as_json(row) for row in rows] for name, rows in audit.funnel.rows.items()
        }
    if lists is not None:
        found |= figures_json(lists.figures)
        found["parity"] = _parity(audit.rate(SHOWN), lists)
        found["quality_by_ad"] = {
            job: {name: as_json(float(values[row])) for name, values in lists.per_ad.items()}
            for row, job in enumerate(lists.lists.query_ids)
        }
    if wording is not None:
        found["text"] = _text(wording)
    return found


def _rates(evidence: RateEvidence, audit: Audit) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, table in evidence.tables.items():
        found[name] = _table(table, evidence.measure)
        within: dict[str, dict[str, Any]] = {}
        for one in audit.strata:
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
    found, unknown = table.assessment, table.assessment.unknown
    of_unknown: dict[str, Any] = {HIDDEN: True, "state": WHY_HIDDEN}
    if UNKNOWN not in table.hidden:
        of_unknown = {
            HIDDEN: False,
            "n": unknown.assessed,
            POSITIVE[measure]: unknown.positive,
            "rate": as_json(unknown.rate),
            "share": as_json(unknown.share),
        }
    return {
        "cells": {each.name: _cell(table, each, measure) for each in found.cells},
        "unknown": of_unknown,
        "benchmark": found.benchmark,
        "benchmark_rule": found.rule,
        "reach": as_json(found.reach),
        "others_too_few_to_show": table.coarse,
        "minimum_ratio": {**as_json(found.minimum_ratio), "called": smallest_of(table).called},
        "smoothed_edf": as_json(found.smoothed_edf),
        "pooled_rate": as_json(found.pooled_rate),
        "people": table.counts.everybody,
        "notes": list(found.notes),
    }


def _cell(table: RateTable, cell: CellAssessment, measure: str) -> dict[str, Any]:
    """One cell; a hidden one keeps its name, and whether anybody is in it isn't said."""
    if cell.name in table.hidden:
        return {HIDDEN: True, "verdict": None, "state": WHY_HIDDEN}
    found = {**cell.to_json(), HIDDEN: False}
    found["n"] = found.pop("assessed")
    found[POSITIVE[measure]] = found.pop("positive")
    if UNKNOWN in table.hidden:
        found |= dict.fromkeys(_OF_UNKNOWN)
    return {name: value for name, value in found.items() if name not in ("cell", "is_hidden")}


def figures_json(figures: Iterable[Figure]) -> dict[str, Any]:
    """Figures by family, measure, attribute, cell and scope.

    A figure of all ads stands at its cell; those of occupation groups under ``by_scope`` there,
    and further variants of the same measure under ``variants``.
    """
    found: dict[str, Any] = {}
    for one in figures:
        place = found
        for name in (
            family_of(one.measure),
            one.measure,
            one.attribute or WHOLE,
            one.cell or WHOLE,
        ):
            place = place.setdefault(name, {})
        if one.scope != OVERALL:
            place = place.setdefault("by_scope", {}).setdefault(one.scope, {})
        row = _without(one.to_json(), "measure", "attribute", "cell", "scope")
        if "value" in place:
            place.setdefault("variants", {})[one.variant] = row
        else:
            place |= row
    return found


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _parity(shown: RateEvidence | None, lists: ListEvidence) -> dict[str, Any]:
    """R by attribute, cut, occupation group and contrast, with who is shown."""
    by: dict[str, Any] = {}
    for name, measures in lists.measures.attributes.items():
        hidden = frozenset[tuple[str, str]]() if shown is None else shown.hidden_rows[name]
        depths = lists.depths[name]
        columns = zip(depths.groups, depths.ratio.T.tolist(), strict=True)
        by[name] = {
            "top": {
                str(cut): {
                    scope: {
                        str(Contrast(one.group, one.reference)): as_json(one)
                        for one in found.contrasts
                    }
                    for scope, found in cuts.scopes.items()
                }
                for cut, cuts in measures.cuts.items()
            },
            "shown": {
                scope: {
                    one.value or "unknown": {HIDDEN: True}
                    if (scope, one.value) in hidden
                    else {**fields_as_json(one), HIDDEN: False}
                    for one in found.counts
                }
                for scope, found in measures.cuts[lists.top].scopes.items()
            },
            "pooled": [fields_as_json(one) for one in lists.pooled[name]],
            "depth": {group: as_json(tuple(column)) for group, column in columns},
        }
    return {
        "engine": fields_as_json(lists.engine),
        "top": lists.top,
        "ads": lists.measures.ads,
        "people": lists.people,
        "notes": list(lists.notes),
        "by": by,
    }


def _text(wording: WordingEvidence) -> dict[str, Any]:
    from evenhand.audit.wording import SCORES

    ads: dict[str, Any] = {}
    for row, (job, profile) in enumerate(zip(wording.job_ids, wording.profiles, strict=True)):
        percentiles = {
            key: as_json(float(wording.percentiles[key].percentiles[row])) for key in SCORES
        }
        about = _profile(profile)
        ads[job] = {"group": wording.groups[row], **about, "percentiles": percentiles}
    agreements = ((one.score, one.attribute, one.contrast, one.correlation)
                  for one in wording.agreements)  # fmt: skip
    stems = ((one.stems, one.attribute, one.contrast, one.odds) for one in wording.stems)
    return {
        "ads": ads,
        "words": [asdict(one) for one in wording.words],
        "agreement_with_lists": _by_contrast(agreements),
        "stem_lists": _by_contrast(stems),
    }


def _by_contrast(rows: Iterable[tuple[str, str, str, object]]) -> dict[str, Any]:
    """What was found by score, attribute and contrast."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for score, attribute, contrast, one in rows:
        found.setdefault(score, {}).setdefault(attribute, {})[contrast] = fields_as_json(one)
    return found


def _profile(one: TextProfile) -> dict[str, Any]:
    """What one ad says, in numbers; its words are in the ad."""
    from evenhand.audit.wording import SCORES, score_of

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


# The tables of an audit for spreadsheets: the numbers of ``audit.json`` in rows.

_NO_FILE_NAME = re.compile(r"[^\w .()+-]")
_LONGEST = 80
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_LONGEST_SHEET, _LONGEST_CELL = 31, 32_767
_FORMULA = re.compile(r"\s*[=+\-@]")
_LONG_AGO = datetime(1980, 1, 1)
"""When every workbook says it was made: a clock would make other bytes every day."""


def tables_of(audit: Audit, found: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Rows by table name, from ``found``, which is the audit's ``audit_json``.

    ``*`` in an attribute becomes ``_by_``, what no file name holds ``_``.
    """
    tables: dict[str, list[Row]] = {}
    for evidence in audit.rates:
        for attribute, table in found[evidence.measure].items():
            if attribute != "median":
                cells: list[Row] = [{"cell": name, **r} for name, r in table["cells"].items()]
                rows = [*cells, {"cell": "(unknown)", **table["unknown"]}]
                tables[_table_name(evidence.measure, attribute, tables)] = rows
    if audit.funnel is not None:
        tables["funnel"] = [
            {"attribute": name, **row} for name, rows in found["funnel"].items() for row in rows
        ]
    if audit.lists is not None:
        tables["figures"] = [one.to_json() for one in audit.lists.figures]
    if audit.wording is not None:
        text = found["text"]
        tables["text"] = [{"ad": job, **row} for job, row in text["ads"].items()]
        tables["words"] = text["words"]
        tables["text_and_lists"] = _agreements(text["agreement_with_lists"])
        tables["stem_lists"] = _agreements(text["stem_lists"])
    tables["definitions"] = [asdict(each) for each in definitions_of(audit)]
    return {name: rows for name, rows in tables.items() if rows}


def _table_name(measure: str, attribute: str, taken: Mapping[str, object]) -> str:
    """A file name of its own for the table of any attribute."""
    name = f"{measure}_{_NO_FILE_NAME.sub('_', attribute.replace('*', '_by_'))}"[:_LONGEST]
    others = (f"{name}_{number}" for number in itertools.count(2))
    return name if name not in taken else next(each for each in others if each not in taken)


def _agreements(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[Row]:
    return [
        {"score": score, "attribute": attribute, "contrast": contrast, **row}
        for score, by_attribute in found.items()
        for attribute, by_contrast in by_attribute.items()
        for contrast, row in by_contrast.items()
    ]


def write_tables(folder: Path, tables: Mapping[str, Sequence[Row]]) -> list[Path]:
    """Write tables, one CSV file each; the files, sorted.

    Raises:
        StorageError: A file could not be written.
    """
    for name, rows in tables.items():
        write_text(folder / f"{name}.csv", as_csv(rows))
    return sorted(folder / f"{name}.csv" for name in tables)


def as_csv(rows: Sequence[Row]) -> str:
    """Rows as CSV; pairs become two columns, nested data JSON, None an empty field.

    A text that a spreadsheet would take for a formula has a quote before it: quoting a field keeps
    no spreadsheet from reading it as one.
    """
    columns, fields = grid(rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_defused, columns))
    writer.writerows(map(_defused, row) for row in fields)
    return out.getvalue()


def _defused(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def write_workbook(path: Path, tables: Mapping[str, Sequence[Row]]) -> Path:
    """Write tables as one ``.xlsx``, a sheet each; the same tables give the same bytes.

    Texts are texts there, whatever they start with, and need no quote.

    Raises:
        StorageError: The file could not be written.
    """
    xlsx = require("xlsxwriter", "writing a workbook")
    out = io.BytesIO()
    book = xlsx.Workbook(out, {"in_memory": True})
    book.set_properties({"created": _LONG_AGO})
    head = book.add_format({"bold": True, "bottom": 1})
    for name, rows in zip(_sheet_names(tables), tables.values(), strict=True):
        sheet = book.add_worksheet(name)
        columns, fields = grid(rows)
        sheet.freeze_panes(1, 1)
        for across, column in enumerate(columns):
            sheet.write_string(0, across, column, head)
            widest = max((len(str(row[across])) for row in fields), default=0)
            sheet.set_column(across, across, min(max(len(column), widest) + 2, 48))
        for down, row in enumerate(fields, start=1):
            for across, value in enumerate(row):
                _write(sheet, down, across, value)
    book.close()
    write_bytes(path, out.getvalue())
    return path


def _write(sheet: Any, row: int, column: int, value: object) -> None:
    """One cell by its type; an empty one is left out."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif value != "":
        sheet.write_string(row, column, str(value)[:_LONGEST_CELL])


def _sheet_names(names: Iterable[str]) -> list[str]:
    """Names that a workbook takes: short, without some signs, none twice in any case."""
    found: list[str] = []
    for name in names:
        plain = _NO_SHEET_NAME.sub("_", name)
        number, sheet = 1, plain[:_LONGEST_SHEET]
        while sheet.lower() in {"history", *(other.lower() for other in found)}:
            number += 1
            end = f"~{number}"
            sheet = plain[: _LONGEST_SHEET - len(end)] + end
        found.append(sheet)
    return found


# An evaluation. ``systems`` and ``paired`` hold the headline (first attribute, first contrast, all
# judged ads); everything else that was measured stands beneath ``attributes`` and ``scopes``.

SECONDS_PER_MINUTE = 60.0
_CHANGES = {"change": "abs_log_R_change", "before": "abs_log_R_before", "after": "abs_log_R_after"}


def evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    """Everything as plain values, keys as in the results files."""
    comparison, focus = evaluation.comparison, evaluation.focus
    kept = evaluation.kept
    words = evaluation.wording.get(focus or "")
    return {
        "protocol": fields_as_json(evaluation.protocol),
        "primary": _primary(evaluation),
        "gaps": _gaps(evaluation),
        "systems": {name: _system(evaluation, name) for name in comparison.systems},
        "paired": {f"{pair.after} vs {pair.before}": _pair(pair) for pair in comparison.pairs},
        "ndcg_noninferiority": _noninferiority(evaluation, kept),
        "rows": _rows(comparison.rows) if comparison.rows else None,
        "qualified_hits": _hits(kept.hits) if kept else {},
        "levelling_down": {
            "margin": comparison.margins.hits,
            "hits_kept": kept.hits_kept if kept else None,
            "lost": [
                {"attribute": check.attribute, "value": check.value, "scope": check.scope}
                for check in (kept.hits if kept else ())
                if not check.non_inferior
            ],
        },
        "facts": _no_facts() if words is None else words.facts.to_json(),
        "abstained": [fields_as_json(each) for each in evaluation.abstained],
        "cost": _cost(evaluation.wording),
        "notes": list(evaluation.notes),
        "cannot_say": [{"key": each.key, "text": each.text} for each in STATEMENTS],
    }


def _no_facts() -> dict[str, object]:
    from evenhand.audit.evaluation import FactsChecked

    return FactsChecked(0, 0).to_json()


def _primary(evaluation: Evaluation) -> dict[str, Any] | None:
    change, pair = evaluation.comparison.primary, evaluation.primary_pair
    if change is None or pair is None:
        return None
    names = ("attribute", "group", "reference", "top")
    return {"systems": [pair.after, pair.before], **_only(fields_as_json(change), *names)}


def _only(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _gaps(evaluation: Evaluation) -> dict[str, Any]:
    """R of the original ads: attribute, then scope (``macro`` too), one entry a contrast."""
    original = evaluation.original
    gaps: dict[str, Any] = {}
    for attribute, measured in original.attributes.items():
        cut = measured.cuts[original.top]
        found = {name: scope.contrasts for name, scope in cut.scopes.items()}
        gaps[attribute] = {
            name: [
                {
                    **_only(fields_as_json(one), "group", "reference", "judged"),
                    **_ratio(one, original.min_group),
                    "exposure_ratio": as_json(one.exposure_ratio),
                }
                for one in contrasts
            ]
            for name, contrasts in {**found, "macro": cut.macro}.items()
        }
    return gaps


def _ratio(contrast: ContrastMeasures, min_group: int) -> dict[str, Any]:
    from evenhand.audit.evaluation import why_no_figure

    found = fields_as_json(contrast.ratio)
    return {
        "R": found["value"],
        "R_interval": found["interval"],
        **_only(found, "null_interval", "p_value", "detectable"),
        "reason": why_no_figure(contrast, min_group),
    }


def _system(evaluation: Evaluation, name: str) -> dict[str, Any]:
    measures = evaluation.comparison.systems[name]
    attribute, top = evaluation.attribute, measures.top
    found, averages = measures.attributes[attribute], measures.quality[OVERALL]
    macro = measures.contrast(attribute, scope="macro").ratio
    key = evaluation.quality_name.replace("@", "")
    return {
        **_ratio(evaluation.headline(name), measures.min_group),
        "macro_R": as_json(macro.value),
        "macro_R_interval": as_json(macro.interval),
        **{
            f"R_top{cut}": _ratio(evaluation.headline(name, top=cut), measures.min_group)
            for cut in found.cuts
            if cut != top
        },
        key: as_json(averages[evaluation.quality_name].value),
        f"{key}_interval": as_json(averages[evaluation.quality_name].interval),
        "mrr": as_json(averages["mrr"].value),
        "recall": as_json(averages[f"recall@{top}"].value),
        "qualified_hits": _counts(found.cuts[top].scopes[OVERALL].counts),
        "impact_ratio_paper": {
            paper.value: _without(fields_as_json(paper), "value")
            for paper in found.impact_ratio_paper.get(OVERALL, ())
        },
        **_words(evaluation.wording.get(name)),
        "groups": _groups(evaluation, measures),
        "attributes": {name: as_json(found) for name, found in measures.attributes.items()},
    }


def _counts(counts: Sequence[ValueCounts]) -> dict[str, Any]:
    """How many qualified people of each value are shown, of how many, masked where few."""
    found: dict[str, Any] = {}
    for row in (one.to_json() for one in counts if one.value):
        keys = ("people",) if row["suppressed"] else ("people", "pool", "selected", "rate")
        found[row["value"]] = _only(row, *keys, "suppressed")
    return found


def _groups(evaluation: Evaluation, measures: Measures) -> dict[str, Any]:
    """By group of ads: the headline contrast, nDCG and who is shown."""
    quality = evaluation.quality_name
    scopes = measures.attributes[evaluation.attribute].cuts[measures.top].scopes
    return {
        name: {
            "ads": scope.ads,
            "judged": scope.contrasts[0].judged,
            **_ratio(scope.contrasts[0], measures.min_group),
            quality.replace("@", ""): as_json(measures.quality[name][quality].value),
            "qualified_hits": _counts(scope.counts),
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
        head = dict.fromkeys(("abs_log_R_change", "interval", "p_value")) | {
            "reason": f"R isn't judged over all ads, so {pair.after} and {pair.before} can't be "
            "compared"
        }
    return {**head, "changes": changes}


def _change(change: RatioChange) -> dict[str, Any]:
    fields = fields_as_json(change)
    return {**_without(fields, *_CHANGES), **{new: fields[old] for old, new in _CHANGES.items()}}


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
    return _without(fields_as_json(check), "scope", "measure")


def _hits(checks: Sequence[HitsCheck]) -> dict[str, Any]:
    """Overall, by attribute and value."""
    found: dict[str, Any] = {}
    for check in checks:
        if check.scope == OVERALL:
            found.setdefault(check.attribute, {})[check.value] = _check(check)
    return found


def _cost(wordings: Mapping[str, Wording]) -> dict[str, Any]:
    """Time that rewriting took, in all and by system, where it was recorded."""
    seconds = {name: as_json(each.seconds) for name, each in wordings.items()}
    known = [value for value in seconds.values() if value is not None]
    return {
        "minutes": sum(known) / SECONDS_PER_MINUTE if known else None,
        "seconds": seconds,
        "samples": {name: each.samples for name, each in wordings.items()},
    }


def _rows(found: RowComparison) -> dict[str, Any]:
    """Systems with their repeats: distances, changes, the focus's nDCG against the original's."""
    return {
        "focus": found.focus,
        "repeats": {row: list(names) for row, names in found.repeats.items()},
        "scopes": {
            name: {
                "groups": list(scope.groups),
                "rows": {row: _distance(one) for row, one in scope.rows.items()},
                "paired": {f"{one.after} vs {one.before}": _moved(one) for one in scope.changes},
            }
            for name, scope in found.scopes.items()
        },
        "ndcg": {check.scope: fields_as_json(check) for check in found.quality},
    }


def _distance(row: RowDistance) -> dict[str, Any]:
    return {
        "abs_log_R": as_json(row.distance),
        "interval": as_json(row.interval),
        "R": as_json(row.ratios),
        "deviation": as_json(row.deviation),
        "gap_closed": as_json(row.closed),
        "gap_closed_interval": as_json(row.closed_interval),
    }


def _moved(change: RowChange) -> dict[str, Any]:
    return {
        "abs_log_R_change": as_json(change.change),
        "interval": as_json(change.interval),
        "p_value": as_json(change.p_value),
        "deviation": as_json(change.deviation),
        "per_seed": [
            {
                "systems": [each.after, each.before],
                "abs_log_R_change": as_json(each.change),
                "interval": as_json(each.interval),
            }
            for each in change.repeats
        ],
    }
