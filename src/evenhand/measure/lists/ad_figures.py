"""Figures of the list measures that have one value an ad: their means over ads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.estimates import Scopes
from evenhand.measure.figure import Figure
from evenhand.measure.lists.case import SHUFFLES, Case
from evenhand.measure.lists.extreme_skew import PRIOR, extreme_skew
from evenhand.measure.lists.infeasible import infeasible_count, infeasible_index
from evenhand.measure.lists.over_ads import AdValues, mean_figures
from evenhand.measure.lists.prefix_gap import ORIGINAL
from evenhand.measure.lists.prefix_test import prefix_p_at_end, whole_list_null
from evenhand.measure.lists.prefixes import Prefixes, recounted
from evenhand.measure.lists.rkl import rkl
from evenhand.measure.lists.rnd import rnd
from evenhand.measure.lists.rrd import rrd
from evenhand.measure.mantel_haenszel import Contrast
from evenhand.measure.ndkl import ndkl_of_counts
from evenhand.measure.skew import skew_of_counts

LEVEL_OF_PREFIX_TEST = 0.05
_EMPTY = "no list shows a qualified person of known value"
_NO_CUT = (
    f"no list shows {ORIGINAL.step} or more qualified people of known value, from a pool with "
    "people of both sides"
)
_NO_MINORITY = _NO_CUT + " where the group is at most half"
_NO_TEST = "no list shows a qualified person, from a pool with people of both sides"


@dataclass(frozen=True)
class _Spec:
    """A measure that has one value an ad."""

    measure: str
    variant: str
    cells: tuple[str, ...]
    values: Callable[[Prefixes], FloatArray]
    undefined: str


def averaged_figures(case: Case, prefixes: Prefixes, seed: int) -> list[Figure]:
    """The mean over ads of every measure that has one value an ad.

    Args:
        case: What is measured.
        prefixes: The closed lists of the case.
        seed: Of the Monte-Carlo prefix test.
    """
    return _means(case, prefixes, _specs(prefixes, case.contrasts, seed))


def _specs(prefixes: Prefixes, contrasts: tuple[Contrast, ...], seed: int) -> list[_Spec]:
    """The measures that have one value an ad."""
    values = prefixes.groups.values
    cells = tuple(str(contrast) for contrast in contrasts)
    columns = [values.index(contrast.group) for contrast in contrasts]
    whole = ("",)
    smoothed = f", smoothed by {PRIOR:.0f} person"

    def of_contrasts(measure: Callable[[Prefixes], FloatArray]) -> Callable[[Prefixes], FloatArray]:
        return lambda one: measure(one)[..., columns]

    return [
        _Spec("skew", smoothed, values, _smoothed_skew, _EMPTY),
        _Spec(
            "min_skew", smoothed, whole, lambda p: extreme_skew(p).smoothed_least[..., None], _EMPTY
        ),
        _Spec(
            "max_skew",
            smoothed,
            whole,
            lambda p: extreme_skew(p).smoothed_greatest[..., None],
            _EMPTY,
        ),
        _Spec("ndkl", "", whole, _ndkl, _EMPTY),
        *_prefix_specs(prefixes, cells, of_contrasts, seed),
        _Spec("rnd", f", {ORIGINAL}", cells, of_contrasts(rnd), _NO_CUT),
        _Spec("rkl", f", {ORIGINAL}", cells, of_contrasts(rkl), _NO_CUT),
        _Spec("rrd", f", {ORIGINAL}", cells, of_contrasts(rrd), _NO_MINORITY),
        _Spec("infeasible_index", "", whole, lambda p: infeasible_index(p)[..., None], _EMPTY),
        _Spec("infeasible_count", "", whole, lambda p: infeasible_count(p)[..., None], _EMPTY),
    ]


def _prefix_specs(
    prefixes: Prefixes,
    cells: tuple[str, ...],
    of_contrasts: Callable[[Callable[[Prefixes], FloatArray]], Callable[[Prefixes], FloatArray]],
    seed: int,
) -> list[_Spec]:
    """Shares of ads whose prefix test is significant: at the cut and over the whole list."""
    few, many = whole_list_null(prefixes, seed), whole_list_null(prefixes, seed, side="upper")
    tests: list[tuple[str, Callable[[Prefixes], FloatArray]]] = [
        ("too few at the cut", prefix_p_at_end),
        ("too many at the cut", lambda one: prefix_p_at_end(one, "upper")),
        ("too few in some prefix", few.p_values),
        ("too many in some prefix", many.p_values),
    ]
    return [
        _Spec(
            "prefix_test",
            f", share of ads with p <= {LEVEL_OF_PREFIX_TEST}: {words}",
            cells,
            of_contrasts(_significant(test)),
            _NO_TEST,
        )
        for words, test in tests
    ]


def _significant(test: Callable[[Prefixes], FloatArray]) -> Callable[[Prefixes], FloatArray]:
    """Whether a test's p-value is small: 0 or 1, NaN where there is no test."""

    def found(prefixes: Prefixes) -> FloatArray:
        p = test(prefixes)
        return np.where(np.isnan(p), np.nan, (p <= LEVEL_OF_PREFIX_TEST).astype(np.float64))

    return found


def _smoothed_skew(prefixes: Prefixes) -> FloatArray:
    anybody = prefixes.length[:, None] > 0
    skews = skew_of_counts(prefixes.selected, prefixes.pool, PRIOR)
    return np.where(anybody, skews, np.nan)


def _ndkl(prefixes: Prefixes) -> FloatArray:
    shown = prefixes.shown.astype(np.float64)
    return ndkl_of_counts(prefixes.counts, shown, prefixes.desired)[..., None]


def _means(case: Case, prefixes: Prefixes, specs: list[_Spec]) -> list[Figure]:
    """Means over ads of measures that have one value an ad."""
    shuffled: list[list[FloatArray]] = [[] for _ in specs]
    for chunk in recounted(prefixes, case.null_codes[:SHUFFLES]):
        for collected, spec in zip(shuffled, specs, strict=True):
            collected.append(spec.values(chunk))
    figures: list[Figure] = []
    for spec, null in zip(specs, shuffled, strict=True):
        template = case.figure(spec.measure)
        template = replace(template, variant=template.variant + spec.variant)
        values = AdValues(spec.values(prefixes), np.concatenate(null))
        figures += mean_figures(
            template, spec.cells, values, case.scopes, case.weights, spec.undefined
        )
    return _with_absent(figures, prefixes, case.scopes)


def _with_absent(figures: list[Figure], prefixes: Prefixes, scopes: Scopes) -> list[Figure]:
    """Skews with a reason where the plain skew is minus infinity: a group that isn't shown."""
    missing = (prefixes.selected == 0) & (prefixes.pool > 0) & (prefixes.length[:, None] > 0)
    values = prefixes.groups.values
    marked: list[Figure] = []
    for figure in figures:
        rows = missing[scopes.membership[:, scopes.names.index(figure.scope)]]
        if figure.measure == "skew":
            absent, who = int(rows[:, values.index(figure.cell)].sum()), f"{figure.cell} is"
        else:
            absent, who = int(rows.any(axis=1).sum()), "a group with qualified people is"
        if figure.measure in ("skew", "min_skew") and absent and figure.n:
            reason = (
                f"{who} absent from {absent} of {figure.n} lists, where the plain skew is minus "
                "infinity; the value is the smoothed one"
            )
            figure = replace(figure, reason=reason)
        marked.append(figure)
    return marked
