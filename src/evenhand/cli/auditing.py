"""The faces of the verbs that hold an engine or a selection to account: audit and compare."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli import options, show
from evenhand.cli.progress import bars
from evenhand.config.schema import MatcherConfig

_OF_LISTS = "rankings matcher top judgements where_people"
"""Parameters of ``audit`` that only an audit of lists reads."""

if TYPE_CHECKING:
    from evenhand.audit.evidence.audit import Audit

JobsOrNone = Annotated[
    Path | None, typer.Argument(metavar="[JOBS]", help="Ads: .jsonl, .csv, .parquet or .txt.")
]
Outcomes = Annotated[
    Path | None,
    typer.Option(
        "--outcomes", help="People assessed: id, group columns, selected (0/1) and/or score."
    ),
]
MapOutcomes = Annotated[
    list[str] | None,
    typer.Option("--map-outcomes", help="theirs=ours: a column of --outcomes; repeatable."),
]
Unknown = Annotated[
    list[str] | None,
    typer.Option("--unknown", help="A value in --outcomes that means unknown; repeatable."),
]
Least = Annotated[
    int, typer.Option("--least", min=1, help="Cells of fewer people are hidden; 1 hides none.")
]
Auditor = Annotated[str, typer.Option("--auditor", help="Who audits; shown on the page.")]
Employer = Annotated[str, typer.Option("--employer", help="Whose selections or lists they are.")]
Tool = Annotated[str, typer.Option("--tool", help="What selected, scored or ranked the people.")]
DataPeriod = Annotated[
    str, typer.Option("--data-period", help="When the people were assessed, in words.")
]
AuditDate = Annotated[str, typer.Option("--audit-date", help="Date of the audit, for the posting.")]
DistributionDate = Annotated[
    str, typer.Option("--distribution-date", help="Since when the tool is in use, for the posting.")
]
DataSource = Annotated[
    str, typer.Option("--data-source", help="Where the data comes from, for the posting.")
]
Title = Annotated[str, typer.Option("--title", help="Heading of the report.")]
OutFolder = Annotated[
    Path, typer.Option("--out", help="Folder for the page, the posting, tables and provenance.")
]


def audit(
    context: typer.Context,
    out: OutFolder,
    jobs: JobsOrNone = None,
    pool: options.PeopleOrNone = None,
    outcomes: Outcomes = None,
    rankings: options.Rankings = None,
    matcher: options.MatcherName = "dense",
    top: options.Top = 50,
    by: options.By = "gender",
    qualified_by: options.QualifiedBy = "occupation_group",
    judgements: options.Judgements = None,
    where: options.Where = None,
    where_people: options.WherePeople = None,
    mapping: options.Map = None,
    map_outcomes: MapOutcomes = None,
    unknown: Unknown = None,
    least: Least = 5,
    title: Title = "",
    auditor: Auditor = "",
    employer: Employer = "",
    tool: Tool = "",
    data_period: DataPeriod = "",
    audit_date: AuditDate = "",
    distribution_date: DistributionDate = "",
    data_source: DataSource = "",
    force: options.Force = False,
    skip_bad: options.SkipBad = False,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Audit selections, scores, lists of people and ads, with intervals, nulls and a report.

    Example: evenhand audit ads.jsonl --pool people.jsonl --by gender --out audit

    Example: evenhand audit --outcomes outcomes.csv --by sex,race,sex*race --out audit
    """
    _refuse_unread(context, jobs, pool, outcomes, rankings)
    from evenhand.audit.evidence.particulars import Particulars
    from evenhand.audit.evidence.settings import AuditSettings
    from evenhand.verbs.asked import AuditInputs
    from evenhand.verbs.audit import audit as run

    inputs = None
    if jobs is not None:
        inputs = options.inputs(
            jobs,
            pool,
            qualified_by=qualified_by,
            judgements=judgements,
            where=where,
            where_people=where_people,
            mapping=mapping,
            skip_bad=skip_bad,
        )
    of_outcomes = [*(map_outcomes or []), *((mapping or []) if jobs is None else [])]
    given = AuditInputs(
        inputs=inputs,
        outcomes=outcomes,
        rankings=rankings,
        matcher=MatcherConfig(name=matcher, top=top),
        mapping=options.pairs(of_outcomes, "--map-outcomes"),
        unknown=("unknown", *(unknown or ())),
    )
    settings = AuditSettings(
        by=tuple(options.names(by)), least=least, top=top, seed=seed, grouped_by=qualified_by
    )
    about = (auditor, employer, tool, data_period, audit_date, distribution_date, data_source)
    with bars(quiet=as_json) as progress:
        found = run(
            given,
            settings,
            title=title,
            particulars=Particulars(*about),
            command=_without_out(sys.argv[1:]),
            out=out,
            force=force,
            progress=progress,
        )
    _say(found, out, as_json)


def _say(found: Audit, out: Path, as_json: bool) -> None:
    """What was found, on standard output."""
    from evenhand.audit.evidence.as_json import audit_json
    from evenhand.audit.evidence.sentences import sentences

    if as_json:
        show.print_json(audit_json(found))
        return
    said = (found.notice, *sentences(found), *found.notes)
    show.console().print("\n\n".join(filter(None, said)))
    show.console().print(f"\nwritten to {out}")


def _refuse_unread(
    context: typer.Context,
    jobs: Path | None,
    pool: Path | None,
    outcomes: Path | None,
    rankings: Path | None,
) -> None:
    options.refuse_unread(
        context,
        (jobs is None, f"pool where qualified_by skip_bad {_OF_LISTS}", "no ads are given (JOBS)"),
        (pool is None, _OF_LISTS, "no people are given (--pool)"),
        (pool is None and outcomes is None, "by least seed", "ads alone have no groups to compare"),
        (outcomes is None, "map_outcomes unknown", "no people assessed are given (--outcomes)"),
        (rankings is not None, "matcher", "the lists are those of --rankings"),
    )


def compare(
    before: Annotated[Path, typer.Argument(metavar="AUDIT_A", help="Folder of the first audit.")],
    after: Annotated[Path, typer.Argument(metavar="AUDIT_B", help="Folder of the second audit.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for comparison.json and comparison.html."),
    ] = None,
    matcher: Annotated[
        list[str] | None,
        typer.Option(
            "--matcher",
            help="module:function that the audits used and may be run again; repeatable.",
        ),
    ] = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
) -> None:
    """Compare two audits: before and after, or two periods; paired where the same ids are in both.

    Example: evenhand compare audit_2025 audit_2026
    """
    from evenhand.audit.page.comparison import sentences
    from evenhand.measure.results import fields_as_json
    from evenhand.verbs.compare import compare as run

    found = run(before, after, out=out, matchers=matcher or (), force=force)
    if as_json:
        show.print_json(fields_as_json(found))
        return
    show.console().print("\n\n".join(filter(None, (found.notice, *sentences(found), *found.notes))))
    if out is not None:
        show.console().print(f"\nwritten to {out}")


def _without_out(words: list[str]) -> list[str]:
    """The words of a command line without ``--out``, its folder and ``--force``."""
    kept: list[str] = []
    skip = False
    for word in words:
        if not skip and word not in ("--out", "--force") and not word.startswith("--out="):
            kept.append(word)
        skip = word == "--out" and not skip
    return kept
