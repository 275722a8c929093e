"""Compare systems that reword ads, on people that were not used to make the rewordings.

Joins the measures of every system's lists (``measure``) with what happened to the words
(``wording``). Not a place where measures are computed, and not a report: those are made from the
``Evaluation`` by ``as_json``, ``report`` and ``table``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.audit.abstention import Abstention, abstentions
from evenhand.audit.comparing import (
    Material,
    Pair,
    Settings,
    check_names,
    compare,
    first_repeats,
    judged_ads,
    pairs_of,
    quality_elsewhere,
)
from evenhand.audit.lists import rank_systems
from evenhand.audit.view import Page, Paged
from evenhand.audit.wording import Stats, Wording, settle_rewrites, wording_of
from evenhand.language.second_checker import second_check
from evenhand.match.protocol import BoolArray, Matcher, Rankings
from evenhand.measure.comparison import ORIGINAL, Comparison, PairMeasures
from evenhand.measure.paired import Margins, QualityCheck
from evenhand.measure.results import ContrastMeasures
from evenhand.measure.rows import Rows
from evenhand.measure.summary import PAPER_RETRIEVED
from evenhand.records.candidate import Pool
from evenhand.records.files import digest_texts
from evenhand.records.job import Job
from evenhand.records.pace import Progress
from evenhand.records.qualification import qualification
from evenhand.records.result import Row
from evenhand.rewrite.result import Rewrite

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

    def page(self) -> Page:
        """The report, without the changed ads."""
        from evenhand.audit.report import page_of

        return page_of(self)

    def sentences(self) -> Sequence[str]:
        """What must be said first, then what was found."""
        from evenhand.audit.verdicts import verdicts

        return [*(f"{each}." for each in self.said), *verdicts(self)]

    def tables(self) -> dict[str, list[Row]]:
        """One row a system at the headline cut, and every comparison of every system."""
        found = self.to_json()["systems"]
        systems: list[Row] = [
            {"system": name, **{key: one for key, one in row.items() if not isinstance(one, dict)}}
            for name, row in found.items()
        ]
        contrasts: list[Row] = [
            {"system": name, **row}
            for name, measures in self.comparison.systems.items()
            for row in measures.tables()["contrasts"]
        ]
        return {"systems": systems, "contrasts": contrasts}

    def to_json(self) -> dict[str, Any]:
        """The content of ``evaluation.json``; undefined numbers are None, small cells masked."""
        from evenhand.audit.as_json import evaluation_json

        return evaluation_json(self)


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

    Args:
        jobs: The ads as they were.
        pool: People that weren't used to make the rewordings.
        matcher: The engine, bound to this pool.
        rewrites: By system, one rewrite for every ad; rewrites of other ads are ignored.
        by: Attributes; the first one's first contrast is the headline.
        top: Places that count as shown.
        also_top: Another cut to show beside it; None for none.
        qualified: Shape ``(jobs, people)``; by equal ``grouped_by`` where not given.
        judged_groups: Occupation groups that parity is measured on; all ads by default. Words,
            facts and nDCG are still looked at on all ads.
        primary: The system that the claim is about and the one it must beat (a system or
            ``original``). Where either is absent, every system is compared with the original
            and the first is the primary.
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
    settings = Settings(tuple(by), top, also_top, resamples, seed, min_group, grouped_by, margins)
    judged = judged_ads(jobs, judged_groups, grouped_by)
    extra = dict(extra_rankings or {})
    check_names(rewrites, extra)
    settled = {name: settle_rewrites(name, jobs, given) for name, given in rewrites.items()}
    if qualified is None:
        qualified = qualification(jobs, pool, by=grouped_by)
    lists = _rank(matcher, jobs, settled, settings, progress) | extra
    material = Material(jobs, pool, qualified, lists)
    pairs = pairs_of(first_repeats([*settled, *extra], rows), primary)
    comparison = compare(material.where(judged, list(lists)), pairs, settings, rows, progress)
    judged_ids = frozenset(job.id for job, kept in zip(jobs, judged, strict=True) if kept)
    return Evaluation(
        protocol=_protocol(material, matcher, judged_groups, judged_ids, settings),
        comparison=comparison,
        wording=_wording(settled, judged_ids, stats or {}),
        other_quality=quality_elsewhere(material, judged, pairs[0][1], settings) if pairs else (),
        abstained=abstentions(comparison.systems[ORIGINAL]),
        said=tuple(notes),
        alike=_alike(settled, pairs),
    )


def _alike(settled: Mapping[str, Sequence[Rewrite]], pairs: Sequence[Pair]) -> int | None:
    """Ads to which both systems of the primary comparison gave the same text."""
    compared = [settled[name] for name in (pairs[0] if pairs else ()) if name in settled]
    if len(compared) < 2:
        return None
    return sum(one.rewritten == other.rewritten for one, other in zip(*compared, strict=True))


def _rank(
    matcher: Matcher,
    jobs: Sequence[Job],
    settled: Mapping[str, Sequence[Rewrite]],
    settings: Settings,
    progress: Progress | None,
) -> dict[str, Rankings]:
    """The lists of the original and of every system that changes words."""
    texts = {name: [each.rewritten for each in given] for name, given in settled.items()}
    places = max(settings.top, settings.also_top or 0, PAPER_RETRIEVED)
    k = min(places, len(matcher.candidate_ids))
    return rank_systems(matcher, jobs, {ORIGINAL: [j.text for j in jobs], **texts}, k, progress)


def _wording(
    settled: Mapping[str, Sequence[Rewrite]],
    judged: frozenset[str],
    stats: Mapping[str, Stats],
) -> dict[str, Wording]:
    return {
        name: wording_of(rewrites, judged, second_check, stats.get(name))
        for name, rewrites in settled.items()
    }


def _protocol(
    material: Material,
    matcher: Matcher,
    judged_groups: Sequence[str] | None,
    judged_ids: frozenset[str],
    settings: Settings,
) -> Protocol:
    return Protocol(
        by=settings.by,
        top=min(settings.top, len(material.pool)),
        also_top=settings.also_top,
        n_jobs=len(material.jobs),
        n_judged=len(judged_ids),
        n_people=len(material.pool),
        judged_groups=None if judged_groups is None else tuple(judged_groups),
        min_group=settings.min_group,
        grouped_by=settings.grouped_by,
        resamples=settings.resamples,
        seed=settings.seed,
        engine=matcher.name,
        engine_digest=matcher.digest,
        pool_digest=material.pool.digest,
        jobs_digest=digest_texts(part for job in material.jobs for part in (job.id, job.text)),
    )
