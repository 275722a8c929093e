"""The faces of the verbs that run a language model: rollouts, tune, rewrite, demo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from evenhand.cli import options, show
from evenhand.cli.progress import bars
from evenhand.config.bounds import MOST_SAMPLES
from evenhand.errors import BadInput
from evenhand.records.outputs import writes

if TYPE_CHECKING:
    from evenhand.language.check import OwnRules
    from evenhand.rewrite.result import Rewrite

_OF_LISTS = "matcher top by qualified_by judgements where_people changed_engine unknown no_unknown"
"""Parameters of ``rewrite`` that only choosing by lists reads."""

System = Literal["tuned", "align", "best-of", "prompt", "random", "lexicon", "plain"]

SystemOrNone = Annotated[
    System | None,
    typer.Option(
        "--system",
        help="Which rewriter; tuned with --run, best-of with --pool, else lexicon (mends).",
    ),
]
ChangedEngine = Annotated[
    bool,
    typer.Option("--changed-engine", help="Use a run although its engine or people have changed."),
]


@writes("out", folder=True)
def rollouts(
    context: typer.Context,
    jobs: options.Jobs,
    pool: options.People,
    out: options.Out,
    config: options.ConfigFile = None,
    override: options.Set = None,
    matcher: options.MatcherNameOrConfig = None,
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
    """Propose rewordings of training ads and score each in your engine; resumable.

    Example: evenhand rollouts ads.jsonl --pool people.jsonl --where split=train
    --where-people fold=train --config configs/demo.toml --out rollouts
    """
    from evenhand.verbs.inputs import reading_notes
    from evenhand.verbs.rollouts import rollouts as run

    options.refuse_unread_settings(override, "rollouts", "rewrite", "ilql", "mitigate")
    settings = options.settings(config, override, context.params)
    read = {**context.params, "qualified_by": settings.reward.qualified_by}
    inputs = options.inputs_of(read)
    case = inputs.read(settings.reward.attributes, "reward.attributes")
    show.note((*case.notes, *reading_notes(jobs, case.jobs)))
    with bars(quiet=as_json) as progress:
        summary = run(
            case.jobs,
            case.pool,
            settings,
            out=out,
            qualified=case.qualified,
            inputs=inputs,
            progress=progress,
        )
    _say_without_parser("best-of")
    if as_json:
        show.print_json(summary)
        return
    show.note(_sentences(summary))
    show.say(f"rollouts are in {out}")
    show.next_line("tune", "--rollouts", out, "--out", out.with_name(f"{out.name}-run"))


def tune(
    out: options.Out,
    rollouts: Annotated[Path, typer.Option("--rollouts", help="Folder of `evenhand rollouts`.")],
    config: options.ConfigFile = None,
    override: options.Set = None,
    seed: options.SeedOrConfig = None,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Align the model, then learn how to perturb it; resumable.

    Example: evenhand tune --config configs/demo.toml --rollouts rollouts --out runs/mine
    """
    options.refuse_unread_settings(override, "tune", "mitigate")
    from evenhand.verbs.rewrite import words_of_run
    from evenhand.verbs.tune import settings_of_rollouts
    from evenhand.verbs.tune import tune as run

    overrides = options.overrides(override, {"seed": seed})
    settings = options.noted(settings_of_rollouts(rollouts, config or (), overrides))
    finished = (out / "tuned.json").exists()
    with bars(quiet=as_json) as progress:
        summary = run(rollouts, settings, out=out, progress=progress)
    if as_json:
        show.print_json(summary)
        return
    show.note(_sentences(summary))
    if finished:
        show.note([f"The run in {out} was finished before; nothing was trained again."])
    show.say(f"the run is in {out}")
    words = words_of_run(out)
    show.next_line("rewrite", *words, "--run", out, "--out", out.with_name(f"{out.name}.jsonl"))


def rewrite(
    context: typer.Context,
    jobs: options.Jobs,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The ad in its own format, .txt or .md; else .jsonl."),
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", help="Folder of `evenhand tune`.")] = None,
    pool: options.PeopleOrNone = None,
    system: SystemOrNone = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Say things in plain words as well; as --system plain.")
    ] = False,
    samples: Annotated[
        int | None,
        typer.Option("--n", min=1, max=MOST_SAMPLES, help="Rewordings proposed per span."),
    ] = None,
    config: options.ConfigFile = None,
    override: options.Set = None,
    matcher: options.MatcherNameOrConfig = None,
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
    changed_engine: ChangedEngine = False,
    seed: options.SeedOrConfig = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show what each gate said, and what it refused.")
    ] = False,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Mend an ad's coded wording; reword it for even lists where a run or people are given.

    Example: evenhand rewrite ad.txt

    Example: evenhand rewrite ads.jsonl --run runs/mine --pool people.jsonl --out tuned.jsonl
    """
    from evenhand.language.check import read_own_rules
    from evenhand.records.job import Job
    from evenhand.verbs.inputs import reading_notes
    from evenhand.verbs.rewrite import settings_of
    from evenhand.verbs.rewrite_files import rewrite_files

    chosen = _system(system, plain, run, pool)
    _refuse_unread(context, override, chosen, run, pool)
    overrides = options.overrides(override, context.params)
    settings = options.noted(settings_of(run, config or (), overrides, named=pool is None))
    own = read_own_rules()
    given = options.inputs_of({**context.params, "qualified_by": settings.reward.qualified_by})
    with bars(quiet=as_json) as progress:
        rewrites, said = rewrite_files(
            given,
            run=run,
            system=chosen,
            samples=samples,
            config=settings,
            changed_engine=changed_engine,
            seed=settings.seed,
            own=own,
            out=out,
            progress=progress,
        )
    show.note(said)
    if as_json or not show.found_first(given.jobs, own):
        show.note(reading_notes(given.jobs, [Job(one.id, one.original) for one in rewrites]))
    _say_without_parser(chosen)
    if as_json:
        show.print_json([rewrite.to_json() for rewrite in rewrites])
    else:
        _print_rewrites(rewrites, own, out, verbose)


def _say_without_parser(system: System) -> None:
    from evenhand.language.imperatives import WITHOUT, has_parser

    if system not in {"lexicon", "plain"} and not has_parser():
        show.note([WITHOUT])


def _print_rewrites(
    rewrites: Sequence[Rewrite], own: OwnRules, out: Path | None, verbose: bool
) -> None:
    """One ad with its changes; many, written to a file, as a count."""
    if out is None or len(rewrites) == 1:
        for found in rewrites:
            show.diff(found, verbose=verbose)
    show.still_there(rewrites, own)
    if out is not None:
        changed = sum(bool(found.edits) for found in rewrites)
        show.say(f"{changed} of {len(rewrites)} ads changed: {out}")


def _system(system: System | None, plain: bool, run: Path | None, pool: Path | None) -> System:
    """The system that the options ask for: mends alone unless something to reword by is given."""
    if plain and (system not in {None, "plain"} or run or pool):
        raise BadInput(
            "--plain: says things in plain words by rule; leave out --system, --run and --pool"
        )
    if plain:
        return "plain"
    return system or ("tuned" if run else "best-of" if pool else "lexicon")


def _refuse_unread(
    context: typer.Context,
    override: list[str] | None,
    system: System,
    run: Path | None,
    pool: Path | None,
) -> None:
    from evenhand.verbs.rewrite import SCORED, WITHOUT_MODEL

    by_lists = f"the system {system} doesn't choose by lists; --system best-of does, and a --run"
    options.refuse_unread(
        context,
        (system not in SCORED, f"pool {_OF_LISTS}", by_lists),
        (pool is None, _OF_LISTS, "no people are given (--pool)"),
        (run is None, "changed_engine", "no run is given (--run)"),
        (system in WITHOUT_MODEL, "samples seed", f"the system {system} draws nothing"),
    )
    options.refuse_unread_settings(override, "rewrite", "align", "mitigate")
    if run is None:
        options.refuse_unread_settings(override, "rewrite without --run", "ilql")


def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Folder for the whole run.")] = Path(
        "runs/demo"
    ),
    config: options.ConfigFile = None,
    override: options.Set = None,
    seed: options.SeedOrConfig = None,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
) -> None:
    """Run the main job on the bundled synthetic market; resumable, about 3 minutes.

    Example: evenhand demo --out runs/demo
    """
    from evenhand.audit.table import evaluation_table
    from evenhand.verbs.demo import demo as run
    from evenhand.verbs.demo import demo_config, said

    settings = options.settings(config, override, context.params, demo_config())
    with bars(quiet=as_json) as progress:
        evaluation, report = run(out, settings, progress=progress)
    if as_json:
        show.print_json(evaluation.to_json())
        return
    show.console().print(evaluation_table(evaluation))
    show.note(said(out))
    show.note(["The bundled market is synthetic: these figures are evidence of nothing."])
    show.say(f"report: {report}")


def _sentences(summary: dict[str, object]) -> list[str]:
    """The sentences that a verb wants a person to read."""
    said = summary.get("say", [])
    return [str(line) for line in said] if isinstance(said, list) else []
