"""What kinds of edits a system makes, what each alone does to the score gap, and what they add up.

Of single edits and texts; other encoders and people are ``hacking_people``'s business. Nothing
that is returned holds ad text: words are named where they are function words or listed neutral
words and occur in ``LEAST`` edits or more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenhand.language.gates import FRAMING_WORDS, NEUTRAL_WORDS
from evenhand.language.span import apply_edits
from evenhand.language.text import content_lemmas, is_function_word, lemma, words
from evenhand.match.protocol import FloatArray
from evenhand.measure.resample import draw_weights, percentile_interval
from evenhand.records.job import Job
from evenhand.reward.model import RewardModel
from evenhand.rewrite.result import Rewrite
from hacking_wear import RESAMPLES, rounded

LEAST = 5
"""Words and frames in fewer edits aren't named."""
LONGEST_FRAME = 8
OTHER = "(another word)"
OTHER_FRAME = "(another opening)"


@dataclass(frozen=True)
class Effect:
    """One accepted edit with what it does by itself.

    Attributes:
        ad: Index of its ad.
        group: Occupation group of the ad.
        kind: See ``kind_of``.
        frame: Opening that was put on, in lower case; empty for other kinds.
        source: ``rule``, ``model``, or ``rule on model`` where proofs say both.
        closing: Change of the score difference towards parity, in spreads of the ad; NaN where
            evenhand abstains.
        delta: The same change, towards the lead contrast's first value.
        added: Lemmas that it adds, repeats kept.
        removed: Lemmas that it removes.
    """

    ad: int
    group: str
    kind: str
    frame: str
    source: str
    closing: float
    delta: float
    added: tuple[str, ...]
    removed: tuple[str, ...]


def kind_of(before: str, after: str) -> tuple[str, str]:
    """The kind of an edit by its words, and the opening that it puts on (or nothing).

    Kinds: ``frame on``, ``frame off``, ``words swapped``, ``words added``, ``words dropped``,
    ``other forms`` (same lemmas), ``small words``, ``order``, ``signs``; a frame together with
    changed content words is ``frame on, words``.
    """
    one, two = words(before), words(after)
    frame, how = _frame(one, two)
    rest = _content_change(before, after, frame)
    if how:
        changed = rest in {"words swapped", "words added", "words dropped"}
        return (f"{how}, words" if changed else how), (frame if how == "frame on" else "")
    return rest, ""


def effects_of(
    jobs: Sequence[Job], rewrites: Sequence[Rewrite], reward: RewardModel
) -> list[Effect]:
    """Every accepted edit, with its effect alone on the people that the reward holds."""
    work = [
        (job, [apply_edits(found.original, [edit]) for edit in found.edits])
        for job, found in zip(jobs, rewrites, strict=True)
    ]
    effects: list[Effect] = []
    changes = reward.changes_many(work)
    for at, (job, found) in enumerate(zip(jobs, rewrites, strict=True)):
        sign = 0.0 if reward.abstains(job) else _sign(reward, job)
        for edit, change in zip(found.edits, changes[at], strict=True):
            kind, frame = kind_of(edit.before, edit.after)
            delta = float("nan") if change.delta is None else change.delta
            one = Counter(map(lemma, words(edit.before)))
            two = Counter(map(lemma, words(edit.after)))
            effects.append(
                Effect(
                    at,
                    str(job.group),
                    kind,
                    frame,
                    str(edit.proof.get("source", "")).partition(":")[0],
                    sign * delta if sign else float("nan"),
                    delta,
                    tuple((two - one).elements()),
                    tuple((one - two).elements()),
                )
            )
    return effects


def summarise_effects(effects: Sequence[Effect], jobs: Sequence[Job], seed: int) -> dict[str, Any]:
    """Shares of the gain by kind, source and frame, and words by summed effect; no ad text."""
    judged = [one for one in effects if not np.isnan(one.closing)]
    groups = sorted({one.group for one in judged})
    return {
        "edits": len(effects),
        "edits_judged": len(judged),
        "summed_closing": rounded(sum(one.closing for one in judged)),
        "by_kind": _shares(judged, [one.kind for one in judged], jobs, seed),
        "by_source": _shares(judged, [one.source for one in judged], jobs, seed),
        "frames": _tally((_named_frames(judged)[at], one) for at, one in enumerate(judged)),
        "groups": {
            group: {
                "by_kind": _tally((one.kind, one) for one in judged if one.group == group),
                **_word_tables([one for one in judged if one.group == group]),
            }
            for group in groups
        },
        "all_groups": _word_tables(judged),
        "abstained": _abstained(effects),
    }


def _sign(reward: RewardModel, job: Job) -> float:
    target = reward.targets[reward.group_of(job)]
    return float(np.sign(target.contrasts[target.lead or 0].shift))


def _frame(one: Sequence[str], two: Sequence[str]) -> tuple[str, str]:
    """Words put before (or taken from before) the first word that the texts share."""
    for long, short, how in ((two, one, "frame on"), (one, two, "frame off")):
        if not short or not long or lemma(long[0]) == lemma(short[0]):
            continue
        said = {lemma(word) for word in short if not is_function_word(word)}
        for at, word in enumerate(long[1 : LONGEST_FRAME + 1], 1):
            if lemma(word) == lemma(short[0]) and not said & set(map(lemma, long[:at])):
                return " ".join(long[:at]), how
    return "", ""


def _content_change(before: str, after: str, frame: str) -> str:
    one, two = Counter(content_lemmas(before)), Counter(content_lemmas(after))
    lost, gained = one - two, two - one
    framing = Counter(map(lemma, frame.split()))
    lost, gained = lost - framing, gained - framing
    if lost and gained:
        return "words swapped"
    if lost or gained:
        return "words dropped" if lost else "words added"
    said, now = words(before), words(after)
    if sorted(said) == sorted(now):
        return "signs" if said == now else "order"
    content = [sorted(w for w in side if not is_function_word(w)) for side in (said, now)]
    return "small words" if content[0] == content[1] else "other forms"


def _named_frames(effects: Sequence[Effect]) -> list[str]:
    counts = Counter(one.frame for one in effects)
    return [
        one.frame
        if not one.frame or (counts[one.frame] >= LEAST and all(map(_plain, one.frame.split())))
        else OTHER_FRAME
        for one in effects
    ]


def _plain(word: str) -> bool:
    """Whether a word is the ad's own neither by content nor by style."""
    listed = NEUTRAL_WORDS | FRAMING_WORDS
    return is_function_word(word) or word in listed or lemma(word) in listed


def _shares(
    effects: Sequence[Effect], names: Sequence[str], jobs: Sequence[Job], seed: int
) -> dict[str, Any]:
    """Part of the summed gain that each name brings, ads resampled within their groups."""
    columns = sorted(set(names))
    sums: FloatArray = np.zeros((len(jobs), len(columns)))
    for one, name in zip(effects, names, strict=True):
        sums[one.ad, columns.index(name)] += one.closing
    drawn = draw_weights(1, [str(j.group) for j in jobs], RESAMPLES, seed, over="ads")
    totals = drawn.ads.astype(np.float64) @ sums
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = percentile_interval(totals / totals.sum(axis=1, keepdims=True))
        share = sums.sum(axis=0) / sums.sum()
    tally = _tally(zip(names, effects, strict=True))
    return {
        name: {
            **tally[name],
            "share": rounded(share[at]),
            "share_interval": [rounded(low[at]), rounded(high[at])],
        }
        for at, name in enumerate(columns)
    }


def _tally(named: Iterable[tuple[str, Effect]]) -> dict[str, dict[str, Any]]:
    found: dict[str, list[float]] = defaultdict(list)
    for name, effect in named:
        if name:
            found[name].append(effect.closing)
    ordered = sorted(found.items(), key=lambda pair: -sum(pair[1]))
    return {
        name: {
            "edits": len(gains),
            "summed_closing": rounded(sum(gains)),
            "mean_closing": rounded(sum(gains) / len(gains)),
        }
        for name, gains in ordered
    }


def _word_tables(effects: Sequence[Effect]) -> dict[str, Any]:
    return {
        f"lemmas_{how}": _words((getattr(one, how), one) for one in effects)
        for how in ("added", "removed")
    }


def _words(pairs: Iterable[tuple[tuple[str, ...], Effect]]) -> dict[str, Any]:
    """Summed effect and count of the edits that hold each plain lemma; others are pooled."""
    rows = [(name, one) for lemmas, one in pairs for name in set(lemmas)]
    counts = Counter(name for name, _ in rows)
    named = ((name if counts[name] >= LEAST and _plain(name) else OTHER, one) for name, one in rows)
    return _tally(named)


def _abstained(effects: Sequence[Effect]) -> dict[str, Any]:
    left = [one for one in effects if np.isnan(one.closing)]
    return dict(sorted(Counter(one.group for one in left).items()))
