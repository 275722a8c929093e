"""Objectives: equal to the numpy measures, right gradients, an honest score function."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from evenhand.mitigate import train as objectives
from evenhand.mitigate.bias import (
    attribute_error,
    comparative_bias,
    positional_dependence,
    subject_biases,
)
from evenhand.mitigate.layer import (
    LayerConfig,
    choice_logprobs,
    moved_logprobs,
    new_layer,
)

from .layer_fakes import VOCABULARY, WIDTH, embedding, probe_states

A, B = 0.7, 0.4


def drawn_scores(examples: int = 40, seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).random((examples, 4, 2))
    return scores / scores.sum(axis=-1, keepdims=True)


def drawn_choices(examples: int = 3, seed: int = 0) -> torch.Tensor:
    """Log-probabilities of two subjects, which leave some for others; float64."""
    logits = torch.randn(
        4 * examples, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    return torch.log_softmax(logits, dim=-1)[:, :2].clone()


def test_measures_are_those_of_record():
    scores = drawn_scores()
    found = objectives.measures(torch.from_numpy(scores))
    assert np.allclose(found.contrast, comparative_bias(scores), atol=1e-12)
    assert np.allclose(found.position, positional_dependence(scores), atol=1e-12)
    assert np.allclose(found.negation, attribute_error(scores), atol=1e-12)
    lean = subject_biases(scores)
    assert np.allclose(found.contrast, 0.5 * (lean[:, 0] - lean[:, 1]), atol=1e-12)


def test_identities():
    even = objectives.measures(torch.full((1, 4, 2), 0.5))
    assert [float(v) for v in vars(even).values()] == [0.0, 0.0, 0.0]
    first_named = torch.tensor([[[1.0, 0.0], [0.0, 1.0]] * 2])
    by_order = objectives.measures(first_named)
    assert (float(by_order.position), float(by_order.contrast)) == (1.0, 0.0)
    blind = objectives.measures(torch.tensor([[[0.8, 0.2]] * 4]))
    assert float(blind.contrast) == pytest.approx(0.0, abs=1e-7)
    assert float(blind.negation) == pytest.approx(0.6)


def test_shares_are_over_the_pair():
    choices = drawn_choices()
    chances = choices.exp().reshape(-1, 4, 2)
    wanted = chances / chances.sum(-1, keepdim=True)
    assert torch.allclose(objectives.shares(choices), wanted)


def whole_loss(choices: torch.Tensor) -> torch.Tensor:
    return objectives.measures(objectives.shares(choices)).weighed(A, B).mean()


def test_exact_gradient_is_the_numeric_one():
    choices = drawn_choices().requires_grad_()
    assert torch.autograd.gradcheck(whole_loss, (choices,))


def test_divergences_have_numeric_gradients_and_are_zero_without_a_move():
    base = torch.log_softmax(torch.randn(5, 6, dtype=torch.float64), dim=-1)
    moved = torch.log_softmax(torch.randn(5, 6, dtype=torch.float64), dim=-1).requires_grad_()
    for divergence in (objectives.kl_moved_to_base, objectives.kl_base_to_moved):
        assert torch.autograd.gradcheck(lambda y, d=divergence: d(y, base), (moved,))
        assert not divergence(base, base).any()
        assert (divergence(moved, base) > 0).all()


def test_mass_lost_counts_losses_alone():
    before = torch.log(torch.tensor([[0.2, 0.2], [0.2, 0.2]]))
    after = torch.log(torch.tensor([[0.1, 0.1], [0.3, 0.4]]))
    assert torch.allclose(
        objectives.mass_lost(before, after), torch.tensor([2.0, 1.0]).log(), atol=1e-6
    )


def layer_and_states():
    states = probe_states(examples=2)
    layer = new_layer(embedding(), LayerConfig(WIDTH, VOCABULARY, 20, 6, 3), 0)
    with torch.no_grad():
        layer.out.weight.normal_(std=0.5, generator=torch.Generator().manual_seed(1))
    for name in ("hidden", "top_logprobs", "choice_logprobs"):
        setattr(states, name, getattr(states, name).double())
    return layer.double(), states


def gradient(layer: torch.nn.Module, loss: torch.Tensor) -> torch.Tensor:
    parts = torch.autograd.grad(loss, list(layer.parameters()), retain_graph=True)
    return torch.cat([part.flatten() for part in parts])


def score_function(choices: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    paid = objectives.rewards(choices, A, B)
    return objectives.estimate(objectives.policy(choices), paid, drawn).loss


def test_expected_score_function_gradient_is_the_exact_one_by_enumeration():
    """All pairs of answers at every prompt, weighed by how likely they are."""
    layer, states = layer_and_states()
    # States are cached in float32 and the layer reads them so; all else here is float64.
    layer._read = lambda hidden: layer.state(hidden)  # type: ignore[method-assign]
    layer._keys = lambda key, ids: key(layer.unembedding[ids].double())  # type: ignore[method-assign]
    choices = choice_logprobs(states, moved_logprobs(states, layer))
    exact = gradient(layer, whole_loss(choices))
    log_policy = objectives.policy(choices).detach()
    expected = torch.zeros_like(exact)
    for pair in itertools.product(range(3), repeat=2):
        drawn = torch.tensor(pair).expand(len(choices), 2)
        chance = log_policy.gather(-1, drawn).sum(-1).exp()
        paid = objectives.rewards(choices, A, B)
        reward = paid.gather(-1, drawn)
        advantage = reward - reward.flip(-1)
        chosen = objectives.policy(choices).gather(-1, drawn)
        loss = -(chance * (advantage * chosen).mean(-1)).sum() / (len(choices) / 4)
        expected += gradient(layer, loss)
        alone = score_function(choices, drawn)
        assert torch.allclose(
            alone, -((advantage * chosen).mean(-1)).sum() / (len(choices) / 4), atol=1e-12
        )
    assert float(exact.norm()) > 1e-3
    assert torch.allclose(expected, exact, atol=1e-9)


def test_sampled_gradients_average_to_the_exact_one():
    choices = drawn_choices().requires_grad_()
    (exact,) = torch.autograd.grad(whole_loss(choices), choices)
    generator = torch.Generator().manual_seed(0)
    total = torch.zeros_like(exact)
    for _ in range(400):
        loss = objectives.reinforce(choices, A, B, 64, generator).loss
        total += torch.autograd.grad(loss, choices)[0]
    assert torch.allclose(total / 400, exact, atol=0.01)


def test_reward_pays_the_subject_that_is_behind():
    """A lean towards x1 where the attribute is asked, none where it is denied."""
    choices = torch.log(torch.tensor([[0.5, 0.1], [0.5, 0.1], [0.3, 0.3], [0.3, 0.3]]))
    paid = objectives.rewards(choices, 0.0, 0.0)
    assert (paid[:2, 0] < 0).all()
    assert (paid[:2, 1] > 0).all()
    assert not paid[:, 2].any()


def test_variance_is_reported_and_falls_where_the_policy_is_sure():
    generator = torch.Generator().manual_seed(0)
    unsure = objectives.reinforce(drawn_choices(), A, B, 32, generator)
    sure = torch.log(torch.tensor([[0.998, 0.001]] * 4, dtype=torch.float64))
    assert unsure.variance > 0.01
    assert objectives.reinforce(sure, A, B, 32, generator).variance < unsure.variance


def test_released_loss_by_hand():
    scores = torch.tensor(drawn_scores(6)).requires_grad_()
    sizes = scores.detach().sum(dim=1, keepdim=True)
    answers = (scores.detach() / sizes).numpy()
    reward = -np.abs(comparative_bias(scores.detach().numpy()))
    apart = [np.mean([np.abs(a - answers[j]).sum() for j in range(4)]) for a in answers]
    wanted = -np.mean(np.log(apart) * reward)
    loss = objectives.paper_loss(scores)
    assert float(loss.detach()) == pytest.approx(wanted, abs=1e-9)
    loss.backward()
    assert scores.grad is not None


def test_released_loss_leaves_out_examples_at_no_distance():
    scores = torch.full((5, 4, 2), 0.5).requires_grad_()
    loss = objectives.paper_loss(scores)
    assert float(loss.detach()) == 0.0
    loss.backward()
