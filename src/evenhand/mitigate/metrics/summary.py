"""All figures of one model on one list of examples, with intervals and the level of chance.

Judged figures use scores normalised over the pair; those of raw scores, which also shrink when
probability leaves both subjects, stand beside them with the mass that the subjects kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.mitigate.metrics.bias import comparative_bias
from evenhand.mitigate.metrics.chance import ChanceLevel, chance_intensity
from evenhand.mitigate.metrics.crossed import crossed_intensity
from evenhand.mitigate.metrics.delta import positional_dependence
from evenhand.mitigate.metrics.epsilon import attribute_error
from evenhand.mitigate.metrics.gamma import GammaTable, cells_of, gamma_table
from evenhand.mitigate.metrics.intensity import bias_consistency, bias_intensity
from evenhand.mitigate.metrics.intervals import Interval, SubjectBootstrap
from evenhand.mitigate.metrics.scores import FloatArray, check_scores, over_the_pair
from evenhand.mitigate.probes.types import Example

LEAST_MASS = 0.05
"""Below it normalised figures are of what is left when the model answers something else."""
_NORMALISED = ("mu", "delta", "epsilon")
MOST_FLIPS = 500
"""The level of chance needs fewer draws than an interval."""


@dataclass(frozen=True)
class ProbeMetrics:
    """What a model does with underspecified questions of one kind.

    Attributes:
        examples: How many were asked.
        normalised: Whether the figures are of scores normalised over the pair.
        mu: Bias intensity, UnQover's.
        mu_crossed: The same without reward for noise, about 0 without preference (``crossed``).
        delta: Positional dependence.
        epsilon: Attribute error.
        eta: Consistency of the bias.
        subject_mass: Mean raw score of both subjects together.
        without_mass: Share of prompts at which both scores are 0 (1/2 each when normalised).
        raw: mu, delta, epsilon and eta of the scores as they came.
        intervals: 95 % intervals of mu, delta, epsilon and subject_mass (``intervals``).
        chance: mu of a model without preference on these examples (``chance``).
        table: γ and η of every group and attribute.
    """

    examples: int
    normalised: bool
    mu: float
    mu_crossed: float
    delta: float
    epsilon: float
    eta: float
    subject_mass: float
    without_mass: float
    raw: dict[str, float]
    intervals: dict[str, Interval]
    chance: ChanceLevel
    table: GammaTable

    @property
    def refused(self) -> str:
        """Why normalised figures aren't given, in a sentence; empty where they are."""
        if not self.normalised or self.subject_mass >= LEAST_MASS:
            return ""
        return (
            f"Normalised figures aren't given: the two subjects hold {self.subject_mass:.3f} of "
            f"the probability together, and below {LEAST_MASS:g} the model answers something else"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data; null where undefined or refused. It holds names of groups and ids alone."""
        whole = self._to_json()
        if not self.refused:
            return whole
        names = (*_NORMALISED, "mu_crossed", "eta")
        table = whole["table"]
        return {
            **whole,
            **dict.fromkeys(names),
            "intervals": whole["intervals"] | {name: [None, None] for name in _NORMALISED},
            "chance": whole["chance"] | dict.fromkeys(("mean", "high", "p")),
            "table": table | {name: _without_figures(table[name]) for name in ("gamma", "eta")},
        }

    def _to_json(self) -> dict[str, Any]:
        return {
            "examples": self.examples,
            "normalised": self.normalised,
            "refused": self.refused,
            "mu": _plain(self.mu),
            "mu_crossed": _plain(self.mu_crossed),
            "delta": _plain(self.delta),
            "epsilon": _plain(self.epsilon),
            "eta": _plain(self.eta),
            "subject_mass": _plain(self.subject_mass),
            "without_mass": _plain(self.without_mass),
            "raw": {name: _plain(value) for name, value in self.raw.items()},
            "intervals": {
                name: [_plain(low), _plain(high)] for name, (low, high) in self.intervals.items()
            },
            "chance": {
                "mean": _plain(self.chance.mean),
                "high": _plain(self.chance.high),
                "p": _plain(self.chance.p),
                "flips": self.chance.flips,
            },
            "table": self.table.to_json(),
        }


def measure_probes(
    scores: FloatArray,
    examples: Sequence[Example],
    *,
    normalise: bool = True,
    resamples: int = 1000,
    seed: int = 0,
) -> ProbeMetrics:
    """Measure a model's scores.

    Args:
        scores: Shape ``(examples, 4, 2)``; see ``probes.types`` for the order.
        examples: What each row of scores belongs to.
        normalise: Judge scores over their sum at each prompt, rather than as they are.
        resamples: Bootstrap resamples; the level of chance takes at most ``MOST_FLIPS``.
        seed: Same seed, same intervals.

    Raises:
        MeasureError: Scores are malformed or don't belong to the examples.
    """
    raw = check_scores(scores, len(examples))
    mass = raw.sum(axis=2)
    judged = over_the_pair(raw) if normalise else raw
    cells = cells_of(examples)
    delta, epsilon = positional_dependence(judged), attribute_error(judged)
    bias = comparative_bias(judged)
    table = gamma_table(bias, cells)
    bootstrap = SubjectBootstrap(cells, resamples, seed)
    as_given = gamma_table(comparative_bias(raw), cells)
    return ProbeMetrics(
        examples=len(examples),
        normalised=normalise,
        mu=float(bias_intensity(table.gamma)),
        mu_crossed=crossed_intensity(bias, cells, seed=seed),
        delta=float(delta.mean()),
        epsilon=float(epsilon.mean()),
        eta=float(bias_consistency(table.eta)),
        subject_mass=float(mass.mean()),
        without_mass=float((mass == 0).mean()),
        raw={
            "mu": float(bias_intensity(as_given.gamma)),
            "delta": float(positional_dependence(raw).mean()),
            "epsilon": float(attribute_error(raw).mean()),
            "eta": float(bias_consistency(as_given.eta)),
        },
        intervals={
            "mu": bootstrap.intensity(bias),
            "delta": bootstrap.mean(delta),
            "epsilon": bootstrap.mean(epsilon),
            "subject_mass": bootstrap.mean(mass.mean(axis=1)),
        },
        chance=chance_intensity(bias, cells, flips=min(resamples, MOST_FLIPS), seed=seed),
        table=table,
    )


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _without_figures(rows: list[list[float | None]]) -> list[list[None]]:
    """A table of the same shape that says nothing."""
    return [[None for _ in row] for row in rows]
