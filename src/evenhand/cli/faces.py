"""The faces of the verbs: from options to what a verb takes, and what is said of what it found.

Each gives its exit code, None for 0. Its options are rows of ``options.toml``; what it does is
``verbs``' business, which is imported when it is called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.cli import show
from evenhand.cli.first_screen import say_doctor
from evenhand.cli.main import FAILED_ON, run_check
from evenhand.cli.options import (
    Given,
    inputs_of,
    names,
    no_answers,
    noted,
    overrides,
    read_case,
    refuse_unread,
    refuse_unread_settings,
    settings,
)
from evenhand.errors import BadInput, offered

if TYPE_CHECKING:
    from evenhand.audit.audit import Audit
    from evenhand.config.schema import MatcherConfig
    from evenhand.language.check import OwnRules
    from evenhand.mitigate.probes import Source
    from evenhand.records.outcomes import Outcome, Reading
    from evenhand.records.outputs import Progress
    from evenhand.rewrite.result import Rewrite
    from evenhand.verbs.rewrite import System

_LISTS_OF_AUDIT = "rankings matcher top judgements where_people"
"""Parameters of ``audit`` that only an audit of lists reads."""
_OUTCOMES = "ids selected score job period applicants stage selected_is blank_is"
"""Parameters of ``audit`` that only an audit of people assessed reads."""
_LISTS = "matcher top by qualified_by judgements where_people changed_engine unknown no_unknown"
"""Parameters of ``rewrite`` that only choosing by lists reads."""


def _called(
    verb: Callable[..., Any],
    given: Given,
    *args: Any,
    telling: Callable[[Progress], Progress] | None = None,
    **own: Any,
) -> Any:
    """What a verb gives for ``args`` and ``own``, and for the options that it takes as they are.

    How far it is is shown, unless it doesn't tell; ``telling`` may say more of it.
    """
    takes = [*signature(verb).parameters]
    options = {name: given[name] for name in takes[len(args) :] if name in given}
    if "progress" not in takes:
        return verb(*args, **{**options, **own})
    with show.bars(given) as progress:
        progress = telling(progress) if telling else progress
        return verb(*args, **{**options, **own, "progress": progress})


def check(given: Given) -> int:
    """Any number of files, by the rules alone."""
    if given.as_json and given.shown != "json" and "shown" in given.said:
        raise BadInput(
            f"--json and --format {given.shown} contradict each other; leave one of them out"
        )
    shown = "json" if given.as_json else given.shown
    return run_check(given.files, shown, given.fail_on, given.config)


def guard(given: Given) -> int:
    """Rewordings against what they reword."""
    from evenhand.verbs.guard import WITHOUT, shown
    from evenhand.verbs.guard import guard as run

    found = _called(run, given)
    show.result(given, found.to_json(), *shown(found))
    if not found.parser:
        show.note([WITHOUT])
    return FAILED_ON if given.fail_on and not found.passed else 0


def serve(given: Given) -> None:
    """The page, until it is stopped."""
    from evenhand.web.serve import serve as run

    def said(sentence: str) -> None:
        link = sentence.rpartition(" ")[2]
        if not given.as_json:
            show.say(sentence)
        elif link.startswith("http"):
            show.print_json({"link": link})
        sys.stdout.flush()

    run(data=given.data, port=given.port, open_browser=not given.no_open, say=said)


def match(given: Given) -> None:
    """Lists of people for every ad."""
    from evenhand.measure.study import notes_on_length
    from evenhand.verbs.measure import match as run

    ads, people, skipped = inputs_of(given).read_both()
    show.note((*skipped, *notes_on_length(given.top, len(people))))
    rankings = _called(run, given, ads, people, _engine(given))
    found = {"ads": len(ads), "people": len(people), "top": rankings.k}
    said = f"{len(ads)} ads x {len(people)} people, top {rankings.k}: {given.out}"
    return show.result(given, {**found, "out": str(given.out), "skipped": skipped}, said)


def measure(given: Given) -> None:
    """Parity and quality of lists."""
    lists_given = (given.rankings is not None, "matcher", "the lists are those of --rankings")
    refuse_unread(given, lists_given)
    from evenhand.verbs.measure import measure as run

    case = read_case(given)
    own = {"by": names(given.by), "matcher": _engine(given), "qualified": case.qualified}
    found = _called(run, given, case.jobs, case.pool, **own)
    if given.as_json:
        return show.print_json(found.to_json())
    show.note(found.notes)
    show.table("Parity among the qualified", *found.shown_table())
    return show.say(f"written to {given.out}")


def evaluate(given: Given) -> None:
    """Rewordings against the original ads."""
    from evenhand.measure.study import notes_on_length
    from evenhand.report.pages.evaluation import evaluation_table
    from evenhand.verbs.engine import meant
    from evenhand.verbs.evaluate import evaluate as run
    from evenhand.verbs.evaluate import read_systems
    from evenhand.verbs.inputs import pairs

    unread = "reward model spans sampling gates align ilql rewrite mitigate"
    refuse_unread_settings(given, "evaluate", unread)
    engine = {"matcher": given.matcher, "top": given.top}
    asked = settings({"config": given.config, "override": given.override, **engine})
    case = inputs_of(given).read(names(given.by))
    systems = read_systems(pairs(given.rewrites, "--rewrites"))
    lists = meant(systems.rewrites, asked.matcher, None, other=given.other_engine)
    show.note((*case.notes, *notes_on_length(lists.top, len(case.pool))))
    own = {"by": names(given.by), "matcher": asked.matcher, "qualified": case.qualified}
    evaluation = _called(run, given, case.jobs, case.pool, systems, **own)
    if given.as_json:
        return show.print_json(evaluation.to_json())
    show.note(evaluation.said)
    show.console().print(evaluation_table(evaluation))
    return show.say(f"written to {given.out}" + (f" and {given.html}" if given.html else ""))


def explain(given: Given) -> None:
    """What each line of ads does."""
    from evenhand.report.pages.lines import sentences_of, table_of
    from evenhand.verbs.explain import EVERYBODY, has_group
    from evenhand.verbs.explain import explain as run
    from evenhand.verbs.inputs import reading_notes

    jobs, pool, skipped = inputs_of(given).read_both()
    show.note([*skipped, *reading_notes(given.jobs, jobs)])
    if not given.group and not has_group(jobs, given.qualified_by):
        show.note([EVERYBODY.format(by=given.qualified_by)])
    found = _called(run, given, jobs, pool, by=names(given.by), matcher=_engine(given))
    said = ["\n".join((*table_of(one), *sentences_of(one))) for one in found]
    written = [f"written to {given.out}"] if given.out is not None else []
    show.result(given, [one.to_json() for one in found], "\n\n".join([*said, *written]))


def engine_check(given: Given) -> int:
    """Whether an engine keeps the rules, and tuning on it can work."""
    from evenhand.verbs.engine_check import engine_check as run

    refuse_unread_settings(given, "engine check", "rewrite ilql align mitigate")
    asked = settings({**given, "matcher": given.engine})
    read = {**given, "qualified_by": asked.reward.qualified_by}
    case = inputs_of(read).read(asked.reward.attributes, "reward.attributes")
    show.note(case.notes)
    own = {"qualified": case.qualified, "engine": None}
    found = _called(run, given, case.jobs, case.pool, asked, **own)
    show.result(given, found.to_json(), *found.sentences())
    return 0 if found.can_tune else 4


def doctor(given: Given) -> int:
    """What this machine has."""
    return say_doctor(given.as_json)


def market(given: Given) -> None:
    """The bundled market as files."""
    from evenhand.records.market import write_market

    written = [str(path) for path in _called(write_market, given)]
    found = {"out": str(given.out), "files": written}
    return show.result(given, found, *(f"written: {path}" for path in written))


def _engine(given: Given) -> MatcherConfig:
    from evenhand.config.schema import MatcherConfig

    return MatcherConfig(name=given.matcher, top=given.top)


def audit(given: Given) -> int:
    """People assessed, lists and ads, into one folder."""
    _refuse_unread_of_audit(given)
    from evenhand.audit.audit import LABELS, Particulars
    from evenhand.audit.rates import AuditSettings
    from evenhand.verbs.audit import audit as run
    from evenhand.verbs.inputs import AuditInputs

    asked = AuditInputs(
        inputs=None if given.jobs is None else inputs_of(given),
        outcomes=given.outcomes,
        rankings=given.rankings,
        matcher=None if given.pool is None else _engine(given),
        reading=_reading(given),
    )
    chosen = AuditSettings(
        by=tuple(names(given.by)),
        least=given.least,
        top=given.top,
        seed=given.seed,
        grouped_by=given.qualified_by,
    )
    particulars = Particulars(**{name: given[name] for name in LABELS})
    own = {"particulars": particulars, "command": _without_out(sys.argv[1:])}
    found = _called(run, given, asked, chosen, **own)
    return _say_audit(found, given)


def _say_audit(found: Audit, given: Given) -> int:
    """What was found, on standard output; the code tells whether it is what fails."""
    from evenhand.report.columns import audit_json
    from evenhand.report.sentences import failures, sentences

    if given.as_json:
        show.print_json(audit_json(found))
    else:
        if given.jobs is not None:
            from evenhand.language.check import read_own_rules

            show.found_first(given.jobs, read_own_rules())
        said = (found.notice, *sentences(found), *found.notes)
        show.say("\n\n".join(filter(None, said)))
        show.say(f"\nwritten to {given.out}")
    fail_on = [str(one) for one in given.fail_on or ()]
    if failed := failures(found, fail_on):
        show.note([f"--fail-on {', '.join(fail_on)}: {'; '.join(failed)}"])
        return FAILED_ON
    return 0


def _reading(given: Given) -> Reading:
    """What the options say of a file of people assessed."""
    from evenhand.records.outcomes import Reading
    from evenhand.verbs.inputs import pairs

    # Where outcomes come alone, --map can mean no other file.
    of_all = [] if given.jobs is not None else given.mapping
    mapped = [*(given.map_outcomes or ()), *(of_all or ())]
    flags = {name: given[name] for name in ("selected", "score", "job", "period", "applicants")}
    return Reading(
        mapping=_columns(mapped, {"id": given.ids, **flags}),
        unknown=no_answers(given),
        outcome=_outcome(given.selected_is, given.blank_is),
        stages=_stages(given.stage, given.selected, given.applicants),
        sheet=given.sheet,
        where=pairs(given.where or [], "--where") if given.jobs is None else {},
        alone=given.pool is None,
    )


def _columns(mapped: list[str], flags: Mapping[str, str | None]) -> dict[str, str]:
    """Columns of outcomes as the user named them, theirs to ours; each once."""
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
    """What the values of an outcome mean; a blank can mean two things."""
    if blank_is not in (None, "0", "unknown"):
        close = offered(blank_is, ["unknown"])
        raise BadInput(f"--blank-is {blank_is}: write 0 (not selected) or unknown{close}")
    from evenhand.records.outcomes import Outcome

    return Outcome(tuple(selected_is or ()), blank_is or "")


def _stages(stage: str | None, selected: str | None, applicants: str | None) -> tuple[str, ...]:
    """The steps in their order: two or more, each once, and no other outcome."""
    if stage is None:
        return ()
    found = names(stage, "--stage", "name the columns of the steps, in their order")
    if len(found) < 2 or len({*found}) < len(found):
        raise BadInput(f"--stage {stage}: name two different columns or more, in their order")
    if selected or applicants:
        other = "selected" if selected else "applicants"
        raise BadInput(f"--stage and --{other}: the steps are the outcomes; leave one flag out")
    return tuple(found)


def _refuse_unread_of_audit(given: Given) -> None:
    no_ads, no_people = given.jobs is None, given.pool is None
    no_outcomes = given.outcomes is None
    if not no_ads and no_people and no_outcomes:
        from evenhand.verbs.audit import refuse_people_for_ads
        from evenhand.verbs.inputs import pairs

        mapping = pairs(given.mapping or [], "--map")
        refuse_people_for_ads(given.jobs, given.by, mapping, given.sheet)
    refuse_unread(
        given,
        (no_ads, f"pool qualified_by skip_bad {_LISTS_OF_AUDIT}", "no ads are given (JOBS)"),
        (no_people, _LISTS_OF_AUDIT, "no people are given (--pool)"),
        (no_people and no_outcomes, "by least seed", "ads alone have no groups to compare"),
        (no_outcomes, f"map_outcomes {_OUTCOMES}", "no people assessed are given"),
        (no_outcomes and no_people, "unknown no_unknown", "nobody is compared"),
        (given.rankings is not None, "matcher", "the lists are those of --rankings"),
    )


def _without_out(words: list[str]) -> list[str]:
    """The words of a command line without ``--out``, its folder and ``--force``."""
    kept: list[str] = []
    skip = False
    for word in words:
        if not skip and word not in ("--out", "--force") and not word.startswith("--out="):
            kept.append(word)
        skip = word == "--out" and not skip
    return kept


def compare(given: Given) -> None:
    """Two audits."""
    from evenhand.measure.figure import fields_as_json
    from evenhand.report.pages.comparison import sentences
    from evenhand.verbs.compare import compare as run

    found = _called(run, given, matchers=given.matcher or ())
    said = "\n\n".join(filter(None, (found.notice, *sentences(found), *found.notes)))
    written = [f"\nwritten to {given.out}"] if given.out is not None else []
    return show.result(given, fields_as_json(found), said, *written)


def probe(given: Given) -> None:
    """Whom a model prefers where a text favours nobody."""
    from evenhand.report.pages.probes import SIDES
    from evenhand.verbs.mitigate import probe as run

    source = _source(given.templates)
    found = _called(run, given, source=source, telling=show.Foretelling)
    if given.as_json:
        return show.print_json(found)
    which = SIDES[found["probes"]["side"]]
    title = f"{given.kind}: {found['metrics']['examples']} probes, {which}"
    show.table(title, *found.shown_table())
    if found["metrics"]["refused"]:
        show.note([f"{found['metrics']['refused']}."])
    return show.say(f"written to {given.out}")


def mitigate(given: Given) -> None:
    """A layer that evens out what a model prefers."""
    from evenhand.verbs.mitigate import mitigate as run

    unread = "matcher spans sampling gates reward align ilql rewrite"
    refuse_unread_settings(given, "mitigate", unread)
    asked = settings(given)
    own = {"source": _source(given.templates), "telling": show.Foretelling}
    found = _called(run, given, given.model, given.kind, asked, **own)
    if given.as_json:
        return show.print_json(found)
    show.say(
        f"trained on {found['usable_examples']} probes and {found['keep_rows']} places to keep: "
        f"{given.out}"
    )
    same = ("--kind", given.kind[0])
    same += ("--templates", given.templates) if given.templates else ()
    after = given.out.with_name(f"{given.out.name}-after.json")
    return show.next_line("probe", given.model, *same, "--mitigation", given.out, "--out", after)


def probe_report(given: Given) -> None:
    """Two probes as one page."""
    from evenhand.verbs.mitigate import probe_report as run

    found = _called(run, given)
    return show.result(given, found, *found["sentences"], f"written to {given.out}")


def _source(templates: Path | None) -> Source:
    """UnQover's format where a folder with ``slots`` was named, else ours."""
    if templates is None:
        return "hiring"
    if not templates.is_dir():
        raise BadInput(f"--templates {templates}: no such folder; name one with probe templates")
    return "unqover" if (templates / "slots").is_dir() else "hiring"


def rollouts(given: Given) -> None:
    """Rewordings of training ads, scored in the engine."""
    from evenhand.verbs.inputs import reading_notes
    from evenhand.verbs.rollouts import rollouts as run

    refuse_unread_settings(given, "rollouts", "rewrite ilql mitigate")
    asked = settings(given)
    inputs = inputs_of({**given, "qualified_by": asked.reward.qualified_by})
    case = inputs.read(asked.reward.attributes, "reward.attributes")
    show.note((*case.notes, *reading_notes(given.jobs, case.jobs)))
    own = {"qualified": case.qualified, "inputs": inputs}
    summary = _called(run, given, case.jobs, case.pool, asked, **own)
    _say_without_parser("best-of")
    if given.as_json:
        return show.print_json(summary)
    show.note(_sentences(summary))
    show.say(f"rollouts are in {given.out}")
    run_folder = given.out.with_name(f"{given.out.name}-run")
    return show.next_line("tune", "--rollouts", given.out, "--out", run_folder)


def tune(given: Given) -> None:
    """From rollouts to a run."""
    refuse_unread_settings(given, "tune", "mitigate")
    from evenhand.verbs.rewrite import words_of_run
    from evenhand.verbs.tune import settings_of_rollouts
    from evenhand.verbs.tune import tune as run

    files = given.config or ()
    asked = noted(settings_of_rollouts(given.rollouts, files, overrides(given)))
    out: Path = given.out
    finished = (out / "tuned.json").exists()
    summary = _called(run, given, given.rollouts, asked)
    if given.as_json:
        return show.print_json(summary)
    show.note(_sentences(summary))
    if finished:
        show.note([f"The run in {out} was finished before; nothing was trained again."])
    show.say(f"the run is in {out}")
    words = words_of_run(out)
    after = out.with_name(f"{out.name}.jsonl")
    return show.next_line("rewrite", *words, "--run", out, "--out", after)


def rewrite(given: Given) -> None:
    """Mends and rewordings."""
    from evenhand.language.check import read_own_rules
    from evenhand.records.job import Job
    from evenhand.verbs.inputs import reading_notes
    from evenhand.verbs.rewrite import rewrite_files, settings_of

    system = _system(given)
    _refuse_unread_of_rewrite(given, system)
    files, named = given.config or (), given.pool is None
    asked = noted(settings_of(given.run, files, overrides(given), named=named))
    own = read_own_rules()
    inputs = inputs_of({**given, "qualified_by": asked.reward.qualified_by})
    how = {name: given[name] for name in ("run", "samples", "changed_engine", "out", "choices")}
    how |= {"system": system, "config": asked, "seed": asked.seed, "own": own}
    if given.cut:
        how["cut"] = names(given.cut, "--cut", "name lines, such as 4,7")
    with show.bars(given) as progress:
        rewrites, said = rewrite_files(inputs, **how, progress=progress)
    show.note(said)
    if given.as_json or not show.found_first(inputs.jobs, own):
        show.note(reading_notes(inputs.jobs, [Job(one.id, one.original) for one in rewrites]))
    _say_without_parser(system)
    if given.as_json:
        return show.print_json([rewrite.to_json() for rewrite in rewrites])
    return _print_rewrites(rewrites, own, given.out, given.verbose)


def _say_without_parser(system: System) -> None:
    from evenhand.language.duties import WITHOUT, has_parser

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


def _system(given: Given) -> System:
    """The system that the options ask for: mends alone unless something to reword by is given."""
    if given.plain and (given.system not in {None, "plain"} or given.run or given.pool):
        raise BadInput(
            "--plain: says things in plain words by rule; leave out --system, --run and --pool"
        )
    if given.plain:
        return "plain"
    return given.system or ("tuned" if given.run else "best-of" if given.pool else "lexicon")


def _refuse_unread_of_rewrite(given: Given, system: System) -> None:
    from evenhand.verbs.rewrite import SCORED, WITHOUT_MODEL

    by_lists = f"the system {system} doesn't choose by lists; --system best-of does, and a --run"
    refuse_unread(
        given,
        (system not in SCORED, f"pool {_LISTS}", by_lists),
        (given.pool is None, _LISTS, "no people are given (--pool)"),
        (given.run is None, "changed_engine", "no run is given (--run)"),
        (system in WITHOUT_MODEL, "samples seed", f"the system {system} draws nothing"),
    )
    refuse_unread_settings(given, "rewrite", "align mitigate")
    if given.run is None:
        refuse_unread_settings(given, "rewrite without --run", "ilql")


def demo(given: Given) -> None:
    """The main job on the bundled market."""
    from evenhand.report.pages.evaluation import evaluation_table
    from evenhand.verbs.demo import demo as run
    from evenhand.verbs.demo import demo_config, said

    asked = settings(given, demo_config())
    evaluation, report = _called(run, given, given.out, asked)
    if given.as_json:
        return show.print_json(evaluation.to_json())
    show.console().print(evaluation_table(evaluation))
    show.note(said(given.out))
    show.note(["The bundled market is synthetic: these figures are evidence of nothing."])
    return show.say(f"report: {report}")


def _sentences(summary: Mapping[str, Any]) -> list[str]:
    """The sentences that a verb wants a person to read."""
    said = summary.get("say", [])
    return [str(line) for line in said] if isinstance(said, list) else []
