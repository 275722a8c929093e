"""An example evaluation out of nothing but arithmetic: a made-up engine, people and ads.

The engine's scores lean with the tone of an ad by construction, so that rewording has something
to change. Run as a program it writes the example report:

    python tests/audit/example.py report.html
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from evenhand.audit import Evaluation, evaluate
from evenhand.language.span import Edit, apply_edits
from evenhand.match.protocol import BoolArray, Query, Rankings
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool
from evenhand.report import write_report
from evenhand.rewrite.result import Refusal, Rewrite

TONED = (
    (
        "You will dominate your field and crush every target that we set for the branch.",
        "You will know your field well and meet every target that we set for the branch.",
    ),
    (
        "We want a fearless closer who thrives on relentless pressure.",
        "We want a steady closer who works well alongside others.",
    ),
    (
        "Aggressive self-starters will survive in this team.",
        "Curious self-starters will do well in this team.",
    ),
)
PLAIN = (
    "The branch serves 40 clients and reports to the office in Leeds.",
    "You check the month-end figures, prepare the statements and answer questions about them.",
    "You need a valid driving licence and two years of experience.",
    "Pay is 34,000 a year with 25 days of leave.",
    "Send your application to the hiring team by 30 June.",
)
OCCUPATIONS = ("bookkeeping", "gardening", "nursing", "surveying")
PEOPLE_EACH = (120, 130)
RARE = "surveying"


class ToneEngine:
    """Scores: a person's fit, plus a lean by how many toned sentences the ad has."""

    def __init__(self, pool: Pool, *, lean: float = 0.35, seed: int = 7) -> None:
        rng = np.random.default_rng(seed)
        self._ids = pool.ids
        self._lean = lean
        self._groups = pool.column("occupation_group")
        self._women = pool.column("gender") == "female"
        self._fit = rng.normal(size=len(pool))
        self._seed = seed

    @property
    def name(self) -> str:
        return "made-up tone engine"

    @property
    def digest(self) -> str:
        return "0123456789abcdef"

    @property
    def candidate_ids(self) -> tuple[str, ...]:
        return self._ids

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        scores = np.stack([self._score(query) for query in queries])
        order = np.argsort(-scores, axis=1)[:, :k]
        return Rankings(
            tuple(query.id for query in queries),
            self._ids,
            order,
            np.take_along_axis(scores, order, axis=1),
        )

    def _score(self, query: Query) -> np.ndarray:
        tone = sum(before in query.text for before, _ in TONED)
        own = np.random.default_rng([self._seed, *query.id.encode()])
        taste = own.normal(size=len(self._ids))
        matched = 1.6 * (self._groups == query.group)
        return matched + 0.6 * self._fit + 0.6 * taste - self._lean * tone * self._women


def example_pool() -> Pool:
    """People of four occupations; in the rare one there are three women."""
    people: list[Candidate] = []
    for group in OCCUPATIONS:
        women, men = (3, 40) if group == RARE else PEOPLE_EACH
        for gender, number in (("female", women), ("male", men)):
            for _ in range(number):
                band = "under 40" if len(people) % 3 else "40 and over"
                fields = {"gender": gender, "occupation_group": group, "age_band": band}
                people.append(Candidate(f"p{len(people):04d}", f"I work in {group}.", fields))
    return Pool(tuple(people))


def example_jobs(each: int = 10) -> list[Job]:
    """Ads with one to three toned sentences."""
    jobs: list[Job] = []
    for index in range(each * len(OCCUPATIONS)):
        group = OCCUPATIONS[index % len(OCCUPATIONS)]
        toned = [before for before, _ in TONED[: 1 + index % 3]]
        text = f"{group.capitalize()} post {index}\n\n" + " ".join([PLAIN[0], *toned, *PLAIN[1:]])
        title = f"{group.capitalize()} post {index}"
        jobs.append(Job(f"ad-{index:03d}", text, title, {"occupation_group": group}))
    return jobs


def reword(job: Job, which: Sequence[int], *, gain: float = 0.01) -> Rewrite:
    """Replace the toned sentences of these numbers."""
    edits: list[Edit] = []
    refused: list[Refusal] = []
    for number, (before, after) in enumerate(TONED):
        start = job.text.find(before)
        if start < 0:
            continue
        gates = {"facts": "no fact in it", "meaning": "0.93, at least 0.80", "fluency": "finished"}
        if number in which:
            proof = {"source": "model", "gates": gates, "gain": gain * (number + 1)}
            edits.append(Edit(start, start + len(before), before, after, proof))
        gate = ("facts", "new_words", "meaning")[number]
        worse = f"{after} Apply now!"
        refused.append(
            Refusal(start, start + len(before), before, worse, gate, f"{gate}: says too much")
        )
    return Rewrite(
        job.id, job.text, apply_edits(job.text, edits), tuple(edits), tuple(refused),
        proposals=len(edits) + len(refused), passed=len(edits),
    )  # fmt: skip


def unchanged(job: Job) -> Rewrite:
    """The identity."""
    return Rewrite(job.id, job.text, job.text)


def example_rewrites(jobs: Sequence[Job]) -> dict[str, list[Rewrite]]:
    """Systems that reword more or less of the toned sentences."""
    return {
        "random_edit": [
            reword(job, [1]) if index % 2 == 0 else unchanged(job) for index, job in enumerate(jobs)
        ],
        "best_of_4": [
            reword(job, [0]) if index % 2 else unchanged(job) for index, job in enumerate(jobs)
        ],
        "align_only": [reword(job, [0]) for job in jobs],
        "tuned": [reword(job, [0, 1, 2]) for job in jobs],
    }


def example_evaluation(
    *, resamples: int = 400, rewrites: dict[str, list[Rewrite]] | None = None, lean: float = 0.35
) -> tuple[Evaluation, dict[str, list[Rewrite]]]:
    """The example, evaluated."""
    jobs, pool = example_jobs(), example_pool()
    systems = example_rewrites(jobs) if rewrites is None else rewrites
    stats = {name: {"seconds": 84.0, "ads": len(jobs), "samples": 4} for name in systems}
    evaluation = evaluate(
        jobs,
        pool,
        ToneEngine(pool, lean=lean),
        systems,
        by=["gender", "age_band"],
        resamples=resamples,
        stats=stats,
    )
    return evaluation, systems


def main(path: str) -> None:
    """Write the example report."""
    evaluation, rewrites = example_evaluation(resamples=2000)
    write_report(
        path,
        evaluation,
        jobs=example_jobs(),
        rewrites=rewrites,
        notice="Everything in this example is made up: engine, people and ads. Its figures are "
        "evidence of nothing.",
        provenance={"python": "3.11", "config digest": "no config: an example"},
    )


if __name__ == "__main__":
    main(sys.argv[1])
