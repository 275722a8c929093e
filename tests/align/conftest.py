"""A random language model of two layers with a tokenizer trained on a handful of sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evenhand.align.rollouts import Rollout
from evenhand.language.span import Verdict

from ..tiny_llama import save_tiny_llama

SENTENCES = [
    "Plan the work of the team and report to the board.",
    "You will lead a team of dominant, competitive closers.",
    "Keep the accounts of three clients up to date.",
    "Help clients with care and answer their questions.",
    "Write clear reports about what was found.",
]


def save_tiny_model(folder: Path, seed: int = 0) -> Path:
    """A saved Llama (h = 32, two layers) and its byte-level tokenizer."""
    return save_tiny_llama(folder, SENTENCES, vocabulary=400, positions=512, width=64, seed=seed)


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session", name="make_rollout")
def fixture_make_rollout():
    return make_rollout


@pytest.fixture(scope="session", name="make_rollouts")
def fixture_make_rollouts():
    return make_rollouts


def make_rollout(**changes: object) -> Rollout:
    """One row that passed and improved, unless changed."""
    plain = {
        "job_id": "a",
        "group": "sales",
        "start": 0,
        "end": 10,
        "kind": "sentence",
        "before": "You will lead.",
        "after": "You will guide.",
        "source": "model",
        "sample_index": 0,
        "count": 1,
        "prompt_tokens": (1, 5, 9, 40),
        "tokens": (7, 8, 2),
        "logprob": -3.5,
        "finished": True,
        "sampler": "{}",
        "gates": (Verdict("facts", True, "nothing to compare"),),
        "passed": True,
        "reward_folds": (0.1, 0.2),
        "reward": 0.15,
        "delta": 0.2,
        "halves": (0.2, 0.19, 0.21, 0.2),
        "pool_digest": "p",
        "matcher_digest": "m",
        "model_digest": "l",
    }
    return Rollout(**{**plain, **changes})  # type: ignore[arg-type]


def make_rollouts(
    ads: int = 6, states: int = 2, actions: int = 4, seed: int = 0, group: str = "sales"
) -> list[Rollout]:
    """A collection in which about two thirds pass and rewards are reliable."""
    random = np.random.default_rng(seed)
    rows = []
    for ad in range(ads):
        for state in range(states):
            place = {
                "job_id": f"{group}-{ad}",
                "group": group,
                "start": 50 * state,
                "end": 50 * state + 10,
                "prompt_tokens": (1, 5, 9, *random.integers(10, 200, 4).tolist()),
            }
            same = {"source": "identity", "after": "You will lead.", "sample_index": -1}
            unpaid = {"logprob": None, "reward": 0.0, "delta": 0.0, "halves": (0.0,) * 4}
            rows.append(make_rollout(**place, **same, **unpaid, tokens=_answer(random)))
            for action in range(actions):
                worth = float(random.normal(0.05, 0.1))
                passed = bool(random.random() < 0.67)
                rows.append(
                    make_rollout(
                        **place,
                        after=f"Other words {action}.",
                        sample_index=action,
                        tokens=_answer(random),
                        passed=passed,
                        gates=(Verdict("facts", passed, "compared"),),
                        reward=worth if passed else None,
                        reward_folds=(worth, worth) if passed else (),
                        delta=worth if passed else None,
                        halves=tuple(worth + random.normal(0, 0.02, 4)) if passed else (),
                    )
                )
    return rows


def _answer(random: np.random.Generator) -> tuple[int, ...]:
    return (*random.integers(10, 200, int(random.integers(2, 7))).tolist(), 2)
