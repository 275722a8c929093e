"""What ``evenhand probe`` writes, of made-up scores, and a tiny model that can tell names apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evenhand.mitigate.bias import measure_probes
from evenhand.mitigate.kept import load_facts
from evenhand.mitigate.probes import Example, ProbeSet, hiring_probes

from .tiny_llama import save_tiny_llama

EXAMPLES = 140
ATTRIBUTES = 7


def asked() -> list[Example]:
    """Examples of the bundled gender probes, many for each of a few attributes."""
    whole = hiring_probes("gender")
    few = ProbeSet(whole.kind, whole.templates, whole.subjects, whole.attributes[:ATTRIBUTES])
    return few.examples(EXAMPLES, 0)


def texts_of(examples: list[Example]) -> set[str]:
    """Filled contexts and questions, which nothing that is written may hold."""
    return {text for one in examples for p in one.prompts for text in (p.context, p.question)}


def scores(gap: float, position: float, blind: float, mass: float) -> np.ndarray:
    """The same for every example: a leaning by attribute, by position, and whatever is asked."""
    signs = np.array([[1, 1, 1], [1, -1, 1], [-1, 1, 1], [-1, -1, 1]])
    first = 0.5 + signs @ np.array([gap, position, blind]) / 2
    return np.tile(mass * np.stack([first, 1 - first], axis=1), (EXAMPLES, 1, 1))


def probed(given: np.ndarray, mitigation: str | None = None, **changed: Any) -> dict[str, Any]:
    """``probe.json`` of the scores."""
    report = {
        "model": {"name": "tiny", "digest": "d1", "type": "causal"},
        "kind": "gender",
        "source": "hiring",
        "form": "shown",
        "seed": 0,
        "probes": {"side": "held-out", "templates": 3, "examples": EXAMPLES, "digest": "p1"},
        "mitigation": mitigation,
        "metrics": measure_probes(given, asked(), resamples=40).to_json(),
    }
    return report | changed


def save_probed_llama(folder: Path) -> Path:
    """A tiny random model whose vocabulary holds the names that gender probes ask about."""
    names = [f" {subject.text}" for subject in hiring_probes("gender").subjects] * 60
    prompts = [p.context for example in asked() for p in example.prompts]
    facts = [f"{fact.prefix} {fact.answer}" for fact in load_facts()]
    corpus = [*names, *prompts, *facts]
    return save_tiny_llama(folder, corpus, vocabulary=2500, positions=2048, layers=1)
