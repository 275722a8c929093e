"""Constrained decoding draws listed answers only, distinct ones, by the model's own odds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.generate.draw import LocalGenerator, Node
from evenhand.generate.model import load_language_model
from evenhand.generate.protocol import Completion, SamplerSettings

END = 1
PREFIX = tuple(range(30, 45))
PROMPTS = [(*PREFIX, *range(100, 100 + size)) for size in (3, 1, 6, 2)]
ANSWERS = [
    [(7, 8, 9, END), (7, 8, 10, 11, END), (7, 12, END), (13, 8, 9, END)],
    [],
    [(20, 21, 22, 23, END)],
    [(5, END), (6, 7, 8, 9, 10, 11, 12, END), (6, 7, 8, 14, END)],
]
FOUR = SamplerSettings(samples=4, temperature=1.0, top_p=1.0, seed=3)


@pytest.fixture(scope="module")
def generator(tiny: Path) -> LocalGenerator:
    return LocalGenerator(tiny, "float32")


def _tokens(found: list[list[Completion]]) -> list[list[tuple[int, ...]]]:
    return [[completion.token_ids for completion in row] for row in found]


def test_every_sample_is_listed_and_none_comes_twice(generator: LocalGenerator) -> None:
    found = generator.choose(PROMPTS, ANSWERS, FOUR)
    assert [len(row) for row in found] == [4, 0, 1, 3]
    for row, listed in zip(found, ANSWERS, strict=True):
        drawn = [completion.token_ids for completion in row]
        assert len(set(drawn)) == len(drawn)
        assert set(drawn) <= set(listed)
        assert all(completion.finished for completion in row)


def test_nothing_listed_nothing_drawn(generator: LocalGenerator) -> None:
    assert generator.choose(PROMPTS, [[] for _ in PROMPTS], FOUR) == [[]] * len(PROMPTS)
    assert generator.choose([], [], FOUR) == []


def test_fewer_samples_are_the_first_of_more_whatever_the_batch(
    tiny: Path, generator: LocalGenerator
) -> None:
    all_four = generator.choose(PROMPTS, ANSWERS, FOUR)
    two = SamplerSettings(samples=2, temperature=1.0, top_p=1.0, seed=3)
    fewer = generator.choose(PROMPTS, ANSWERS, two)
    assert _tokens(fewer) == [row[:2] for row in _tokens(all_four)]
    for got, wanted in zip(fewer, all_four, strict=True):
        # Rows finish at other times, so passes have other shapes and float32 rounds otherwise: at
        # worst 21 products of 48 terms, each off by 48 · 2⁻²⁴, are 6e-5 a draw; three draws.
        logprobs = [completion.logprob for completion in wanted[:2]]
        assert [completion.logprob for completion in got] == pytest.approx(logprobs, abs=2e-4)
    narrow = LocalGenerator(tiny, "float32", rows=1)
    assert _tokens(narrow.choose(PROMPTS, ANSWERS, FOUR)) == _tokens(all_four)
    assert _tokens(generator.choose(PROMPTS[:1], ANSWERS[:1], FOUR)) == _tokens(all_four[:1])


def _odds(tiny: Path, prompt: tuple[int, ...], answers: list[tuple[int, ...]]) -> list[float]:
    """Chance of each answer, token by token, by the library's own forward pass."""
    model, _ = load_language_model(tiny, "float32")
    chances = []
    for answer in answers:
        chance = 1.0
        for at, token in enumerate(answer):
            allowed = sorted({a[at] for a in answers if a[:at] == answer[:at]})
            with torch.inference_mode():
                logits = model(torch.tensor([[*prompt, *answer[:at]]])).logits[0, -1]
            among = logits[allowed].softmax(0)
            chance *= float(among[allowed.index(token)])
        chances.append(chance)
    return chances


def test_the_first_draw_follows_the_model_among_what_is_listed(
    tiny: Path, generator: LocalGenerator
) -> None:
    expected = _odds(tiny, PROMPTS[0], ANSWERS[0])
    assert sum(expected) == pytest.approx(1.0)
    counts: Counter[tuple[int, ...]] = Counter()
    runs = 600
    for seed in range(runs):
        one = SamplerSettings(samples=1, temperature=1.0, top_p=1.0, seed=seed)
        (completion,) = generator.choose(PROMPTS[:1], ANSWERS[:1], one)[0]
        counts[completion.token_ids] += 1
        place = ANSWERS[0].index(completion.token_ids)
        assert np.exp(completion.logprob) == pytest.approx(expected[place], rel=1e-3)
    for answer, chance in zip(ANSWERS[0], expected, strict=True):
        spread = np.sqrt(runs * chance * (1 - chance))
        assert abs(counts[answer] - runs * chance) < 4 * spread + 1


answers_strategy = st.lists(
    st.lists(st.integers(2, 4), max_size=4).map(lambda body: (*body, END)), min_size=1, max_size=12
)


@settings(max_examples=200, deadline=None)
@given(answers=answers_strategy, seed=st.integers(0, 2**16))
def test_the_tree_runs_dry_exactly(answers: list[tuple[int, ...]], seed: int) -> None:
    tree, rng = Node.of(answers), np.random.default_rng(seed)
    drawn: list[tuple[int, ...]] = []
    while tree.left:
        tokens, node = tree.run()
        while node.children:
            token = int(rng.choice(sorted(node.open())))
            shared, node = node.children[token].run()
            tokens = [*tokens, token, *shared]
        tree.take(tokens)
        drawn.append(tuple(tokens))
    assert sorted(drawn) == sorted(set(answers))
