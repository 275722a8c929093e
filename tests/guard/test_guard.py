"""The guard against made-up pairs: changes of meaning are refused, faithful rewordings pass."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from evenhand import api
from evenhand.errors import BadInput
from evenhand.language import sameness
from evenhand.language.lexicon import Lexicon
from evenhand.language.sameness import differences
from evenhand.verbs.guard import GATES, JudgedPair, judged, shown

HERE = Path(__file__).resolve().parent


def pairs(name: str) -> list[list[str]]:
    """(kind, before, after) of a file of pairs."""
    lines = (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    kept = (line for line in lines if line and line[0] != "#")
    return list(csv.reader(kept, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def verdicts(name: str) -> list[JudgedPair]:
    """The guard's verdict on every pair of a file."""
    return [judged(kind, before, after) for kind, before, after in pairs(name)]


def test_the_kinds_are_equally_many():
    for name, kinds, least in (("corruptions", 21, 300), ("faithful", 13, 150)):
        counts = Counter(kind for kind, _, _ in pairs(name))
        assert len(counts) == kinds
        assert len({*counts.values()}) == 1
        assert counts.total() >= least


def test_changes_of_meaning_are_refused():
    assert not [found.id for found in verdicts("corruptions") if found.passed]


def test_faithful_rewordings_pass():
    refused = [found.id for found in verdicts("faithful") if not found.passed]
    assert len(refused) <= 2, refused


@pytest.mark.parametrize(
    ("name", "most_passed", "most_refused"),
    [("fresh", 1, 33), ("more", 0, 154), ("sealed", 0, 67)],
)
def test_pairs_of_other_writers_keep_what_was_found(name: str, most_passed: int, most_refused: int):
    passed = [found.id for found in verdicts(f"corruptions_{name}") if found.passed]
    assert len(passed) <= most_passed, passed
    refused = [found.id for found in verdicts(f"faithful_{name}") if not found.passed]
    assert len(refused) <= most_refused, Counter(refused)


def test_without_the_parser_no_more_passes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sameness, "has_parser", lambda: False)
    assert not [found.id for found in verdicts("corruptions") if found.passed]
    assert sum(not found.passed for found in verdicts("faithful")) <= 12


@pytest.mark.parametrize("name", ["corruptions", "faithful"])
def test_a_text_says_what_itself_says(name: str):
    for _, before, after in pairs(name)[::3]:
        assert differences(before, before) == []
        assert differences(after, after) == []


def test_every_kind_of_change_has_a_gate_and_a_sentence():
    for gate, *told in Lexicon("guard", "texts").tables["says"].values():
        assert gate in GATES
        assert any(told)


def test_what_is_required_is_said():
    (part,) = judged("x", "You must wear boots.", "You may wear boots.").parts
    assert [one.reason for one in part.differences] == [
        "'must' became 'may': what is required was weakened"
    ]


AD = "Cook\n\nRequirements:\n- A food certificate\n- Fluent French\nNice to have:\n- A car\n"


def test_a_line_in_another_section_is_a_change():
    moved = AD.replace("- Fluent French\n", "") + "- Fluent French\n"
    (part,) = judged("ad", AD, moved).parts
    assert "it is now only wished for, and was required" in part.differences[0].reason


def test_lines_are_followed():
    text = "Cook\n\nYou will cook and wash up.\nWe are open daily.\nApply by 3 May.\n"
    other = "Cook\n\nWe are open daily.\nYou will cook. You will also wash up.\nApply by 3 May.\n"
    assert judged("ad", text, other).passed
    assert not judged("ad", text, text.replace("We are open daily.\n", "")).passed
    added = judged("ad", text, text + "We pay well.\n")
    assert added.gates()["statements"] == ["'We pay well.' is new: a statement was added"]


def test_mends_are_named_and_not_counted():
    found = judged("x", "A chairman leads the board.", "A chair leads the board.")
    assert found.passed
    assert found.parts[0].mends[0].startswith("'chairman' was mended, a finding of check")
    assert not judged("x", "A chairman leads the board.", "A chair leads the trust.").passed


def test_another_language_is_one_sentence():
    german = "Wir suchen eine Köchin für unsere Küche, die mit uns arbeitet und die Gäste mag."
    found = judged("x", german, german)
    assert not found.passed
    assert "is not in English (it reads as German)" in found.notes[0]


def test_the_verb(tmp_path: Path):
    one, two = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text("You must check tyres.\n")
    two.write_text("You may check tyres.\n")
    found = api.guard(one, two)
    assert not found.passed
    assert json.loads(json.dumps(found.to_json()))["pairs"][0]["passed"] is False
    assert any("REFUSED by 1 of 10 gates: requirements." in line for line in shown(found))
    two.write_text("You need to check tyres.\n")
    assert api.guard(one, two).passed


def test_a_table_of_pairs(tmp_path: Path):
    table = tmp_path / "pairs.csv"
    table.write_text('id,before,after\n1,"Cook, clean.",Cook and clean.\n2,Drive.,Drive not.\n')
    assert [pair.passed for pair in api.guard(pairs=table).pairs] == [True, False]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,before\n1,x\n", "pairs.csv:1: has no column after; its first line must name id"),
        ("id,before,after\n", "pairs.csv: has no row below its first line"),
        ("id,before,after\n1,,x\n", "pairs.csv:2: before: is empty; fill it in"),
    ],
)
def test_tables_that_are_wrong(tmp_path: Path, text: str, says: str):
    table = tmp_path / "pairs.csv"
    table.write_text(text)
    with pytest.raises(BadInput, match=says):
        api.guard(pairs=table)


def test_too_much_or_too_little_is_one_sentence(tmp_path: Path):
    for given, says in (
        ({}, "name the ad and its rewording"),
        ({"before": "a.txt"}, "name the ad and its rewording"),
        ({"before": "a.txt", "pairs": "p.csv"}, "leave one of them out"),
        ({"before": "a.txt", "after": "a.txt"}, "name two files"),
        ({"pairs": tmp_path / "none.csv"}, "can't be read"),
    ):
        with pytest.raises(BadInput, match=says):
            api.guard(**given)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The train to the depot leaves at six.", "The coach to the depot leaves at six."),
        ("We are a great team of bakers.", "We are a fantastic team of bakers."),
        ("Excellent knowledge of ovens is needed.", "Outstanding knowledge of ovens is needed."),
        ("The bus goes across the town.", "The bus goes for the duration of the town."),
        ("You may start now.", "You may start today."),
        ("You sell shoes to shops.", "You retail shoes to shops."),
        ("You collect the rubbish every day.", "You collect the refuse every day."),
        ("You are willing to work on Sundays.", "You are happy to work on Sundays."),
        ("Our shop is in the city centre.", "Our shop is in the town centre."),
        ("A background check is carried out.", "A DBS check is carried out."),
        ("We use modern ovens.", "We use the latest ovens."),
    ],
)
def test_a_word_of_another_sense_or_degree_is_another_word(before: str, after: str) -> None:
    assert not judged("pair", before, after).passed
