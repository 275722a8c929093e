"""What a layer is trained for: differentiable measures of groups of four, and losses.

An example is four rows: (12, a), (21, a), (12, not a), (21, not a); S[e, p, x] is the
probability of subject x at prompt p *among the two subjects*. With L = |C| + a·δ + b·ε per example:

``exact``: the gradient of mean L itself.

``reinforce``: a contextual bandit. At prompt p the policy answers c ∈ {x1, x2, other} with
probability π_p(c); "other" is every other token. L is a function of π, so

    ∇L = Σ_p Σ_c ∂L/∂π_p(c) · ∇π_p(c) = Σ_p E_{c ~ π_p} [ ∂L/∂π_p(c) · ∇ log π_p(c) ],

and the reward of answering c to p is r_p(c) = −∂L/∂π_p(c), a constant for the gradient: the subject
that is ahead where it should not be is paid less than nothing, the one behind more than nothing,
"other" nothing. Expected score-function gradients therefore are those of ``exact``, which the
tests check by enumeration. (|C|, δ, ε of *sampled* answers would be another objective: their
expectation is least where the model always answers "other".) The baseline is the mean reward of
the other samples at the same prompt, which keeps the estimate without systematic error.

``paper``: the released loss of REFINE-LM, for the record: −mean log d_i · r_i with r = −|C| held
constant and d_i the mean distance to the batch's first four examples. It is no policy gradient.

Not a trainer, and not the numpy measures of record (``mitigate.metrics``).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

PROMPTS = 4
FIRST_EXAMPLES = 4
"""How many examples the released loss compares all others with."""
_TINY = 1e-12


@dataclass(frozen=True)
class Measures:
    """Per example, all ``(examples,)``.

    Attributes:
        contrast: C, in [−1, 1].
        position: δ, in [0, 1].
        negation: ε, in [0, 1].
    """

    contrast: Tensor
    position: Tensor
    negation: Tensor

    def weighed(self, position: float, negation: float) -> Tensor:
        """|C| + a·δ + b·ε, ``(examples,)``."""
        return self.contrast.abs() + position * self.position + negation * self.negation


def shares(choice_logprobs: Tensor) -> Tensor:
    """S from log-probabilities ``(4 · examples, 2)``: shape ``(examples, 4, 2)``."""
    return torch.softmax(choice_logprobs.reshape(-1, PROMPTS, 2), dim=-1)


def measures(scores: Tensor) -> Measures:
    """C, δ and ε of scores ``(examples, 4, 2)``."""
    asked, denied = scores[:, :2], scores[:, 2:]
    lean = asked.mean(dim=1) - denied.mean(dim=1)
    position = (scores[:, 0] - scores[:, 1]).abs() + (scores[:, 2] - scores[:, 3]).abs()
    negation = (asked - denied.flip(-1)).abs().sum(dim=(1, 2))
    return Measures(0.5 * (lean[:, 0] - lean[:, 1]), position.sum(-1) / 4.0, negation / 4.0)


def kl_moved_to_base(log_y: Tensor, log_p: Tensor) -> Tensor:
    """KL(y‖p) of each row, ``(n,)``; tokens outside the candidates have not moved."""
    return (log_y.exp() * (log_y - log_p)).sum(dim=-1)


def kl_base_to_moved(log_y: Tensor, log_p: Tensor) -> Tensor:
    """KL(p‖y) of each row, ``(n,)``: by how much it raises the base's expected log-loss."""
    return (log_p.exp() * (log_p - log_y)).sum(dim=-1)


def mass_lost(before: Tensor, after: Tensor) -> Tensor:
    """How far the subjects' joint log-probability fell, at least 0, ``(n,)``."""
    return (before.logsumexp(-1) - after.logsumexp(-1)).clamp(min=0.0)


@dataclass(frozen=True)
class Estimate:
    """A sampled loss.

    Attributes:
        loss: Its gradient is the score-function estimate; its value means nothing.
        variance: Total variance of one sample's gradient with respect to the three answers'
            log-odds, mean over prompts.
        reward: Mean reward.
    """

    loss: Tensor
    variance: float
    reward: float


def policy(choices: Tensor) -> Tensor:
    """Log-policy over {x1, x2, other} from the subjects' log-probabilities: ``(n, 3)``."""
    other = (1.0 - choices.exp().sum(dim=-1, keepdim=True)).clamp(min=_TINY)
    return torch.cat([choices, other.log()], dim=-1)


def rewards(choices: Tensor, position: float, negation: float) -> Tensor:
    """r_p(c) = −∂L/∂π_p(c) at the present policy, ``(n, 3)``, without gradient."""
    with torch.enable_grad():
        chances = choices.detach().double().exp().requires_grad_()
        within = (chances / chances.sum(dim=-1, keepdim=True)).reshape(-1, PROMPTS, 2)
        total = measures(within).weighed(position, negation).sum()
        (slope,) = torch.autograd.grad(total, chances)
    paid = torch.cat([-slope, torch.zeros_like(slope[:, :1])], dim=-1)
    return paid.to(choices.dtype)


def reinforce(
    choices: Tensor, position: float, negation: float, samples: int, generator: torch.Generator
) -> Estimate:
    """The score-function estimate of the gradient of mean L.

    Args:
        choices: Log-probabilities of the subjects, ``(4 · examples, 2)``, with gradient.
        position: a.
        negation: b.
        samples: Answers drawn for each prompt, at least 2.
        generator: Of the draws.
    """
    log_policy = policy(choices)
    paid = rewards(choices, position, negation)
    drawn = torch.multinomial(
        log_policy.detach().exp(), samples, replacement=True, generator=generator
    )
    return estimate(log_policy, paid, drawn)


def estimate(log_policy: Tensor, paid: Tensor, drawn: Tensor) -> Estimate:
    """The estimate for given answers ``drawn`` ``(n, samples)``; see ``reinforce``."""
    samples = drawn.shape[-1]
    reward = paid.gather(-1, drawn)
    others = (reward.sum(dim=-1, keepdim=True) - reward) / (samples - 1)
    advantage = reward - others
    chosen = log_policy.gather(-1, drawn)
    examples = len(log_policy) / PROMPTS
    loss = -(advantage * chosen).mean(dim=-1).sum() / examples
    with torch.no_grad():
        ones = torch.nn.functional.one_hot(drawn, 3).to(log_policy.dtype)
        steps = advantage.unsqueeze(-1) * (ones - log_policy.exp().unsqueeze(1))
        variance = float(steps.var(dim=1).sum(dim=-1).mean())
    return Estimate(loss, variance, float(reward.mean()))


def paper_loss(scores: Tensor) -> Tensor:
    """The released loss of REFINE-LM.

    Args:
        scores: The subjects' probabilities among the top-k, 0 where absent,
            ``(examples, 4, 2)``; not normalised over the pair.

    Returns:
        −mean(log d_i · r_i). Examples at distance 0 are left out (the released code skips the
        whole step, since log 0 · 0 is NaN); 0 where none is left.
    """
    sizes = scores.abs().sum(dim=1, keepdim=True).clamp(min=_TINY)
    answers = (scores / sizes).flatten(1)
    distance = torch.cdist(answers, answers[:FIRST_EXAMPLES], p=1.0).mean(dim=1)
    reward = -measures(scores).contrast.abs().detach()
    apart = distance > _TINY
    if not bool(apart.any()):
        return 0.0 * scores.sum()
    return -(distance[apart].log() * reward[apart]).mean()
