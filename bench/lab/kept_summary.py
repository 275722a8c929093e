"""What a system costs: recall, accuracy, perplexity, divergence and changed answers.

Measured on cached rows; a system is a regulator (None is the base). The share of changed top
answers counts prompts where nothing should change. KL is KL(y || p) in nats: the tail keeps its
probabilities, so the candidates hold all of it. Intervals: Wilson for recall (items stand alone),
a bootstrap over groups of questions or texts for the rest. Not a measure of bias.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from evenhand.errors import MeasureError
from evenhand.generate.regulator import Regulator
from evenhand.match.protocol import FloatArray
from evenhand.mitigate.kept import Rows
from evenhand.mitigate.layer import moved_logprobs

POINTS = 0.02
"""How far recall@1 and accuracy@1 may fall below the base's."""
RELATIVE = 0.02
"""How far perplexity may rise, relative to the base's."""
LEAST_MASS = 0.9
"""Share of the base's subject mass that must remain."""
_TIE = 1e-5
_NORMAL = 1.959963984540054

Interval = tuple[float, float]


@dataclass
class PreservationSets:
    """Evaluation rows of facts, of choices with evidence and of prose."""

    facts: Rows
    choices: Rows
    prose: Rows


@dataclass(frozen=True, slots=True)
class Kept:
    """A figure with its 95 % interval and number of items."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Preservation:
    """What is kept, and what is moved that shouldn't be.

    Attributes:
        recall1: Share of facts whose answer's first token is the likeliest token.
        accuracy1: Share of choices whose right option is the likeliest option.
        accuracy_chance: What guessing is worth in the choices.
        perplexity: On prose.
        relative_perplexity: Perplexity over the base's, minus 1; paired interval.
        kl_to_base: Mean KL(y || p) in nats by set ("facts", "choices", "prose").
        changed_top: Share whose likeliest token (option, in choices) isn't the base's, by set.
    """

    recall1: Kept
    accuracy1: Kept
    accuracy_chance: float
    perplexity: Kept
    relative_perplexity: Kept
    kl_to_base: dict[str, Kept]
    changed_top: dict[str, Kept]


@torch.no_grad()
def measure_preservation(
    system: Regulator | None, sets: PreservationSets, *, resamples: int = 1000, seed: int = 0
) -> Preservation:
    """Measure a system on cached rows.

    Args:
        system: A regulator; None for the base.
        sets: Evaluation rows.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Raises:
        MeasureError: The system gives values that are no numbers.
    """
    parts = {"facts": sets.facts, "choices": sets.choices, "prose": sets.prose}
    moved = {name: moved_logprobs(rows.states, system) for name, rows in parts.items()}
    for name, values in moved.items():
        if bool(torch.isnan(values).any()):
            raise MeasureError(f"the system gives NaN on {name}; check its weights")
    right = _credit(moved["facts"], sets.facts.states.top_ids == sets.facts.token_ids)
    options = sets.choices.logprobs(moved["choices"])
    accurate = _credit(options, _column(options, sets.choices.right))
    changed = {
        name: 1.0 - _credit(moved[name], _column(moved[name], torch.zeros(len(rows)).long()))
        for name, rows in parts.items()
    }
    before = sets.choices.token_logprobs.argmax(1)
    changed["choices"] = 1.0 - _credit(options, _column(options, before))
    surprise = -sets.prose.logprobs(moved["prose"])[:, 0].double().numpy()
    base_surprise = -sets.prose.token_logprobs[:, 0].double().numpy()

    def resampled(
        values: FloatArray, rows: Rows, read: Callable[[FloatArray], FloatArray] | None = None
    ) -> Kept:
        return _bootstrapped(values, rows.groups.numpy(), resamples, seed, read)

    return Preservation(
        recall1=wilson(float(right.sum()), len(right)),
        accuracy1=resampled(accurate, sets.choices),
        accuracy_chance=float((1.0 / (sets.choices.token_ids >= 0).sum(1).double()).mean()),
        perplexity=resampled(surprise, sets.prose, np.exp),
        relative_perplexity=resampled(surprise - base_surprise, sets.prose, np.expm1),
        kl_to_base={
            name: resampled(_divergence(rows, moved[name]), rows) for name, rows in parts.items()
        },
        changed_top={name: resampled(changed[name], rows) for name, rows in parts.items()},
    )


def passes(base: Preservation, system: Preservation, subject_mass: float) -> bool:
    """Whether a system costs no more than is allowed; a gain is no cost.

    Args:
        base: Of the model without it.
        system: Of the model with it.
        subject_mass: Subject mass of the probes over the base's.
    """
    return (
        base.recall1.value - system.recall1.value <= POINTS
        and base.accuracy1.value - system.accuracy1.value <= POINTS
        and system.relative_perplexity.value <= RELATIVE
        and subject_mass >= LEAST_MASS
    )


def wilson(hits: float, n: int) -> Kept:
    """A share with its Wilson interval.

    Raises:
        MeasureError: There are no items.
    """
    if n < 1:
        raise MeasureError("a share of no items is undefined; give at least one")
    share, spread = hits / n, _NORMAL**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = _NORMAL * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return Kept(share, max(0.0, middle - half), min(1.0, middle + half), n)


def _credit(scores: Tensor, wanted: Tensor) -> FloatArray:
    """Chance that the likeliest column is a wanted one, ties drawn by lot, ``(n,)``.

    Without lots a system that makes everything alike would keep the base's answer, by position.
    """
    tied = scores >= scores.max(dim=1, keepdim=True).values - _TIE
    return ((tied & wanted).sum(1).double() / tied.sum(1).double()).numpy()


def _column(like: Tensor, column: Tensor) -> Tensor:
    """A mask of one column a row."""
    return torch.zeros_like(like, dtype=torch.bool).scatter(1, column[:, None], True)


def _divergence(rows: Rows, log_y: Tensor) -> FloatArray:
    y, moved = log_y.double(), log_y.double() - rows.states.top_logprobs.double()
    return torch.where(y.isinf(), 0.0, y.exp() * moved).sum(1).numpy()


def _bootstrapped(
    values: FloatArray,
    groups: np.ndarray,
    resamples: int,
    seed: int,
    read: Callable[[FloatArray], FloatArray] | None,
) -> Kept:
    """A mean over rows, its interval over groups; ``read`` maps means to what is reported."""
    _, inverse = np.unique(groups, return_inverse=True)
    sums, sizes = np.bincount(inverse, values), np.bincount(inverse)
    rng = np.random.default_rng([seed, 7])
    drawn = rng.multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), size=resamples)
    means = (drawn @ sums) / (drawn @ sizes)
    point = np.array([values.mean()])
    if read is not None:
        point, means = read(point), read(means)
    low, high = np.percentile(means, [2.5, 97.5])
    return Kept(float(point[0]), float(low), float(high), len(values))
