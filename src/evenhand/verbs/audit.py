"""``evenhand audit``: people assessed, lists and ads, audited into one folder."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from evenhand.audit.evidence.as_json import audit_json
from evenhand.audit.evidence.audit import Audit, Ranked, make_audit
from evenhand.audit.evidence.lists import Engine
from evenhand.audit.evidence.settings import AuditSettings
from evenhand.audit.evidence.tables import tables_of, write_tables
from evenhand.audit.page.page import render_audit
from evenhand.errors import BadInput
from evenhand.match.protocol import Rankings
from evenhand.match.tables import read_rankings
from evenhand.records.files import digest_file, digest_texts, write_json, write_text
from evenhand.records.job import Job
from evenhand.records.outcomes import Outcomes
from evenhand.records.seals import write_sealed
from evenhand.verbs.asked import Asked, AuditInputs, asked
from evenhand.verbs.engine import EngineFactory, bind
from evenhand.verbs.inputs import Progress, require_attributes

NEW_FOLDER = "NEW_FOLDER"
"""Stands for the folder in the command that a report prints: the folder changes no byte."""
PROVENANCE = "provenance.json"
_LIBRARIES = ("evenhand", "numpy", "scipy", "pyarrow")


def audit(
    given: AuditInputs,
    settings: AuditSettings,
    *,
    engine: EngineFactory | None = None,
    title: str = "",
    command: Sequence[str] = (),
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Audit what was given, and write it down.

    Args:
        given: Files.
        settings: What to compare and how.
        engine: A factory of the user's own engine, in place of ``given.matcher.name``.
        title: Heading of the report.
        command: Words of the command line that reproduces the audit, without ``--out``.
        out: Folder for ``audit.json``, ``audit.html``, ``tables/`` and ``provenance.json``.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        BadInput: Nothing to audit was given, or a file is wrong.
        MeasureError: A measure is undefined for what it was given.
        EvenhandError: Of the class of whatever boundary failed.
    """
    if out is not None and Path(out).exists() and not Path(out).is_dir():
        raise BadInput(f"--out {out}: is a file; name a folder, which is made if it isn't there")
    outcomes = None if given.outcomes is None else given.read_outcomes(settings.by)
    ranked, notes = ranked_of(given, settings, engine, progress)
    jobs = () if ranked or given.inputs is None else given.inputs.read_jobs()
    found = make_audit(
        settings,
        outcomes=outcomes,
        ranked=ranked,
        jobs=jobs,
        title=title,
        notes=notes,
        progress=progress,
    )
    rests_on = _provenance(given, settings, outcomes, ranked)
    found = replace(found, provenance=rests_on, command=_command(command))
    if out is not None:
        made_by = "" if ranked is None else ranked.engine.digest
        write_audit(out, found, asked(given, settings, made_by))
    return found


def write_audit(folder: str | Path, found: Audit, what: Asked) -> None:
    """Write the four parts of an audit, each whole or not at all.

    Args:
        folder: Where to.
        found: The audit.
        what: What was asked.

    Raises:
        StorageError: A file could not be written.
    """
    target = Path(folder)
    # All of it is made before any of it is written, so that a defect leaves the folder as it was.
    data, page = audit_json(found), render_audit(found)
    tables = tables_of(found, data)
    paths = write_tables(target / "tables", tables)
    write_json(target / "audit.json", data)
    write_text(target / "audit.html", page)
    paths += [target / "audit.json", target / "audit.html"]
    provenance = {
        "rests_on": dict(found.provenance or {}),
        "command": found.command,
        "asked": what.to_json(),
    }
    write_sealed(target / PROVENANCE, provenance, paths)


def ranked_of(
    given: AuditInputs,
    settings: AuditSettings,
    engine: EngineFactory | None = None,
    progress: Progress | None = None,
) -> tuple[Ranked | None, tuple[str, ...]]:
    """The lists to audit, and what was skipped while reading; no lists without people.

    Raises:
        BadInput: There are no ads, or nobody has a value in an attribute.
        RecordError: A file is wrong.
        MatcherError: The engine failed.
    """
    if given.inputs is None or given.inputs.pool is None:
        if given.rankings is not None:
            raise BadInput("--rankings: lists need the ads and the people; give JOBS and --pool")
        return None, ()
    case = given.inputs.read()
    if not case.jobs:
        raise BadInput("there are no ads to audit; check the file and its filters")
    require_attributes(case.pool, settings.by)
    if given.rankings is not None:
        rankings = _aligned(read_rankings(given.rankings, case.pool.ids), case.jobs, given.rankings)
        made_by = Engine(given.rankings.name, digest_file(given.rankings))
    else:
        matcher = bind(case.pool, given.matcher, engine, progress)
        rankings = matcher.rank(case.jobs, min(settings.top, len(case.pool)))
        made_by = Engine(matcher.name, matcher.digest)
    ranked = Ranked(rankings, case.jobs, case.pool, case.qualified, made_by)
    return ranked, case.skipped


def _aligned(rankings: Rankings, jobs: Sequence[Job], path: Path) -> Rankings:
    """The lists of these ads, in their order.

    Raises:
        BadInput: An ad has no list.
    """
    row_of = {job: row for row, job in enumerate(rankings.query_ids)}
    missing = [job.id for job in jobs if job.id not in row_of]
    if missing:
        raise BadInput(
            f"{path}: {len(missing)} of {len(jobs)} ads have no list in it ({missing[0]!r} is the "
            "first); rank these ads, or leave them out with --where"
        )
    rows = np.array([row_of[job.id] for job in jobs], dtype=np.int64)
    ids = tuple(job.id for job in jobs)
    return Rankings(ids, rankings.candidate_ids, rankings.positions[rows], rankings.scores[rows])


def _provenance(
    given: AuditInputs,
    settings: AuditSettings,
    outcomes: Outcomes | None,
    ranked: Ranked | None,
) -> dict[str, str]:
    """Digests, versions and settings, in the order of the report."""
    rows: dict[str, str] = {}
    if outcomes is not None:
        rows["outcomes"] = f"{given.outcomes} ({outcomes.rows:,} rows)"
        rows["digest of the outcomes"] = outcomes.digest
    if ranked is not None:
        rows["matching engine"] = ranked.engine.name
        rows["digest of the engine and its people"] = ranked.engine.digest
        rows["digest of the people's texts"] = ranked.pool.digest
        rows["digest of the ads"] = digest_texts(
            text for job in ranked.jobs for text in (job.id, job.text)
        )
    rows["compared by"] = ", ".join(settings.by)
    rows["seed"] = str(settings.seed)
    rows["draws"] = (
        f"{settings.resamples:,} resamples, {settings.permutations:,} of the null of ratios"
    )
    rows["hidden"] = f"cells of fewer than {settings.least} people"
    rows["python"] = platform.python_version()
    return rows | {name: version(name) for name in _LIBRARIES}


def _command(words: Sequence[str]) -> str:
    if not words:
        return ""
    return f"{shlex.join(['evenhand', *words])} --out {NEW_FOLDER}"
