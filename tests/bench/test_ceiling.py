"""The ceiling on the small case: nested samples, the oracle above them, the shift to no gap."""

from __future__ import annotations

import importlib
import re
import zlib
from typing import Any

import numpy as np
import pytest

import evenhand
from evenhand.generate.protocol import Completion
from evenhand.language.gates import text_gates
from evenhand.match.dense import DenseMatcher, Encoder
from evenhand.match.known_gap import KnownGapMatcher, fit_centres, fit_lean
from evenhand.reward.model import RewardModel
from evenhand.rewrite.guard import Guard


class Words:
    """Words hashed to 256 dimensions: a ``TextModel`` that needs no weights."""

    digest, window, dimensions = "hashed words", 512, 256

    def token_starts(self, texts):
        return [[match.start() for match in re.finditer(r"\w+", text)] for text in texts]

    def embed(self, texts):
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for at, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[at, zlib.crc32(word.encode()) % self.dimensions] += 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def case(small_case) -> Any:
    """Training ads of the group with a gap, in an engine with a known direction."""
    parts = importlib.import_module("ceiling_case")
    protocol = importlib.import_module("hiring_protocol")
    config = evenhand.Config.model_validate(
        {"matcher": {"top": 20}, "reward": {"min_group": 10, "resamples": 60, "folds": 2}}
    )
    ads = [ad for ad in small_case.split("train") if ad.group == "sales"]
    people, encoder = small_case.fold("train"), Encoder(Words(), None)
    signs = [1 if one.fields["gender"] == "female" else -1 for one in people]
    groups = [one.fields["occupation_group"] for one in people]
    direction = fit_lean(encoder.encode([one.text for one in people]).astype(float), signs, groups)
    vectors = encoder.encode([ad.text for ad in ads]).astype(float)
    centres = fit_centres(vectors, ["sales"] * len(ads), direction, 0.1)

    def engine(documents):
        return KnownGapMatcher(DenseMatcher(encoder, documents), direction, centres)

    bench = protocol.Bench(ads, small_case.split("test"), people, small_case.fold("test"))
    reward = RewardModel.fit(ads, people, engine(people.documents()), config.reward, top=20, seed=0)
    assert not reward.abstains(ads[0])
    return parts.Case(bench, config, engine, reward, ads)


def sample(spans):
    """A poor rewording first, then one that takes an adverb out."""
    made = [[f"{one[:-1]} too.", re.sub(r"(aggressive|fearless)ly ", "", one)] for one in spans]
    return [[Completion(text, (1,), -1.0, True) for text in texts] for texts in made]


def test_more_samples_and_the_oracle_close_more(case):
    ceiling = importlib.import_module("ceiling").ceiling
    guard = Guard(tuple(text_gates(case.config.gates)))
    found = ceiling(case, guard, sample, [1, 2], case.bench.test_people, limit=5)
    closed = {
        name: found[name]["train"]["closed_share"]["mean"]
        for name in ("best_of_1", "best_of_2", "oracle")
    }
    assert closed["best_of_1"] <= closed["best_of_2"] <= closed["oracle"] + 1e-9
    assert closed["oracle"] > 0.0
    assert found["oracle"]["passed_per_ad"] >= found["best_of_2"]["passed_per_ad"]
    assert {"R", "interval", "change"} <= set(found["oracle"]["held_out"])
    assert found["original"]["train"]["R"] < 1.0


def test_the_shift_ends_the_mean_gap(case):
    parts = importlib.import_module("ceiling_case")
    people = case.bench.train_people
    matcher = case.engine(people.documents())
    moved = parts.moves_of(case)["shift_to_zero_gap"]
    slopes = matcher.candidate_vectors @ matcher.direction
    scores = matcher.scores(case.ads) + np.outer(moved, slopes)
    inside = people.column("occupation_group") == "sales"
    women = inside & (people.column("gender") == "female")
    gap = scores[:, women].mean(axis=1) - scores[:, inside & ~women].mean(axis=1)
    assert np.abs(gap).max() < 1e-12
    assert (moved > 0).all()
