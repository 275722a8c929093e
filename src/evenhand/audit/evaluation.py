"""An evaluation: the original ads and every system's, measured, and what changed between them.

Decides which systems are compared over which ads, ranks them once, sums up what was done to the
words and says where nothing may be claimed. Measuring is the business of ``measure``, saying what
was found that of ``report``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from evenhand.audit.shown import Paged, has_gap
from evenhand.errors import BadInput
from evenhand.language.second_checker import second_check
from evenhand.language.span import Edit, Verdict
from evenhand.language.style import readability
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Matcher, Rankings
from evenhand.measure.compare import (
    ORIGINAL,
    Comparison,
    Margins,
    PairMeasures,
    QualityCheck,
    Rows,
    compare_rankings,
)
from evenhand.measure.measures import PAPER_RETRIEVED, ContrastMeasures, Measures
from evenhand.records.files import digest_texts
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, steps
from evenhand.records.people import Pool, qualification
from evenhand.rewrite.result import Rewrite

SecondCheck = Callable[[str, str], Verdict]
"""``check(before, after) -> Verdict``; a failed verdict says that a fact changed, its reason which
kind of fact before a colon."""

BY = "a second program; nobody read the edits"


@dataclass(frozen=True, slots=True)
class FactsChecked:
    """Edits read by the second checker, and how many of them it says changed a fact.

    No bound of the share of edits that did: it is a program, shares no code with the gate that let
    the edits through and overlooks some, which only a reader finds. ``reasons`` are kinds of fact
    with how often, the most frequent first; never ad text.
    """

    read: int
    flagged: int
    reasons: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "read": self.read,
            "flagged": self.flagged,
            "by": BY,
            "reasons": dict(self.reasons),
        }


def check_facts(edits: Iterable[Edit], check: SecondCheck) -> FactsChecked:
    """Read every edit with the second checker."""
    read, counts = 0, dict[str, int]()
    for edit in edits:
        read += 1
        verdict = check(edit.before, edit.after)
        if not verdict.passed:
            kind = verdict.reason.partition(":")[0]
            counts[kind] = counts.get(kind, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return FactsChecked(read, sum(counts.values()), tuple(ordered))


@dataclass(frozen=True, slots=True)
class Abstention:
    """One comparison of the original ads without a detectable gap: nothing may be claimed there.

    Not the abstention of the reward, which decides on training people before anything is tuned.
    ``detectable`` is the ratio above 1 that could have been told from parity, ``reason`` why there
    is no figure.
    """

    attribute: str
    group: str
    reference: str
    scope: str
    ratio: float
    interval: tuple[float, float]
    detectable: float
    reason: str


def abstentions(original: Measures) -> tuple[Abstention, ...]:
    """Every comparison at the headline cut whose interval holds parity, or that has none."""
    return tuple(
        Abstention(
            attribute,
            one.group,
            one.reference,
            scope,
            one.ratio.value,
            one.ratio.interval,
            one.ratio.detectable,
            why_no_figure(one, original.min_group),
        )
        for attribute, measured in original.attributes.items()
        for scope, found in measured.cuts[original.top].scopes.items()
        for one in found.contrasts
        if not has_gap(one)
    )


def why_no_figure(contrast: ContrastMeasures, min_group: int) -> str:
    """Why R is 0, undefined or withheld; never how many people there are, which may be few."""
    if contrast.judged:
        return contrast.ratio.reason
    return f"not judged: fewer than {min_group} qualified people on one side"


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

    Shares, edits an ad and reading grades are over the ads that the parity figures rest on;
    proposals, refusals by gate (the most frequent first) and facts over all ads given. ``seconds``
    of rewriting are NaN, ``samples`` a span None where they weren't recorded.
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
    """One system's rewrites in the order of the jobs; rewrites of other ads are left out."""
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
    """Sum up one system's rewrites."""
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


def rank_systems(
    matcher: Matcher,
    jobs: Sequence[Job],
    texts: Mapping[str, Sequence[str]],
    k: int,
    progress: Progress | None = None,
) -> dict[str, Rankings]:
    """Rank the same ads in the words of several systems, one text a job each.

    An ad that a system left alone keeps the original's list, and a text that was ranked once isn't
    ranked again, so that systems which agree on an ad agree on its list.
    """
    known: dict[tuple[str, str], tuple[IntArray, FloatArray]] = {}
    ranked: dict[str, Rankings] = {}
    for name in steps(progress, "rank", [*texts]):
        pairs = [*zip(jobs, texts[name], strict=True)]
        new = [job.reworded(text) for job, text in pairs if (job.id, text) not in known]
        if new:
            found = matcher.rank(new, k)
            rows = zip(new, found.positions, found.scores, strict=True)
            known |= {(job.id, job.text): (positions, scores) for job, positions, scores in rows}
        own = [known[job.id, text] for job, text in pairs]
        ids = tuple(job.id for job in jobs)
        positions, scores = (np.stack(column) for column in zip(*own, strict=True))
        ranked[name] = Rankings(ids, matcher.candidate_ids, positions, scores)
    return ranked


Pair = tuple[str, str]
"""Names of the systems before and after."""


@dataclass(frozen=True)
class Material:
    """Ads, people and the lists of every system, ``original`` among them, over all ads given.

    ``qualified`` has shape ``(jobs, people)``.
    """

    jobs: Sequence[Job]
    pool: Pool
    qualified: BoolArray
    lists: Mapping[str, Rankings]

    def where(self, keep: BoolArray, systems: Sequence[str]) -> Material:
        """Some of the ads and systems."""
        jobs = [job for job, one in zip(self.jobs, keep, strict=True) if one]
        lists = {
            name: Rankings(
                tuple(job for job, here in zip(one.query_ids, keep, strict=True) if here),
                one.candidate_ids,
                one.positions[keep],
                one.scores[keep],
            )
            for name, one in self.lists.items()
            if name in systems
        }
        return Material(jobs, self.pool, self.qualified[keep], lists)

    def compared(self, measure: Callable[..., Comparison], **more: Any) -> Comparison:
        """Every system measured, and what changed between some of them."""
        others = {name: one for name, one in self.lists.items() if name != ORIGINAL}
        return measure(self.lists[ORIGINAL], others, self.jobs, self.pool, self.qualified, **more)


def check_names(words: Mapping[str, object], lists: Mapping[str, object]) -> None:
    """Refuse names that are taken."""
    for name in [*words, *lists]:
        if name == ORIGINAL:
            raise BadInput(f"{ORIGINAL!r} names the ads as they were; give the system another name")
        if name in words and name in lists:
            raise BadInput(f"two systems are called {name!r}; give one of them another name")


def judged_ads(jobs: Sequence[Job], groups: Sequence[str] | None, grouped_by: str) -> BoolArray:
    """Which ads the parity figures rest on, shape ``(jobs,)``."""
    if not jobs:
        raise BadInput("there are no ads to evaluate; check the file and its filters")
    if groups is None:
        return np.ones(len(jobs), dtype=np.bool_)
    judged = np.array([job.fields.get(grouped_by, "") in groups for job in jobs], dtype=np.bool_)
    if not judged.any():
        raise BadInput(
            f"no ad is of the judged groups {', '.join(groups)}; name groups that the ads have in "
            f"{grouped_by!r}"
        )
    return judged


def pairs_of(systems: Sequence[str], primary: Pair) -> list[Pair]:
    """The comparisons, the primary one first.

    Where a system of ``primary`` is absent, every system is compared with the original.
    """
    focus, rival = primary
    if focus not in systems or rival not in (ORIGINAL, *systems):
        return [(ORIGINAL, name) for name in systems]
    others = [name for name in (ORIGINAL, *systems) if name not in primary]
    return [(rival, focus), *((name, focus) for name in others)]


def first_repeats(systems: Sequence[str], rows: Rows | None) -> list[str]:
    """The systems without the further repeats of a row, which aren't compared by themselves."""
    repeats = [] if rows is None else list(rows.repeats.values())
    further = {name for names in repeats for name in names[1:]}
    return [name for name in systems if name not in further]


PRIMARY = ("tuned", "best_of_4")
"""The system that a claim is about, and the one that it must beat."""


@dataclass(frozen=True)
class Protocol:
    """How the evaluation was made; enough to tell whether two of them may be compared.

    Attributes:
        by: Attributes, the headline one first.
        top: Places that count as shown.
        also_top: A second cut shown beside it; None for none.
        n_jobs: Ads given.
        n_judged: Ads that the parity figures rest on.
        n_people: People in the pool.
        judged_groups: Occupation groups that parity was restricted to; None for all.
        min_group: Fewest qualified people on either side for a figure to be given.
        grouped_by: Field of the ads that holds their occupation group.
        resamples: Of the bootstrap, and permutations of the null.
        seed: Of both.
        engine: Name of the matching engine.
        engine_digest: Of the engine, its settings and its people.
        pool_digest: Of ids and texts of the people.
        jobs_digest: Of ids and texts of the ads.
    """

    by: tuple[str, ...]
    top: int
    also_top: int | None
    n_jobs: int
    n_judged: int
    n_people: int
    judged_groups: tuple[str, ...] | None
    min_group: int
    grouped_by: str
    resamples: int
    seed: int
    engine: str
    engine_digest: str
    pool_digest: str
    jobs_digest: str


@dataclass(frozen=True)
class Evaluation(Paged):
    """Everything that a report, a table or ``evaluation.json`` says.

    Attributes:
        protocol: How it was made.
        comparison: Measures of every system and the paired comparisons, on the judged ads.
        wording: What each system did to the words; ``original`` and re-rankings have none.
        other_quality: nDCG checks of the focus against the original on groups of ads that parity
            wasn't judged on.
        abstained: Where the original engine shows no detectable gap, so that nothing is claimed.
        said: What whoever asked for it has to say first, one sentence each.
        alike: Ads to which the focus gave the very text of the system that it must beat; None where
            either changes no words.
    """

    protocol: Protocol
    comparison: Comparison
    wording: Mapping[str, Wording]
    other_quality: tuple[QualityCheck, ...] = ()
    abstained: tuple[Abstention, ...] = ()
    said: tuple[str, ...] = ()
    alike: int | None = None
    writer: ClassVar[str] = "evenhand.report.pages.evaluation"

    @property
    def attribute(self) -> str:
        """The attribute of the headline."""
        return self.protocol.by[0]

    @property
    def primary_pair(self) -> PairMeasures | None:
        """The paired comparison that holds the primary endpoint."""
        return next(iter(self.comparison.pairs), None)

    @property
    def focus(self) -> str | None:
        """The system that the report is about; None where only the original was measured."""
        return self.primary_pair.after if self.primary_pair else None

    @property
    def original(self) -> Measures:
        """What the ads as they were show."""
        return self.comparison.systems[ORIGINAL]

    @property
    def kept(self) -> PairMeasures | None:
        """The comparison that says what the focus kept: with the original."""
        return self.pair(ORIGINAL, self.focus) if self.focus else None

    def pair(self, before: str, after: str) -> PairMeasures | None:
        """One paired comparison, where it was made."""
        pairs = self.comparison.pairs
        return next((pair for pair in pairs if (pair.before, pair.after) == (before, after)), None)

    def headline(self, system: str, *, top: int | None = None) -> ContrastMeasures:
        """Overall R of one system: first attribute, first contrast."""
        return self.comparison.systems[system].contrast(self.attribute, top=top)

    @property
    def quality_name(self) -> str:
        """The nDCG of the headline: at the shorter cut."""
        cuts = next(iter(self.comparison.systems.values())).attributes[self.attribute].cuts
        return f"ndcg@{min(cuts)}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What limits the figures, one sentence each; a system's own notes begin with its name."""
        comparison = self.comparison
        said: dict[str, list[str]] = {}
        for name, measures in comparison.systems.items():
            for note in measures.notes:
                said.setdefault(note, []).append(name)
        own = [
            note if len(names) == len(comparison.systems) else f"{', '.join(names)}: {note}"
            for note, names in said.items()
            if note not in comparison.notes
        ]
        return (*self.said, *comparison.notes, *own)

    def to_json(self) -> dict[str, Any]:
        """The content of ``evaluation.json``; undefined numbers are None, small cells masked."""
        return import_module("evenhand.report.columns").evaluation_json(self)


def evaluate(
    jobs: Sequence[Job],
    pool: Pool,
    matcher: Matcher,
    rewrites: Mapping[str, Sequence[Rewrite]],
    *,
    by: Sequence[str],
    top: int = 50,
    also_top: int | None = 20,
    qualified: BoolArray | None = None,
    judged_groups: Sequence[str] | None = None,
    primary: Pair = PRIMARY,
    resamples: int = 2000,
    seed: int = 0,
    min_group: int = 20,
    grouped_by: str = "occupation_group",
    margins: Margins | None = None,
    stats: Mapping[str, Stats] | None = None,
    extra_rankings: Mapping[str, Rankings] | None = None,
    rows: Rows | None = None,
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Evaluation:
    """Measure the original ads and every system's, and what changed between them.

    Words, facts and nDCG are looked at on all ads, parity on those of ``judged_groups``.

    Args:
        jobs: The ads as they were.
        pool: People that weren't used to make the rewordings.
        matcher: The engine, bound to this pool.
        rewrites: By system, one rewrite for every ad; rewrites of other ads are ignored.
        by: Attributes; the first one's first contrast is the headline.
        top: Places that count as shown.
        also_top: Another cut to show beside it; None for none.
        qualified: Shape ``(jobs, people)``; by equal ``grouped_by`` where not given.
        judged_groups: Occupation groups that parity is measured on; all ads by default.
        primary: The system of the claim and the one it must beat; else each against the original.
        resamples: Of the bootstrap, and permutations of the null.
        seed: Of both.
        min_group: Fewest qualified people on either side for a figure to be given.
        grouped_by: Field of ads and people that holds the occupation group.
        margins: Of the non-inferiority checks.
        stats: By system, what ``evenhand rewrite`` recorded of its cost.
        extra_rankings: Systems that change lists and no words (a re-ranking), over these jobs.
        rows: Systems that were made several times, to be compared by their mean over repeats.
        notes: What the evaluation has to say before anything else, one sentence each.
        progress: Called with the stage, what is done and the total.

    Raises:
        BadInput: A system lacks an ad, reworded another text, or has a name that is taken.
        MatcherError: The engine failed.
        MeasureError: A measure is undefined for these ads and people.
    """
    asked: dict[str, Any] = {"top": top, "also_top": also_top, "resamples": resamples, "seed": seed}
    asked |= {"min_group": min_group, "grouped_by": grouped_by, "by": tuple(by)}
    measure = partial(compare_rankings, margins=margins, **asked)
    judged = judged_ads(jobs, judged_groups, grouped_by)
    extra = dict(extra_rankings or {})
    check_names(rewrites, extra)
    settled = {name: settle_rewrites(name, jobs, given) for name, given in rewrites.items()}
    if qualified is None:
        qualified = qualification(jobs, pool, by=grouped_by)
    lists = _ranked(jobs, matcher, settled, max(top, also_top or 0), progress) | extra
    material = Material(jobs, pool, qualified, lists)
    pairs = pairs_of(first_repeats([*settled, *extra], rows), primary)
    kept = material.where(judged, list(lists))
    comparison = kept.compared(measure, pairs=pairs, rows=rows, progress=progress)
    ids = frozenset(job.id for job in kept.jobs)
    words = _wording(settled, ids, stats or {})
    elsewhere = _quality_elsewhere(material, judged, pairs[0][1], measure) if pairs else ()
    return Evaluation(
        _protocol(material, matcher, judged_groups, len(ids), asked),
        comparison,
        words,
        elsewhere,
        abstentions(comparison.systems[ORIGINAL]),
        tuple(notes),
        _alike(settled, pairs),
    )


def _ranked(
    jobs: Sequence[Job],
    matcher: Matcher,
    settled: Mapping[str, Sequence[Rewrite]],
    top: int,
    progress: Progress | None,
) -> dict[str, Rankings]:
    """The lists of the original and of every system that changes words."""
    texts = {name: [each.rewritten for each in given] for name, given in settled.items()}
    texts = {ORIGINAL: [job.text for job in jobs], **texts}
    places = min(max(top, PAPER_RETRIEVED), len(matcher.candidate_ids))
    return rank_systems(matcher, jobs, texts, places, progress)


def _wording(
    settled: Mapping[str, Sequence[Rewrite]], judged: frozenset[str], stats: Mapping[str, Stats]
) -> dict[str, Wording]:
    return {
        name: wording_of(rewrites, judged, second_check, stats.get(name))
        for name, rewrites in settled.items()
    }


def _protocol(
    material: Material,
    matcher: Matcher,
    judged_groups: Sequence[str] | None,
    n_judged: int,
    asked: Mapping[str, Any],
) -> Protocol:
    return Protocol(
        **{**asked, "top": min(asked["top"], len(material.pool))},
        n_jobs=len(material.jobs),
        n_judged=n_judged,
        n_people=len(material.pool),
        judged_groups=None if judged_groups is None else tuple(judged_groups),
        engine=matcher.name,
        engine_digest=matcher.digest,
        pool_digest=material.pool.digest,
        jobs_digest=digest_texts(part for job in material.jobs for part in (job.id, job.text)),
    )


def _quality_elsewhere(
    material: Material, judged: BoolArray, focus: str, measure: Callable[..., Comparison]
) -> tuple[QualityCheck, ...]:
    """NDCG of one system against the original on groups of ads that parity isn't judged on."""
    keep = ~judged & material.qualified.any(axis=1)
    if not keep.any():
        return ()
    two = material.where(keep, [ORIGINAL, focus])
    return two.compared(measure, pairs=[(ORIGINAL, focus)]).pairs[0].quality[1:]


def _alike(settled: Mapping[str, Sequence[Rewrite]], pairs: Sequence[Pair]) -> int | None:
    """Ads to which both systems of the primary comparison gave the same text."""
    compared = [settled[name] for name in (pairs[0] if pairs else ()) if name in settled]
    if len(compared) < 2:
        return None
    return sum(one.rewritten == other.rewritten for one, other in zip(*compared, strict=True))
