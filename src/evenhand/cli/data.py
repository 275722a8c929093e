"""The faces of the verbs that read and measure: match, measure, evaluate, doctor, market."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli import options, show
from evenhand.cli.first_screen import say_doctor
from evenhand.cli.progress import bars
from evenhand.records.outputs import writes

RewriteFiles = Annotated[
    list[str],
    typer.Option("--rewrites", help="name=FILE from `evenhand rewrite`; repeatable."),
]


@writes("out")
def match(
    context: typer.Context,
    jobs: options.Jobs,
    pool: options.People,
    out: options.Out,
    matcher: options.MatcherName = "dense",
    top: options.Top = 50,
    where: options.Where = None,
    where_people: options.WherePeople = None,
    mapping: options.Map = None,
    skip_bad: options.SkipBad = False,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Rank the people of a pool for every ad, exactly.

    Example: evenhand match ads.jsonl --pool people.jsonl --matcher lexical --out rankings.parquet
    """
    from evenhand.config.schema import MatcherConfig
    from evenhand.measure.study import notes_on_length
    from evenhand.verbs.match import match as run

    ads, people, skipped = options.inputs_of(context.params).read_both()
    show.note((*skipped, *notes_on_length(top, len(people))))
    with bars(quiet=as_json) as progress:
        settings = MatcherConfig(name=matcher, top=top)
        rankings = run(ads, people, settings, out=out, progress=progress)
    summary = {"ads": len(ads), "people": len(people), "top": rankings.k, "out": str(out)}
    if as_json:
        show.print_json({**summary, "skipped": skipped})
    else:
        show.say(f"{len(ads)} ads x {len(people)} people, top {rankings.k}: {out}")


@writes("out")
def measure(
    context: typer.Context,
    jobs: options.Jobs,
    pool: options.People,
    out: options.Out,
    rankings: options.Rankings = None,
    matcher: options.MatcherName = "dense",
    top: options.Top = 50,
    by: options.By = "gender",
    qualified_by: options.QualifiedBy = "occupation_group",
    judgements: options.Judgements = None,
    where: options.Where = None,
    where_people: options.WherePeople = None,
    mapping: options.Map = None,
    skip_bad: options.SkipBad = False,
    unknown: options.Unknown = None,
    no_unknown: options.NoUnknown = False,
    seed: options.Seed = 0,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Measure parity and quality of the lists, with intervals and nulls.

    Example: evenhand measure ads.jsonl --pool people.jsonl --by gender --out measures.json
    """
    options.refuse_unread(
        context, (rankings is not None, "matcher", "the lists are those of --rankings")
    )
    from evenhand.config.schema import MatcherConfig
    from evenhand.verbs.measure import measure as run

    case = options.inputs_of(context.params).read(options.names(by))
    show.note(case.notes)
    with bars(quiet=as_json) as progress:
        found = run(
            case.jobs,
            case.pool,
            by=options.names(by),
            matcher=MatcherConfig(name=matcher, top=top),
            rankings=rankings,
            qualified=case.qualified,
            qualified_by=qualified_by,
            seed=seed,
            out=out,
            progress=progress,
        )
    if as_json:
        show.print_json(found.to_json())
        return
    show.note(found.notes)
    show.table("Parity among the qualified", *found.shown_table())
    show.say(f"written to {out}")


@writes("out", "html")
def evaluate(
    context: typer.Context,
    jobs: options.Jobs,
    pool: options.People,
    rewrites: RewriteFiles,
    out: options.Out,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report as well.")] = None,
    matcher: Annotated[
        str | None,
        typer.Option("--matcher", help="The engine; the rewordings' own if not given."),
    ] = None,
    other_engine: Annotated[
        bool,
        typer.Option(
            "--other-engine", help="Judge in another engine than theirs; the page says so."
        ),
    ] = False,
    config: options.ConfigFile = None,
    override: options.Set = None,
    top: Annotated[
        int | None, typer.Option("--top", min=1, help="Length of the lists; theirs if not given.")
    ] = None,
    by: options.By = "gender",
    qualified_by: options.QualifiedBy = "occupation_group",
    judgements: options.Judgements = None,
    where: options.Where = None,
    where_people: options.WherePeople = None,
    mapping: options.Map = None,
    skip_bad: options.SkipBad = False,
    unknown: options.Unknown = None,
    no_unknown: options.NoUnknown = False,
    seed: options.Seed = 0,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Compare rewordings with the original ads on people that were not used to make them.

    Example: evenhand evaluate ads.jsonl --pool people.jsonl --where split=test
    --where-people fold=test --rewrites tuned=tuned.jsonl --out evaluation.json --html report.html
    """
    from evenhand.audit.table import evaluation_table
    from evenhand.measure.study import notes_on_length
    from evenhand.verbs.engine import meant
    from evenhand.verbs.evaluate import evaluate as run
    from evenhand.verbs.evaluate import read_systems
    from evenhand.verbs.inputs import pairs

    unread = ("model", "spans", "sampling", "gates", "align", "ilql", "rewrite", "mitigate")
    options.refuse_unread_settings(override, "evaluate", "reward", *unread)
    settings = options.settings(config, override, {"matcher": matcher, "top": top})
    case = options.inputs_of(context.params).read(options.names(by))
    systems = read_systems(pairs(rewrites, "--rewrites"))
    lists = meant(systems.rewrites, settings.matcher, None, other=other_engine)
    show.note((*case.notes, *notes_on_length(lists.top, len(case.pool))))
    with bars(quiet=as_json) as progress:
        evaluation = run(
            case.jobs,
            case.pool,
            systems,
            by=options.names(by),
            matcher=settings.matcher,
            other_engine=other_engine,
            qualified=case.qualified,
            qualified_by=qualified_by,
            seed=seed,
            out=out,
            html=html,
            progress=progress,
        )
    if as_json:
        show.print_json(evaluation.to_json())
        return
    show.note(evaluation.said)
    show.console().print(evaluation_table(evaluation))
    show.say(f"written to {out}" + (f" and {html}" if html else ""))


def engine_check(
    context: typer.Context,
    engine: Annotated[
        str, typer.Argument(metavar="ENGINE", help="lexical, dense, or module:name of your own.")
    ],
    jobs: options.Jobs,
    pool: options.People,
    config: options.ConfigFile = None,
    override: options.Set = None,
    top: options.TopOrConfig = None,
    by: options.ByOrConfig = None,
    qualified_by: options.QualifiedByOrConfig = None,
    judgements: options.Judgements = None,
    where: options.Where = None,
    where_people: options.WherePeople = None,
    mapping: options.Map = None,
    skip_bad: options.SkipBad = False,
    unknown: options.Unknown = None,
    no_unknown: options.NoUnknown = False,
    seed: options.SeedOrConfig = None,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Say whether an engine keeps the rules and whether tuning on it can work; exit 4 if not.

    Example: evenhand engine check shop:rank ads.jsonl --pool people.jsonl
    """
    from evenhand.verbs.engine_check import engine_check as run

    options.refuse_unread_settings(override, "engine check", "rewrite", "ilql", "align", "mitigate")
    settings = options.settings(config, override, {**context.params, "matcher": engine})
    read = {**context.params, "qualified_by": settings.reward.qualified_by}
    case = options.inputs_of(read).read(settings.reward.attributes, "reward.attributes")
    show.note(case.notes)
    with bars(quiet=as_json) as progress:
        found = run(case.jobs, case.pool, settings, qualified=case.qualified, progress=progress)
    if as_json:
        show.print_json(found.to_json())
    else:
        show.say("\n".join(found.sentences()))
    if not found.can_tune:
        raise typer.Exit(4)


def doctor(as_json: options.AsJson = False) -> None:
    """Say what this machine has, what is missing and how to get it.

    Exits with 1 where something is missing that every verb needs, or was changed; an extra that
    isn't installed is no fault.

    Example: evenhand doctor
    """
    raise typer.Exit(say_doctor(as_json))


def market(
    out: Annotated[Path, typer.Option("--out", help="Folder for jobs.jsonl and people.jsonl.")],
    seed: options.Seed = 0,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Write the bundled synthetic market as files, to try the verbs on.

    Example: evenhand market --out market
    """
    from evenhand.records.market import write_market

    written = write_market(out, seed=seed)
    if as_json:
        show.print_json({"out": str(out), "files": [str(path) for path in written]})
    else:
        show.say("\n".join(f"written: {path}" for path in written))
