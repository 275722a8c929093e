"""The ILQL losses against closed forms, a naive loop, and a chain that can be solved by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.align.ilql import (
    bootstrapped_targets,
    conservative_loss,
    ilql_losses,
    q_loss,
    traced_targets,
    value_loss,
)
from evenhand.config.schema import IlqlConfig

HEADS, WIDTH = 2, 5


def expectile(sample: list[float], tau: float) -> float:
    """The tau-expectile by bisection on its first-order condition."""
    low, high = min(sample), max(sample)
    for _ in range(200):
        middle = (low + high) / 2
        pull = sum((tau if x > middle else 1 - tau) * (x - middle) for x in sample)
        low, high = (middle, high) if pull > 0 else (low, middle)
    return (low + high) / 2


def episodes(seed: int, lengths: tuple[int, ...]) -> list[dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    return [
        {
            "values": draw(n),
            "action_values": draw(HEADS, n, WIDTH),
            "target_taken": draw(HEADS, n),
            "rewards": draw(n),
            "last": torch.arange(n) == n - 1,
        }
        for n in lengths
    ]


def packed(parts: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    axis = {"action_values": 1, "target_taken": 1}
    batch = {
        name: torch.cat([part[name] for part in parts], axis.get(name, 0)) for name in parts[0]
    }
    return {**batch, "taken": batch["action_values"][..., 0]}


def weighed(gamma: float, trace: float, expectile: float, cql_weight: float) -> IlqlConfig:
    return IlqlConfig(gamma=gamma, trace=trace, expectile=expectile, cql_weight=cql_weight)


def target_of(part: dict[str, torch.Tensor], t: int, weights: IlqlConfig) -> float:
    """The mixture over n of n-step targets, weighted (1 - lambda) lambda^(n-1), by hand."""
    left = len(part["rewards"]) - t
    rewards = [float(r) for r in part["rewards"][t:]]

    def after(n: int) -> float:
        paid = sum(weights.gamma**i * r for i, r in enumerate(rewards[:n]))
        return paid + (weights.gamma**n * float(part["values"][t + n]) if n < left else 0.0)

    weighted = [(1 - weights.trace) * weights.trace ** (n - 1) * after(n) for n in range(1, left)]
    return sum(weighted) + weights.trace ** (left - 1) * after(left)


def naive(parts: list[dict[str, torch.Tensor]], weights: IlqlConfig) -> dict[str, float]:
    """Equations of the paper, one token after the other."""
    sums, steps = {"q": 0.0, "value": 0.0, "cql": 0.0}, 0
    for part in parts:
        length = len(part["rewards"])
        for t in range(length):
            target = target_of(part, t, weights)
            advantage = float(part["target_taken"][:, t].min()) - float(part["values"][t])
            factor = abs(weights.expectile - (1.0 if advantage < 0 else 0.0))
            sums["value"] += factor * advantage**2
            for head in range(HEADS):
                scores = part["action_values"][head, t].numpy()
                sums["q"] += (target - scores[0]) ** 2
                sums["cql"] += float(np.log(np.exp(scores).sum()) - scores[0])
            steps += 1
    mean = {name: total / steps for name, total in sums.items()}
    return {**mean, "total": mean["value"] + mean["q"] + weights.cql_weight * mean["cql"]}


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple),
    gamma=st.floats(0, 1),
    trace=st.sampled_from([0.0, 0.5, 0.95, 1.0]),
    tau=st.floats(0.05, 0.95),
    cql=st.floats(0, 2),
)
def test_packed_losses_equal_the_papers_equations(seed, lengths, gamma, trace, tau, cql):
    parts, weights = episodes(seed, lengths), weighed(gamma, trace, tau, cql)
    losses = ilql_losses(**packed(parts), repeated=None, weights=weights)
    for name, wanted in naive(parts, weights).items():
        assert getattr(losses, name).item() == pytest.approx(wanted, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), lengths=st.permutations([1, 3, 5]).map(tuple))
def test_the_other_rewordings_of_a_batch_change_nothing(seed, lengths):
    parts = episodes(seed, lengths)
    together = bootstrapped_targets(
        *(torch.cat([p[name] for p in parts]) for name in ("rewards", "values", "last")), 0.9
    )
    alone = [bootstrapped_targets(p["rewards"], p["values"], p["last"], 0.9) for p in parts]
    assert torch.equal(together, torch.cat(alone))


def test_the_value_after_the_last_step_has_no_effect():
    values = torch.tensor([1.0, 2.0, 30.0])
    last = torch.tensor([False, True, True])
    targets = bootstrapped_targets(torch.tensor([0.0, 5.0, 7.0]), values, last, 0.5)
    assert targets.tolist() == [1.0, 5.0, 7.0]


def test_the_whole_trace_is_the_return_that_followed():
    rewards = torch.tensor([0.0, 0.0, 4.0, 7.0])
    last = torch.tensor([False, False, True, True])
    targets = traced_targets(rewards, torch.full((4,), 99.0), last, 0.5, 1.0)
    assert targets.tolist() == [1.0, 2.0, 4.0, 7.0]


def test_targets_carry_no_gradient():
    values = torch.ones(3, requires_grad=True)
    targets = bootstrapped_targets(torch.zeros(3), values, torch.tensor([False, False, True]), 0.9)
    assert not targets.requires_grad


def test_the_conservative_loss_is_logsumexp_minus_the_chosen_value():
    scores = torch.tensor([[[1.0, 2.0, 0.5]], [[0.0, -1.0, 3.0]]])
    wanted = (np.log(np.exp([1, 2, 0.5]).sum()) - 1) + (np.log(np.exp([0, -1, 3]).sum()) - 0)
    assert conservative_loss(scores, scores[..., 0]).item() == pytest.approx(wanted, rel=1e-6)


def test_a_candidate_that_repeats_the_taken_token_does_not_count():
    scores = torch.tensor([[[1.0, 2.0, 1.0]]])
    repeated = torch.tensor([[False, False, True]])
    counted = conservative_loss(scores, scores[..., 0], repeated)
    assert counted.item() == pytest.approx(
        conservative_loss(scores[..., :2], scores[..., 0]).item()
    )
    assert counted < conservative_loss(scores, scores[..., 0])


def test_gradients_reach_the_online_heads_and_not_the_targets():
    parts = packed(episodes(3, (2, 4)))
    for tensor in parts.values():
        if tensor.is_floating_point() and tensor.is_leaf:
            tensor.requires_grad_()
    losses = ilql_losses(**parts, repeated=None, weights=weighed(0.9, 0.0, 0.7, 0.1))
    losses.total.backward()
    assert parts["values"].grad is not None
    assert parts["action_values"].grad is not None
    assert parts["target_taken"].grad is None


@pytest.mark.parametrize("tau", [0.3, 0.5, 0.9])
def test_gradients_agree_with_finite_differences(tau):
    part = packed(episodes(5, (3, 2)))
    names = ("values", "action_values")
    weights = weighed(0.9, 0.0, tau, 0.3)

    def total(*tensors: torch.Tensor) -> torch.Tensor:
        # The bootstrapped target is a constant of the loss: hold V fixed where it stands there.
        new = dict(zip(names, tensors, strict=True))
        taken = new["action_values"][..., 0]
        targets = bootstrapped_targets(part["rewards"], part["values"], part["last"], 0.9)
        return (
            q_loss(targets, taken)
            + value_loss(part["target_taken"], new["values"], tau)
            + weights.cql_weight * conservative_loss(new["action_values"], taken)
        )

    inputs = tuple(part[name].clone().requires_grad_() for name in names)
    assert torch.autograd.gradcheck(total, inputs)
    leaves = {name: part[name].clone().requires_grad_() for name in names}
    losses = ilql_losses(
        **{**part, **leaves, "taken": leaves["action_values"][..., 0]},
        repeated=None,
        weights=weights,
    )
    ours = torch.autograd.grad(losses.total, list(leaves.values()))
    wanted = torch.autograd.grad(total(*inputs), inputs)
    for mine, theirs in zip(ours, wanted, strict=True):
        assert torch.allclose(mine, theirs, atol=1e-12)


RETURNS = [-1.0, 0.0, 0.5, 2.0]


def solved_chain(tau: float) -> tuple[float, float]:
    """V of both states of a chain: one first action, then one action per return in ``RETURNS``.

    Tables instead of networks, so the fixed point is known: Q(s2, a) = return, V(s2) = the
    expectile of the returns, Q(s1, a) = gamma V(s2), V(s1) = gamma V(s2).
    """
    first = torch.zeros(HEADS, dtype=torch.float64, requires_grad=True)
    second = torch.zeros(len(RETURNS), HEADS, dtype=torch.float64, requires_grad=True)
    value = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([first, second, value], lr=0.02)
    rewards = torch.tensor([x for r in RETURNS for x in (0.0, r)], dtype=torch.float64)
    last = torch.tensor([False, True] * len(RETURNS))
    for step in range(1500):
        taken = torch.stack([row for q in second for row in (first, q)], dim=1)
        losses = ilql_losses(
            values=value.repeat(len(RETURNS)),
            action_values=taken[..., None],
            taken=taken,
            target_taken=taken.detach(),
            rewards=rewards,
            last=last,
            repeated=None,
            weights=weighed(0.9, 0.0, tau, 0.0),
        )
        optimizer.zero_grad()
        losses.total.backward()
        optimizer.param_groups[0]["lr"] = 0.02 * (1 - step / 1500)
        optimizer.step()
    first_value, second_value = value.tolist()
    return first_value, second_value


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.7, 0.99])
def test_a_two_step_chain_learns_the_expectile_of_its_returns(tau):
    first, second = solved_chain(tau)
    wanted = expectile(RETURNS, tau)
    assert second == pytest.approx(wanted, abs=0.01)
    assert first == pytest.approx(0.9 * wanted, abs=0.01)


def test_half_is_the_mean_and_one_approaches_the_maximum():
    assert solved_chain(0.5)[1] == pytest.approx(np.mean(RETURNS), abs=0.01)
    assert solved_chain(0.999)[1] > max(RETURNS) - 0.05
