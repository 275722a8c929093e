"""``evenhand audit``: people assessed, lists and ads, audited into one folder."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.audit.audit import (
    Audit,
    Particulars,
    Ranked,
    digest_of_lists,
    digest_of_people,
    make_audit,
    refuse_nothing,
    shown_of,
)
from evenhand.audit.rates import SHOWN, AuditSettings
from evenhand.audit.suppression import shown_in_lists
from evenhand.errors import BadInput, StorageError, need
from evenhand.records.columns import Wanted, key_of, parts_of
from evenhand.records.files import (
    Contents,
    digest_file,
    digest_texts,
    read_json,
    whole_folder,
    write_json,
    write_text,
)
from evenhand.records.integrity import write_sealed
from evenhand.records.outcomes import Outcomes
from evenhand.records.outputs import Progress, writes
from evenhand.rehearsal import begin, foretell
from evenhand.report.columns import audit_json, tables_of, write_tables, write_workbook
from evenhand.report.page import files_of
from evenhand.report.pages.audit import postings_of
from evenhand.verbs.inputs import (
    Asked,
    AuditInputs,
    Case,
    asked,
    columns_in,
    grouped,
    reading_notes,
    refuse_text,
)

if TYPE_CHECKING:
    from evenhand.verbs.engine import AnyEngine

NEW_FOLDER = "NEW_FOLDER"
"""Stands for the folder in the command that a report prints: the folder changes no byte."""
PROVENANCE = "provenance.json"
WORKBOOK = "tables.xlsx"
POSTINGS = ("posting.html", "posting.csv")
ENGINE = "digest of the engine and its people"


def _signed(folder: Path) -> frozenset[str]:
    """The files that an earlier audit says it wrote into a folder."""
    try:
        return frozenset({PROVENANCE, *read_json(folder / PROVENANCE)["written"]})
    except (StorageError, KeyError, TypeError):
        return frozenset()


CONTENTS = Contents(
    ("audit.json", "audit.html", PROVENANCE, "tables/*", "figures/*", WORKBOOK, *POSTINGS), _signed
)


@writes("out", folder=CONTENTS)
def audit(
    given: AuditInputs,
    settings: AuditSettings,
    *,
    engine: AnyEngine | None = None,
    title: str = "",
    command: Sequence[str] = (),
    particulars: Particulars | None = None,
    out: str | Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Audit:
    """Audit what was given, and write it down.

    Args:
        given: Files.
        settings: What to compare and how.
        engine: The user's own engine, in place of ``given.engine``.
        title: Heading of the report.
        command: Words of the command line that reproduces the audit, without ``--out``.
        particulars: Who audits what, for page, posting and provenance.
        out: Folder for ``audit.json``, ``audit.html``, ``tables/``, ``tables.xlsx``,
            ``figures/``, the posting of people assessed and ``provenance.json``.
        force: Replace what an earlier audit wrote into ``out``; nothing else is touched.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        BadInput: Nothing to audit was given, or a file is wrong.
        MeasureError: A measure is undefined for what it was given.
        EvenhandError: Of the class of whatever boundary failed.
    """
    refuse_text(given=given, settings=settings)
    if given.inputs is not None:
        lists = given.inputs.pool is not None
        need(*(("an audit of lists", "match", "words") if lists else ("an audit of ads", "words")))
    outcomes = None if given.outcomes is None else given.read_outcomes(settings.by)
    ranked, notes = ranked_of(given, settings, engine, progress)
    jobs = () if ranked or given.inputs is None else given.inputs.read_jobs()
    if given.inputs is not None:
        read = ranked.jobs if ranked else jobs
        notes = (*notes, *reading_notes(given.inputs.jobs, read))
    if given.inputs is None:
        foretell(takes="seconds")
    refuse_nothing(settings, outcomes, ranked, jobs)
    begin()
    found = make_audit(
        settings,
        outcomes=outcomes,
        ranked=ranked,
        jobs=jobs,
        title=title,
        notes=notes,
        progress=progress,
    )
    of_shown = _digests_of_shown(given, found, outcomes, ranked)
    found = replace(found, particulars=particulars or Particulars(), command=_command(command))
    rests_on = _provenance(given, found, outcomes, ranked, of_shown)
    found = replace(found, provenance=rests_on)
    if out is not None:
        made_by = rests_on.get(ENGINE, "")
        read = {} if outcomes is None else {str(given.outcomes): outcomes.digest}
        write_audit(out, found, asked(given, settings, {**read, **of_shown}, made_by))
    return found


def refuse_people_for_ads(jobs: Path, by: str, mapping: Mapping[str, str], sheet: str) -> None:
    """Refuse a file of people assessed that was named where ads stand; say what to type."""
    names = columns_in(jobs, sheet)
    keys = {key_of(mapping.get(name, name)) for name in names}
    wanted = Wanted(tuple(part for one in by.split(",") for part in parts_of(one)))
    if not names or "text" in keys or not wanted.header_hits(names):
        return
    typed = shlex.join(["evenhand", "audit", "--outcomes", str(jobs), "--by", by])
    raise BadInput(
        f"{jobs}: has no column `text`, so these are no ads; if they are people assessed, type: "
        f"{typed} --out {NEW_FOLDER}"
    )


def write_audit(folder: str | Path, found: Audit, what: Asked) -> None:
    """Write the parts of an audit as one: the folder is the old audit or the new one."""
    data = audit_json(found)
    tables = tables_of(found, data)
    pages = {**files_of(found.page(), "audit.html"), **postings_of(found)}
    rests_on = [{"what": what, "which": which} for what, which in (found.provenance or {}).items()]
    with whole_folder(folder, CONTENTS) as target:
        paths = write_tables(target / "tables", tables)
        paths.append(write_workbook(target / WORKBOOK, {**tables, "provenance": rests_on}))
        write_json(target / "audit.json", data)
        for name, text in pages.items():
            write_text(target / name, text)
        paths += [target / name for name in ("audit.json", *pages)]
        provenance = {
            "rests_on": dict(found.provenance or {}),
            "command": found.command,
            "asked": what.to_json(),
        }
        write_sealed(target / PROVENANCE, provenance, paths)


def ranked_of(
    given: AuditInputs,
    settings: AuditSettings,
    engine: AnyEngine | None = None,
    progress: Progress | None = None,
) -> tuple[Ranked | None, tuple[str, ...]]:
    """The lists to audit, and what was skipped while reading; no lists without people."""
    if given.inputs is None or given.inputs.pool is None:
        if given.rankings is not None:
            raise BadInput("--rankings: lists need the ads and the people; give JOBS and --pool")
        return None, ()
    from evenhand.audit.audit import Engine
    from evenhand.match.lists import read_rankings
    from evenhand.verbs.engine import bind

    case = given.inputs.read()
    if not case.jobs:
        raise BadInput("there are no ads to audit; check the file and its filters")
    case = replace(case, pool=grouped(case.pool, settings.by, alone=given.outcomes is None))
    said: list[str] = []
    if given.engine is None:
        assert given.rankings is not None
        rankings = read_rankings(given.rankings, case.pool.ids, [job.id for job in case.jobs], said)
        made_by = Engine(given.rankings.name, digest_file(given.rankings))
    else:
        matcher = bind(case.pool, given.engine, engine, progress)
        hidden = _hidden(case, settings)
        rankings = matcher.rank(case.jobs, min(settings.top + hidden, len(case.pool)))
        made_by = Engine(matcher.name, matcher.digest)
    ranked = Ranked(rankings, case.jobs, case.pool, case.qualified, made_by)
    return ranked, (*case.notes, *said)


def _hidden(case: Case, settings: AuditSettings) -> int:
    """People who are taken out of the lists, which must be as much longer."""
    among = shown_in_lists(
        case.jobs,
        case.pool,
        case.qualified,
        settings.by,
        grouped_by=settings.grouped_by,
        least=settings.least,
    )
    return int((~among.people).sum())


def _digests_of_shown(
    given: AuditInputs, found: Audit, outcomes: Outcomes | None, ranked: Ranked | None
) -> dict[str, str]:
    """Digests that take the place of those of files with hidden people, by file."""
    digests: dict[str, str] = {}
    rates = [one for one in found.rates if one.measure != SHOWN]
    if outcomes is not None and any(one.hides for one in rates):
        digests[str(given.outcomes)] = digest_of_people(outcomes, rates)
    shown = found.rate(SHOWN)
    if ranked is not None and given.inputs is not None and shown is not None and shown.hides:
        lists, settings, _ = shown_of(ranked, found.settings)
        files = (given.rankings, given.inputs.pool, given.inputs.judgements)
        digest = digest_of_lists(lists, settings.by)
        digests |= {str(path): digest for path in files if path is not None}
    return digests


def _provenance(
    given: AuditInputs,
    found: Audit,
    outcomes: Outcomes | None,
    ranked: Ranked | None,
    of_shown: Mapping[str, str],
) -> dict[str, str]:
    """Digests, versions and settings, in the order of the report."""
    rows = {label.lower(): text for label, text in found.particulars.rows()}
    settings = found.settings
    if outcomes is not None:
        hidden = str(given.outcomes) in of_shown
        rows["outcomes"] = f"{given.outcomes}" + ("" if hidden else f" ({outcomes.rows:,} rows)")
        rows["digest of the outcomes"] = of_shown.get(str(given.outcomes), outcomes.digest)
    if ranked is not None and given.inputs is not None and str(given.inputs.pool) in of_shown:
        rows["matching engine"] = ranked.engine.name
        rows["digest of the lists"] = of_shown[str(given.inputs.pool)]
    elif ranked is not None:
        rows["matching engine"] = ranked.engine.name
        rows[ENGINE] = ranked.engine.digest
        rows["digest of the people's texts"] = ranked.pool.digest
        rows["digest of the ads"] = digest_texts(
            text for job in ranked.jobs for text in (job.id, job.text)
        )
    rows["compared by"] = ", ".join(settings.by)
    rows["seed"] = str(settings.seed)
    rows["draws"] = (
        f"{settings.resamples:,} resamples, {settings.permutations:,} of the null of ratios"
    )
    rows["hidden"] = found.notice or f"cells of fewer than {settings.least} people"
    rows["python"] = platform.python_version()
    return rows | {name: version(name) for name in _libraries(given) if find_spec(name)}


def _libraries(given: AuditInputs) -> list[str]:
    """The libraries that figures of this audit hang on, where they are installed."""
    ads, asked = given.inputs is not None, given.engine
    parquet = any(path.suffix.lower() == ".parquet" for path in given.files)
    return [
        *("evenhand", "numpy", "scipy"),
        *(["pyarrow"] if parquet else []),
        *(["spacy", "simplemma"] if ads else []),
        *(["bm25s"] if asked and asked.name == "lexical" else []),
    ]


def _command(words: Sequence[str]) -> str:
    if not words:
        return ""
    return f"{shlex.join(['evenhand', *words])} --out {NEW_FOLDER}"
