"""``evenhand measure``: parity and quality of an engine's lists, with intervals and nulls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evenhand.config.schema import MatcherConfig
from evenhand.errors import BadInput, need
from evenhand.match.protocol import BoolArray, Rankings
from evenhand.match.tables import read_rankings
from evenhand.measure.results import Measures
from evenhand.measure.summary import PAPER_RETRIEVED, measure_rankings
from evenhand.records.candidate import Pool
from evenhand.records.files import write_json
from evenhand.records.job import Job
from evenhand.records.outputs import writes
from evenhand.records.pace import Progress
from evenhand.records.qualification import qualification
from evenhand.rehearsal import begin
from evenhand.verbs.engine import AnyEngine, bind
from evenhand.verbs.inputs import grouped


@writes("out")
def measure(
    jobs: Sequence[Job],
    pool: Pool,
    *,
    by: Sequence[str] = ("gender",),
    matcher: MatcherConfig | None = None,
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
        by: Attributes to compare; ``a*b`` for intersections.
        matcher: Which engine and how long the lists are; the dense default if None.
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
    settings = matcher or MatcherConfig()
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
