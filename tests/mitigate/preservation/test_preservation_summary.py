"""What systems cost, on rows made by hand: ties, mass, and controls that must be refused."""

from __future__ import annotations

import math

import pytest
import torch

from evenhand.errors import MeasureError
from evenhand.mitigate.kept import Rows
from evenhand.mitigate.states import AnswerStates
from lab.controls import Temperature, Uniform
from lab.kept_summary import (
    PreservationSets,
    measure_preservation,
    passes,
    wilson,
)


def _rows(n: int, options: int) -> Rows:
    """Candidates 0..3 with probabilities .6, .2, .1, .05; the right token is the first."""
    top = torch.tensor([0.6, 0.2, 0.1, 0.05]).log().repeat(n, 1)
    ids = torch.arange(4).repeat(n, 1)
    none = torch.full((n, 2), -1)
    states = AnswerStates(torch.zeros(n, 3), top, ids, none, torch.zeros(n, 2), ids[:, :2])
    zeros = torch.zeros(n, dtype=torch.long)
    names = tuple(str(row) for row in range(n))
    return Rows(states, ids[:, :options], top[:, :options], zeros, torch.arange(n), names)


def _sets() -> PreservationSets:
    return PreservationSets(_rows(100, 1), _rows(100, 2), _rows(100, 1))


def test_the_base_changes_nothing() -> None:
    base = measure_preservation(None, _sets())
    assert base.recall1.value == base.accuracy1.value == 1.0
    assert base.accuracy_chance == 0.5
    assert base.perplexity.value == pytest.approx(1 / 0.6)
    assert all(kept.value == 0.0 for kept in (*base.kl_to_base.values(), base.relative_perplexity))
    assert all(kept.value == 0.0 for kept in base.changed_top.values())
    assert passes(base, base, 0.95)
    assert not passes(base, base, 0.89)


def test_uniform_is_worth_chance_and_refused() -> None:
    base, even = (measure_preservation(system, _sets()) for system in (None, Uniform(4)))
    assert even.recall1.value == pytest.approx(0.25)
    assert even.accuracy1.value == pytest.approx(0.5)
    assert even.changed_top["prose"].value == pytest.approx(0.75)
    assert even.perplexity.value == pytest.approx(4 / 0.95)
    assert not passes(base, even, 1.0)


def test_temperature_keeps_answers_and_is_refused_by_perplexity() -> None:
    base, warm = (measure_preservation(system, _sets()) for system in (None, Temperature(4, 3.0)))
    assert warm.recall1.value == warm.accuracy1.value == 1.0
    assert warm.relative_perplexity.value > 0.02
    assert warm.kl_to_base["facts"].value > 0.0
    assert not passes(base, warm, 1.0)


def test_wilson_interval() -> None:
    kept = wilson(5, 10)
    assert (kept.low, kept.high) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    with pytest.raises(MeasureError, match="no items"):
        wilson(0, 0)
    assert math.isclose(wilson(10, 10).high, 1.0)
