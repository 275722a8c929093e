"""The faces of the verbs that hold an engine or a selection to account: audit and compare."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.cli import options, show
from evenhand.cli.at_once import FAILED_ON
from evenhand.cli.progress import bars
from evenhand.errors import BadInput, offered

_OF_LISTS = "rankings matcher top judgements where_people"
"""Parameters of ``audit`` that only an audit of lists reads."""
_OF_OUTCOMES = "ids selected score job period applicants stage selected_is blank_is"
"""Parameters of ``audit`` that only an audit of people assessed reads."""

if TYPE_CHECKING:
    from evenhand.audit.evidence.audit import Audit
    from evenhand.config.schema import MatcherConfig
    from evenhand.records.outcome_columns import Outcome
    from evenhand.records.outcomes import Reading
    from evenhand.verbs.inputs import Inputs

JobsOrNone = Annotated[
    Path | None, typer.Argument(metavar="[JOBS]", help="Ads: .jsonl, a table or one document.")
]
Outcomes = Annotated[
    Path | None,
    typer.Option(
        "--outcomes",
        help="People assessed (group columns, selected and/or score), or a table of counts: "
        ".csv, .tsv, .xlsx, .xls, .ods, .json, .jsonl or .parquet.",
    ),
]
MapOutcomes = Annotated[
    list[str] | None,
    typer.Option("--map-outcomes", help="theirs=ours: a column of --outcomes; repeatable."),
]
IdColumn = Annotated[str | None, typer.Option("--id", help="Column of ids in --outcomes.")]
SelectedColumn = Annotated[
    str | None, typer.Option("--selected", help="Column that says who was selected, or how many.")
]
ScoreColumn = Annotated[str | None, typer.Option("--score", help="Column of scores.")]
JobColumn = Annotated[str | None, typer.Option("--job", help="Column of jobs, to compare within.")]
PeriodColumn = Annotated[str | None, typer.Option("--period", help="Column of periods, likewise.")]
ApplicantsColumn = Annotated[
    str | None, typer.Option("--applicants", help="Column of how many people: a table of counts.")
]
Stages = Annotated[
    str | None,
    typer.Option("--stage", help="A,B,C: outcome columns of several steps, in their order."),
]
SelectedIs = Annotated[
    list[str] | None,
    typer.Option(
        "--selected-is", help="A value that means selected (any: whatever isn't blank); repeatable."
    ),
]
BlankIs = Annotated[
    str | None, typer.Option("--blank-is", help="What a blank outcome means: 0 or unknown.")
]
Sheet = Annotated[str, typer.Option("--sheet", help="Which sheet of a workbook of several.")]
WhereAdsOrOutcomes = Annotated[
    list[str] | None,
    typer.Option(
        "--where", help="Keep ads, or people assessed alone, with column=value; repeatable."
    ),
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


class Failing(StrEnum):
    """What an audit may be told to fail on."""

    BELOW_FOUR_FIFTHS = "below-four-fifths"
    GAP = "gap"


FailOn = Annotated[
    list[Failing] | None,
    typer.Option("--fail-on", help="Exit with 3 where this is found; repeatable."),
]
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
    where: WhereAdsOrOutcomes = None,
    where_people: options.WherePeople = None,
    mapping: options.Map = None,
    map_outcomes: MapOutcomes = None,
    ids: IdColumn = None,
    selected: SelectedColumn = None,
    score: ScoreColumn = None,
    job: JobColumn = None,
    period: PeriodColumn = None,
    applicants: ApplicantsColumn = None,
    stage: Stages = None,
    selected_is: SelectedIs = None,
    blank_is: BlankIs = None,
    sheet: Sheet = "",
    unknown: options.Unknown = None,
    no_unknown: options.NoUnknown = False,
    least: Least = 5,
    title: Title = "",
    auditor: Auditor = "",
    employer: Employer = "",
    tool: Tool = "",
    data_period: DataPeriod = "",
    audit_date: AuditDate = "",
    distribution_date: DistributionDate = "",
    data_source: DataSource = "",
    fail_on: FailOn = None,
    force: options.Force = False,
    skip_bad: options.SkipBad = False,
    seed: options.Seed = 0,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Audit selections, scores, lists of people and ads, with intervals, nulls and a report.

    Example: evenhand audit ads.jsonl --pool people.jsonl --by gender --out audit

    Example: evenhand audit --outcomes outcomes.csv --by sex,race,sex*race --out audit
    """
    _refuse_unread(context, jobs, pool, outcomes, rankings)
    from evenhand.audit.evidence.particulars import LABELS, Particulars
    from evenhand.audit.evidence.settings import AuditSettings
    from evenhand.verbs.asked import AuditInputs
    from evenhand.verbs.audit import audit as run

    asked = context.params
    given = AuditInputs(
        inputs=None if jobs is None else options.inputs_of(asked),
        outcomes=outcomes,
        rankings=rankings,
        matcher=None if pool is None else _engine(matcher, top),
        reading=_reading(asked),
    )
    settings = AuditSettings(
        by=tuple(options.names(by)), least=least, top=top, seed=seed, grouped_by=qualified_by
    )
    with bars(quiet=as_json) as progress:
        found = run(
            given,
            settings,
            title=title,
            particulars=Particulars(**{name: asked[name] for name in LABELS}),
            command=_without_out(sys.argv[1:]),
            out=out,
            force=force,
            progress=progress,
        )
    _say(found, given.inputs, out, as_json, [str(each) for each in fail_on or ()])


def _engine(name: str, top: int) -> MatcherConfig:
    from evenhand.config.schema import MatcherConfig

    return MatcherConfig(name=name, top=top)


def _say(
    found: Audit, ads: Inputs | None, out: Path, as_json: bool, fail_on: Sequence[str]
) -> None:
    """What was found, on standard output; the code tells whether it is what fails."""
    from evenhand.audit.evidence.as_json import audit_json
    from evenhand.audit.evidence.sentences import sentences
    from evenhand.audit.evidence.verdict import failures

    if as_json:
        show.print_json(audit_json(found))
    else:
        if ads is not None:
            from evenhand.language.check import read_own_rules

            show.found_first(ads.jobs, read_own_rules())
        said = (found.notice, *sentences(found), *found.notes)
        show.say("\n\n".join(filter(None, said)))
        show.say(f"\nwritten to {out}")
    if failed := failures(found, fail_on):
        show.note([f"--fail-on {', '.join(fail_on)}: {'; '.join(failed)}"])
        raise typer.Exit(FAILED_ON)


def _reading(given: Mapping[str, Any]) -> Reading:
    """What the options say of a file of people assessed.

    Args:
        given: Every option of ``audit`` by its name there.

    Raises:
        BadInput: Two options contradict each other.
    """
    from evenhand.records.outcomes import Reading
    from evenhand.verbs.inputs import pairs

    # Where outcomes come alone, --map can mean no other file.
    of_all = [] if given["jobs"] is not None else given["mapping"]
    mapped = [*(given["map_outcomes"] or ()), *(of_all or ())]
    flags = {name: given[name] for name in ("selected", "score", "job", "period", "applicants")}
    return Reading(
        mapping=_columns(mapped, {"id": given["ids"], **flags}),
        unknown=options.no_answers(given["unknown"], given["no_unknown"]),
        outcome=_outcome(given["selected_is"], given["blank_is"]),
        stages=_stages(given["stage"], given["selected"], given["applicants"]),
        sheet=given["sheet"],
        where=pairs(given["where"] or [], "--where") if given["jobs"] is None else {},
        alone=given["pool"] is None,
    )


def _columns(mapped: list[str], flags: Mapping[str, str | None]) -> dict[str, str]:
    """Columns of outcomes as the user named them, theirs to ours.

    Raises:
        BadInput: A column is named twice, or two for one thing.
    """
    from evenhand.verbs.inputs import pairs

    found = pairs(mapped, "--map-outcomes")
    for ours, theirs in flags.items():
        if theirs is not None and found.get(theirs, ours) != ours:
            raise BadInput(f"--{ours} {theirs}: it was mapped to {found[theirs]}; say it once")
        if theirs is not None:
            found[theirs] = ours
    for ours in found.values():
        both = [name for name, other in found.items() if other == ours]
        if len(both) > 1:
            raise BadInput(f"{' and '.join(both)} are both named as {ours}; name one of them")
    return found


def _outcome(selected_is: list[str] | None, blank_is: str | None) -> Outcome:
    """What the values of an outcome mean.

    Raises:
        BadInput: A blank is to mean something else than the two that it can.
    """
    if blank_is not in (None, "0", "unknown"):
        close = offered(blank_is, ["unknown"])
        raise BadInput(f"--blank-is {blank_is}: write 0 (not selected) or unknown{close}")
    from evenhand.records.outcome_columns import Outcome

    return Outcome(tuple(selected_is or ()), blank_is or "")


def _stages(stage: str | None, selected: str | None, applicants: str | None) -> tuple[str, ...]:
    """The steps in their order.

    Raises:
        BadInput: There are fewer than two, one stands twice, or another outcome is named too.
    """
    if stage is None:
        return ()
    names = options.names(stage, "--stage", "name the columns of the steps, in their order")
    if len(names) < 2 or len({*names}) < len(names):
        raise BadInput(f"--stage {stage}: name two different columns or more, in their order")
    if selected or applicants:
        other = "selected" if selected else "applicants"
        raise BadInput(f"--stage and --{other}: the steps are the outcomes; leave one flag out")
    return tuple(names)


def _refuse_people_for_ads(jobs: Path, by: str, mapping: list[str] | None, sheet: str) -> None:
    from evenhand.verbs.audit import refuse_people_for_ads
    from evenhand.verbs.inputs import pairs

    refuse_people_for_ads(jobs, by, pairs(mapping or [], "--map"), sheet)


def _refuse_unread(
    context: typer.Context,
    jobs: Path | None,
    pool: Path | None,
    outcomes: Path | None,
    rankings: Path | None,
) -> None:
    if jobs is not None and pool is None and outcomes is None:
        asked = context.params
        _refuse_people_for_ads(jobs, asked["by"], asked["mapping"], asked["sheet"])
    options.refuse_unread(
        context,
        (jobs is None, f"pool qualified_by skip_bad {_OF_LISTS}", "no ads are given (JOBS)"),
        (pool is None, _OF_LISTS, "no people are given (--pool)"),
        (pool is None and outcomes is None, "by least seed", "ads alone have no groups to compare"),
        (outcomes is None, f"map_outcomes {_OF_OUTCOMES}", "no people assessed are given"),
        (outcomes is None and pool is None, "unknown no_unknown", "nobody is compared"),
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
            help="module:name that the audits used and may be run again; repeatable.",
        ),
    ] = None,
    force: options.Force = False,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Compare two audits: before and after, or two periods; paired where the same ids are in both.

    Example: evenhand compare audit_2025 audit_2026
    """
    from evenhand.audit.page.comparison import sentences
    from evenhand.measure.results import fields_as_json
    from evenhand.verbs.compare import compare as run

    with bars(quiet=as_json) as progress:
        found = run(before, after, out=out, matchers=matcher or (), force=force, progress=progress)
    if as_json:
        show.print_json(fields_as_json(found))
        return
    show.say("\n\n".join(filter(None, (found.notice, *sentences(found), *found.notes))))
    if out is not None:
        show.say(f"\nwritten to {out}")


def _without_out(words: list[str]) -> list[str]:
    """The words of a command line without ``--out``, its folder and ``--force``."""
    kept: list[str] = []
    skip = False
    for word in words:
        if not skip and word not in ("--out", "--force") and not word.startswith("--out="):
            kept.append(word)
        skip = word == "--out" and not skip
    return kept
