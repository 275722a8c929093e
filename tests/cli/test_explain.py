"""``evenhand explain`` and ``rewrite --cut``, through the command line."""

from __future__ import annotations

import json

import pytest

AD = """Sales clerk

Our team is fearlessly ambitious, aggressively driven and proud.
- Answer questions of clients about orders and deliveries by telephone.
- Keep careful records of every visit.
"""


@pytest.fixture
def ad(tmp_path):
    path = tmp_path / "ad.txt"
    path.write_text(AD)
    return path


@pytest.fixture
def ask(evenhand, ad, small_case):
    def asked(*more):
        pool = ("--pool", small_case.people_file, "--matcher", "lexical", "--top", 20)
        return evenhand("explain", ad, *pool, *more)

    return asked


def test_the_worst_line_is_first_and_everything_is_written(ask, tmp_path):
    out = tmp_path / "lines.json"
    done = ask("--group", "sales", "--least", 10, "--out", out)
    assert done.code == 0, done.err
    [found] = json.loads(out.read_text())
    assert found["gaps"][0]["clear"]
    assert found["lines"][0]["line"] == "3"
    assert found["lines"][0]["kind_in_words"] == "praise or culture"
    assert "Line 3 (Our team is fearlessly ambitious" in done.out
    assert "--cut 3" in done.out
    assert (tmp_path / "lines-1.svg").read_text().startswith("<?xml")


def test_json_is_the_same_as_in_the_file(ask, tmp_path):
    out = tmp_path / "lines.json"
    done = ask("--group", "sales", "--json", "--out", out)
    assert json.loads(done.out) == json.loads(out.read_text())


def test_an_ad_without_a_group_takes_everybody_and_says_so(ask):
    done = ask()
    assert done.code == 0
    assert "Everybody in the pool counts as qualified" in done.err


def test_a_group_that_nobody_is_in_is_refused(ask):
    done = ask("--group", "sailing")
    assert done.code == 2
    assert "nobody in the pool has this value" in done.err


def test_a_line_that_was_cut_is_gone_and_the_rest_is_mended(evenhand, ad, tmp_path):
    out = tmp_path / "new.txt"
    done = evenhand("rewrite", ad, "--cut", "3", "--out", out)
    assert done.code == 0, done.err
    assert "left out, as you asked" in done.out
    assert out.read_text() == AD.replace(AD.split("\n")[2] + "\n", "")


def test_cut_names_lines_of_one_ad(evenhand, ad, small_case):
    several = evenhand("rewrite", small_case.jobs_file, "--cut", "3")
    assert several.code == 2
    assert "names lines of one ad" in several.err
    missing = evenhand("rewrite", ad, "--cut", "77")
    assert missing.code == 2
    assert "the ad has no such line" in missing.err


def test_edits_of_a_cut_ad_fit_the_whole_ad(evenhand, ad, tmp_path):
    out = tmp_path / "new.jsonl"
    ad.write_text(AD + "\nYou are a young and dynamic salesman.\n")
    assert evenhand("rewrite", ad, "--cut", "4", "--out", out).code == 0
    [row] = [json.loads(line) for line in out.read_text().splitlines()]
    for edit in row["edits"]:
        assert row["original"][edit["start"] : edit["end"]] == edit["before"]
    assert {edit["proof"].get("source") for edit in row["edits"]} >= {"cut"}
    assert "Answer questions" not in row["rewritten"]
    assert "salesman" not in row["rewritten"]
