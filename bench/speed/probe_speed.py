"""How fast probes are answered: CausalScorer beside one prompt and one subject at a time.

The baseline is a plain forward pass of transformers over a prompt with one subject behind it, once
for each of both subjects: how scores are usually computed. Both use the same weights, number type
and threads, in one process and in turn: the baseline gets one example in so many, because
it would take minutes over all. Scores of the examples that both saw must agree. Besides
wall time, processor time is compared, which other work on the machine disturbs less. Prints JSON;
exits 1 where the goal is missed or scores disagree.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from evenhand.generate.model import find_language_model, load_language_model
from evenhand.mitigate.ask import CausalScorer, Form, lead, render, require_form
from evenhand.mitigate.probes import Example, probe_set

GOAL = 8.0
TOLERANCE = 1e-3
ROUNDS = 3


def one_at_a_time(model: Any, tokenizer: Any, examples: list[Example], form: Form) -> np.ndarray:
    """Scores ``(examples, 4, 2)``, one prompt and one subject a forward pass."""
    scores = np.zeros((len(examples), 4, 2))
    for at, example in enumerate(examples):
        for place, prompt in enumerate(example.prompts):
            before = tokenizer(render(prompt, form, tokenizer))["input_ids"]
            for who, subject in enumerate(example.choices):
                after = tokenizer(lead(form) + subject, add_special_tokens=False)["input_ids"]
                with torch.inference_mode():
                    logits = model(input_ids=torch.tensor([before + after])).logits[0]
                logprobs = logits[len(before) - 1 : -1].log_softmax(dim=-1)
                picked = logprobs.gather(1, torch.tensor(after)[:, None])
                scores[at, place, who] = float(picked.sum().exp())
    return scores


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    """What ``work`` gives, wall seconds and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - processor


def compare(
    model: Any, tokenizer: Any, examples: list[Example], form: Form, every: int
) -> dict[str, Any]:
    """Both systems in turn, the examples cut into rounds."""
    scorer = CausalScorer(model, tokenizer, form)
    one_at_a_time(model, tokenizer, examples[:1], form)
    scorer.score(examples[:1])
    seconds = {"ours": [0.0, 0.0], "one_at_a_time": [0.0, 0.0]}
    prompts = {"ours": 0, "one_at_a_time": 0}
    worst = 0.0
    for part in np.array_split(np.arange(len(examples)), ROUNDS):
        mine = [examples[at] for at in part]
        found, *ours = timed(lambda mine=mine: scorer.score(mine))
        few = mine[::every]
        plain, *theirs = timed(lambda few=few: one_at_a_time(model, tokenizer, few, form))
        worst = max(worst, float(np.abs(found[::every] / plain - 1).max()))
        for name, spent, count in (("ours", ours, len(mine)), ("one_at_a_time", theirs, len(few))):
            seconds[name] = [total + one for total, one in zip(seconds[name], spent, strict=True)]
            prompts[name] += 4 * count
    rates = {
        name: {
            "prompts": prompts[name],
            "prompts_per_second": round(prompts[name] / seconds[name][0], 2),
            "prompts_per_processor_second": round(prompts[name] / seconds[name][1], 2),
        }
        for name in seconds
    }
    ours, plain = rates["ours"], rates["one_at_a_time"]
    return {
        **rates,
        "times_faster": round(ours["prompts_per_second"] / plain["prompts_per_second"], 2),
        "times_less_processor": round(
            ours["prompts_per_processor_second"] / plain["prompts_per_processor_second"], 2
        ),
        "largest_relative_difference": worst,
    }


def main() -> int:
    """Run, print JSON, and say by the exit code whether the goal was met."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--examples", type=int, default=300)
    asked.add_argument("--every", type=int, default=30, help="the baseline's share of examples")
    asked.add_argument("--form", default="shown")
    asked.add_argument("--kind", default="gender")
    asked.add_argument("--unqover", type=Path, help="UnQover's word_lists; else the bundled probes")
    asked.add_argument("--threads", type=int, default=2)
    given = asked.parse_args()
    torch.set_num_threads(given.threads)
    model, tokenizer = load_language_model(find_language_model("smollm2-135m-instruct"))
    source = "unqover" if given.unqover else "hiring"
    examples = probe_set(given.kind, source, given.unqover).examples(given.examples, 0)
    result = {
        "model": "smollm2-135m-instruct",
        "kind": given.kind,
        "source": source,
        "form": given.form,
        "examples": len(examples),
        "threads": given.threads,
        "torch": torch.__version__,
        "machine": platform.machine(),
        **compare(model, tokenizer, examples, require_form(given.form), given.every),
        "goal": GOAL,
    }
    result["reached"] = result["times_faster"] >= GOAL
    print(json.dumps(result, indent=1))
    agree = result["largest_relative_difference"] <= TOLERANCE
    return 0 if result["reached"] and agree else 1


if __name__ == "__main__":
    sys.exit(main())
