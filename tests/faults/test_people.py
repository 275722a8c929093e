"""Groups that aren't there or are too few, and ads that nobody is qualified for."""

from __future__ import annotations

import json

import pytest

import evenhand as package
from evenhand.errors import Abstained, BadInput, MeasureError
from evenhand.records.files import read_json
from evenhand.records.job import Job

from ..small import write_files

CODED = "Sales agent\n\nYou will aggressively pursue new accounts in the region.\n"
LEXICAL = ("--matcher", "lexical", "--top", "20")


def with_women(small_case, women: int):
    """The training people with only so many women of each occupation."""
    seen: dict[str, int] = {}

    def keep(person) -> bool:
        if person.fields["gender"] == "male":
            return True
        group = person.fields["occupation_group"]
        seen[group] = seen.get(group, 0) + 1
        return seen[group] <= women

    return small_case.fold("train").where(keep)


@pytest.fixture
def same(small_case, tmp_path):
    """Rewrites that change nothing."""
    path = tmp_path / "same.jsonl"
    package.write_rewrites(
        path, [package.Rewrite(ad.id, ad.text, ad.text) for ad in small_case.ads]
    )
    return path


@pytest.mark.parametrize("verb", ["measure", "evaluate"])
def test_no_people_of_one_group_is_said_and_nothing_is_written(
    evenhand, small_case, same, tmp_path, verb
):
    jobs, pool = write_files(tmp_path / "in", small_case.ads, with_women(small_case, 0))
    more = ("--rewrites", f"same={same}") if verb == "evaluate" else ()
    out = tmp_path / "out.json"
    found = evenhand(verb, jobs, "--pool", pool, *LEXICAL, *more, "--out", out)
    assert found.code == 1
    assert found.err == (
        "gender: groups can't be compared: the only known value is male; two or more are needed\n"
    )
    assert found.out == ""
    assert not out.exists()


@pytest.mark.parametrize(("women", "said"), [(3, "fewer than 5 "), (12, "12 ")])
def test_a_group_under_the_minimum_is_not_judged(evenhand, small_case, tmp_path, women, said):
    jobs, pool = write_files(tmp_path / "in", small_case.ads, with_women(small_case, women))
    out = tmp_path / "out.json"
    found = evenhand("measure", jobs, "--pool", pool, *LEXICAL, "--out", out)
    assert found.code == 0
    assert "not judged" in found.out
    scope = read_json(out)["attributes"]["gender"]["cuts"]["20"]["scopes"]["sales"]
    (contrast,) = scope["contrasts"]
    assert not contrast["judged"]
    assert contrast["ratio"]["value"] is None
    assert f"not judged: {said}qualified people" in contrast["ratio"]["reason"]


def test_a_group_under_the_minimum_is_never_tuned_for(small_case, tmp_path):
    config = package.load_config([small_case.config_file])
    people, ads = with_women(small_case, 5), small_case.split("train")
    rollouts, run = tmp_path / "rollouts", tmp_path / "run"
    found = package.api.rollouts(ads, people, config, out=rollouts)
    assert all("can't be judged" in line and "at least 10" in line for line in found["say"])
    with pytest.raises(Abstained, match="nothing is tuned"):
        package.api.tune(rollouts, config, out=run)
    assert not (run / "tuned.json").exists()
    assert not (run / "aligned").exists()
    with pytest.raises(package.EvenhandError, match="isn't finished"):
        package.api.rewrite(ads[:1], run=run)


def test_an_ad_that_nobody_is_qualified_for_is_left_out_and_named(small_case):
    odd = Job("nobody", "Look after the animals.", fields={"occupation_group": "zoo"})
    settings = package.Config().matcher.model_copy(update={"name": "lexical", "top": 20})
    people = small_case.fold("train")
    found = package.api.measure([*small_case.ads, odd], people, matcher=settings)
    assert any("no qualified people" in note and "nobody" in note for note in found.notes)
    alone = package.api.measure(small_case.ads, people, matcher=settings)
    value = alone.contrast("gender").ratio.value
    assert found.contrast("gender").ratio.value == value
    with pytest.raises(MeasureError, match="nobody in the pool is qualified for any"):
        package.api.measure([odd], people, matcher=settings)
    with pytest.raises(BadInput, match="no ads"):
        package.api.measure([], people, matcher=settings)


def test_an_ad_without_a_group_can_be_reworded_and_nothing_is_claimed(
    evenhand, small_case, tmp_path
):
    rows = [{"id": "a", "text": CODED}]
    jobs = tmp_path / "ads.jsonl"
    jobs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = evenhand("rewrite", jobs, "--system", "lexicon", "--json")
    (row,) = json.loads(found.out)
    assert row["edits"]
    assert not any("gain" in edit["proof"] for edit in row["edits"])
    scored = (
        "--system",
        "best-of",
        "--pool",
        small_case.people_file,
        "--set",
        "matcher.name=lexical",
    )
    refused = evenhand("rewrite", jobs, *scored)
    assert refused.code == 2
    assert refused.err.startswith("occupation_group: no job has a value in this column")
