"""What a system did to the words: how many ads, how many edits, what was refused, what it took.

Not about people or lists. Every count here comes from ``rewrites.jsonl`` and the file of
statistics beside it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from evenhand.audit.facts import FactsChecked, SecondCheck, check_facts
from evenhand.errors import BadInput
from evenhand.language.readability import readability
from evenhand.records.job import Job
from evenhand.rewrite.result import Rewrite

Stats = Mapping[str, object]
"""What ``evenhand rewrite`` wrote beside the rewrites: ``seconds``, ``ads``, ``samples``."""


@dataclass(frozen=True, slots=True)
class ReadingGrade:
    """Mean Flesch–Kincaid grade of the ads before and after."""

    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Wording:
    """One system's words over the ads that were evaluated.

    Attributes:
        ads: Ads that the parity figures rest on.
        ads_changed: Share of those ads with at least one accepted edit, 0–1.
        edits_per_ad: Accepted edits an ad, over those ads.
        proposals: Distinct replacements proposed, over all ads given.
        passed: How many of them passed every gate.
        refused: Refused proposals by gate, the most frequent first.
        facts: What the second checker found in the accepted edits of all ads given.
        readability: Of those ads, before and after.
        seconds: Of rewriting; NaN where it wasn't recorded.
        timed_ads: Ads that ``seconds`` is about.
        samples: Proposals sampled a span; None where it wasn't recorded.
    """

    ads: int
    ads_changed: float
    edits_per_ad: float
    proposals: int
    passed: int
    refused: tuple[tuple[str, int], ...]
    facts: FactsChecked
    readability: ReadingGrade
    seconds: float = math.nan
    timed_ads: int = 0
    samples: int | None = None

    @property
    def gate_pass_rate(self) -> float:
        """Share of the proposals that passed every gate; NaN where nothing was proposed."""
        return self.passed / self.proposals if self.proposals else math.nan

    @property
    def seconds_per_ad(self) -> float:
        """Seconds of rewriting an ad; NaN where it wasn't recorded."""
        return self.seconds / self.timed_ads if self.timed_ads else math.nan


def settle_rewrites(
    system: str, jobs: Sequence[Job], rewrites: Sequence[Rewrite]
) -> tuple[Rewrite, ...]:
    """One system's rewrites in the order of the jobs; rewrites of other ads are left out.

    Raises:
        BadInput: An ad is missing, there twice, or was reworded from another text.
    """
    by_id: dict[str, Rewrite] = {}
    for rewrite in rewrites:
        if rewrite.id in by_id:
            raise BadInput(f"{system}: the ad {rewrite.id!r} is there twice; keep one of them")
        by_id[rewrite.id] = rewrite
    for job in jobs:
        if job.id not in by_id:
            raise BadInput(
                f"{system}: the ad {job.id!r} is missing; reword the same ads that are evaluated "
                "(unchanged ones need a line too)"
            )
        if by_id[job.id].original != job.text:
            raise BadInput(
                f"{system}: the ad {job.id!r} was reworded from another text than the one given; "
                "reword this version of the ads"
            )
    return tuple(by_id[job.id] for job in jobs)


def wording_of(
    rewrites: Sequence[Rewrite],
    judged: Collection[str],
    check: SecondCheck,
    stats: Stats | None = None,
) -> Wording:
    """Sum up one system's rewrites.

    Args:
        rewrites: One an ad.
        judged: Ids of the ads that the parity figures rest on; not empty.
        check: The second checker of facts.
        stats: ``seconds``, ``ads`` and ``samples``, where recorded.
    """
    counted = [rewrite for rewrite in rewrites if rewrite.id in judged]
    refused = Counter(refusal.gate for rewrite in rewrites for refusal in rewrite.refused)
    given = stats or {}
    seconds, ads = _number(given.get("seconds")), _number(given.get("ads"))
    samples = given.get("samples")
    return Wording(
        ads=len(counted),
        ads_changed=sum(bool(rewrite.edits) for rewrite in counted) / len(counted),
        edits_per_ad=sum(len(rewrite.edits) for rewrite in counted) / len(counted),
        proposals=sum(rewrite.proposals for rewrite in rewrites),
        passed=sum(rewrite.passed for rewrite in rewrites),
        refused=tuple(sorted(refused.items(), key=lambda pair: (-pair[1], pair[0]))),
        facts=check_facts((edit for rewrite in rewrites for edit in rewrite.edits), check),
        readability=_grades(counted),
        seconds=seconds,
        timed_ads=0 if math.isnan(ads) else int(ads),
        samples=samples if isinstance(samples, int) else None,
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _grades(rewrites: Sequence[Rewrite]) -> ReadingGrade:
    before = [readability(rewrite.original).grade for rewrite in rewrites]
    after = [readability(rewrite.rewritten).grade for rewrite in rewrites]
    return ReadingGrade(sum(before) / len(before), sum(after) / len(after))
