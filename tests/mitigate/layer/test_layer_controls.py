"""Controls: uniform, random ranks and temperature over the top-k."""

from __future__ import annotations

import pytest
import torch

from evenhand.errors import BadInput, MeasureError
from evenhand.mitigate.layer import moved_logprobs
from lab.controls import (
    EvenMentions,
    RandomRank,
    Temperature,
    Uniform,
    fit_temperature,
    mean_entropy,
)

from .layer_fakes import probe_states


def test_uniform_is_uniform():
    states = probe_states()
    moved = moved_logprobs(states, Uniform(8))
    total = states.top_logprobs[:, :8].logsumexp(-1, keepdim=True)
    assert torch.allclose(moved[:, :8], (total - torch.tensor(8.0).log()).expand(-1, 8), atol=1e-5)
    assert mean_entropy(states, Uniform(8), 8) == pytest.approx(2.0794, abs=1e-3)


def test_mentioned_candidates_share_evenly_and_keep_what_they_have():
    states = probe_states()
    words = torch.arange(120, dtype=torch.int32)
    moved = moved_logprobs(states, EvenMentions(20, words))
    before, ids = states.top_logprobs, states.top_ids
    told = (ids.unsqueeze(-1) == states.context.unsqueeze(1)).any(-1)
    assert bool((told.sum(1) == 2).any())
    assert torch.allclose(moved[~told], before[~told], atol=1e-5)
    for row in range(len(ids)):
        mine = moved[row][told[row]].exp()
        total = before[row][told[row]].exp().sum()
        assert torch.allclose(mine, (total / max(1, len(mine))).expand_as(mine), atol=1e-5)


def test_random_rank_deals_the_same_probabilities_anew():
    states = probe_states()
    moved = moved_logprobs(states, RandomRank(12, seed=1))[:, :12]
    before = states.top_logprobs[:, :12]
    assert torch.allclose(moved.sort(-1, descending=True).values, before, atol=1e-5)
    stayed = (moved - before).abs().argmin(dim=-1)
    assert float((moved.argmax(-1) == 0).float().mean()) < 0.3
    assert len(stayed.unique()) > 1


def test_random_rank_is_a_function_of_seed_and_tokens():
    states = probe_states()
    ids = states.top_ids[:, :12]
    deal = RandomRank(12, seed=1).deal(ids)
    assert torch.equal(deal, RandomRank(12, seed=1).deal(ids))
    assert torch.equal(deal.flip(0), RandomRank(12, seed=1).deal(ids.flip(0)))
    assert not torch.equal(deal, RandomRank(12, seed=2).deal(ids))
    assert RandomRank(12, 1).digest() != RandomRank(12, 2).digest()


def test_random_ranks_are_spread_evenly():
    ids = torch.arange(40_000).reshape(4000, 10)
    deal = RandomRank(10).deal(ids)
    assert torch.equal(deal.sort(-1).values, torch.arange(10).expand(4000, 10))
    shares = torch.nn.functional.one_hot(deal, 10).float().mean(dim=0)
    assert float((shares - 0.1).abs().max()) < 0.025


def test_temperature_meets_an_entropy():
    states = probe_states()
    wanted = mean_entropy(states, RandomRank(12), 12) + 0.3
    fitted = fit_temperature(states, wanted, 12)
    assert mean_entropy(states, fitted, 12) == pytest.approx(wanted, abs=1e-5)
    assert fitted.temperature > 1.0
    alone = fit_temperature(states, mean_entropy(states, None, 12), 12)
    assert alone.temperature == pytest.approx(1.0, abs=1e-4)


def test_entropy_out_of_reach_is_refused():
    with pytest.raises(MeasureError, match="no temperature"):
        fit_temperature(probe_states(), 3.0, 12)


def test_settings_without_meaning_are_refused():
    with pytest.raises(BadInput, match="above 0"):
        Temperature(10, 0.0)
    for control in (Uniform, RandomRank):
        with pytest.raises(BadInput, match="two candidates"):
            control(1)
