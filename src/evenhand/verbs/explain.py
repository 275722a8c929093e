"""``evenhand explain``: what each line of an ad does to the groups' chances, worst lines first.

No language model and no rewording: every line is left out in turn and the engine is asked again.
Figures of groups alone; a person cuts, by ``evenhand rewrite --cut``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evenhand.audit.lines import Explained, explain_ads
from evenhand.config.schema import MatcherConfig
from evenhand.errors import BadInput, need
from evenhand.match.protocol import BoolArray
from evenhand.records.columns import several
from evenhand.records.files import AnyPath, json_text, write_texts
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, writes
from evenhand.records.people import Pool, qualification
from evenhand.report.pages.lines import picture_of
from evenhand.verbs.engine import AnyEngine, bind, set_engine
from evenhand.verbs.inputs import grouped, refuse_text

LEAST = 20
"""Fewest qualified people of a side, as for rewards."""
EVERYBODY = (
    "Everybody in the pool counts as qualified, for the ad has no value in {by!r}; say what it "
    "stands for with --group."
)


@writes("out", suffixes={"out": [".json"]})
def explain(
    jobs: Sequence[Job],
    pool: Pool,
    *,
    by: str | Sequence[str] = ("gender",),
    matcher: MatcherConfig | str | None = None,
    engine: AnyEngine | None = None,
    qualified: BoolArray | None = None,
    qualified_by: str = "occupation_group",
    group: str = "",
    least: int = LEAST,
    seed: int = 0,
    out: AnyPath | None = None,
    progress: Progress | None = None,
) -> list[Explained]:
    """Leave out every line of every ad in turn and see how the groups' chances move.

    Args:
        jobs: The ads.
        pool: The people.
        by: Attributes to compare, or one; ``a*b`` for intersections.
        matcher: Which engine, by name too, and how long the lists are; the dense default if None.
        engine: The user's own engine; see ``verbs.engine``.
        qualified: Who is qualified, ``(jobs, people)``; by ``qualified_by`` if None, everybody
            where the ads have no value there.
        qualified_by: Column whose equality means qualified.
        group: Value of that column for ads that have none.
        least: Fewest qualified people of a side for a contrast to be judged; never under 5.
        seed: Of what luck would do.
        out: A JSON file, if wanted; a picture an ad stands beside it.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        BadInput: There are no ads, or ``group`` is no value of the people's column.
    """
    need("explaining lines", "match", "words")
    refuse_text(jobs=jobs, pool=pool)
    if not jobs:
        raise BadInput("there are no ads to explain; check the file and its filters")
    names = several(by)
    pool = grouped(pool, names)
    if qualified is None:
        qualified = _qualified(jobs, pool, qualified_by, group)
    settings = set_engine(matcher)
    found = explain_ads(
        jobs,
        pool,
        bind(pool, settings, engine, progress),
        qualified,
        by=names,
        top=settings.top,
        least=least,
        seed=seed,
        progress=progress,
    )
    if out is not None:
        texts: dict[AnyPath, str] = {out: json_text([one.to_json() for one in found])}
        for number, one in enumerate(found, 1):
            if one.lines:
                beside = Path(out).with_suffix("")
                texts[f"{beside}-{number}.svg"] = picture_of(one, f"ad-{number}")
        write_texts(texts)
    return found


def has_group(jobs: Sequence[Job], column: str) -> bool:
    """Whether any ad says what its people are qualified by."""
    return any(job.fields.get(column) for job in jobs)


def _qualified(jobs: Sequence[Job], pool: Pool, by: str, group: str) -> BoolArray:
    if group:
        offered = sorted({str(one) for one in pool.column(by)} - {""})
        if group not in offered:
            raise BadInput(
                f"--group {group}: nobody in the pool has this value in {by!r}; its values are "
                f"{', '.join(offered[:12]) or 'none'}"
            )
        jobs = [replace(job, fields={by: group, **job.fields}) for job in jobs]
    if not has_group(jobs, by):
        return np.ones((len(jobs), len(pool)), dtype=np.bool_)
    return qualification(jobs, pool, by=by)
