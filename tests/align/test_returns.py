"""Trust and returns: unreliable groups are left out, and each objective has returns of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenhand.align.rollouts import require_something, returns_of, trust
from evenhand.config.schema import RewardConfig
from evenhand.errors import Abstained
from evenhand.reward.gap import GroupTarget

CONFIG = RewardConfig(resamples=50)


def noisy(rows, seed=1):
    """The same rows with rewards that other people wouldn't have paid."""
    random = np.random.default_rng(seed)
    return [replace(row, halves=tuple(random.normal(0, 0.1, len(row.halves)))) for row in rows]


def test_a_group_is_kept_for_its_reliability(make_rollouts):
    rows = [*make_rollouts(group="sales"), *noisy(make_rollouts(group="nursing", seed=2))]
    found = trust(rows, {}, CONFIG, 0)
    assert found.kept == {"sales"}
    assert set(found.abstained) == {"nursing"}
    assert "floor" in found.abstained["nursing"]


def test_a_group_without_a_gap_is_left_out_with_the_reason_of_its_target(make_rollouts):
    rows = [replace(row, reward_folds=(), reward=0.0) for row in make_rollouts()]
    target = GroupTarget("sales", 6, (), ("Sales shows no detectable gap.",))
    targets = {"groups": {"sales": target.to_json()}}
    found = trust(rows, targets, CONFIG, 0)
    assert found.kept == frozenset()
    with pytest.raises(Abstained, match="Sales shows no detectable gap"):
        require_something(found, rows)


def test_nothing_reliable_stops_the_run_and_says_what_is_needed(make_rollouts):
    rows = noisy(make_rollouts())
    with pytest.raises(Abstained, match="no group's reward may be learned from"):
        require_something(trust(rows, {}, CONFIG, 0), rows)


def test_ads_without_a_group_stop_the_run(make_rollouts):
    rows = [replace(row, group="") for row in make_rollouts()]
    with pytest.raises(Abstained, match="give ads with a group"):
        require_something(trust(rows, {}, CONFIG, 0), rows)


def test_parity_is_learned_from_what_passed_in_trusted_groups(make_rollouts):
    rows = [*make_rollouts(group="sales"), *make_rollouts(group="nursing", seed=3)]
    found = returns_of(rows, frozenset({"sales"}), CONFIG)
    places, worth = found.parity
    assert [rows[p].group for p in places] == ["sales"] * len(places)
    assert all(rows[p].passed for p in places)
    assert len(places) == sum(row.passed and row.group == "sales" for row in rows)
    identities = [w for p, w in zip(places, worth, strict=True) if rows[p].is_identity]
    assert identities == [0.0] * 12
    assert np.abs(worth).max() <= CONFIG.clip


def test_gates_are_learned_from_everything(make_rollouts):
    rows = [*make_rollouts(group="sales"), *make_rollouts(group="nursing", seed=3)]
    places, worth = returns_of(rows, frozenset({"sales"}), CONFIG).gate
    assert places.tolist() == list(range(len(rows)))
    wanted = [0.0 if row.passed else CONFIG.failed_gate for row in rows]
    assert worth.tolist() == wanted


def test_the_scale_is_that_of_trusted_passing_edits(make_rollouts):
    sales = make_rollouts(group="sales")
    others = [
        replace(row, reward=None if row.reward is None else 100 * row.reward)
        for row in make_rollouts(group="nursing", seed=3)
    ]
    alone = returns_of(sales, frozenset({"sales"}), CONFIG)
    together = returns_of([*sales, *others], frozenset({"sales"}), CONFIG)
    assert alone.report["scale"] == together.report["scale"]
    assert alone.report["variance_shares"] == together.report["variance_shares"]
    assert sum(alone.report["variance_shares"].values()) == pytest.approx(1.0)
