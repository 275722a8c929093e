"""Figures of R and of the plain pooled ratio, with all their intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenhand.match.protocol import FloatArray, Rankings
from evenhand.measure.estimates import Design, RatioTable, estimate_ratios
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.lists.case import SHUFFLES, Case
from evenhand.measure.lists.pooled_ratio import PooledRatio, pooled_ratio
from evenhand.measure.lists.top_k_ratio import (
    CLUSTERS,
    TopKRatio,
    distinct_top_k_ratio,
    top_k_ratio,
)
from evenhand.measure.recount import prepare_lists, relabelled_counts
from evenhand.measure.selection import count_selection

_CLUSTER_WORDS = {
    "pairs": "interval as if all pairs were independent (too short)",
    "people": "interval clustered by person",
    "ads": "interval clustered by ad",
    "both": "interval clustered by person and ad",
}


def estimated(case: Case, min_group: int) -> RatioTable:
    """R of every contrast and scope, with bootstrap and null."""
    members = case.groups.indicators()
    people = [
        members[case.qualified[mask].any(axis=0)].sum(axis=0) for mask in case.scopes.membership.T
    ]
    design = Design(
        case.qualified,
        case.groups,
        case.scopes,
        case.contrasts,
        np.array(people, dtype=np.int64),
        min_group,
        case.null_codes,
    )
    return estimate_ratios(design, case.rankings, case.k, case.weights)


def stratified_figures(case: Case, table: RatioTable) -> list[Figure]:
    """R of every contrast and scope of the case, as figures."""
    figures: list[Figure] = []
    for index, contrast in enumerate(case.contrasts):
        for scope, name in enumerate(case.scopes.names):
            found = table.estimate(index, scope)
            figure = replace(
                case.figure("mantel_haenszel", found.value),
                cell=str(contrast),
                scope=name,
                interval=found.interval,
                chance=found.null_interval,
                chance_mean=_centre(table.null[:, index, scope]),
                p_value=found.p_value,
                n=int(case.scopes.membership[:, scope].sum()),
                reason=found.reason,
            )
            figures.append(figure)
    return figures


def _centre(logs: FloatArray) -> float:
    """Geometric mean of a null's ratios."""
    defined = logs[np.isfinite(logs)]
    return float(np.exp(defined.mean())) if len(defined) else float("nan")


def pooled_figures(case: Case) -> list[Figure]:
    """The plain pooled ratio: against its composition null, and with its four intervals."""
    selection = count_selection(case.rankings, case.qualified, case.labels, case.k)
    lists = prepare_lists(case.rankings, case.qualified, case.groups, case.k)
    null = relabelled_counts(lists, case.null_codes[:SHUFFLES])
    figures: list[Figure] = []
    for name, rows in zip(case.scopes.names, case.scopes.membership.T, strict=True):
        kept = replace(selection, selected=selection.selected[rows], pool=selection.pool[rows])
        lists_kept = Rankings(
            tuple(np.array(case.rankings.query_ids)[rows].tolist()),
            case.rankings.candidate_ids,
            case.rankings.positions[rows],
            case.rankings.scores[rows],
        )
        for contrast in case.contrasts:
            where = (lists_kept, case.qualified[rows], case.labels, case.k, contrast)
            pooled = pooled_ratio(kept, contrast, null[:, rows])
            pairs, once = top_k_ratio(*where), distinct_top_k_ratio(*where)
            figures += _figures_of_contrast(case, name, pooled, pairs, once)
    return figures


def _figures_of_contrast(
    case: Case, scope: str, pooled: PooledRatio, pairs: TopKRatio, once: TopKRatio
) -> list[Figure]:
    """The figures of one contrast in one scope."""
    cell = {"cell": str(pooled.contrast), "scope": scope, "unit": "pairs", "n": pooled.pairs}
    shared = replace(case.figure("pooled_ratio", pooled.value), **cell)
    plain = replace(
        shared,
        interval=pairs.intervals.get("both", NO_INTERVAL),
        chance=pooled.chance,
        chance_mean=pooled.composition,
        p_value=pooled.p_value,
        reason=pooled.reason or pooled.sentence,
    )
    composition = replace(
        shared,
        measure="composition_null",
        value=pooled.composition,
        chance=pooled.chance,
        reason=pooled.reason if np.isnan(pooled.composition) else "",
    )
    ratios = [
        replace(
            shared,
            measure="top_k_ratio",
            interval=pairs.intervals.get(name, NO_INTERVAL),
            variant=f"{shared.variant}, {_CLUSTER_WORDS[name]}",
            reason=pairs.reason,
        )
        for name in reversed(CLUSTERS)
    ]
    distinct = replace(
        shared,
        measure="top_k_ratio",
        value=once.value,
        interval=once.intervals.get("people", NO_INTERVAL),
        variant=f"{shared.variant}, people ever shown",
        n=sum(once.units),
        unit="people",
        reason=once.reason,
    )
    return [plain, composition, *ratios, distinct]
