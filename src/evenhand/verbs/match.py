"""``evenhand match``: ads and people in, exact top-k lists out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evenhand.config.schema import MatcherConfig
from evenhand.errors import need
from evenhand.match.protocol import Rankings
from evenhand.match.tables import write_rankings
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.outputs import writes
from evenhand.records.pace import Progress
from evenhand.verbs.engine import AnyEngine, bind


@writes("out")
def match(
    jobs: Sequence[Job],
    pool: Pool,
    matcher: MatcherConfig | None = None,
    *,
    engine: AnyEngine | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Rankings:
    """Rank the pool for every ad.

    Args:
        jobs: The ads.
        pool: The people.
        matcher: Which engine and how long the lists are; the dense default if None.
        engine: The user's own engine, instead of a name; see ``verbs.engine``.
        out: A Parquet file for the lists (job_id, rank, candidate_id, score), if wanted.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        MatcherError: The engine failed or broke its contract.
        StorageError: ``out`` can't be written.
    """
    need("ranking people", "match")
    settings = matcher or MatcherConfig()
    places = min(settings.top, len(pool))
    rankings = bind(pool, settings, engine, progress).rank(jobs, places)
    if out is not None:
        write_rankings(Path(out), rankings)
    return rankings
