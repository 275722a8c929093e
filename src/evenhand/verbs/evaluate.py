"""``evenhand evaluate``: systems that reword ads, compared on people that made none of them."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.audit.evaluation import Evaluation, check_names, settle_rewrites
from evenhand.audit.evaluation import evaluate as compare
from evenhand.config.schema import MatcherConfig
from evenhand.errors import BadInput, need
from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.compare import Rows
from evenhand.records.columns import several
from evenhand.records.files import AnyPath, digest_of, json_text, read_json, write_texts
from evenhand.records.integrity import is_regular
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, writes
from evenhand.records.people import Pool
from evenhand.rehearsal import foretell
from evenhand.report.page import files_of
from evenhand.report.pages.evaluation import report_page
from evenhand.rewrite.result import Rewrite, read_rewrites
from evenhand.verbs.engine import AnyEngine, bind, made_for, meant, refuse_another
from evenhand.verbs.inputs import grouped, refuse_text

PREFERRED = ("best_of_4", "align_only", "random_edit")
"""What ``tuned`` is compared with first, in this order, where it is there."""


@dataclass(frozen=True)
class Systems:
    """What each system made of the ads.

    Attributes:
        rewrites: By system, in the order given.
        stats: Time and budget of each, from the file beside its rewritings, where there is one.
    """

    rewrites: Mapping[str, Sequence[Rewrite]]
    stats: Mapping[str, Mapping[str, Any]]


def read_systems(files: Mapping[str, str]) -> Systems:
    """Read the rewritings of systems by name."""
    rewrites = {name: read_rewrites(path) for name, path in files.items()}
    beside = {name: Path(f"{path}.stats.json") for name, path in files.items()}
    stats = {name: read_json(path) for name, path in beside.items() if is_regular(path)}
    return Systems(rewrites, stats)


@writes("out", "html", suffixes={"out": [".json"], "html": [".html", ".htm"]})
def evaluate(
    jobs: Sequence[Job],
    pool: Pool,
    systems: Systems | Mapping[str, Sequence[Rewrite]],
    *,
    by: str | Sequence[str] = ("gender",),
    matcher: MatcherConfig | str | None = None,
    engine: AnyEngine | None = None,
    other_engine: bool = False,
    qualified: BoolArray | None = None,
    qualified_by: str = "occupation_group",
    judged_groups: Sequence[str] | None = None,
    min_group: int = 20,
    resamples: int = 2000,
    seed: int = 0,
    out: str | Path | None = None,
    html: str | Path | None = None,
    notice: str | None = None,
    provenance: Mapping[str, str] | None = None,
    extra_rankings: Mapping[str, Rankings] | None = None,
    rows: Rows | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Compare systems with the original ads and with each other.

    Args:
        jobs: The ads, as they were given to ``rewrite``.
        pool: People who were not used to make the rewordings.
        systems: Rewritings by system.
        by: Attributes, the headline one first, or one.
        matcher: What is set of an engine; what isn't is as the rewordings were made for, or dense.
        engine: The user's own engine; see ``verbs.engine``.
        other_engine: Judge in another engine than theirs, which the evaluation then says.
        qualified: Who is qualified, ``(jobs, people)``; by ``qualified_by`` if None.
        qualified_by: Column whose equality means qualified; ads are grouped by it too.
        judged_groups: Occupation groups that parity is restricted to; all that can speak if None.
        min_group: Fewest qualified people on either side for a figure to be given.
        resamples: Of the bootstrap, and permutations of the null.
        seed: Of both.
        out: ``evaluation.json``, if wanted.
        html: A self-contained report, if wanted; its pictures go into ``figures`` beside it.
        notice: Shown at its head (a synthetic market, say).
        provenance: More of what it says that it rests on.
        extra_rankings: Systems that change lists and no words (a re-ranking), over these ads.
        rows: Systems that were made several times, to be compared by their mean over repeats.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        BadInput: A system's ads aren't these, nobody has a value, or it is another engine.
    """
    need("an evaluation", "match", "words")
    refuse_text(jobs=jobs, pool=pool)
    given, pool = _given(systems, extra_rankings or {}), grouped(pool, several(by))
    foretell(writes=[] if html is None else [f"{Path(html).parent / 'figures'}/*.svg"])
    settings = meant(given.rewrites, matcher, engine, other=other_engine)
    for name, rewrites in given.rewrites.items():
        settle_rewrites(name, jobs, rewrites)  # before an engine takes minutes to rank
    bound = bind(pool, settings, engine, progress)
    evaluation = compare(
        jobs,
        pool,
        bound,
        given.rewrites,
        by=several(by),
        top=settings.top,
        notes=refuse_another(given.rewrites, made_for(bound, settings, engine), other=other_engine),
        qualified=qualified,
        judged_groups=judged_groups,
        primary=_primary(list(given.rewrites)),
        resamples=resamples,
        seed=seed,
        min_group=min_group,
        grouped_by=qualified_by,
        stats=given.stats,
        extra_rankings=extra_rankings,
        rows=rows,
        progress=progress,
    )
    _write(evaluation, jobs, given, out, html, notice=notice, provenance=provenance)
    return evaluation


def _write(
    evaluation: Evaluation,
    jobs: Sequence[Job],
    given: Systems,
    out: AnyPath | None,
    html: AnyPath | None,
    *,
    notice: str | None,
    provenance: Mapping[str, str] | None,
) -> None:
    """Write what is wanted of it; what must be said first stands at the report's head."""
    texts: dict[AnyPath, str] = {} if out is None else {out: json_text(evaluation.to_json())}
    if html is not None:
        first = " ".join([*filter(None, [notice]), *(f"{said}." for said in evaluation.said)])
        more = {"notice": first, "provenance": _rests_on(given) | dict(provenance or {})}
        page = report_page(evaluation, jobs=jobs, rewrites=given.rewrites, **more)
        files = files_of(page, Path(html).name)
        texts |= {Path(html).parent / name: text for name, text in files.items()}
    write_texts(texts)


def _given(
    systems: Systems | Mapping[str, Sequence[Rewrite]], extra: Mapping[str, Rankings]
) -> Systems:
    given = systems if isinstance(systems, Systems) else Systems(systems, {})
    if not given.rewrites:
        raise BadInput("--rewrites: no system was given; write it as name=FILE")
    check_names(given.rewrites, extra)
    return given


def _rests_on(systems: Systems) -> dict[str, str]:
    """What the report adds to digests of engine, people and ads: Python, and every system."""
    rows = {"python": platform.python_version()}
    for name, rewrites in systems.rewrites.items():
        rows[f"digest of the rewrites of {name}"] = digest_of([one.to_json() for one in rewrites])
        run = systems.stats.get(name, {}).get("run")
        if isinstance(run, str) and run:
            rows[f"digest of the run of {name}"] = run
    return rows


def _primary(names: Sequence[str]) -> tuple[str, str]:
    """The system that the report is about and what it is compared with first."""
    focus = "tuned" if "tuned" in names else names[-1]
    others = [name for name in PREFERRED if name in names and name != focus]
    return focus, others[0] if others else "original"
