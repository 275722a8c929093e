"""What the benchmark may say: the planned comparisons, their adjustment, and where it abstains.

The primary endpoint stands by itself. The secondary comparisons are one family, adjusted by Holm;
what isn't planned here is shown with its interval and without an adjusted p-value. Nothing is
measured here: everything comes from ``evaluation.json`` and from the gaps of the original ads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evenhand.measure.compare import Rows
from evenhand.measure.figure import holm
from hiring_protocol import JUDGED

TUNED_ON = "known_gap"
FOCUS, RIVAL = "tuned", "best_of_4"
PRIMARY = f"{FOCUS} vs {RIVAL}"
SECONDARY = (
    "original",
    "random_edit",
    "align_only",
    "paper_recipe",
    "rloo",
    "ilql_on_base",
    "tuned_hard_reward",
    "lexicon_swap",
)
"""What the focus is compared with beside the primary pair, in the engine it was tuned on."""
OVERALL, WITHIN = "overall", "tuned groups"
SEED = re.compile(r"(.+)_seed\d+")
_NOTHING = {"abs_log_R_change": None, "interval": None, "p": None, "per_seed": []}


def rows_of(systems: Iterable[str], gap: Mapping[str, Any]) -> Rows:
    """What ``evaluate(rows=...)`` is told: systems with their seeds, and the tuned groups.

    Args:
        systems: Names; ``NAME_seed1`` is a repeat of ``NAME``.
        gap: Of the engine tuned on, see ``tuned_groups``.
    """
    names = list(systems)
    repeats: dict[str, list[str]] = {}
    for name in names:
        found = SEED.fullmatch(name)
        if found and found[1] in names:
            repeats.setdefault(found[1], [found[1]]).append(name)
    groups = tuned_groups(gap)
    return Rows(FOCUS, repeats, {WITHIN: groups} if groups else {})


def tuned_groups(gap: Mapping[str, Any]) -> tuple[str, ...]:
    """Judged groups of ads whose gap shows on training people.

    Args:
        gap: One engine's entry of the gaps: the content of ``measures.json`` by fold.
    """
    return tuple(name for name in JUDGED if shows_gap(gap, name))


def shows_gap(gap: Mapping[str, Any], scope: str = OVERALL) -> bool:
    """Whether the interval of R on training people lies on one side of parity."""
    cell = gap_scopes(gap["train"]).get(scope)
    low, high = (cell["contrasts"][0]["ratio"]["interval"] or (None, None)) if cell else (None,) * 2
    return low is not None and high is not None and (low > 1.0 or high < 1.0)


def gap_scopes(measured: Mapping[str, Any]) -> Mapping[str, Any]:
    """The scopes of one fold at the headline cut."""
    return measured["attributes"]["gender"]["cuts"][str(measured["top"])]["scopes"]


def paired(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By engine, the focus against every other row over all judged ads, planned ones adjusted.

    Args:
        found: ``evaluations``, ``gaps`` and, where some rows cover some ads only, ``subsets``.
    """
    engines = {name: _changes(each["rows"]) for name, each in found["evaluations"].items()}
    for part in found.get("subsets", {}).values():
        for name, change in _changes(part["evaluation"]["rows"]).items():
            if name not in engines[TUNED_ON]:
                ads = part["evaluation"]["protocol"]["n_judged"]
                engines[TUNED_ON][name] = {**change, "ads": ads}
    planned = [
        (TUNED_ON, f"{FOCUS} vs {row}")
        for row in SECONDARY
        if f"{FOCUS} vs {row}" in engines[TUNED_ON]
    ]
    for engine, changes in engines.items():
        if engine == TUNED_ON:
            continue
        if not shows_gap(found["gaps"][engine]):
            for change in changes.values():
                change |= {"p": None, "abstained": True}
        elif PRIMARY in changes:
            planned.append((engine, PRIMARY))
    _adjust([engines[engine][name] for engine, name in planned])
    if PRIMARY in engines[TUNED_ON]:
        engines[TUNED_ON] = {"primary": engines[TUNED_ON][PRIMARY], **engines[TUNED_ON]}
    return engines


def _changes(rows: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every change over all judged ads; without figures where R isn't judged there."""
    scope = rows["scopes"].get(OVERALL)
    if scope is None:
        reason = "R isn't judged over all ads: too few people"
        others = [row for row in rows["repeats"] if row != rows["focus"]]
        return {f"{rows['focus']} vs {row}": {**_NOTHING, "reason": reason} for row in others}
    return {
        name: {
            **{key: value for key, value in change.items() if key != "p_value"},
            "p": change["p_value"],
            "p_holm": None,
        }
        for name, change in scope["paired"].items()
    }


def _adjust(family: Sequence[dict[str, Any]]) -> None:
    tested = [change for change in family if change["p"] is not None]
    for change, p in zip(tested, holm([change["p"] for change in tested]), strict=True):
        change["p_holm"] = float(p)


def closed(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """By scope and row: distance from parity and the share of the original's that is closed."""
    return {
        name: {"groups": scope["groups"], "rows": scope["rows"], "paired": scope["paired"]}
        for name, scope in evaluation["rows"]["scopes"].items()
    }


def quality(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Non-inferiority of the focus's nDCG: the mean over its seeds on the judged groups.

    Groups that parity isn't judged on have the first seed's.
    """
    head = evaluation["ndcg_noninferiority"]
    means = {
        scope: {key: value for key, value in check.items() if key not in ("scope", "measure")}
        for scope, check in evaluation["rows"]["ndcg"].items()
    }
    verdicts = [check["non_inferior"] for check in means.values() if check["assessed"]]
    return {
        **head,
        "seeds": evaluation["rows"]["repeats"][FOCUS],
        "groups": {**head["groups"], **means},
        "non_inferior": all(verdicts) if verdicts else None,
    }


def hits(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Qualified people shown by system, over all judged ads and by judged group of ads.

    Cells of few people are masked as they are in ``evaluation.json``.
    """
    systems = evaluation["systems"]
    groups = [name for name, cell in systems["original"]["groups"].items() if cell["judged"]]
    return {
        "margin": evaluation["levelling_down"]["margin"],
        "first_seed_vs_original": evaluation["qualified_hits"],
        OVERALL: {name: each["qualified_hits"] for name, each in systems.items()},
        "groups": {
            group: {name: each["groups"][group]["qualified_hits"] for name, each in systems.items()}
            for group in groups
        },
    }
