"""How fast rewordings are drawn: LocalGenerator beside batched ``generate`` of transformers.

All draw the same number of samples for the same prompts with the same weights, number type,
temperature, nucleus, longest completion, end token, threads and rows side by side, in one process
and in turn; the baselines get their prompts sorted by length. The prompts are the product's own (a
shared prefix, then a made-up sentence of a job ad). Two baselines: ``generate`` as it is called by
everybody, and ``generate`` that is handed the computed prefix in its cache.

That all draw from one distribution is checked on what they drew: first tokens (chi-squared test)
and lengths (Kolmogorov-Smirnov), and, exactly, the probabilities of next tokens after whole
prompts. Prints JSON; exits 1 where the goal (against either baseline) is missed or a check fails.
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import chi2_contingency, ks_2samp

from evenhand.generate.draw import LocalGenerator
from evenhand.generate.model import (
    NumberType,
    find_language_model,
    load_language_model,
    load_tokenizer,
)
from evenhand.generate.prompt import PLAIN_SENTENCES, RewordingPrompts
from evenhand.generate.protocol import SamplerSettings
from evenhand.generate.regulator import cache_of, with_cache

GOAL = 1.3
LEAST_P = 0.001
TOLERANCE = {"float32": 1e-3, "bfloat16": 0.1}


@dataclass(frozen=True)
class Setting:
    """What both are asked for."""

    prompts: list[tuple[int, ...]]
    sampling: SamplerSettings
    rows: int


Drawn = list[tuple[int, ...]]


def ours(generator: LocalGenerator, setting: Setting) -> Drawn:
    """Samples of LocalGenerator."""
    found = generator.sample(setting.prompts, setting.sampling)
    return [completion.token_ids for row in found for completion in row]


def theirs(model: Any, end: int, setting: Setting, prefix: Any = None) -> Drawn:
    """Samples of ``generate``, ``rows`` at a time; ``prefix`` is a cache computed beforehand."""
    sampling, drawn = setting.sampling, []
    prompts = [row for row in sorted(setting.prompts, key=len) for _ in range(sampling.samples)]
    kept = 0 if prefix is None else prefix.get_seq_length()
    for first in range(0, len(prompts), setting.rows):
        part = prompts[first : first + setting.rows]
        longest = max(map(len, part))
        padding = [longest - len(row) for row in part]
        rows = [[*p[:kept], *[end] * pad, *p[kept:]] for p, pad in zip(part, padding, strict=True)]
        seen = [[1] * kept + [0] * pad + [1] * (longest - kept - pad) for pad in padding]
        cache = copy.deepcopy(prefix)
        if cache is not None:
            cache.batch_repeat_interleave(len(part))
        made = model.generate(
            torch.tensor(rows),
            attention_mask=torch.tensor(seen),
            **({} if cache is None else with_cache(model, cache)),
            do_sample=True,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=0,
            max_new_tokens=sampling.max_new_tokens,
            eos_token_id=end,
            pad_token_id=end,
        )
        drawn += [until(end, row[longest:].tolist()) for row in made]
    return drawn


def prefix_cache(model: Any, prefix: Sequence[int]) -> Any:
    """What ``generate`` may be handed: keys and values of the shared prefix."""
    with torch.inference_mode():
        return cache_of(model(torch.tensor([list(prefix)]), use_cache=True))


def until(end: int, tokens: list[int]) -> tuple[int, ...]:
    """Tokens up to the first end token."""
    return tuple(tokens[: tokens.index(end) + 1]) if end in tokens else tuple(tokens)


def timed(draw: Callable[[], Drawn]) -> tuple[Drawn, float]:
    """What was drawn, and the seconds it took."""
    begun = time.perf_counter()
    drawn = draw()
    return drawn, time.perf_counter() - begun


def same_first_tokens(one: Drawn, other: Drawn) -> float:
    """P-value of a chi-squared test on first tokens; rare ones are put together."""
    counts = [Counter(tokens[0] for tokens in drawn) for drawn in (one, other)]
    frequent = [t for t in set(counts[0] | counts[1]) if counts[0][t] + counts[1][t] >= 10]
    table = [[count[t] for t in frequent] for count in counts]
    for row, drawn in zip(table, (one, other), strict=True):
        row.append(len(drawn) - sum(row))
    kept = np.array(table)
    kept = kept[:, kept.sum(axis=0) > 0]
    return float(chi2_contingency(kept).pvalue) if kept.shape[1] > 1 else 1.0


def next_token_difference(generator: LocalGenerator, model: Any, setting: Setting) -> float:
    """Largest difference of next-token probabilities after whole prompts (shared prefix or not)."""
    prefixed, worst = generator.prefixed, 0.0
    prefix = generator.shared_prefix
    prefixed.share(prefix)
    for prompt in setting.prompts[:8]:
        rest = prompt[len(prefix) :]
        hidden = prefixed.extend(prefixed.slots(1, len(rest)), [rest])[0, -1:]
        got = prefixed.logits(hidden).softmax(-1)
        with torch.inference_mode():
            wanted = model(torch.tensor([prompt])).logits[:, -1].float().softmax(-1)
        worst = max(worst, float((got - wanted).abs().max()))
    return worst


def compare(setting: Setting, dtype: NumberType, repeats: int) -> dict[str, Any]:
    """Draw in turn; speeds, ratios and checks."""
    folder = find_language_model("smollm2-135m-instruct")
    prefix = RewordingPrompts(load_tokenizer(folder)).prefix_ids
    generator = LocalGenerator(folder, dtype, rows=setting.rows, shared_prefix=prefix)
    model, _ = load_language_model(folder, dtype)
    end = min(generator.end_tokens)
    torch.manual_seed(setting.sampling.seed)
    ways: dict[str, Callable[[Setting], Drawn]] = {
        "ours": lambda asked: ours(generator, asked),
        "generate": lambda asked: theirs(model, end, asked),
        "generate_with_prefix": lambda asked: theirs(
            model, end, asked, prefix_cache(model, prefix)
        ),
    }
    few = Setting(setting.prompts[:1], SamplerSettings(samples=1, max_new_tokens=2, stop=()), 1)
    for draw in ways.values():
        draw(few)
    runs = {
        name: [timed(lambda draw=draw: draw(setting)) for _ in range(repeats)]
        for name, draw in ways.items()
    }
    speeds = {name: speed_of(found) for name, found in runs.items()}
    mine, others = runs["ours"][0][0], [d for n in list(ways)[1:] for d in runs[n][0][0]]
    return {
        **speeds,
        "ratio": ratio(speeds, "generate"),
        "ratio_with_prefix": ratio(speeds, "generate_with_prefix"),
        "same_first_tokens_p": same_first_tokens(mine, others),
        "same_lengths_p": float(ks_2samp(list(map(len, mine)), list(map(len, others))).pvalue),
        "next_token_difference": next_token_difference(generator, model, setting),
    }


def ratio(speeds: dict[str, dict[str, float]], baseline: str) -> float:
    """Samples per second, ours over the baseline's."""
    return speeds["ours"]["samples_per_s"] / speeds[baseline]["samples_per_s"]


def speed_of(runs: Sequence[tuple[Drawn, float]]) -> dict[str, float]:
    """Of the fastest run, so that other work on the machine counts for little."""
    drawn, seconds = min(runs, key=lambda run: run[1] / max(1, sum(map(len, run[0]))))
    tokens = sum(map(len, drawn))
    return {
        "samples_per_s": len(drawn) / seconds,
        "tokens_per_s": tokens / seconds,
        "tokens_per_sample": tokens / len(drawn),
        "seconds": seconds,
    }


def main() -> int:
    """Read the sizes, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--max-new-tokens", type=int, default=48)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    builder = RewordingPrompts(load_tokenizer(find_language_model("smollm2-135m-instruct")))
    setting = Setting(
        [builder.prompt_ids(text) for text in PLAIN_SENTENCES[: asked.prompts]],
        SamplerSettings(asked.samples, 0.9, 0.95, asked.max_new_tokens, (), 0),
        asked.rows,
    )
    found = compare(setting, asked.dtype, asked.repeats)
    checks = {
        "fast_enough": min(found["ratio"], found["ratio_with_prefix"]) >= GOAL,
        "same_first_tokens": found["same_first_tokens_p"] >= LEAST_P,
        "same_lengths": found["same_lengths_p"] >= LEAST_P,
        "same_next_tokens": found["next_token_difference"] <= TOLERANCE[asked.dtype],
    }
    about = {
        "machine": platform.machine(),
        "torch": torch.__version__,
        "prefix_tokens": len(builder.prefix_ids),
        "goal": GOAL,
        **vars(asked),
    }
    print(json.dumps({"about": about, **found, "checks": checks}, indent=2))
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
