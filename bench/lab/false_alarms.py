"""How often a page cries wolf, and how often it sees a wolf: pages of audits made up and read.

Every page is what ``make_audit`` finds, of people or lists that are drawn here:

* ``people``: selections and scores without any gap, by four attributes that hang together, a third
  of the pages with periods, a third with jobs;
* ``lists``: lists over qualified people in an order that looks at nobody's group, by three
  attributes spread unevenly over occupations;
* ``power``: one group at .7 times the other's rate, alone on its page and among four attributes,
  selection and scores;
* ``coverage``: true rates that differ, with the ratios of the true rates looked for in the
  intervals, one by one and all of a page together.

A page *alarms* where a verdict says "unlikely by chance" or a sentence says that a group stands in
the lists more or less often; *anything* adds every p-value of a comparison within periods and jobs,
and every interval that leaves parity out. Shares with 95 % Wilson intervals.

    python bench/lab/false_alarms.py --pages 400 > docs/results/false_alarms.json
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from evenhand.audit.audit import Audit, Engine, Ranked, make_audit
from evenhand.audit.rates import AuditSettings
from evenhand.match.protocol import Rankings
from evenhand.records.job import Job
from evenhand.records.outcomes import outcomes_from_arrays
from evenhand.records.people import Candidate, Pool
from evenhand.report.sentences import sentences

VALUES = {"sex": 2, "race": 7, "age": 3, "disability": 2}
SHARES = {
    "sex": (0.48, 0.52),
    "race": (0.55, 0.14, 0.15, 0.08, 0.04, 0.02, 0.02),
    "age": (0.35, 0.45, 0.20),
    "disability": (0.08, 0.92),
}
PEOPLE, RATES = (200, 600, 3000), (0.1, 0.3, 0.5)
SIZES = {"ads": 40, "people": 400, "places": 20, "occupations": 4}


def share(hits: int, of: int) -> dict[str, Any]:
    """A share with its Wilson interval."""
    z, p = 1.959964, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * half) / (1 + z * z / of) for sign in (-1, 1))
    return {"share": round(p, 4), "interval": [round(low, 4), round(high, 4)], "n": of}


def groups_of(number: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Four attributes of people; race hangs together with sex, and age with both a little."""
    found = {name: rng.choice(VALUES[name], number, p=SHARES[name]) for name in VALUES}
    same = rng.random(number) < 0.2
    found["race"] = np.where(same, found["sex"], found["race"])
    found["age"] = np.where(same & (found["race"] > 2), 2, found["age"])
    return found


def named(values: np.ndarray) -> list[str]:
    """Codes as values."""
    return [f"g{value}" for value in values.tolist()]


def audit_of(groups: Mapping[str, np.ndarray], settings: AuditSettings, **columns: Any) -> Audit:
    """An audit of people assessed."""
    outcomes = outcomes_from_arrays(
        {name: named(values) for name, values in groups.items()}, by=settings.by, **columns
    )
    return make_audit(settings, outcomes=outcomes)


def cells_of(audit: Audit) -> Iterator[Any]:
    """Every cell of every table that is set against a benchmark."""
    for evidence in audit.rates:
        for table in evidence.tables.values():
            yield from (cell for cell in table.assessment.cells if math.isfinite(cell.familywise))


def read(audit: Audit) -> dict[str, Any]:
    """What a page says."""
    cells = list(cells_of(audit))
    strata = [one.result for one in audit.strata]
    said = sentences(audit)
    outside = [not one.koopman[0] <= 1 <= one.koopman[1] for one in cells]
    small = [one.p_value <= 0.05 for one in strata]
    changed = [one.breslow_day_p <= 0.05 for one in strata]
    missed = [not one.interval[0] <= 1 <= one.interval[1] for one in strata]
    gaps = [" less often than " in each or " more often than " in each for each in said]
    unlikely = ["unlikely by chance" in (one.verdict or "") for one in cells]
    return {
        "alarm": any(unlikely) or any(gaps),
        "gap_in_words": any(gaps),
        "unlikely": any(unlikely),
        "familywise": any(one.familywise <= 0.05 for one in cells),
        "cells": len(cells),
        "outside": sum(outside),
        "strata": len(strata),
        "strata_p": sum(small),
        "strata_outside": sum(missed),
        "anything": any([*unlikely, *gaps, *outside, *small, *changed, *missed]),
        "contradictions": sum(one != other for one, other in zip(unlikely, outside, strict=True)),
    }


def summed(pages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Shares over pages, cells and strata."""
    of = len(pages)
    found = {
        name: share(sum(page[name] for page in pages), of)
        for name in ("alarm", "gap_in_words", "unlikely", "familywise", "anything")
    }
    for part, kinds in (("cells", ("outside",)), ("strata", ("strata_p", "strata_outside"))):
        number = sum(page[part] for page in pages)
        for kind in kinds if number else ():
            found[f"{kind}_of_{part}"] = share(sum(page[kind] for page in pages), number)
    found["contradictions"] = sum(page["contradictions"] for page in pages)
    return found


def people_without_a_gap(pages: int, draws: int, seed: int) -> dict[str, Any]:
    """Selection and scoring by four attributes, no gap anywhere."""
    rng, found = np.random.default_rng([seed, 1]), []
    settings = AuditSettings(tuple(VALUES), permutations=draws)
    for page in range(pages):
        number, rate = PEOPLE[page % 3], RATES[(page // 3) % 3]
        skill = rng.normal(size=number)
        score = skill + rng.normal(size=number)
        # Selected in part by the score, as in life.
        selected = (skill + rng.normal(size=number)) > np.quantile(skill, 1 - rate) * math.sqrt(2)
        columns: dict[str, Any] = {"selected": selected, "score": score}
        if page % 3 != 1:
            columns["period" if page % 3 else "job"] = named(rng.integers(0, 4, number))
        found.append(read(audit_of(groups_of(number, rng), settings, **columns)))
    return summed(found)


def lists_without_bias(pages: int, draws: int, seed: int) -> dict[str, Any]:
    """Lists whose order looks at nobody's group."""
    rng, found = np.random.default_rng([seed, 2]), []
    by = ("sex", "race", "age")
    settings = AuditSettings(
        by, top=SIZES["places"], also_top=None, resamples=draws // 3, shuffles=5
    )
    for _ in range(pages):
        number = SIZES["people"]
        trade = rng.integers(0, SIZES["occupations"], number)
        groups = groups_of(number, rng)
        # Women in some occupations more than in others.
        groups["sex"] = (rng.random(number) < 0.35 + 0.1 * trade).astype(np.int64)
        people = [
            Candidate(
                f"p{at}",
                "Works.",
                {"occupation_group": f"o{trade[at]}", **{k: f"g{groups[k][at]}" for k in by}},
            )
            for at in range(number)
        ]
        ads = np.arange(SIZES["ads"]) % SIZES["occupations"]
        jobs = [
            Job(f"j{at}", "We look for somebody.", "Work", {"occupation_group": f"o{kind}"})
            for at, kind in enumerate(ads.tolist())
        ]
        qualified = ads[:, None] == trade[None, :]
        # Some people are liked by every list, as an engine likes some texts.
        liked = rng.normal(size=number)
        score = liked + rng.normal(size=qualified.shape) + 2.0 * qualified
        order = np.argsort(-score, axis=1)[:, : SIZES["places"]]
        pool = Pool(tuple(people))
        rankings = Rankings(
            tuple(job.id for job in jobs), pool.ids, order, np.take_along_axis(score, order, 1)
        )
        ranked = Ranked(rankings, jobs, pool, qualified, Engine("at random", "0" * 64))
        found.append(read(make_audit(settings, ranked=ranked)))
    return summed(found)


def found_gaps(pages: int, draws: int, seed: int, *, among_four: bool) -> dict[str, Any]:
    """A ratio of .7, 200 and 200 people, base .5: how often it is called below and unlikely."""
    rng, found = np.random.default_rng([seed, 3]), 0
    by = tuple(VALUES) if among_four else ("sex",)
    settings = AuditSettings(by, permutations=draws)
    sex = np.repeat([0, 1], 200)
    for _ in range(pages):
        groups = {**groups_of(400, rng), "sex": sex}
        luck = rng.random(400)
        columns: dict[str, Any] = {"selected": luck < np.where(sex == 0, 0.35, 0.5)}
        if among_four:
            columns["score"] = -luck + 0.3 * rng.normal(size=400) - 0.15 * (sex == 0)
        page = audit_of({name: groups[name] for name in by}, settings, **columns)
        cell = page.rates[0].tables["sex"].assessment.cell("g0")
        found += cell.verdict == "below four-fifths and unlikely by chance"
    return share(found, pages)


def covered(pages: int, draws: int, seed: int) -> dict[str, Any]:
    """Races whose true rates differ: how often intervals miss the ratio of the true rates."""
    rng, cells, missed, together = np.random.default_rng([seed, 4]), 0, 0, 0
    settings = AuditSettings(tuple(VALUES), permutations=draws)
    true = np.array([0.4, 0.4, 0.32, 0.28, 0.4, 0.4, 0.2])
    for page in range(pages):
        number = PEOPLE[page % 3]
        groups = groups_of(number, rng)
        selected = rng.random(number) < true[groups["race"]]
        found = audit_of(groups, settings, selected=selected).rates[0].tables["race"].assessment
        if found.benchmark is None:
            continue
        best = true[int(found.benchmark[1:])]
        wrong = [
            not one.koopman[0] <= true[int(one.name[1:])] / best <= one.koopman[1]
            for one in found.cells
            if math.isfinite(one.familywise)
        ]
        cells, missed, together = cells + len(wrong), missed + sum(wrong), together + any(wrong)
    return {"cells_missed": share(missed, cells), "pages_with_any_missed": share(together, pages)}


def main() -> None:
    """Read the command line and print the document."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--pages", type=int, default=400, help="Pages of people, of each kind.")
    asked.add_argument("--lists", type=int, default=120, help="Pages of lists.")
    asked.add_argument(
        "--draws", type=int, default=999, help="Draws of the null; a third for lists."
    )
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    start, sizes = time.process_time(), (given.pages, given.draws, given.seed)
    found = {
        "settings": vars(given) | {"people": PEOPLE, "rates": RATES, "list_sizes": SIZES},
        "people": people_without_a_gap(*sizes),
        "lists": lists_without_bias(given.lists, given.draws, given.seed),
        "power": {
            "one attribute": found_gaps(*sizes, among_four=False),
            "four attributes, selection and scores": found_gaps(*sizes, among_four=True),
        },
        "coverage": covered(*sizes),
        "seconds": round(time.process_time() - start, 1),
    }
    json.dump(found, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
