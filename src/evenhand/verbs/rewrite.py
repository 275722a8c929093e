"""``evenhand rewrite``: ads in, mends and rewordings with proofs out, by any of the systems.

Every system mends coded wording first. ``lexicon`` does no more; ``plain`` also says things in
plain words by rule; neither loads a model. ``tuned`` and ``align`` need a run; ``best-of``,
``prompt`` and ``random`` use the base model; ``even`` draws evenly from the listed rewordings,
whatever a model thinks of them. Only here does a reward, which knows groups, become
the opaque score that the rewriter gets.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from evenhand.align.runs import RunFolder
from evenhand.config.compose import load_config
from evenhand.config.schema import Config
from evenhand.errors import BadInput, ConfigError, RecordError, StorageError, need
from evenhand.language.check import NO_RULES, OwnRules
from evenhand.language.gates import text_gates
from evenhand.language.lines import cuts
from evenhand.language.span import Edit, Score, apply_edits, composed, origin
from evenhand.match.load import code_digest
from evenhand.match.protocol import BoolArray
from evenhand.records.documents import ad_bytes, is_document, read_document, refuse_output
from evenhand.records.files import (
    digest_of,
    json_text,
    jsonl_text,
    read_json,
    write_bytes,
    write_texts,
)
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, hold, writes
from evenhand.records.people import Pool
from evenhand.rehearsal import begin, foretell
from evenhand.reward.gates import QualityJudge
from evenhand.reward.model import RewardModel
from evenhand.rewrite.guard import Guard, WholeGate
from evenhand.rewrite.result import CUT, MadeFor, Refusal, Rewrite
from evenhand.rewrite.rewriter import WHOLE_AD, Rewriter, Strategy, as_edit
from evenhand.verbs.engine import AnyEngine, bind, called, is_code, made_for
from evenhand.verbs.engine_check import Trusted, WhyNot, by_group
from evenhand.verbs.inputs import Inputs, grouped, refuse_text
from evenhand.verbs.language_model import LanguageTools, open_generator
from evenhand.verbs.rollouts import ASKED, LEAN, load_lean_gate, refuse_other_labels

System = Literal["tuned", "align", "best-of", "even", "prompt", "random", "lexicon", "plain"]
NEEDS_RUN = ("tuned", "align")
SCORED = ("tuned", "align", "best-of", "even")
"""Systems that choose by the lists of a pool, where one is given."""
WITHOUT_MODEL = ("lexicon", "plain")
"""Systems that load no language model."""
LINES = (".jsonl", ".ndjson")
_NOTHING_MEASURED = "No effect was measured: no people are given (--pool), so "


@dataclass(frozen=True)
class Effects:
    """What is known of rewordings' effects on lists, from people or from a run that knew some.

    No person is known by it. Without people nothing has a worth, and the model alone chooses.
    """

    group_of: Callable[[Job], str]
    why_not: WhyNot
    found: Callable[[Job], str]
    made_for: MadeFor
    worth: Callable[[Job], Score | None] | None = None
    whole_gates: Callable[[Job], Sequence[WholeGate]] | None = None
    first: tuple[str, ...] = ()  # what a person should read before anything on groups

    @classmethod
    def of_run(cls, run: Path, column: str) -> Effects:
        """What a run trusts, where its people aren't given."""
        trusted = Trusted.of_run(run)
        theirs = shlex.join(words_of_run(run, ads=False)[1:])

        def group_of(job: Job) -> str:
            return job.fields.get(column, "")

        def found(job: Job) -> str:
            known = group_of(job) in trusted.kept
            return "The run found a gap." if known else "The run knows no ads of this group."

        return cls(
            group_of,
            lambda job: trusted.left.get(group_of(job), ""),
            found,
            tuned_for(run),
            first=(
                f"{_NOTHING_MEASURED}the model alone chose; the run's own people are: {theirs}",
            ),
        )

    def rewritten(
        self, rewriter: Rewriter, jobs: Sequence[Job], progress: Progress | None
    ) -> list[Rewrite]:
        """Every ad reworded; where no worth tells which to leave alone, those are only mended."""
        left = [self.worth is None and bool(self.why_not(job)) for job in jobs]
        alone = [job for job, stays in zip(jobs, left, strict=True) if stays]
        others = [job for job, stays in zip(jobs, left, strict=True) if not stays]
        mended = iter(replace(rewriter, strategy="mends").rewrite(alone) if alone else [])
        made = iter(rewriter.rewrite(others, progress) if others else [])
        rewrites = (next(mended if stays else made) for stays in left)
        return [replace(one, made_for=self.made_for) for one in rewrites]

    def said(self, jobs: Sequence[Job], rewrites: Sequence[Rewrite]) -> list[str]:
        """What a person should read."""
        return [*self.first, *by_group(jobs, rewrites, self.group_of, self.why_not, self.found)]


@writes("out", "choices", suffixes={"out": LINES, "choices": (".json",)})
def rewrite(
    jobs: Sequence[Job],
    *,
    system: System = "tuned",
    run: str | Path | None = None,
    pool: Pool | None = None,
    qualified: BoolArray | None = None,
    config: Config | None = None,
    samples: int | None = None,
    engine: AnyEngine | None = None,
    tools: LanguageTools | None = None,
    changed_engine: bool = False,
    seed: int = 0,
    own: OwnRules = NO_RULES,
    cut: Sequence[str] = (),
    out: str | Path | None = None,
    choices: str | Path | None = None,
    say: Callable[[str], None] | None = None,
    progress: Progress | None = None,
) -> list[Rewrite]:
    """Reword ads.

    Args:
        jobs: The ads.
        system: Which rewriter.
        run: A tuned run; ``tuned`` and ``align`` need it, others take its settings and targets.
        pool: People whose lists rewordings are chosen by; without, likelihood and gates decide.
        qualified: Who is qualified, ``(jobs, people)``; by ``reward.qualified_by`` if None.
        config: Settings where there is no run.
        samples: Rewordings proposed per span; ``rewrite.samples`` if None, 1 for ``prompt``.
        engine: The user's own engine; see ``verbs.engine``.
        tools: An opened base model, to share between calls.
        changed_engine: Accept that the engine or its people aren't those of the run.
        seed: Seed of the samples.
        own: The user's allow-list and own words (``language.check.read_own_rules``).
        cut: Lines of the one ad to leave out first, as ``explain`` numbers them.
        out: ``rewrites.jsonl``, if wanted; time and budget go to ``<out>.stats.json``.
        choices: A JSON file with every listed rewording that passes, if wanted.
        say: Called with each sentence on what was found, left alone and why, or not measured.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        One rewriting per ad, in order; unchanged ads included.

    Raises:
        BadInput: The system needs a run that wasn't given.
        StorageError: The run was made with another engine or other people.
    """
    extras = ("words",) if system in WITHOUT_MODEL else ("words", "match", "train")
    need(f"rewording by {system}", *extras)
    refuse_text(jobs=jobs, pool=pool, config=config)
    whole, (jobs, left_out) = jobs, _shortened(jobs, cut)
    folder = Path(run) if run is not None else None
    settings = _settings(system, folder, pool, config, engine)
    known = folder if pool is None and system in NEEDS_RUN else None
    effects = Effects.of_run(known, settings.reward.qualified_by) if known else None
    if system not in WITHOUT_MODEL and tools is None:
        foretell(reads=[LanguageTools.find(settings)])
    foretell(writes=[] if out is None else [f"{out}.stats.json"])
    if pool is not None:
        how = (qualified, engine, changed_engine, progress)
        effects = _effects_on(jobs, pool, settings, folder, *how)
    begin()
    drawn = samples or (1 if system == "prompt" else settings.rewrite.samples)
    made = replace(_rewriter(system, settings, folder, effects, drawn, seed, tools), own=own)
    started = time.monotonic()
    rewrites, said = _reworded(made, jobs, effects, progress)
    said = [] if system in WITHOUT_MODEL else said
    _write_choices(choices, made, jobs, settings.sampling.alternatives)
    rewrites = _whole(whole, left_out, rewrites)
    spent = round(time.monotonic() - started, 3)
    stats = {"system": system, "ads": len(jobs), "samples": drawn, "seconds": spent}
    _write(out, rewrites, {**stats, "say": said}, folder)
    if say is not None:
        for sentence in said:
            say(sentence)
    return rewrites


def _reworded(
    made: Rewriter, jobs: Sequence[Job], effects: Effects | None, progress: Progress | None
) -> tuple[list[Rewrite], list[str]]:
    """The rewritings, and what a person should read of their effects."""
    if effects is not None:
        rewrites = effects.rewritten(made, jobs, progress)
        return rewrites, effects.said(jobs, rewrites)
    nothing = f"{_NOTHING_MEASURED}nothing is known of what these rewordings do to any list."
    return made.rewrite(jobs, progress), [nothing]


def _choices(made: Rewriter, job: Job, limit: int) -> dict[str, Any]:
    """The mended ad with every rewording that passes: kinds, gates and, with people, effect.

    An effect is what the rewording alone is worth, in the units of the reward; None without people.
    Places are characters of the mended text.
    """
    text, spans = made.listed(job, limit)
    score = made.worth(job) if made.worth is not None else None
    found: list[dict[str, Any]] = []
    for span, options in spans:
        texts = [apply_edits(text, [as_edit(option)]) for option in options]
        worth = None if score is None or not texts else list(score([text, *texts]))
        effects = [None] * len(texts) if worth is None else [w - worth[0] for w in worth[1:]]
        rewordings = [
            {
                "text": option.proposal.after,
                "kinds": option.proposal.kinds,
                "gates": {verdict.gate: verdict.reason for verdict in option.verdicts},
                "effect": None if effect is None else round(effect, 6),
            }
            for option, effect in zip(options, effects, strict=True)
        ]
        place = {"start": span.start, "end": span.end, "line": text.count("\n", 0, span.start) + 1}
        found.append({**place, "text": span.text, "rewordings": rewordings})
    return {"id": job.id, "text": text, "spans": found}


def _write_choices(out: str | Path | None, made: Rewriter, jobs: Sequence[Job], limit: int) -> None:
    if out is not None:
        write_texts({out: json_text({"ads": [_choices(made, job, limit) for job in jobs]})})


def _write(
    out: str | Path | None,
    rewrites: Sequence[Rewrite],
    stats: Mapping[str, Any],
    folder: Path | None,
) -> None:
    """The rewritings, and beside them what they took and the run that they are of."""
    if out is None:
        return
    run_of = {} if folder is None else {"run": digest_of(RunFolder(folder).read_digests())}
    lines = jsonl_text(one.to_json() for one in rewrites)
    write_texts({out: lines, f"{out}.stats.json": json_text({**stats, **run_of})})


def _shortened(jobs: Sequence[Job], cut: Sequence[str]) -> tuple[Sequence[Job], list[Edit]]:
    """The one ad without the lines that a person cuts, and the edits that leave them out."""
    if not cut:
        return jobs, []
    if len(jobs) != 1:
        raise BadInput(f"--cut: names lines of one ad, and {len(jobs)} are given; give one")
    ad = jobs[0].text
    left_out = [replace(edit, proof={"source": CUT}) for edit in cuts(ad, cut)]
    return [replace(jobs[0], text=apply_edits(ad, left_out))], left_out


def _whole(jobs: Sequence[Job], left_out: Sequence[Edit], made: list[Rewrite]) -> list[Rewrite]:
    """The rewriting of the one shortened ad as one of the whole ad; all as they are otherwise."""
    if not left_out:
        return made
    [job], [one] = jobs, made

    def proof(early: Sequence[Edit], late: Sequence[Edit]) -> Mapping[str, object]:
        return (*late, *early)[0].proof

    def placed(refused: Refusal) -> Refusal:
        end = origin(left_out, refused.end, end=True)
        return replace(refused, start=origin(left_out, refused.start), end=end)

    edits = tuple(composed(job.text, left_out, one.edits, proof))
    refused = tuple(map(placed, one.refused))
    return [replace(one, original=job.text, edits=edits, refused=refused)]


def rewrite_files(
    given: Inputs, *, out: Path | None, **how: Any
) -> tuple[list[Rewrite], list[str]]:
    """The same from files and into one: any number of ads as JSON lines, or one as a document."""
    if out is None or out.suffix.lower() in LINES:
        return _rewrite_inputs(given, out=out, **how)
    if not is_document(given.jobs):
        raise BadInput(
            f"--out {out}: the ads of {given.jobs}, a table, are written into one file, a JSON "
            "line an ad; name a file that ends in .jsonl, or give one ad (.txt, .md, .html, .docx, "
            ".pdf, .json), which is written in its own format"
        )
    with hold(out, names=["out"]):
        document = read_document(given.jobs)
        refuse_output(given.jobs, out, document.kind)
        rewrites, said = _rewrite_inputs(given, out=None, **how)
        edits = [(edit.start, edit.end, edit.after) for one in rewrites for edit in one.edits]
        write_bytes(out, ad_bytes(document, edits, out))
    return rewrites, said


@writes("out")
def _rewrite_inputs(
    given: Inputs, *, out: Path | None, **how: Any
) -> tuple[list[Rewrite], list[str]]:
    """The rewritings; a sentence for each record that was skipped, and then what ``say`` gets."""
    said: list[str] = []
    if given.pool is None:
        bad: list[RecordError] = []
        rewrites = rewrite(given.read_jobs(bad), out=out, say=said.append, **how)
        return rewrites, [*map(str, bad), *said]
    case = given.read()
    people = {"pool": case.pool, "qualified": case.qualified}
    rewrites = rewrite(case.jobs, out=out, say=said.append, **people, **how)
    return rewrites, [*case.skipped, *said]


def _settings(
    system: System,
    folder: Path | None,
    pool: Pool | None,
    config: Config | None,
    engine: AnyEngine | None,
) -> Config:
    """The settings that a system is run with, once it is sure that it reads what is given."""
    if system in NEEDS_RUN and folder is None:
        raise BadInput(f"--system {system}: needs a tuned run; name one with --run")
    if folder is not None:
        _read_finished(folder)
    if pool is not None and system not in SCORED:
        raise BadInput(
            f"pool: not read, for the system {system} doesn't choose by lists; leave it out, or "
            f"take another system ({', '.join(SCORED)})"
        )
    if config is not None:
        return config
    return settings_of(folder, named=engine is not None)


def settings_of(
    run: Path | None,
    paths: Sequence[Path] = (),
    overrides: Sequence[str] = (),
    *,
    named: bool = False,
) -> Config:
    """The settings of a run (the defaults without one) with files and overrides on top."""
    own = load_config(paths, overrides)
    if run is None:
        return own
    _read_finished(run)
    settings = load_config([RunFolder(run).config, *paths], overrides)
    name = settings.matcher.name
    if is_code(name) and name != own.matcher.name and not named:
        raise ConfigError(
            f"--run {run}: was tuned with the engine {name!r}, which is code and runs only where "
            f"you name it; if you trust it, add --matcher {name}"
        )
    return settings


def words_of_run(run: Path, *, ads: bool = True) -> list[str]:
    """The words of ``evenhand rewrite`` that read the ads and the people of a run again."""
    saved = read_json(run / ASKED)
    if not saved:  # tuned from Python, on ads and people that were no files of evenhand's
        return ["ADS", "--pool", "PEOPLE"]
    name = RunFolder(run).read_config().matcher.name
    inputs = Inputs.from_json(saved)
    words = (inputs if ads else replace(inputs, where={})).as_options()
    return [*words, "--matcher", name] if is_code(name) else words


def tuned_for(run: Path) -> MadeFor:
    """The engine that a run was tuned for."""
    folder = RunFolder(run)
    matcher, digests = folder.read_config().matcher, folder.read_digests()
    digest = digests.get("code" if is_code(matcher.name) else "engine", "")
    return called(matcher.name, digest, matcher)


def _read_finished(folder: Path) -> Mapping[str, Any]:
    if not RunFolder(folder).config.exists():
        raise ConfigError(f"--run {folder}: is not a run folder; make one with `evenhand tune`")
    return RunFolder(folder).read_finished()


def _refuse_change(folder: Path, what: str, digest: str, now: str) -> None:
    """Results lapse when the people or the engine change."""
    if RunFolder(folder).read_digests().get(digest, "") != now:
        raise StorageError(
            f"{folder}: was tuned with another {what}, so what it learned may not hold; tune "
            "again, or use --changed-engine and evaluate the result before relying on it"
        )


def _effects_on(
    jobs: Sequence[Job],
    pool: Pool,
    config: Config,
    folder: Path | None,
    qualified: BoolArray | None,
    engine: AnyEngine | None,
    changed_engine: bool,
    progress: Progress | None,
) -> Effects:
    """Bind the engine to the people, refuse what isn't the run's, and join the reward to both.

    Targets are the run's, or else found on these ads.
    """
    pool = grouped(pool, config.reward.attributes, "reward.attributes")
    same = None if changed_engine else folder  # the run that people and engine must be those of
    if same is not None:
        name = config.matcher.name
        if engine is None and is_code(name):  # before it is loaded
            _refuse_change(same, "engine", "code", code_digest(name))
        _refuse_change(same, "people", "pool", pool.digest)
        refuse_other_labels(same, pool, config.reward)
    matcher = bind(pool, config.matcher, engine, progress)
    if same is not None:
        _refuse_change(same, "engine", "matcher", matcher.digest)
    top, seed = config.matcher.top, config.seed
    if folder is None:
        reward = RewardModel.fit(
            jobs, pool, matcher, config.reward, top=top, seed=seed, qualified=qualified
        )
    else:
        reward = RewardModel.with_targets(
            RunFolder(folder).read_targets(),
            pool,
            matcher,
            config.reward,
            seed=seed,
            jobs=jobs,
            qualified=qualified,
        )
    trusted = Trusted.by_rule(jobs, reward, config) if folder is None else Trusted.of_run(folder)
    why_not = trusted.why_not(reward)
    rows: Mapping[str, BoolArray] = (
        {} if qualified is None else {job.id: qualified[at] for at, job in enumerate(jobs)}
    )
    judge = QualityJudge(
        pool,
        matcher,
        config.reward,
        top=top,
        max_loss=config.gates.max_quality_loss,
        qualified=rows,
    )

    def worth(job: Job) -> Score | None:
        return None if why_not(job) else reward.scorer(job)

    return Effects(
        reward.group_of,
        why_not,
        reward.reason,
        made_for(matcher, config.matcher, engine),
        worth,
        lambda job: [judge.gate(job)],
    )


def _rewriter(
    system: System,
    config: Config,
    folder: Path | None,
    effects: Effects | None,
    samples: int,
    seed: int,
    tools: LanguageTools | None,
) -> Rewriter:
    if system in WITHOUT_MODEL:
        guard = Guard(tuple(text_gates(config.gates, config.sampling.approved_statements)))
        whole = config.spans.model_copy(update={"per_ad": WHOLE_AD})
        return Rewriter(guard, whole, strategy="plain" if system == "plain" else "mends")
    opened = tools or LanguageTools.open(config)
    batch_gates = opened.batch_gates()
    if folder is not None:
        name = f"lean of {digest_of(read_json(folder / LEAN))}"
        batch_gates.append(opened.remembered(name, load_lean_gate(folder, opened.embed)))
    if system == "even":
        sampler = opened.even_sampler(samples, seed)
    else:
        sampler = opened.sampler(open_generator(system, opened, folder, config), samples, seed)
    worth, gates = (None, None) if effects is None else (effects.worth, effects.whole_gates)
    strategy: Strategy = "random" if system == "random" else "score" if worth else "likelihood"
    return Rewriter(
        Guard(tuple(opened.gates()), tuple(batch_gates)),
        config.spans.model_copy(update={"per_ad": config.rewrite.spans}),
        sampler,
        strategy,
        worth,
        gates,
        rules=config.rewrite.rules,
        seed=seed,
    )
