"""Regulators in the output head: what they may change and what they must not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from evenhand.errors import ModelError
from evenhand.generate.model import load_language_model
from evenhand.generate.regulator import (
    AdvantageHeads,
    AdvantageRegulator,
    HeadsConfig,
    RegulatedHead,
    Regulator,
    SumRegulator,
    install,
    output_head,
    remove,
    unembedding_of,
)

WIDTH, VOCABULARY, TOP = 8, 40, 6


class ByTable(Regulator):
    """A fixed value for every token."""

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.register_buffer("values", values)

    def forward(
        self, hidden: Tensor, top_logprobs: Tensor, top_ids: Tensor, context: Tensor | None = None
    ) -> Tensor:
        return self.values[top_ids]  # type: ignore[index]


def trained_heads(unembedding: Tensor, seed: int = 0) -> AdvantageHeads:
    torch.manual_seed(seed)
    heads = AdvantageHeads(HeadsConfig("tied", unembedding.shape[1], len(unembedding)), unembedding)
    for parameter in heads.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return heads


@pytest.fixture
def base() -> torch.nn.Linear:
    torch.manual_seed(0)
    return torch.nn.Linear(WIDTH, VOCABULARY, bias=False).requires_grad_(False)


@pytest.fixture
def states() -> Tensor:
    return torch.randn(3, 4, WIDTH, generator=torch.Generator().manual_seed(1)) * 3


VALUES = torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(2)) * 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_beta_zero_is_bit_for_bit_the_base(base: torch.nn.Linear, dtype: torch.dtype) -> None:
    base = base.to(dtype)
    states = torch.randn(3, 4, WIDTH).to(dtype)
    heads = trained_heads(base.weight)
    for head in (
        RegulatedHead(base, AdvantageRegulator(heads), beta=0.0),
        RegulatedHead(base, SumRegulator([(0.0, AdvantageRegulator(heads))]), beta=2.0),
        RegulatedHead(base, SumRegulator([])),
    ):
        logits = head(states)
        assert logits.dtype == dtype
        assert torch.equal(logits, base(states))


def test_untrained_heads_change_no_probability(base: torch.nn.Linear, states: Tensor) -> None:
    heads = AdvantageHeads(HeadsConfig("tied", WIDTH, VOCABULARY), base.weight)
    head = RegulatedHead(base, AdvantageRegulator(heads), beta=3.0, top_k=TOP)
    torch.testing.assert_close(head(states), base(states))


def test_only_the_top_is_adjusted(base: torch.nn.Linear, states: Tensor) -> None:
    plain = base(states)
    moved = RegulatedHead(base, ByTable(VALUES), beta=1.5, top_k=TOP)(states)
    top = plain.topk(TOP, dim=-1).indices
    others = torch.ones_like(plain, dtype=torch.bool).scatter(-1, top, False)
    assert moved.shape == plain.shape
    assert torch.equal(moved[others], plain[others])
    assert (moved.gather(-1, top) != plain.gather(-1, top)).all()


def test_the_tail_keeps_its_probabilities(base: torch.nn.Linear, states: Tensor) -> None:
    plain = base(states).softmax(-1)
    moved = RegulatedHead(base, ByTable(VALUES - 50), top_k=TOP)(states).softmax(-1)
    top = plain.topk(TOP, dim=-1).indices
    others = torch.ones_like(plain, dtype=torch.bool).scatter(-1, top, False)
    torch.testing.assert_close(moved[others], plain[others])


def test_within_the_top_log_odds_move_by_beta_times_the_adjustment(
    base: torch.nn.Linear, states: Tensor
) -> None:
    plain = base(states)
    top = plain.topk(TOP, dim=-1).indices
    moved = RegulatedHead(base, ByTable(VALUES), beta=1.5, top_k=TOP)(states)
    gained = moved.gather(-1, top) - plain.gather(-1, top)
    wanted = 1.5 * VALUES[top]
    torch.testing.assert_close(
        gained - gained[..., :1], wanted - wanted[..., :1], atol=1e-5, rtol=1e-5
    )


def test_a_large_beta_takes_the_best_q_on_the_support(
    base: torch.nn.Linear, states: Tensor
) -> None:
    heads = trained_heads(base.weight)
    head = RegulatedHead(base, AdvantageRegulator(heads), beta=1e4, top_k=TOP)
    flat = states.reshape(-1, WIDTH)
    top = base(flat).topk(TOP, dim=-1).indices
    q = heads.target_q_values(flat, top).min(dim=0).values
    wanted = top.gather(1, q.argmax(dim=1, keepdim=True))[:, 0]
    assert torch.equal(head(states).reshape(-1, VOCABULARY).argmax(-1), wanted)
    assert not torch.equal(base(flat).argmax(-1), wanted)


def test_full_vocabulary_reaches_every_token(base: torch.nn.Linear, states: Tensor) -> None:
    plain = base(states)
    moved = RegulatedHead(base, ByTable(VALUES), beta=2.0, full_vocabulary=True)(states)
    torch.testing.assert_close(moved.softmax(-1), (plain + 2.0 * VALUES).softmax(-1))


def test_a_sum_adds_its_parts(base: torch.nn.Linear, states: Tensor) -> None:
    parts = SumRegulator([(1.0, ByTable(VALUES)), (0.5, ByTable(-VALUES)), (0.0, ByTable(VALUES))])
    assert len(parts.parts) == 2
    both = RegulatedHead(base, parts, top_k=TOP)(states)
    torch.testing.assert_close(both, RegulatedHead(base, ByTable(VALUES), 0.5, TOP)(states))


def test_digests_tell_regulators_apart() -> None:
    one, other = ByTable(VALUES), ByTable(VALUES + 1)
    digests = [
        one.digest(),
        other.digest(),
        SumRegulator([(1.0, one)]).digest(),
        SumRegulator([(2.0, one)]).digest(),
        SumRegulator([(1.0, one), (1.0, other)]).digest(),
    ]
    assert len(set(digests)) == len(digests)
    assert ByTable(VALUES.clone()).digest() == one.digest()


def test_plain_generate_is_steered(tiny: Path) -> None:
    model, _ = load_language_model(tiny)
    ids = torch.tensor([[5, 6, 7]])
    options = {"do_sample": False, "max_new_tokens": 6, "attention_mask": torch.ones_like(ids)}
    plain = model.generate(ids, **options)
    head, size = output_head(model), model.config.vocab_size
    wanted = torch.zeros(size)
    wanted[90] = 100.0
    installed = install(model, ByTable(wanted), full_vocabulary=True)
    assert model.generate(ids, **options)[0, 3:].tolist() == [90] * 6
    installed.beta = 0.0
    assert torch.equal(model.generate(ids, **options), plain)
    with pytest.raises(ModelError, match="already"):
        install(model, ByTable(wanted))
    remove(model)
    remove(model)
    assert output_head(model) is head
    assert torch.equal(model.generate(ids, **options), plain)


def test_the_unembedding_is_found_behind_a_regulator(tiny: Path) -> None:
    model, _ = load_language_model(tiny)
    rows = unembedding_of(model)
    install(model, ByTable(torch.zeros(len(rows))))
    assert unembedding_of(model) is rows
