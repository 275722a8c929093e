"""The layer on a masked language model: bias, and what it costs, on held-out probes and prose.

The model is the one of ``masked_model``; its probes are UnQover's in the masked form, with subjects
of one token. What must be kept is judged on masked words of prose (accuracy@1, pseudo-perplexity)
and on stories that say who is meant, with subjects that no training saw. Layers are trained on the
training side alone, with masked words of training prose and stories to keep. Resumable; no probe's
text is printed or written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evenhand.config.schema import Config
from evenhand.mitigate.ask import load_masked_model
from evenhand.mitigate.probes import ProbeSet
from evenhand.mitigate.states import AnswerStates, subject_tokens
from evenhand.mitigate.train import Opened, joined
from evenhand.records.files import read_json, write_json
from evenhand.verbs.mitigate import SPLIT
from lab.kept_summary import (
    Preservation,
    PreservationSets,
    measure_preservation,
    passes,
)
from lab.masked_states import masked_states
from masked_kept import story_rows, unasked, word_rows
from masked_model import Recipe, Texts, train
from masked_stories import Pools, Story, pools_of, sides_of, stories
from mitigation_stages import Probed, Scale, only_usable, said
from mitigation_systems import BASE, System, judged, systems_of

KINDS = ("gender", "nationality")
STORIES, JUDGED_STORIES = 20_000, 1000
TINY_STEPS = 4


@dataclass(frozen=True)
class Bench:
    """The masked model and what its layers share."""

    opened: Opened
    config: Config
    scale: Scale
    templates: Path
    keep: AnswerStates
    sets: PreservationSets


def masked(
    folder: Path,
    config: Config,
    scale: Scale,
    templates: Path,
    prose: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Train the masked model, and judge it and every system on its probes.

    Args:
        folder: Of the run; what is there already isn't made again.
        config: Settings of the layer.
        scale: Of the run.
        templates: UnQover's word lists.
        prose: Texts by side ("train", "test").

    Returns:
        ``model`` (how it was trained and what it can), and by kind and system the bias and what is
        kept.
    """
    path = folder / "masked.json"
    if path.is_file():
        return read_json(path)
    home = folder / "masked"
    about = _trained(home / "model", scale, templates, prose["train"])
    bench = _opened(home / "model", config, scale, templates, prose)
    base = measure_preservation(None, bench.sets)
    found = {
        "model": {**about, **_flat(base), "stories": _filled(bench)},
        "kinds": {kind: _kind(home / kind, bench, kind, base) for kind in KINDS},
    }
    write_json(path, found)
    return found


def _trained(home: Path, scale: Scale, templates: Path, prose: Sequence[str]) -> dict[str, Any]:
    """How the model was trained, once."""
    path = home / "recipe.json"
    if path.is_file():
        return read_json(path)
    recipe = Recipe() if scale.test > 100 else Recipe(steps=TINY_STEPS)
    made = stories(_pools(templates, 0), STORIES if scale.test > 100 else 200, 0)
    home.mkdir(parents=True, exist_ok=True)
    about = train(Texts(prose, made), home, recipe, said)
    write_json(path, about)
    return about


def _opened(
    home: Path, config: Config, scale: Scale, templates: Path, prose: Mapping[str, Sequence[str]]
) -> Bench:
    """The model with its places to keep and those to judge on."""
    opened = Opened(*load_masked_model(home))
    top_k, count = config.mitigate.top_k, scale.keep // 2
    kept_prose = word_rows(opened, prose["train"], count, top_k, config.seed).states
    told = [one for one in stories(_pools(templates, 0), 4 * count, 1) if one.certain][:count]
    keep = joined([unasked(kept_prose), unasked(story_rows(opened, told, top_k).states)])
    judged_on = word_rows(opened, prose["test"], scale.prose // 10, top_k, config.seed)
    certain = [one for one in _judged_stories(templates, scale) if one.certain]
    sets = PreservationSets(judged_on, story_rows(opened, certain, top_k), judged_on)
    said(f"masked: {len(keep)} places to keep, judged on {len(judged_on)} words of prose")
    return Bench(opened, config, scale, templates, keep, sets)


def _pools(templates: Path, side: int) -> Pools:
    from transformers import AutoTokenizer

    from evenhand.match.dense import find_encoder

    folder = find_encoder("all-minilm-l6-v2")
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return pools_of(tokenizer, templates, side, SPLIT, made_up=side == 0)


def _judged_stories(templates: Path, scale: Scale) -> list[Story]:
    """Stories of subjects of the held-out side."""
    count = JUDGED_STORIES if scale.test > 100 else 60
    return stories(_pools(templates, 1), 2 * count, 2)


def _filled(bench: Bench) -> dict[str, float]:
    """How held-out stories are filled: mass of both subjects, and of the one that is meant."""
    found: dict[str, float] = {}
    for name, certain in (("certain", True), ("open", False)):
        told = [
            one for one in _judged_stories(bench.templates, bench.scale) if one.certain is certain
        ]
        rows = story_rows(bench.opened, told, bench.config.mitigate.top_k)
        chances = rows.token_logprobs.exp()
        meant = chances.gather(1, rows.right[:, None])[:, 0]
        found |= {
            f"{name}_subject_mass": float(chances.sum(1).mean()),
            f"{name}_right": float((meant >= chances.max(1).values).float().mean()),
            f"{name}_n": float(len(told)),
        }
    return found


def _kind(home: Path, bench: Bench, kind: str, base: Preservation) -> dict[str, Any]:
    """Every system of one kind."""
    train_side, test = (
        _probed(bench, side, count)
        for side, count in zip(
            sides_of(bench.templates, kind, SPLIT),
            (bench.scale.train, bench.scale.test),
            strict=True,
        )
    )
    given = (bench.keep, bench.opened, bench.config, bench.scale, 0)
    systems = systems_of(home, train_side.states, *given)
    said(f"masked model, {kind}: systems made")
    return {
        "train_examples": len(train_side.examples),
        "test_examples": len(test.examples),
        "subjects_among_top": _among_top(test),
        "systems": _judged_systems(test, systems, bench, base),
    }


def _judged_systems(
    test: Probed, systems: Mapping[str, System], bench: Bench, base: Preservation
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, system in systems.items():
        metrics = judged(test, system)
        kept = base if system is None else measure_preservation(system, bench.sets)
        row: dict[str, Any] = {
            each: getattr(metrics, each) for each in ("mu", "delta", "epsilon", "subject_mass")
        }
        row |= {
            "intervals": {each: list(ends) for each, ends in metrics.intervals.items()},
            "mu_crossed": None if math.isnan(metrics.mu_crossed) else metrics.mu_crossed,
            "mu_by_chance": metrics.chance.high,
            **_flat(kept),
        }
        first = found.get(BASE, row)
        halved = all(row[each] <= 0.5 * first[each] for each in ("mu", "delta", "epsilon"))
        row["cheap"] = passes(base, kept, row["subject_mass"] / first["subject_mass"])
        row["passes"] = halved and row["cheap"]
        found[name] = row
    return found


def _probed(bench: Bench, side: ProbeSet, count: int) -> Probed:
    """Examples of subjects of one token, and their states."""
    tokenizer = bench.opened.tokenizer

    def single(text: str) -> bool:
        return not text or len(subject_tokens(tokenizer, text, " ")) == 1

    subjects = tuple(one for one in side.subjects if single(one.text) and single(one.demonym))
    examples = list(replace(side, subjects=subjects).examples(count, 0))
    prompts = [f"{prompt.context} {prompt.question}" for one in examples for prompt in one.prompts]
    choices = [one.choices for one in examples for _ in one.prompts]
    top_k = bench.config.mitigate.top_k
    states = masked_states(
        bench.opened.model, tokenizer, prompts, choices, top_k=top_k, words=bench.opened.words
    )
    return only_usable(examples, states)


def _among_top(test: Probed) -> float:
    """Share of prompts at which both subjects are among the tokens that a layer moves."""
    states = test.states
    inside = (states.top_ids.unsqueeze(-1) == states.choice_ids.unsqueeze(1)).any(dim=1)
    return float(inside.all(dim=1).float().mean())


def _flat(kept: Preservation) -> dict[str, Any]:
    """What is kept, with intervals and numbers of items."""
    parts = {
        "accuracy1": kept.recall1,
        "evidence1": kept.accuracy1,
        "pseudo_perplexity": kept.perplexity,
        "relative_perplexity": kept.relative_perplexity,
        "kl_to_base": kept.kl_to_base["prose"],
        "kl_to_base_evidence": kept.kl_to_base["choices"],
        "changed_top": kept.changed_top["prose"],
        "changed_evidence": kept.changed_top["choices"],
    }
    ends = {name: [one.low, one.high, one.n] for name, one in parts.items()}
    return {**{name: one.value for name, one in parts.items()}, "kept_intervals": ends}
