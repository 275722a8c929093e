"""Is an effect of rewording more than one encoder's quirk, and more than words left in profiles?

``movements``: how far ads move along the direction between groups, fitted on other occupations,
in several spaces. ``agreement``: R in other spaces. ``harder_masks``: R when the words that tell
the groups apart best are taken out of profiles. Aggregates alone come out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.language.text import lemma
from evenhand.match.known_gap import fit_lean
from evenhand.match.protocol import FloatArray, Rankings
from evenhand.measure.compare import compare_rankings
from evenhand.records.job import Job
from evenhand.records.people import Pool, qualification
from evenhand.rewrite.result import Rewrite
from hacking_wear import mean_over_ads, rounded
from hiring_protocol import JUDGED, Bench
from spaces import Lean, Space, lean_like, ranked

Systems = Mapping[str, Sequence[Rewrite]]
LEAST_PROFILES = 20
"""Profiles that a lemma must stand in to be tested for masking."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True)
class Setting:
    """What the comparisons are made with.

    Attributes:
        bench: Ads and people.
        top: Length of the lists.
        min_group: Fewest qualified people on either side.
        resamples: Of the bootstrap.
        seed: Of the bootstrap and of samples of people.
    """

    bench: Bench
    top: int
    min_group: int
    resamples: int
    seed: int


def movements(
    space: Space, setting: Setting, jobs: Sequence[Job], systems: Systems, fitted: Pool
) -> dict[str, Any]:
    """Movement of ads along the direction of other occupations, in spreads of training ads.

    Positive is towards the profiles of women. Occupations of the judged ad and ``other`` are left
    out of its direction.
    """
    people = space.encode([person.text for person in fitted])
    ads = space.encode([ad.text for ad in setting.bench.train_ads])
    before = space.encode([job.text for job in jobs])
    along: dict[str, tuple[FloatArray, float]] = {}
    for group in sorted({str(job.group) for job in jobs}):
        direction = fit_lean(people, signs(fitted), _groups(fitted), {group, "other"})
        along[group] = direction, float((ads @ direction).std())
    strata = [str(job.group) for job in jobs]
    found: dict[str, Any] = {}
    for name, rewrites in systems.items():
        after = space.encode([one.rewritten for one in rewrites])
        moved = [
            float((after[at] - before[at]) @ along[group][0]) / along[group][1]
            for at, group in enumerate(strata)
        ]
        found[name] = {
            "overall": mean_over_ads(moved, strata, setting.seed),
            "absolute": mean_over_ads(np.abs(moved).tolist(), strata, setting.seed),
            **{
                group: mean_over_ads(
                    [m for m, g in zip(moved, strata, strict=True) if g == group],
                    [group] * strata.count(group),
                    setting.seed,
                )
                for group in along
            },
        }
    return found


def lean_in(space: Space, reference: Space, setting: Setting, fitted: Pool) -> Lean:
    """The known gap in another space: direction from training people outside the judged groups."""
    ads = setting.bench.train_ads

    def parts(of: Space) -> tuple[FloatArray, FloatArray, FloatArray]:
        people = of.encode([person.text for person in fitted])
        direction = fit_lean(people, signs(fitted), _groups(fitted), {*JUDGED, "other"})
        return of.encode([ad.text for ad in ads]), people, direction

    own = parts(space)
    return lean_like(parts(reference), own[0], [str(ad.group) for ad in ads], *own[1:])


def agreement(
    space: Space, setting: Setting, jobs: Sequence[Job], systems: Systems, pool: Pool, lean: Lean
) -> dict[str, Any]:
    """R in another space as it is, and with a gap of the same size put in.

    Lists are as deep for a sample of the test people as for all of them.
    """
    share = len(judged(pool)) / len(judged(setting.bench.test_people))
    top = max(5, round(setting.top * share))
    found: dict[str, Any] = {"people": len(pool), "top": top}
    for name, gap in (("cosine", None), ("with a gap", lean)):
        lists = {
            system: ranked(space, _after(jobs, rewrites), pool, max(top, 50), gap)
            for system, rewrites in systems.items()
        }
        original = ranked(space, jobs, pool, max(top, 50), gap)
        found[name] = ratios(original, lists, setting, jobs, pool, top)
    return found


def ratios(
    original: Rankings,
    lists: Mapping[str, Rankings],
    setting: Setting,
    jobs: Sequence[Job],
    pool: Pool,
    top: int,
) -> dict[str, Any]:
    """R of every system and the paired change of its absolute log, overall."""
    compared = compare_rankings(
        original,
        lists,
        jobs,
        pool,
        qualification(jobs, pool),
        by=("gender",),
        top=top,
        resamples=setting.resamples,
        seed=setting.seed,
        min_group=setting.min_group,
        also_top=None,
    )
    found: dict[str, Any] = {"R": {}, "change": {}}
    for name, measures in compared.systems.items():
        scope = measures.attributes["gender"].cuts[top].scopes["overall"]
        ratio = scope.contrasts[0].ratio
        found["R"][name] = {
            "R": rounded(ratio.value),
            "interval": [rounded(end) for end in ratio.interval],
            "chance": [rounded(end) for end in ratio.null_interval],
        }
    for pair in compared.pairs:
        changed = [one for one in pair.changes if one.scope == "overall" and one.top == top]
        found["change"][pair.after] = {
            "abs_log_R_change": rounded(changed[0].change) if changed else None,
            "interval": [rounded(end) for end in changed[0].interval] if changed else None,
            "p_value": rounded(changed[0].p_value) if changed else None,
        }
    return found


def telling_lemmas(pool: Pool, count: int) -> list[str]:
    """The lemmas whose presence differs most between the groups within occupations.

    By the absolute Cochran–Mantel–Haenszel z over occupations (Mantel and Haenszel 1959): sum of
    observed minus expected profiles with the lemma, over its hypergeometric standard deviation.
    """
    sides, groups = np.array(signs(pool)), np.array(_groups(pool))
    profiles = [set(map(lemma, _WORD.findall(person.text.lower()))) for person in pool]
    frequency: dict[str, int] = {}
    for profile in profiles:
        for name in profile:
            frequency[name] = frequency.get(name, 0) + 1
    columns = {
        w: at for at, w in enumerate(sorted(w for w, n in frequency.items() if n >= LEAST_PROFILES))
    }
    excess, variance = np.zeros(len(columns)), np.zeros(len(columns))
    for group in sorted(set(groups) - {"", "other"}):
        inside = np.flatnonzero((groups == group) & (sides != 0))
        women, total = int((sides[inside] > 0).sum()), len(inside)
        if not 0 < women < total:
            continue
        held = np.zeros((2, len(columns)))
        for at in inside:
            row = [columns[name] for name in profiles[at] if name in columns]
            held[int(sides[at] > 0), row] += 1
        both = held.sum(axis=0)
        excess += held[1] - women * both / total
        spread = women * (total - women) * both * (total - both)
        variance += spread / (total**2 * max(total - 1, 1))
    z = np.divide(excess, np.sqrt(variance), out=np.zeros_like(excess), where=variance > 0)
    names = list(columns)
    return [names[at] for at in np.argsort(-np.abs(z), kind="stable")[:count]]


def masked(pool: Pool, lemmas: Sequence[str]) -> Pool:
    """The people with every form of these lemmas taken out of their profiles."""
    drop = frozenset(lemmas)

    def without(text: str) -> str:
        kept = _WORD.sub(lambda match: "" if lemma(match[0].lower()) in drop else match[0], text)
        return re.sub(r"[ \t]{2,}", " ", kept).strip() or "-"

    return Pool(tuple(replace(person, text=without(person.text)) for person in pool))


def judged(pool: Pool) -> Pool:
    """The people of the judged groups."""
    return pool.where(lambda person: person.fields["occupation_group"] in JUDGED)


def sample(pool: Pool, per_cell: int, seed: int) -> Pool:
    """At most ``per_cell`` people of each occupation group and gender, in order of the pool."""
    taken: dict[tuple[str, str], int] = {}
    chosen: list[int] = []
    for at in np.random.default_rng([seed, 8]).permutation(len(pool)):
        person = pool.people[int(at)]
        cell = (person.fields["occupation_group"], person.fields["gender"])
        if taken.get(cell, 0) < per_cell and cell[1]:
            taken[cell] = taken.get(cell, 0) + 1
            chosen.append(int(at))
    return pool.take(sorted(chosen))


def some(pool: Pool, count: int, seed: int) -> Pool:
    """``count`` people drawn at random, whose shares are the pool's, in order of the pool."""
    drawn = np.random.default_rng([seed, 9]).permutation(len(pool))[:count]
    return pool.take(np.sort(drawn))


def signs(pool: Pool) -> NDArray[np.int64]:
    """+1 for women, −1 for men, 0 for the unknown, ``(people,)``."""
    column = pool.column("gender")
    return (column == "female").astype(np.int64) - (column == "male").astype(np.int64)


def _groups(pool: Pool) -> list[str]:
    return [str(name) for name in pool.column("occupation_group")]


def _after(jobs: Sequence[Job], rewrites: Sequence[Rewrite]) -> list[Job]:
    return [job.reworded(one.rewritten) for job, one in zip(jobs, rewrites, strict=True)]
