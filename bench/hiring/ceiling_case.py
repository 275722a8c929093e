"""What the ceiling is read with: the ads and people, R of rewordings, and the shift of vectors.

Nothing is reworded here (``ceiling``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenhand.config import Config
from evenhand.errors import BadInput
from evenhand.match.known_gap import KnownGapMatcher
from evenhand.match.protocol import FloatArray, Rankings, top_k
from evenhand.records.job import Job
from evenhand.records.people import Pool, qualification
from evenhand.reward.gap import spreads_of
from evenhand.reward.model import RewardModel
from evenhand.rewrite.result import Rewrite
from evenhand.verbs.engine import AnyEngine
from hacking_people import Setting, ratios, signs
from hacking_wear import mean_over_ads, rounded
from hiring_protocol import JUDGED, Bench, training_reward


@dataclass(frozen=True)
class Case:
    """Where rewordings are chosen, and the ads they are for.

    Attributes:
        bench: Ads and people.
        config: Every setting.
        engine: The known-gap engine.
        reward: Targets from all training ads and people.
        ads: Training ads of groups with a target.
    """

    bench: Bench
    config: Config
    engine: AnyEngine
    reward: RewardModel
    ads: list[Job]

    @classmethod
    def of(cls, bench: Bench, config: Config, engine: AnyEngine, ads: int) -> Case:
        """Fit the reward and take ads evenly from the groups that have a gap to close.

        Raises:
            BadInput: No group has one.
        """
        reward = training_reward(bench, config, engine)
        open_ads = [ad for ad in bench.train_ads if ad.group in JUDGED and not reward.abstains(ad)]
        if not open_ads:
            raise BadInput("no judged group shows a gap on training people; there is no ceiling")
        places = np.linspace(0, len(open_ads) - 1, min(ads, len(open_ads))).round().astype(int)
        return cls(bench, config, engine, reward, [open_ads[at] for at in places])


def moves_of(case: Case) -> dict[str, FloatArray]:
    """How far each ad's vector goes along w: to a mean gap of zero, and by the reward's target."""
    people = case.bench.train_people
    matcher = _known(case.engine, people)
    sides = np.array(signs(people))
    qualified = qualification(case.ads, people)
    scores = matcher.scores(case.ads)
    slopes = matcher.candidate_vectors @ matcher.direction
    spreads = spreads_of(scores, qualified.astype(np.float64))
    zero, target = [], []
    for at, job in enumerate(case.ads):
        plus, minus = (qualified[at] & (sides == sign) for sign in (1, -1))
        slope = slopes[plus].mean() - slopes[minus].mean()
        gap = scores[at, plus].mean() - scores[at, minus].mean()
        found = case.reward.targets[case.reward.group_of(job)]
        zero.append(-gap / slope)
        target.append(found.contrasts[found.lead or 0].shift * spreads[at] / slope)
    return {"shift_to_zero_gap": np.array(zero), "shift_to_target": np.array(target)}


def read_effects(
    case: Case,
    pool: Pool,
    made: Mapping[str, Sequence[Rewrite]],
    moves: Mapping[str, FloatArray],
) -> dict[str, Any]:
    """R and closed shares on some people."""
    config, top = case.config, case.config.matcher.top
    matcher = _known(case.engine, pool)
    setting = Setting(
        case.bench, top, config.reward.min_group, config.reward.resamples, config.seed
    )
    lists = {
        name: matcher.rank(
            [ad.reworded(r.rewritten) for ad, r in zip(case.ads, rows, strict=True)], top
        )
        for name, rows in made.items()
    }
    lists |= {name: _shifted(case.ads, matcher, moved, top) for name, moved in moves.items()}
    found = ratios(matcher.rank(case.ads, top), lists, setting, case.ads, pool, top)
    reward = RewardModel.with_targets(
        case.reward.to_json(), pool, matcher, config.reward, seed=config.seed
    )
    strata = [str(ad.group) for ad in case.ads]
    report: dict[str, Any] = {
        name: {**found["R"][name], "change": found["change"].get(name)} for name in found["R"]
    }
    for name, rows in made.items():
        work = [(ad, [row.rewritten]) for ad, row in zip(case.ads, rows, strict=True)]
        shares = [changes[0].closure for changes in reward.changes_many(work)]
        report[name]["closed_share"] = mean_over_ads(shares, strata, config.seed)
    return report


def _shifted(ads: Sequence[Job], matcher: KnownGapMatcher, moved: FloatArray, top: int) -> Rankings:
    """The lists of ads whose vectors went along w."""
    slopes = matcher.candidate_vectors @ matcher.direction
    positions, scores = top_k(
        matcher.scores(ads) + np.outer(moved, slopes), matcher.candidate_ids, top, None
    )
    return Rankings(tuple(ad.id for ad in ads), matcher.candidate_ids, positions, scores)


def effort(case: Case, rewrites: Sequence[Rewrite]) -> dict[str, Any]:
    """Edits, what passed, and how far the vectors went."""
    matcher = _known(case.engine, case.bench.train_people)
    before = matcher.encode_queries(case.ads)
    after = matcher.encode_queries(
        [ad.reworded(row.rewritten) for ad, row in zip(case.ads, rewrites, strict=True)]
    )
    return {
        "edits_per_ad": rounded(np.mean([len(row.edits) for row in rewrites])),
        "passed_per_ad": rounded(np.mean([row.passed for row in rewrites])),
        "spreads_moved": spreads_moved(case, (after - before) @ matcher.direction),
    }


def spreads_moved(case: Case, moved: FloatArray) -> dict[str, Any]:
    """Movement along w in spreads of the training ads along w."""
    matcher = _known(case.engine, case.bench.train_people)
    along = matcher.encode_queries(case.bench.train_ads) @ matcher.direction
    strata = [str(ad.group) for ad in case.ads]
    return mean_over_ads((moved / along.std()).tolist(), strata, case.config.seed)


def _known(engine: AnyEngine, people: Pool) -> KnownGapMatcher:
    matcher = engine(people.documents())
    if not isinstance(matcher, KnownGapMatcher):
        raise BadInput(f"the engine {matcher.name!r} has no known direction to shift along")
    return matcher
