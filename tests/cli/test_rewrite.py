"""rewrite through the command line: one ad as a diff, many as a file, no model needed for rules."""

from __future__ import annotations

import json

import pytest

from evenhand.align.runs import RunFolder
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


def test_one_ad_is_shown_line_by_line_with_a_reason_a_person_understands(evenhand, ad):
    found = evenhand("rewrite", ad)
    assert (found.code, found.err) == (0, "")
    assert "[-aggressively -]{+actively +}pursue" in found.out
    assert ": reads as agentic" in found.out
    assert "facts: " not in found.out
    assert "similarity" not in found.out
    assert "facts: numbers" in evenhand("rewrite", ad, "--verbose").out
    assert list(ad.parent.iterdir()) == [ad]


def test_without_a_run_or_people_only_findings_are_mended(evenhand, tmp_path):
    neutral = tmp_path / "neutral.txt"
    text = "Clerk\n\nYou will report to the manager in order to file claims.\n\n- Sort the post\n"
    neutral.write_text(text)
    assert "neutral: unchanged" in evenhand("rewrite", neutral).out
    plain = evenhand("rewrite", neutral, "--plain", "--json")
    (row,) = json.loads(plain.out)
    assert row["rewritten"] == text.replace("in order to", "to")
    said = evenhand("rewrite", neutral, "--plain").out
    assert "said another way by the wording rule plain phrase: to" in said


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
        (["--plain", "--system", "prompt"], "leave out --system, --run and --pool"),
    ],
)
def test_what_cannot_be_is_bad_input(evenhand, ad, given, said):
    found = evenhand("rewrite", ad, *given)
    assert found.code == 2
    assert found.out == ""
    assert said in found.err


PLAIN = (
    "Clerk\n\nYou will check claims in order to find faults.\n\n"
    "You will write letters in order to inform the clients of the firm.\n"
)


def test_settings_on_the_command_line_count(evenhand, tmp_path):
    path = tmp_path / "ad.txt"
    path.write_text(PLAIN)
    few = evenhand("rewrite", path, "--plain", "--set", "spans.max_words=9", "--json")
    both = evenhand("rewrite", path, "--plain", "--json")
    (few_row,), (both_row,) = json.loads(few.out), json.loads(both.out)
    assert 0 < few_row["proposals"] < both_row["proposals"]


def test_a_run_with_overrides(evenhand, tmp_path):
    """--set with --run changes the run's settings, and doesn't forget them."""
    path = tmp_path / "ad.txt"
    path.write_text(PLAIN)
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text('{"spans": {"max_words": 9}}')
    for name in ("targets.json", "digests.json"):
        (run / name).write_text("{}")
    RunFolder(run).finish({})
    system = ("--system", "plain", "--run", run, "--json")
    kept = evenhand("rewrite", path, *system, "--set", "seed=1")
    wider = evenhand("rewrite", path, *system, "--set", "spans.max_words=40")
    (kept_row,), (wider_row,) = json.loads(kept.out), json.loads(wider.out)
    assert kept_row["proposals"] < wider_row["proposals"]


def test_every_rewording_that_passes_can_be_had(evenhand, tmp_path):
    ad = tmp_path / "ad.txt"
    ad.write_text(
        "Baker\n\nWe are looking for a craftsman who helps our guests choose their bread.\n"
        "Your tasks:\n- Bake the bread of the morning\n- Order flour and keep the shop tidy\n"
    )
    found = evenhand("rewrite", ad, "--choices", tmp_path / "choices.json")
    assert found.code == 0
    [listed] = json.loads((tmp_path / "choices.json").read_text())["ads"]
    text = listed["text"]
    assert "craftsman" not in text
    assert all(text[s["start"] : s["end"]] == s["text"] for s in listed["spans"])
    first = listed["spans"][0]
    assert first["line"] == 3
    made = {rewording["text"]: rewording for rewording in first["rewordings"]}
    sought = "We are seeking a craftsperson who helps our guests choose their bread."
    assert made[sought]["kinds"] == ["plain phrase"]
    assert set(made[sought]["gates"]) >= {"facts", "fluency", "new_words"}
    assert made[sought]["effect"] is None
    duties = [s for s in listed["spans"] if s["line"] > 4]
    assert all(not r["text"].startswith("You") for s in duties for r in s["rewordings"])

    refused = evenhand("rewrite", ad, "--choices", tmp_path / "choices.csv")
    assert refused.code == 2
    assert "--choices" in refused.err
