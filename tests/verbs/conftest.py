"""A finished run on the small case, for tests that tamper with copies of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import evenhand


@pytest.fixture(scope="session")
def small_config(small_case) -> evenhand.Config:
    return evenhand.load_config([small_case.config_file])


@pytest.fixture(scope="session")
def honest_run(small_case, small_config, tmp_path_factory) -> Path:
    """A run as an honest user made it; its rollouts lie beside it."""
    folder = tmp_path_factory.mktemp("honest")
    ads, people = small_case.split("train"), small_case.fold("train")
    evenhand.api.rollouts(ads, people, small_config, out=folder / "rollouts")
    evenhand.api.tune(folder / "rollouts", small_config, out=folder / "run")
    return folder / "run"
