"""The report: one self-contained HTML page from an ``Evaluation`` and its rewrites.

No script, no font, no picture and no style comes from elsewhere; everything from outside is
escaped. What it says is decided in ``verdicts``, ``findings``, ``trust`` and ``changes``; how it
looks in ``templates``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from evenhand.audit.by_group import groups_section
from evenhand.audit.changes import changes_section, example
from evenhand.audit.evaluation import Evaluation
from evenhand.audit.figures import parity_figure, quality_figure
from evenhand.audit.findings import (
    compared_section,
    parity_section,
    quality_section,
    summary_section,
    tiles,
)
from evenhand.audit.numbers import count
from evenhand.audit.rendering import render
from evenhand.audit.trust import (
    abstained_section,
    cannot_say_section,
    cost_section,
    facts_section,
    provenance_section,
    refusals_section,
)
from evenhand.audit.view import Block, Page, Section
from evenhand.records.files import AnyPath, write_text
from evenhand.records.job import Job
from evenhand.rewrite.result import Rewrite

SHOWN_ADS = 20


def write_report(
    path: AnyPath,
    evaluation: Evaluation,
    *,
    jobs: Sequence[Job],
    rewrites: Mapping[str, Sequence[Rewrite]],
    notice: str | None = None,
    provenance: Mapping[str, str] | None = None,
    show: int = SHOWN_ADS,
) -> None:
    """Write the report, whole or not at all; see ``render_report``.

    Raises:
        StorageError: The file could not be written.
    """
    page = render_report(
        evaluation,
        jobs=jobs,
        rewrites=rewrites,
        notice=notice,
        provenance=provenance,
        show=show,
    )
    write_text(path, page)


def render_report(
    evaluation: Evaluation,
    *,
    jobs: Sequence[Job],
    rewrites: Mapping[str, Sequence[Rewrite]],
    notice: str | None = None,
    provenance: Mapping[str, str] | None = None,
    show: int = SHOWN_ADS,
) -> str:
    """The report as HTML; the same input gives the same bytes.

    Args:
        evaluation: What was found.
        jobs: The ads; their titles head the changes.
        rewrites: By system; the changes of the system in question are shown.
        notice: Shown first and prominently (that the market is synthetic, say).
        provenance: More rows of what the result rests on: versions, config and run digests.
        show: Most ads to show with their changes.
    """
    focus = evaluation.focus or ""
    titles = {job.id: job.title for job in jobs if job.title}
    changes = changes_section(focus, rewrites.get(focus, ()), titles, show)
    shown = example(focus, rewrites.get(focus, ()), titles)
    return render(page_of(evaluation, shown, changes, notice or "", provenance or {}))


def page_of(
    evaluation: Evaluation,
    shown: Sequence[Block] = (),
    changes: Section | None = None,
    notice: str = "",
    provenance: Mapping[str, str] | None = None,
) -> Page:
    """The report as blocks: what ``shown`` holds follows the pictures that it leads with."""
    made_with, protocol = version("evenhand"), evaluation.protocol
    pictures = (parity_figure(evaluation), quality_figure(evaluation))
    sections: list[Section | None] = [
        summary_section(evaluation),
        compared_section(evaluation),
        parity_section(evaluation),
        quality_section(evaluation),
        groups_section(evaluation),
        facts_section(evaluation) if evaluation.wording else None,
        abstained_section(evaluation),
        changes,
        refusals_section(evaluation),
        cost_section(evaluation) if evaluation.wording else None,
        provenance_section(evaluation, made_with, provenance or {}),
        cannot_say_section(),
    ]
    systems = count(len(evaluation.comparison.systems) - 1, "system")
    return Page(
        title="Whom the engine shows, before and after rewording",
        subtitle=f"{count(protocol.n_jobs, 'ad')}, {protocol.n_people:,} people, engine "
        f"{protocol.engine}; the original ads and {systems} compared by "
        f"{evaluation.attribute.replace('_', ' ')}",
        notice=notice,
        tiles=tiles(evaluation),
        sections=tuple(section for section in sections if section is not None),
        version=made_with,
        lead=Section("glance", "At a glance", (*pictures, *shown)),
    )
