"""An audit: everything that was found about some people, lists and ads, and what it rests on.

Puts the evidence together. Writing it down is the business of ``as_json``, ``tables`` and of the
``page`` beside this package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evenhand.audit.evidence.lists import Engine, ListEvidence, Progress, list_evidence
from evenhand.audit.evidence.rates import (
    RateEvidence,
    names_hidden,
    rates_of_lists,
    rates_of_outcomes,
)
from evenhand.audit.evidence.settings import AuditSettings
from evenhand.audit.evidence.strata import StratifiedRatio, stratified_ratios
from evenhand.audit.evidence.wording import WordingEvidence, with_effects, wording_evidence
from evenhand.errors import BadInput
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.selection import top_positions
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.outcomes import Outcomes


@dataclass(frozen=True)
class Ranked:
    """Lists to audit.

    Attributes:
        rankings: Of all jobs over the whole pool.
        jobs: The ads, in the order of the rankings.
        pool: The people, in the order of the rankings.
        qualified: Shape ``(jobs, people)``.
        engine: Where the lists came from.
    """

    rankings: Rankings
    jobs: Sequence[Job]
    pool: Pool
    qualified: BoolArray
    engine: Engine


@dataclass(frozen=True)
class Audit:
    """What was found.

    Attributes:
        settings: How it was made.
        title: Heading of the report.
        rates: Selection, scoring and shown, where there is data for them.
        strata: Ratios across periods and jobs, where outcomes name them.
        lists: What the lists show; None without lists.
        wording: What the ads say; None without ads.
        notes: What was left out or is unusual, one sentence each.
        provenance: What it rests on, in the order to be shown.
        command: What reproduces it.
    """

    settings: AuditSettings
    title: str
    rates: tuple[RateEvidence, ...]
    strata: tuple[StratifiedRatio, ...] = ()
    lists: ListEvidence | None = None
    wording: WordingEvidence | None = None
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, str] | None = None
    command: str = ""

    def rate(self, measure: str) -> RateEvidence | None:
        """One kind of rate, where there is data for it."""
        return next((one for one in self.rates if one.measure == measure), None)


def make_audit(
    settings: AuditSettings,
    *,
    outcomes: Outcomes | None = None,
    ranked: Ranked | None = None,
    jobs: Sequence[Job] = (),
    title: str = "",
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Audit:
    """Audit people assessed, lists, ads, or all of them.

    Args:
        settings: What to compare and how.
        outcomes: People assessed, if any.
        ranked: Lists, if any.
        jobs: Ads whose wording is looked at; those of the lists by default.
        title: Heading of the report; made of what there is if empty.
        notes: What was left out while reading.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        BadInput: There is nothing to audit, or no attribute was named.
        MeasureError: A measure is undefined for what it was given.
    """
    if outcomes is None and ranked is None and not jobs:
        raise BadInput("there is nothing to audit: give people assessed, lists of people, or ads")
    if not settings.by:
        raise BadInput("no attribute was named; name at least one column of the people")
    ads = jobs or (ranked.jobs if ranked else ())
    audit = Audit(settings, title, (), notes=tuple(notes))
    if outcomes is not None:
        audit = _with_outcomes(audit, outcomes)
    if ads:
        audit = replace(audit, wording=wording_evidence(ads, settings.grouped_by))
    if ranked is not None:
        audit = _with_lists(audit, ranked, progress)
    return replace(audit, title=title or _title(audit))


def _with_outcomes(audit: Audit, outcomes: Outcomes) -> Audit:
    rates = rates_of_outcomes(outcomes, audit.settings)
    return replace(
        audit,
        rates=audit.rates + rates,
        strata=stratified_ratios(outcomes, rates),
        notes=(*audit.notes, *outcomes.notes),
    )


def _with_lists(audit: Audit, ranked: Ranked, progress: Progress | None) -> Audit:
    settings = audit.settings
    found = list_evidence(
        ranked.rankings,
        ranked.jobs,
        ranked.pool,
        ranked.qualified,
        ranked.engine,
        settings,
        progress,
    )
    labels = {name: found.labels(name) for name in found.attributes}
    positions = top_positions(found.lists, settings.top)
    study = found.study
    shown = rates_of_lists(positions, study.qualified, labels, study.scopes, settings)
    found = replace(found, effects=_shown_effects(found, shown))
    wording = audit.wording
    if wording is not None:
        kept = [job for job, one in zip(ranked.jobs, found.study.keep, strict=True) if one]
        wording = with_effects(wording, kept, found.effects, settings)
    return replace(audit, rates=(*audit.rates, shown), lists=found, wording=wording)


def _shown_effects(found: ListEvidence, shown: RateEvidence) -> dict[str, Mapping[str, FloatArray]]:
    """The lean of every list, without contrasts that name a hidden value."""
    return {
        attribute: {
            contrast: values
            for contrast, values in contrasts.items()
            if not names_hidden(contrast, shown.tables[attribute].hidden)
        }
        for attribute, contrasts in found.effects.items()
    }


def _title(audit: Audit) -> str:
    """A heading made of what was audited."""
    if audit.lists is not None and audit.rates[0].measure == "shown":
        return "Whom the engine shows"
    if audit.lists is not None:
        return "Who was selected, and whom the engine shows"
    if not audit.rates:
        return "What the ads say"
    return "Who was selected" if audit.rate("selection") else "Who scores above the median"
