"""rewrite through the command line: one ad as a diff, many as a file, no model needed for rules."""

from __future__ import annotations

import json

import pytest

from evenhand.learn.runfolder import RunFolder
from evenhand.rewrite import read_rewrites

AD = (
    "Sales agent\n\nYou will drive ambitious growth and aggressively pursue new accounts.\n\n"
    "What you will do\n- Champion our products and fearlessly defend our prices in every meeting.\n"
)
LEXICON = ("--system", "lexicon")


@pytest.fixture
def ad(tmp_path):
    path = tmp_path / "an [odd] :name: ad.txt"
    path.write_text(AD)
    return path


def test_one_ad_is_shown_as_a_diff_with_reasons(evenhand, ad):
    found = evenhand("rewrite", ad, *LEXICON)
    assert (found.code, found.err) == (0, "")
    assert "[-aggressively -]{+actively +}pursue" in found.out
    assert "proposed by the wording rule" in found.out
    assert "why it may stand: " in found.out
    assert "facts: " in found.out
    assert "more rewordings passed the gates and weren't taken" in found.out
    assert "refused" not in found.out
    assert list(ad.parent.iterdir()) == [ad]


def test_names_with_brackets_are_shown_as_they_are(evenhand, tmp_path):
    plain = tmp_path / "plain [b] :smile:.txt"
    plain.write_text("Archivist\n\nLook after the archive.\n")
    found = evenhand("rewrite", plain, *LEXICON)
    assert found.code == 0
    assert "plain [b] :smile:: unchanged" in found.out


def test_json_is_alone_on_stdout_and_the_file_holds_the_same(evenhand, ad, tmp_path):
    out = tmp_path / "out" / "r.jsonl"
    found = evenhand("rewrite", ad, *LEXICON, "--out", out, "--json")
    assert (found.code, found.err) == (0, "")
    (row,) = json.loads(found.out)
    assert [row] == [one.to_json() for one in read_rewrites(out)]
    assert set(row) >= {"id", "original", "rewritten", "edits"}
    assert set(row["edits"][0]) == {"start", "end", "before", "after", "proof"}


def test_many_ads_go_to_a_file_with_those_that_stay_as_they_are(evenhand, tmp_path):
    jobs = tmp_path / "ads.jsonl"
    texts = {"a": AD, "b": "Archivist\n\nLook after the archive.\n", "c": AD}
    rows = [json.dumps({"id": name, "text": text}) for name, text in texts.items()]
    jobs.write_text("\n".join([*rows, "nonsense"]) + "\n")
    out = tmp_path / "r.jsonl"
    assert evenhand("rewrite", jobs, *LEXICON, "--out", out).code == 2
    assert not out.exists()
    found = evenhand("rewrite", jobs, *LEXICON, "--out", out, "--skip-bad")
    assert found.code == 0
    assert f"{jobs}:4" in found.err
    assert f"2 of 3 ads changed: {out}" in found.out
    assert [one.id for one in read_rewrites(out)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--system", "tuned"], "needs a tuned run; name one with --run"),
        (["--system", "align"], "needs a tuned run"),
        (["--run", "nowhere"], "is not a run folder"),
        (["--where", "split=test"], "is plain text and has no columns"),
        (["--system", "other"], "other"),
        (["--n", "0"], "--n"),
    ],
)
def test_what_cannot_be_is_bad_input(evenhand, ad, given, said):
    found = evenhand("rewrite", ad, *given)
    assert found.code == 2
    assert found.out == ""
    assert said in found.err


def test_settings_on_the_command_line_count(evenhand, ad):
    one = evenhand("rewrite", ad, *LEXICON, "--set", "spans.per_ad=1", "--json")
    both = evenhand("rewrite", ad, *LEXICON, "--json")
    (one_row,), (both_row,) = json.loads(one.out), json.loads(both.out)
    assert 0 < one_row["proposals"] < both_row["proposals"]


def test_a_run_with_overrides(evenhand, ad, tmp_path):
    """--set with --run changes the run's settings, and doesn't forget them."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text('{"spans": {"per_ad": 1}}')
    for name in ("targets.json", "digests.json"):
        (run / name).write_text("{}")
    RunFolder(run).finish({})
    kept = evenhand("rewrite", ad, *LEXICON, "--run", run, "--set", "seed=1", "--json")
    wider = evenhand("rewrite", ad, *LEXICON, "--run", run, "--set", "spans.per_ad=4", "--json")
    (kept_row,), (wider_row,) = json.loads(kept.out), json.loads(wider.out)
    assert kept_row["proposals"] < wider_row["proposals"]
