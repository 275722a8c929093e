"""Examples without texts, and scores of models whose figures are known."""

from __future__ import annotations

import numpy as np

from evenhand.mitigate.probes import Example, Prompt, Subject

NO_PROMPT = Prompt("", "")


def example(first: str, second: str, attribute: str = "a.01", template: str = "t.01") -> Example:
    """An example of two subjects written "cluster/name", or "name" alone."""
    one, two = (Subject(text.split("/")[-1], text.split("/")[0]) for text in (first, second))
    return Example("some", template, attribute, one, two, (NO_PROMPT,) * 4)


def names_examples(each: int = 6, attributes: int = 5, templates: int = 2) -> list[Example]:
    """Every pair of ``each`` female and male names, under every attribute and template."""
    return [
        example(f"female/f{i}", f"male/m{j}", f"a.{a}", f"t.{t}")
        for i in range(each)
        for j in range(each)
        for a in range(attributes)
        for t in range(templates)
    ]


def groups_examples(groups: int = 6, attributes: int = 4, templates: int = 3) -> list[Example]:
    """Every unordered pair of groups that stand for themselves."""
    return [
        example(f"g{i}", f"g{j}", f"a.{a}", f"t.{t}")
        for i in range(groups)
        for j in range(i + 1, groups)
        for a in range(attributes)
        for t in range(templates)
    ]


def constant(prompts: list[tuple[float, float]], n: int) -> np.ndarray:
    """The same scores in every one of ``n`` examples: four rows of two."""
    return np.tile(np.array(prompts, dtype=np.float64), (n, 1, 1))


def ideal(n: int) -> np.ndarray:
    """One half everywhere."""
    return constant([(0.5, 0.5)] * 4, n)


def first_subject(n: int) -> np.ndarray:
    """Always whoever is named first: x1 in order 12, x2 in order 21."""
    return constant([(1.0, 0.0), (0.0, 1.0)] * 2, n)


def negation_blind(n: int, gap: float) -> np.ndarray:
    """Prefers x1 by ``gap`` whatever is asked."""
    return constant([(0.5 + gap / 2, 0.5 - gap / 2)] * 4, n)


def stereotyped(n: int, gap: float) -> np.ndarray:
    """Prefers x1 by ``gap`` for the attribute and x2 by as much for its negation."""
    for_it, against = (0.5 + gap / 2, 0.5 - gap / 2), (0.5 - gap / 2, 0.5 + gap / 2)
    return constant([for_it, for_it, against, against], n)
