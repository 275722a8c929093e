"""``evenhand compare``: two audits, before and after or of two periods."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.audit.audit import OF_SHOWN, Ranked, digest_of_lists, digest_of_people, shown_of
from evenhand.audit.comparison import (
    AuditComparison,
    PairedLists,
    ParityChange,
    compare_audits,
)
from evenhand.audit.lists import comparable
from evenhand.audit.rates import SCORING, SELECTION, AuditSettings, rates_of_outcomes
from evenhand.errors import BadInput, EvenhandError
from evenhand.match.load import code_digest
from evenhand.match.protocol import Rankings
from evenhand.measure.counts import labels_of
from evenhand.measure.families.quality import similarity_figures
from evenhand.measure.figure import fields_as_json
from evenhand.measure.rates.tests import Twice
from evenhand.measure.resample import percentile_interval, two_sided_p
from evenhand.measure.study import Options, Study, estimate_ratios, prepare_study
from evenhand.records.columns import several
from evenhand.records.files import (
    Contents,
    digest_file,
    read_json,
    whole_folder,
    write_json,
    write_text,
)
from evenhand.records.integrity import is_regular, read_sealed
from evenhand.records.outcomes import Outcomes, same_people
from evenhand.records.outputs import Progress, settle, steps, tell, writes
from evenhand.rehearsal import begin
from evenhand.report.columns import FORMAT
from evenhand.report.page import files_of, names_of_pictures
from evenhand.report.pages.comparison import page_of
from evenhand.verbs.audit import PROVENANCE, ranked_of
from evenhand.verbs.engine import is_code
from evenhand.verbs.inputs import Asked, asked_of

Joint = dict[tuple[str, str], Twice]
NAMES = ("comparison.json", "comparison.html")


def _signed(folder: Path) -> frozenset[str]:
    """What an earlier comparison wrote into a folder: the pictures are those that its page has."""
    page = folder / NAMES[1]
    drawn = names_of_pictures(page.read_text(encoding="utf-8")) if is_regular(page) else ()
    return frozenset({*NAMES, *(f"figures/{name}.svg" for name in drawn)})


CONTENTS = Contents((*NAMES, "figures/*"), _signed)
AUDIT = "audit.json"
AGAIN = "audit again"


@writes("out", folder=CONTENTS)
def compare(
    before: str | Path,
    after: str | Path,
    *,
    out: str | Path | None = None,
    matchers: str | Sequence[str] = (),
    force: bool = False,
    progress: Progress | None = None,
) -> AuditComparison:
    """Compare two audits.

    Args:
        before: Folder of A, as ``evenhand audit`` wrote it.
        after: Folder of B.
        out: Folder for ``comparison.json``, ``comparison.html`` and ``figures/``, if wanted.
        matchers: Engines ``module:name`` that may be loaded where an audit used them; a
            folder's word alone loads no code.
        force: Replace what an earlier comparison wrote into ``out``; nothing else is touched.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        Every ratio, R and quality measure that both have. Where the files that they were made
        from are still there and unchanged, people and ads in both are paired.

    Raises:
        BadInput: A folder isn't an audit, or an engine is named that neither used.
        StorageError: A file of an audit was changed since it was written, or is missing; or
            ``out`` can't be written.
    """
    matchers = several(matchers)
    folders = (Path(before), Path(after))
    notes: list[str] = []
    rests_on = [_provenance(folder, notes) for folder in folders]
    first, second = (_read(folder) for folder in folders)
    asked = [_asked(*each, notes) for each in zip(folders, rests_on, strict=True)]
    _refuse_unused(matchers, asked)
    begin()
    twice: Joint = {}
    lists = PairedLists()
    if asked[0] is not None and asked[1] is not None:
        tell(progress, "people assessed", 0, 1)
        twice = _same_people(asked[0], asked[1], notes)
        tell(progress, "people assessed", 1, 1)
        lists = _same_lists(asked[0], asked[1], matchers, notes, progress)
    names = (folders[0].name or str(before), folders[1].name or str(after))
    found = compare_audits(first, second, names, twice=twice, lists=lists, notes=notes)
    if out is not None:
        write_comparison(out, found, force=force)
    return found


@writes("out", folder=CONTENTS)
def write_comparison(out: str | Path, found: AuditComparison, *, force: bool = False) -> None:
    """Write ``comparison.json``, the page and its pictures as one; ``force`` as for ``compare``.

    Raises:
        StorageError: A file could not be written.
    """
    data, pages = fields_as_json(found), files_of(page_of(found), NAMES[1])
    with whole_folder(out, CONTENTS) as target:
        write_json(target / "comparison.json", data)
        for name, text in pages.items():
            write_text(target / name, text)


def _provenance(folder: Path, notes: list[str]) -> Mapping[str, Any] | None:
    """What the audit rests on, once every file of it is found to be as it was written."""
    settle(folder)
    path = folder / PROVENANCE
    if not path.exists():
        notes.append(
            f"{folder.name}: no {PROVENANCE}, so its figures couldn't be checked and nothing of it "
            "can be paired"
        )
        return None
    return read_sealed(path, AGAIN, needed=[AUDIT])


def _read(folder: Path) -> Mapping[str, Any]:
    path = folder / AUDIT
    if not path.is_file():
        raise BadInput(f"{folder}: no {AUDIT} in it; name a folder that evenhand audit wrote")
    found = read_json(path)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise BadInput(f"{path}: isn't an audit of this version of evenhand; {AGAIN}")
    return found


def _asked(folder: Path, rests_on: Mapping[str, Any] | None, notes: list[str]) -> Asked | None:
    """What the audit was asked, where its files are as they were; else a note why not."""
    if rests_on is None:
        return None
    try:
        asked = asked_of(rests_on["asked"])
    except (AttributeError, KeyError, TypeError, ValueError):
        notes.append(f"{folder.name}: its provenance can't be read, so nothing can be paired")
        return None
    for path in asked.given.files:
        digest = asked.digests.get(str(path), "")
        # A digest of the people who are shown is checked where they are read.
        of_shown = digest.startswith(OF_SHOWN)
        if not is_regular(path) or not (of_shown or digest_file(path) == digest):
            notes.append(f"{path} is gone or has changed, so nothing of {folder.name} is paired")
            return None
    return asked


def _changed(asked: Asked, path: Path, digest: str, notes: list[str]) -> bool:
    """Whether the people of a file who are shown aren't those that the audit showed."""
    told = asked.digests[str(path)]
    if not told.startswith(OF_SHOWN) or told == digest:
        return False
    notes.append(f"{path} has changed, so nothing of it is paired")
    return True


def _same_people(first: Asked, second: Asked, notes: list[str]) -> Joint:
    """Joint counts of the people whose ids are in both files of outcomes."""
    if first.given.outcomes is None or second.given.outcomes is None:
        return {}
    by = tuple(name for name in first.settings.by if name in second.settings.by)
    if not by:
        return {}
    both = ((first, first.given.outcomes), (second, second.given.outcomes))
    files = [one.read_outcomes(one.settings.by) for one, _ in both]
    rates = [
        rates_of_outcomes(file, replace(one.settings, permutations=1, resamples=1))
        for file, (one, _) in zip(files, both, strict=True)
    ]
    for file, found, (one, path) in zip(files, rates, both, strict=True):
        if _changed(one, path, digest_of_people(file, found), notes):
            return {}
    shown = [np.logical_or.reduce([one.known for one in each]) for each in rates]
    rows = _matching_rows(files[0], files[1], shown, notes)
    if rows is None:
        return {}
    joint: Joint = {}
    for measure in (SELECTION, SCORING):
        pair = [next((one for one in each if one.measure == measure), None) for each in rates]
        if pair[0] is None or pair[1] is None:
            continue
        known = pair[0].known[rows[0]] & pair[1].known[rows[1]]
        kept = (rows[0][known], rows[1][known])
        for name in by:
            positive = (pair[0].positive[kept[0]], pair[1].positive[kept[1]])
            joint[measure, name] = _joint(files, kept, positive, name)
    return joint


def _matching_rows(
    first: Outcomes, second: Outcomes, shown: Sequence[NDArray[np.bool_]], notes: list[str]
) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Rows of the people shown in both; None where they can't be told apart."""
    if first.ids is None or second.ids is None:
        notes.append("people aren't paired: a file of outcomes has no ids")
        return None
    if max(int(first.weight.max()), int(second.weight.max())) > 1:
        notes.append("people aren't paired: rows stand for several people")
        return None
    left, right = same_people(first, second)
    kept = shown[0][left] & shown[1][right]
    left, right = left[kept], right[kept]
    if not len(left):
        notes.append("people aren't paired: no id stands once in both files of outcomes")
        return None
    notes.append(f"{len(left):,} people are in both audits and are paired")
    return left, right


def _joint(
    files: list[Outcomes], rows: tuple[Any, Any], positive: tuple[Any, Any], attribute: str
) -> Twice:
    """People by cell and both outcomes; who changed cell or has none is left out."""
    columns = [one.crossed(attribute) for one in files]
    cells = tuple(name for name in columns[0].values if name in columns[1].values)
    places = [
        np.array([cells.index(name) if name in cells else -1 for name in column.values] + [-1])
        for column in columns
    ]
    codes = [places[i][columns[i].codes[rows[i]]] for i in range(2)]
    kept = (codes[0] == codes[1]) & (codes[0] >= 0)
    index = codes[0][kept] * 4 + positive[0][kept] * 2 + positive[1][kept]
    joint = np.bincount(index, minlength=4 * len(cells)).reshape(len(cells), 2, 2)
    return Twice(cells, joint.astype(np.int64))


def _same_lists(
    first: Asked,
    second: Asked,
    matchers: Sequence[str],
    notes: list[str],
    progress: Progress | None,
) -> PairedLists:
    """What can be told where both audits are of the same ads and people."""
    pools = [one.given.inputs.pool if one.given.inputs else None for one in (first, second)]
    if None in pools:
        return PairedLists()
    for one in (first, second):
        why = _engine_problem(one, matchers)
        if why:
            notes.append(f"lists aren't paired: {why}")
            return PairedLists()
    try:
        both = steps(progress, "lists", (first, second))
        ranked = [ranked_of(one.given, one.settings)[0] for one in both]
    except EvenhandError as error:
        notes.append(f"lists aren't paired: {error}")
        return PairedLists()
    if ranked[0] is None or ranked[1] is None:
        return PairedLists()
    a, b = ranked[0], ranked[1]
    for one, found in ((first, a), (second, b)):
        # Where people are hidden, the digest of the lists that are shown stands for the engine's.
        if one.engine and found.engine.digest != one.engine:
            notes.append(f"lists aren't paired: {found.engine.name} isn't the engine that it was")
            return PairedLists()
    shown = [shown_of(lists, one.settings)[:2] for lists, one in ((a, first), (b, second))]
    for (lists, settings), one, path in zip(shown, (first, second), pools, strict=True):
        if path and _changed(one, path, digest_of_lists(lists, settings.by), notes):
            return PairedLists()
    a, b = shown[0][0], shown[1][0]
    why = _not_alike(a, b, first.settings, second.settings)
    if why:
        notes.append(f"lists aren't paired: {why}")
        return PairedLists()
    return _paired(a, b, shown[0][1], shown[1][1])


def _refuse_unused(matchers: Sequence[str], asked: Sequence[Asked | None]) -> None:
    used = {one.given.engine.name for one in asked if one and one.given.engine}
    for name in matchers:
        if name not in used or not is_code(name):
            raise BadInput(
                f"--matcher {name}: not read, for neither audit was made with such an engine of "
                "your own; leave it out"
            )


def _engine_problem(one: Asked, matchers: Sequence[str]) -> str:
    """Why the engine of an audit may not be asked again; known before any of it is loaded."""
    name = one.given.engine.name if one.given.engine else ""
    if not is_code(name):
        return ""
    if name not in matchers:
        return f"the engine {name!r} is code, which runs where you name it (--matcher {name})"
    return "" if code_digest(name) == one.code else f"the file of the engine {name!r} has changed"


def _not_alike(first: Ranked, second: Ranked, a: AuditSettings, b: AuditSettings) -> str:
    if first.pool.ids != second.pool.ids:
        return "they are over different people"
    if [job.id for job in first.jobs] != [job.id for job in second.jobs]:
        return "they are of different ads, or in another order"
    if not np.array_equal(first.qualified, second.qualified):
        return "other people are qualified"
    if not all(_same_values(first, second, name) for name in a.by if name in b.by):
        return "some people have other values in one of them"
    return "" if a.top == b.top else "another number of places counts as shown"


def _same_values(first: Ranked, second: Ranked, attribute: str) -> bool:
    return np.array_equal(labels_of(first.pool, attribute), labels_of(second.pool, attribute))


def _paired(first: Ranked, second: Ranked, a: AuditSettings, b: AuditSettings) -> PairedLists:
    shared = [name for name in a.by if name in b.by]
    # Where no attribute is in both, how alike the lists are can still be told.
    by, _ = comparable(first.pool, shared or a.by)
    options = Options(by, a.top, None, a.resamples, a.seed, a.min_group, a.grouped_by, a.reference)
    study = prepare_study(first.jobs, first.pool, first.qualified, options)
    lists = (study.lists(first.rankings), study.lists(second.rankings))
    alike = similarity_figures(lists[0], lists[1], a.top, weights=study.weights)
    return PairedLists(_parity(study, lists, a.top) if shared else (), tuple(alike))


def _parity(study: Study, lists: tuple[Rankings, Rankings], top: int) -> tuple[ParityChange, ...]:
    found: list[ParityChange] = []
    for name, design in study.designs.items():
        tables = [estimate_ratios(design, one, top, study.weights) for one in lists]
        for index, contrast in enumerate(design.contrasts):
            values = [table.ratios[index][0].value for table in tables]
            if tables[0].judged(index, 0) and all(value > 0 for value in values):
                moved = tables[1].replicates[:, index, 0] - tables[0].replicates[:, index, 0]
                low, high = percentile_interval(moved)
                label = str(contrast)
                found.append(
                    ParityChange(
                        name,
                        label,
                        values[0],
                        values[1],
                        values[1] / values[0],
                        (math.exp(float(low)), math.exp(float(high))),
                        float(two_sided_p(moved)),
                        True,
                    )
                )
    return tuple(found)
