"""Everything on a page is held to one error, and says so in words that agree with its numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.measure.counts import OVERALL
from evenhand.report.columns import audit_json
from evenhand.report.sentences import sentences

from .made_up import ads_of, audit_of, list_audit, people_of, pool_of, ranked_of

CASE_05 = {("Male",): (1000, 300), ("Female",): (1000, 280), ("Non-binary",): (20, 12)}


def test_the_sentence_names_the_rule_by_which_its_benchmark_was_chosen():
    said = sentences(audit_of(people_of(CASE_05)))[0]
    assert said.startswith(
        "Selection by sex: the highest rate of a group with at least 2% of the people is that of "
        "Male, 30.0% (300 of 1,000 selected)."
    )


def with_more(rows: list[dict], seed: int = 0) -> list[dict]:
    """The same people with scores and three attributes more, drawn without looking."""
    rng = np.random.default_rng(seed)
    for row in rows:
        row |= {name: str(rng.integers(0, 3)) for name in ("race", "age", "town")}
        row["score"] = float(rng.normal())
    return rows


def test_more_tables_on_a_page_make_each_verdict_stricter():
    rows = with_more(people_of({("f",): (200, 75), ("m",): (200, 100)}))
    by = ("sex", "race", "age", "town")
    alone, among = (
        audit_json(audit_of(rows, by=names, permutations=999))["selection"]["sex"]
        for names in (("sex",), by)
    )
    assert alone["cells"]["f"]["ratio"] == among["cells"]["f"]["ratio"]
    assert alone["cells"]["f"]["familywise"] < among["cells"]["f"]["familywise"]
    assert alone["reach"] < 2.3 < among["reach"]
    assert among["cells"]["f"]["koopman"][1] > alone["cells"]["f"]["koopman"][1]


@pytest.mark.parametrize("seed", range(6))
def test_an_r_over_all_ads_leaves_parity_out_exactly_where_it_is_unlikely(seed):
    pool = pool_of({(group, sex): 25 for group in ("sales", "care") for sex in "fmx"})
    lean = "f" if seed % 2 else ""
    ranked = ranked_of(ads_of({"sales": 9, "care": 9}), pool, seed=seed, lean=lean)
    found = list_audit(ranked, resamples=60)
    contrasts = found.lists.measures.attributes["sex"].cuts[5].scopes[OVERALL].contrasts
    said = [each for each in sentences(found) if each.startswith("Lists by sex")]
    for one, sentence in zip(contrasts, said, strict=True):
        low, high = one.ratio.interval
        assert math.isfinite(low + high)
        assert (one.ratio.p_value <= 0.05) == (not low <= 1 <= high)
        assert (" often than " in sentence) == (not low <= 1 <= high)


def test_within_strata_groups_are_set_against_everybody_else():
    """Half the people of every group in each period; the benchmark was picked for being high."""
    rows = people_of({("a",): (100, 30), ("b",): (100, 40), ("c",): (100, 44)})
    for at, row in enumerate(rows):
        row["period"] = "xy"[at % 2]
    found = audit_of(rows)
    assert {one.result.cell for one in found.strata} == {"a", "b"}
    for one in found.strata:
        cell = found.rates[0].tables["sex"].assessment.cell(one.result.cell)
        assert one.result.benchmark == "(rest)"
        assert one.result.ratio == pytest.approx(cell.ratio_to_rest, rel=0.01)
        assert one.result.p_value > 0.5
    alone = found.rates[0].tables["sex"].assessment.reach
    whole = audit_of(people_of({("a",): (100, 30), ("b",): (100, 40), ("c",): (100, 44)}))
    assert alone >= whole.rates[0].tables["sex"].assessment.reach
