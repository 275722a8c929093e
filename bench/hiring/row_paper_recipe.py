"""The row ``paper_recipe``: the released algorithm on our data, its weaknesses included.

Whole ads, one action a state, ``-100 * W1``, supervised training on the ads, one-step ILQL over
the whole vocabulary, beta 8, one free sample an ad, and no gate: what comes out is what counts.
Ours are the language model, adapters for the supervised stage, heads on its frozen states (the
released code trains everything for GPU-days), and the stated subset of ads.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from evenhand.align.ilql import Episode, Objective, cache_states, new_heads, train_heads
from evenhand.align.rollouts import Rollout
from evenhand.align.runs import check_same
from evenhand.align.sft import align
from evenhand.config.schema import Config
from evenhand.generate.draw import LocalGenerator
from evenhand.generate.model import (
    find_language_model,
    load_language_model,
    load_tokenizer,
    weights_digest,
)
from evenhand.generate.prefix import prefixed
from evenhand.generate.protocol import Completion, SamplerSettings
from evenhand.generate.regulator import AdvantageHeads, AdvantageRegulator, unembedding_of
from evenhand.language.span import Edit
from evenhand.records.files import digest_of, new_folder, read_json, write_json
from evenhand.records.job import Job
from evenhand.records.outputs import Progress
from evenhand.rewrite.result import Rewrite, read_rewrites, write_rewrites
from evenhand.verbs.engine import AnyEngine, bind
from hiring_protocol import JUDGED, Bench
from paper_recipe_data import WholeAdPrompts, ad_rewards, one_action_each

NAME = "paper_recipe"


@dataclass(frozen=True)
class Size:
    """The stated subset, and how long training lasts.

    Attributes:
        train_ads: Training ads, evenly through those that are short enough.
        test_ads: Most test ads that are rewritten; the others stay as they are.
        longest: Characters of the longest ad that takes part.
        max_new_tokens: Longest rewriting.
        steps: Steps of ILQL, one ad each as released.
        groups: Groups of ads that take part.
    """

    train_ads: int = 24
    test_ads: int = 24
    longest: int = 900
    max_new_tokens: int = 200
    steps: int = 400
    groups: tuple[str, ...] = JUDGED


AS_RELEASED: dict[str, object] = {
    "heads": "tied",
    "full_vocabulary": True,
    "gamma": 0.99,
    "trace": 0.0,
    "expectile": 0.6,
    "polyak": 0.005,
    "cql_weight": 0.25,
    "beta": 8.0,
    "gate_beta": 0.0,
    "batch_size": 1,
    "save_steps": 25,
}
"""Settings of ILQL as in the released configuration; the heads go through the model's own
unembedding, and the learning rate is ours, for training that lasts minutes."""
SUPERVISED: dict[str, object] = {"batch_size": 2, "epochs": 3, "learning_rate": 1e-3}
"""Epochs as released; at this rate the adapter copies ads (0.01 nats a token) in 16 steps."""


def run_paper_recipe(
    bench: Bench,
    config: Config,
    engine: AnyEngine,
    out: Path,
    seed: int,
    progress: Progress | None = None,
    size: Size | None = None,
) -> list[Rewrite]:
    """Align, learn and rewrite; each stage is done once and gone on from.

    Args:
        bench: Training ads and people to learn from, test ads to rewrite.
        config: The language model, the attribute and the supervised stage; what the released
            code does otherwise is in ``AS_RELEASED``.
        engine: The engine.
        out: Folder of the benchmark; gets ``paper_recipe.jsonl`` and the folder ``paper_recipe``.
        seed: Of everything random.
        progress: Called with ``align``, ``states``, ``ilql parity`` and ``rewrite``.
        size: The subset; the full one if None.

    Returns:
        One rewriting a test ad, in order; ads outside the subset unchanged.

    Raises:
        StorageError: ``out`` holds a run of something else, or can't be written.
        ModelError: The model can't be loaded or trained.
        MatcherError: The engine failed.
    """
    chosen, path, work = size or Size(), out / f"{NAME}.jsonl", out / NAME
    started = time.monotonic()
    base = find_language_model(config.model.name)
    prompts = WholeAdPrompts(load_tokenizer(base))
    ads = _subset(bench.train_ads, chosen, chosen.train_ads)
    matcher = bind(bench.train_people, config.matcher, engine, progress)
    rewards = ad_rewards(ads, bench.train_people, matcher, config.reward.attributes[0])
    rows = one_action_each(ads, rewards, prompts, config.reward.qualified_by)
    config = _settings(config, chosen.steps, seed)
    tested = _subset(bench.test_ads, chosen, chosen.test_ads)
    _claim(work, config, rows, [(ad.id, ad.text) for ad in bench.test_ads], chosen, base)
    if path.exists():
        return read_rewrites(path)
    generator = _steered(rows, config, base, work, progress)
    rewritten = _rewritten(tested, generator, prompts, chosen, seed, progress)
    rewrites = [rewritten.get(ad.id, Rewrite(ad.id, ad.text, ad.text)) for ad in bench.test_ads]
    write_rewrites(path, rewrites)
    seconds = round(time.monotonic() - started, 3)
    write_json(
        Path(f"{path}.stats.json"),
        {"system": NAME, "ads": len(tested), "samples": 1, "seconds": seconds},
    )
    return rewrites


def _subset(jobs: Sequence[Job], size: Size, wanted: int) -> list[Job]:
    """Short enough ads of the groups that take part, evenly through the file."""
    short = [job for job in jobs if job.group in size.groups and len(job.text) <= size.longest]
    places = np.linspace(0, len(short) - 1, min(wanted, len(short))).round()
    return [short[int(at)] for at in places]


def _settings(config: Config, steps: int, seed: int) -> Config:
    ilql = config.ilql.model_copy(update={**AS_RELEASED, "steps": steps})
    supervised = config.align.model_copy(update=SUPERVISED)
    return config.model_copy(update={"ilql": ilql, "align": supervised, "seed": seed})


def _claim(
    work: Path,
    config: Config,
    rows: Sequence[Rollout],
    tested: Sequence[tuple[str, str]],
    size: Size,
    base: Path,
) -> None:
    """Take the folder, or go on with the same run.

    Raises:
        StorageError: It holds another run.
    """
    settings = config.model_dump(mode="json")
    learned = [[row.job_id, row.prompt_tokens, row.tokens, row.reward] for row in rows]
    made_from = {
        **{name: digest_of(settings[name]) for name in ("seed", "model", "align", "ilql")},
        "size": digest_of(asdict(size)),
        "train_ads": digest_of(learned),
        "test_ads": digest_of(list(tested)),
        "base_model": weights_digest(base),
    }
    if (work / "made_from.json").exists():
        check_same(work, read_json(work / "made_from.json"), made_from)
    else:
        write_json(work / "made_from.json", made_from)


def _steered(
    rows: Sequence[Rollout], config: Config, base: Path, work: Path, progress: Progress | None
) -> LocalGenerator:
    """The aligned model with the learned values in its output head, beta 8."""
    aligned, heads_folder, device = work / "aligned", work / "heads", config.model.device
    if not aligned.exists():
        digest, place = weights_digest(base), work / "align"
        align(
            rows, config.align, config.seed, base, digest, place, aligned, progress, device=device
        )
    if not heads_folder.exists():
        heads = _learned(rows, config, aligned, work, progress)
        with new_folder(heads_folder) as folder:
            heads.save(folder)
    generator = LocalGenerator(aligned, config.model.dtype, device=device)
    unembedding: Tensor = unembedding_of(generator.model).detach().float()
    regulator = AdvantageRegulator(AdvantageHeads.load(heads_folder, unembedding))
    generator.steer(regulator, config.ilql.beta, full_vocabulary=config.ilql.full_vocabulary)
    return generator


def _learned(
    rows: Sequence[Rollout], config: Config, aligned: Path, work: Path, progress: Progress | None
) -> AdvantageHeads:
    model, _ = load_language_model(aligned, config.model.dtype, config.model.device)
    episodes = [Episode(row.prompt_tokens, row.tokens) for row in rows]
    states = cache_states(
        prefixed(model),
        weights_digest(aligned),
        episodes,
        work / "states",
        top_k=config.ilql.top_k,
        progress=progress,
    )
    worth = np.array([row.reward for row in rows], dtype=np.float64)
    task = Objective("parity", np.arange(len(rows)), worth)
    fresh = new_heads(unembedding_of(model), config.ilql, [config.seed, 0])
    return train_heads(fresh, states, task, config.ilql, config.seed, work / "parity", progress)


def _rewritten(
    jobs: Sequence[Job],
    generator: LocalGenerator,
    prompts: WholeAdPrompts,
    size: Size,
    seed: int,
    progress: Progress | None,
) -> dict[str, Rewrite]:
    """One free sample an ad, taken as it is."""
    if progress is not None:
        progress("rewrite", 0, len(jobs))
    settings = SamplerSettings(1, 1.0, 1.0, size.max_new_tokens, (), seed)
    drawn = generator.sample([prompts.prompt_ids(job) for job in jobs], settings)
    if progress is not None:
        progress("rewrite", len(jobs), len(jobs))
    return {job.id: _whole_edit(job, found[0]) for job, found in zip(jobs, drawn, strict=True)}


def _whole_edit(job: Job, found: Completion) -> Rewrite:
    """The ad replaced as a whole; an empty answer leaves it, since no engine reads nothing."""
    if not found.text or found.text == job.text:
        return Rewrite(job.id, job.text, job.text)
    proof = {"source": "model", "gated": False, "finished": found.finished}
    edit = Edit(0, len(job.text), job.text, found.text, proof)
    return Rewrite(job.id, job.text, found.text, (edit,))
