"""Simulated markets that the tests of this room share."""

from __future__ import annotations

import pytest

from evenhand.config.schema import RewardConfig

from .simulation import Simulated, simulate


@pytest.fixture(scope="session")
def leaning() -> Simulated:
    """A market whose engine shows men more."""
    return simulate(1, gap=1.0)


@pytest.fixture(scope="session")
def level() -> Simulated:
    """A market without a gap."""
    return simulate(2, gap=0.0)


@pytest.fixture(scope="session")
def small() -> RewardConfig:
    """Settings with few resamples."""
    return RewardConfig(resamples=200)
