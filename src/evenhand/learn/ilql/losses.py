"""The losses of implicit language Q-learning, on plain tensors.

Snell et al., "Offline RL for Natural Language Generation with Implicit Language Q-Learning"
(arXiv 2206.11871), with the behaviour policy trained apart (``learn.align``), so without their
cloning term. Not a network (``generate.heads``) and not a loop (``trainer``).

Steps are *packed*: the action tokens of several rewordings stand one after the other in one axis
of length N, without padding, and ``last`` marks the end of each rewording. Every reduction is a
mean over action tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class LossWeights:
    """What the losses are made of.

    Attributes:
        gamma: Discount of a step, in [0, 1].
        trace: lambda of the targets of Q, in [0, 1]; 0 is the paper's one-step TD.
        expectile: tau of the value loss, in (0, 1); .5 is the mean, towards 1 the maximum.
        cql_weight: Weight of the conservative term, >= 0.
    """

    gamma: float
    trace: float
    expectile: float
    cql_weight: float


@dataclass(frozen=True)
class Losses:
    """One loss of a batch and its parts, scalars: ``total = value + q + cql_weight * cql``."""

    total: Tensor
    value: Tensor
    q: Tensor
    cql: Tensor


def bootstrapped_targets(rewards: Tensor, values: Tensor, last: Tensor, gamma: float) -> Tensor:
    """``y_t = r_t + gamma * (1 - done_{t+1}) * V(s_{t+1})``, without gradient.

    Args:
        rewards: Shape (N,), the reward of every step.
        values: Shape (N,), V of the state that every step starts from.
        last: Boolean, shape (N,): the step ends its rewording, so nothing follows it.
        gamma: Discount.

    Returns:
        Shape (N,).
    """
    following = values.detach().roll(-1)
    return rewards + gamma * following.masked_fill(last, 0.0)


def traced_targets(
    rewards: Tensor, values: Tensor, last: Tensor, gamma: float, trace: float
) -> Tensor:
    """``y_t = r_t + gamma * ((1 - lambda) * V(s_{t+1}) + lambda * y_{t+1})``, without gradient.

    TD(lambda) (Sutton and Barto, "Reinforcement Learning", 2nd edition, section 12.1): with
    lambda 0 it is ``bootstrapped_targets``, with 1 the discounted return that followed.

    Args:
        rewards: Shape (N,).
        values: V, shape (N,).
        last: Boolean, shape (N,).
        gamma: Discount.
        trace: lambda.

    Returns:
        Shape (N,).
    """
    mixed = bootstrapped_targets(rewards, (1.0 - trace) * values, last, gamma)
    if trace == 0.0:
        return mixed
    carried, following = mixed.tolist(), 0.0
    for step, ends in reversed(list(enumerate(last.tolist()))):
        following = carried[step] + (0.0 if ends else gamma * trace * following)
        carried[step] = following
    return mixed.new_tensor(carried)


def q_loss(targets: Tensor, taken: Tensor) -> Tensor:
    """``sum_i (y_t - Q_i(s_t, a_t))^2``, mean over steps.

    Args:
        targets: y, shape (N,).
        taken: Q of the taken tokens, shape (heads, N).
    """
    return (targets - taken).square().sum(0).mean()


def value_loss(target_taken: Tensor, values: Tensor, expectile: float) -> Tensor:
    """``|tau - 1[u < 0]| * u^2`` with ``u = min_i Qtarget_i(s, a) - V(s)``, mean over steps.

    Args:
        target_taken: Target Q of the taken tokens, shape (heads, N); gets no gradient.
        values: V, shape (N,).
        expectile: tau.
    """
    difference = target_taken.detach().amin(0) - values
    weight = (expectile - (difference < 0).to(values.dtype)).abs()
    return (weight * difference.square()).mean()


def conservative_loss(
    action_values: Tensor, taken: Tensor, repeated: Tensor | None = None
) -> Tensor:
    """``sum_i (logsumexp_a Q_i(s, a) - Q_i(s, a_t))``, mean over steps.

    Args:
        action_values: Q of all candidate tokens, the taken one among them, shape (heads, N, C).
        taken: Q of the taken tokens, shape (heads, N).
        repeated: Boolean, shape (N, C): candidates that stand there twice and don't count.
    """
    if repeated is not None:
        action_values = action_values.masked_fill(repeated, float("-inf"))
    return (action_values.logsumexp(-1) - taken).sum(0).mean()


def ilql_losses(
    *,
    values: Tensor,
    action_values: Tensor,
    taken: Tensor,
    target_taken: Tensor,
    rewards: Tensor,
    last: Tensor,
    repeated: Tensor | None,
    weights: LossWeights,
) -> Losses:
    """All losses of a packed batch.

    Args:
        values: V, shape (N,).
        action_values: Q of the candidate tokens, shape (heads, N, C).
        taken: Q of the taken tokens, shape (heads, N).
        target_taken: Target Q of the taken tokens, shape (heads, N).
        rewards: Shape (N,).
        last: Boolean, shape (N,).
        repeated: Boolean, shape (N, C), or None: see ``conservative_loss``.
        weights: Discount, trace, expectile and weight of the conservative term.
    """
    targets = traced_targets(rewards, values, last, weights.gamma, weights.trace)
    q = q_loss(targets, taken)
    value = value_loss(target_taken, values, weights.expectile)
    cql = conservative_loss(action_values, taken, repeated)
    return Losses(value + q + weights.cql_weight * cql, value, q, cql)
