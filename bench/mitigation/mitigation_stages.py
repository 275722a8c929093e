"""Stages of the mitigation benchmark: probes and places to keep become answer states, once.

Each stage is a file in the run's folder; one that is there isn't made again. Not the systems
(``mitigation_systems``) and not the table (``mitigation``).
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.config.schema import Config
from evenhand.mitigate.probes import Example, Source
from evenhand.mitigate.states import AnswerStates
from evenhand.mitigate.train import Opened, states_of, usable_examples, usable_rows
from evenhand.verbs.mitigate import sides

KINDS = ("gender", "nationality", "ethnicity", "religion")


@dataclass(frozen=True)
class Scale:
    """How large the run is.

    Attributes:
        train: Examples of each kind to train on.
        test: Examples of each kind to judge on.
        keep: Places in prose to keep, in training.
        prose: Places in prose to judge perplexity on.
        seeds: Layers of each kind.
        steps: Most steps of training.
        pairs: Sentence pairs of each outside view.
        forms: Examples of each kind in every other form of asking.
    """

    train: int
    test: int
    keep: int
    prose: int
    seeds: int
    steps: int
    pairs: int
    forms: int


SCALES = {
    "full": Scale(800, 600, 4000, 20_000, 3, 600, 300, 60),
    "tiny": Scale(24, 16, 200, 400, 1, 20, 10, 4),
}


@dataclass(frozen=True)
class Probed:
    """Examples of one kind and side with their states.

    Attributes:
        examples: Those whose two subjects begin with different tokens.
        states: Four rows an example.
        asked: Examples that were drawn.
    """

    examples: list[Example]
    states: AnswerStates
    asked: int


def probed(
    folder: Path,
    opened: Opened,
    kind: str,
    side: int,
    count: int,
    config: Config,
    source: Source,
    templates: Path | None,
) -> Probed:
    """The states of one kind and side (0: training, 1: held out), made once.

    Args:
        folder: Where states are kept.
        opened: The base model.
        kind: Of bias.
        side: Of the split.
        count: Examples to draw.
        config: Form and k.
        source: Of the templates.
        templates: UnQover's word lists.
    """
    examples = list(sides(kind, config, source, templates)[side].examples(count, 0))
    path = folder / f"{source}_{kind}_{('train', 'test')[side]}.safetensors"
    if path.is_file():
        states = AnswerStates.load(path)
    else:
        began = time.perf_counter()
        states = states_of(opened, examples, config.mitigate)
        states.save(path)
        said(f"{path.stem}: {len(states)} prompts in {time.perf_counter() - began:.0f} s")
    return only_usable(examples, states)


def only_usable(examples: list[Example], states: AnswerStates) -> Probed:
    """Examples whose two subjects begin with different tokens, and their rows."""
    usable = usable_examples(states)
    kept = [one for one, keep in zip(examples, usable.tolist(), strict=True) if keep]
    return Probed(kept, usable_rows(states), len(examples))


def checked_out() -> str:
    """The commit that is checked out."""
    command = ["git", "rev-parse", "--short=8", "HEAD"]
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, text=True).stdout.strip()


def said(text: str) -> None:
    """A line on the progress of the run; never a probe's text."""
    print(text, flush=True)


def numbers(values: Any) -> list[float]:
    """Plain floats, rounded for the results file."""
    return [round(float(value), 6) for value in values]
