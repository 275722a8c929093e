"""``evenhand match`` and ``measure``: exact top-k lists; their parity and quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evenhand.config.schema import MatcherConfig
from evenhand.errors import BadInput, need
from evenhand.match.lists import read_rankings, write_rankings
from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.measures import PAPER_RETRIEVED, Measures, measure_rankings
from evenhand.records.columns import several
from evenhand.records.files import write_json
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, writes
from evenhand.records.people import Pool, qualification
from evenhand.rehearsal import begin
from evenhand.verbs.engine import AnyEngine, bind, set_engine
from evenhand.verbs.inputs import grouped, refuse_text


@writes("out", suffixes={"out": [".parquet"]})
def match(
    jobs: Sequence[Job],
    pool: Pool,
    matcher: MatcherConfig | str | None = None,
    *,
    engine: AnyEngine | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Rankings:
    """Rank the pool for every ad.

    Args:
        jobs: The ads.
        pool: The people.
        matcher: Which engine, by name too, and how long the lists are; the dense default if None.
        engine: The user's own engine, instead of a name; see ``verbs.engine``.
        out: A Parquet file for the lists (job_id, rank, candidate_id, score), if wanted.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        MatcherError: The engine failed or broke its contract.
        StorageError: ``out`` can't be written.
    """
    need("ranking people", "match")
    refuse_text(jobs=jobs, pool=pool)
    settings = set_engine(matcher)
    places = min(settings.top, len(pool))
    rankings = bind(pool, settings, engine, progress).rank(jobs, places)
    if out is not None:
        write_rankings(Path(out), rankings)
    return rankings


@writes("out", suffixes={"out": [".json"]})
def measure(
    jobs: Sequence[Job],
    pool: Pool,
    *,
    by: str | Sequence[str] = ("gender",),
    matcher: MatcherConfig | str | None = None,
    engine: AnyEngine | None = None,
    rankings: str | Path | None = None,
    qualified: BoolArray | None = None,
    qualified_by: str = "occupation_group",
    seed: int = 0,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Measures:
    """Measure the lists that an engine gives, or that a file holds.

    Args:
        jobs: The ads.
        pool: The people.
        by: Attributes to compare, or one; ``a*b`` for intersections.
        matcher: Which engine, by name too, and how long the lists are; the dense default if None.
        engine: The user's own engine; see ``verbs.engine``.
        rankings: Lists from ``evenhand match`` or of the user's own engine (``read_rankings``)
            instead of an engine.
        qualified: Who is qualified, ``(jobs, people)``; by ``qualified_by`` if None.
        qualified_by: Column whose equality means qualified; ads are grouped by it too.
        seed: Of the bootstrap and of permutations.
        out: A JSON file, if wanted.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        BadInput: There are no ads, or nobody has a value in an attribute.
        MeasureError: A measure is undefined for these ads and people.
        EvenhandError: Of the class of whatever boundary failed.
    """
    need("measuring lists", "match")
    refuse_text(jobs=jobs, pool=pool)
    by = several(by)
    settings = set_engine(matcher)
    if not jobs:
        raise BadInput("there are no ads to measure; check the file and its filters")
    pool = grouped(pool, by)
    given = qualification(jobs, pool, by=qualified_by) if qualified is None else qualified
    said: list[str] = []
    lists = _lists(jobs, pool, settings, engine, rankings, progress, said)
    begin()
    found = measure_rankings(
        lists,
        jobs,
        pool,
        given,
        by=by,
        top=settings.top,
        seed=seed,
        grouped_by=qualified_by,
        progress=progress,
    )
    found = replace(found, notes=(*said, *found.notes))
    if out is not None:
        write_json(out, found.to_json())
    return found


def _lists(
    jobs: Sequence[Job],
    pool: Pool,
    settings: MatcherConfig,
    engine: AnyEngine | None,
    rankings: str | Path | None,
    progress: Progress | None,
    said: list[str],
) -> Rankings:
    if rankings is not None:
        return read_rankings(rankings, pool.ids, [job.id for job in jobs], said)
    k = min(max(settings.top, PAPER_RETRIEVED), len(pool))
    return bind(pool, settings, engine, progress).rank(jobs, k)
