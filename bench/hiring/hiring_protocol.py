"""The protocol of the real-data benchmark: which ads and people, and the three engines.

Fit on train ads × train people; choose on train people; judge once on test ads × test people. It
runs nothing; ``hiring_bench.py`` does. The data are for measuring and never leave their folder.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evenhand.config import Config
from evenhand.errors import BadInput
from evenhand.match.dense import DenseMatcher, Encoder, load_encoder
from evenhand.match.known_gap import KnownGapMatcher, fit_centres, fit_lean
from evenhand.match.lexical import LexicalMatcher
from evenhand.records.job import Job
from evenhand.records.people import Document, Pool, read_jobs, read_people
from evenhand.reward.model import RewardModel
from evenhand.verbs.engine import AnyEngine

JUDGED = ("accounting_finance", "psychology_counseling", "writing")
ALSO = "software_it"
CENTRE_SHIFT = 0.10
SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).resolve().parents[3] / "shared"))


@dataclass(frozen=True)
class Scale:
    """How many ads of each kind a run uses.

    Attributes:
        name: ``full``, ``pilot`` or ``tiny`` (for trying the program out).
        train_judged: Training ads of each judged group; None for all.
        train_other: Training ads of software_it (language side and facts only).
        test_judged: Test ads of each judged group; None for all.
        test_other: Test ads of software_it (facts and quality only).
    """

    name: str
    train_judged: int | None
    train_other: int
    test_judged: int | None
    test_other: int


SCALES = {
    "full": Scale("full", None, 0, None, 60),
    "pilot": Scale("pilot", None, 8, 13, 6),
    "tiny": Scale("tiny", None, 0, 3, 1),
}


@dataclass(frozen=True)
class Bench:
    """The data of one run.

    Attributes:
        train_ads: For fitting.
        test_ads: For judging, once.
        train_people: For fitting and choosing.
        test_people: For judging, once.
        centre_ads: All training ads, which the known-gap engine's centres are means of.
    """

    train_ads: list[Job]
    test_ads: list[Job]
    train_people: Pool
    test_people: Pool
    centre_ads: list[Job] = field(default_factory=list[Job])


def load(scale: Scale, shared: Path = SHARED) -> Bench:
    """Read the benchmark's data.

    Raises:
        BadInput: The shared folder isn't there.
    """
    folder = shared / "data" / "hiring_bench"
    if not folder.is_dir():
        raise BadInput(f"{folder}: is missing; set EVENHAND_SHARED to the folder that holds data/")
    jobs = read_jobs(folder / "jobs.jsonl")
    people = read_people(folder / "people.jsonl")
    train, test = _split(jobs, "train"), _split(jobs, "test")
    return Bench(
        _sample(train, scale.train_judged, scale.train_other),
        _sample(test, scale.test_judged, scale.test_other),
        people.where(lambda person: person.fields["fold"] == "train"),
        people.where(lambda person: person.fields["fold"] == "test"),
        train,
    )


def engines(bench: Bench, encoder: Encoder | None = None) -> dict[str, AnyEngine]:
    """The engines by name; each binds to whatever people it is given.

    The known gap's direction is fitted on training people outside the judged groups.
    """
    shared_encoder = encoder or load_encoder()
    known = _known_gap(bench, shared_encoder)
    return {
        "known_gap": known,
        "minilm": lambda documents: DenseMatcher(shared_encoder, documents),
        "bm25": LexicalMatcher,
    }


def training_reward(bench: Bench, config: Config, engine: AnyEngine) -> RewardModel:
    """The reward with targets from training ads and training people."""
    people = bench.train_people
    return RewardModel.fit(
        bench.train_ads,
        people,
        engine(people.documents()),
        config.reward,
        top=config.matcher.top,
        seed=config.seed,
    )


def _known_gap(bench: Bench, encoder: Encoder) -> AnyEngine:
    people = bench.train_people
    vectors = encoder.encode([person.text for person in people]).astype(np.float64)
    labels = [{"female": 1, "male": -1}.get(str(value), 0) for value in people.column("gender")]
    groups = [str(name) for name in people.column("occupation_group")]
    direction = fit_lean(vectors, labels, groups, {*JUDGED, "other"})
    ads = [ad for ad in bench.centre_ads if ad.group in {*JUDGED, ALSO}]
    ad_vectors = encoder.encode([ad.text for ad in ads]).astype(np.float64)
    centres = fit_centres(ad_vectors, [str(ad.group) for ad in ads], direction, CENTRE_SHIFT)

    def build(documents: Sequence[Document]) -> KnownGapMatcher:
        return KnownGapMatcher(DenseMatcher(encoder, documents), direction, centres)

    return build


def _split(jobs: Sequence[Job], name: str) -> list[Job]:
    return [job for job in jobs if job.fields["split"] == name]


def _sample(jobs: Sequence[Job], judged: int | None, other: int) -> list[Job]:
    """The same number of ads of every judged group, evenly through the file, and some others."""
    chosen: list[Job] = []
    for group in JUDGED:
        chosen += evenly([job for job in jobs if job.group == group], judged)
    return chosen + evenly([job for job in jobs if job.group == ALSO], other)


def evenly(jobs: Sequence[Job], wanted: int | None) -> list[Job]:
    """So many of the ads, evenly through the list; all of them for None."""
    if wanted is None or wanted >= len(jobs):
        return list(jobs)
    return [jobs[int(at)] for at in np.linspace(0, len(jobs) - 1, wanted).round()]
