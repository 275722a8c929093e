"""Sentences laid out a line a verdict, and tables of figures that say shared things once."""

import math

import pytest

from evenhand.measure.figure import Figure
from evenhand.measure.rates.assess import VERDICTS
from evenhand.report.pages.lists import figure_table
from evenhand.report.plots import MARKS, mark_of
from evenhand.report.sentences import finding, findings

SENTENCE = (
    "Selection by race: the highest rate is that of A, 36.4% (36 of 99 selected). Below "
    "four-fifths and unlikely by chance: B (0.52). Below four-fifths, compatible with chance: C "
    "(0.77). Not below four-fifths, but unlikely by chance: D (0.81, p .01). Not below "
    "four-fifths, compatible with chance: F (0.9). Others: too few to show. No verdict: E (nobody "
    "was selected). If groups made no "
    "difference, chance alone would put some ratio below four-fifths in 52% of such samples."
)


def figure_of(variant: str, cell: str = "", value: float = 0.5, reason: str = "") -> Figure:
    return Figure("ndkl", value, attribute="sex", cell=cell, variant=variant, n=25, reason=reason)


def test_a_finding_has_a_line_for_each_verdict_and_loses_no_word():
    ((about, lines),) = findings([SENTENCE]).findings
    assert about == "Selection by race"
    assert [mark_of(line) for line in lines] == [
        None, "diamond", "hollow-diamond", "square", "circle", None, None, None,
    ]  # fmt: skip
    assert f"{about}: {' '.join(lines)}".lower() == SENTENCE.lower()


def test_findings_on_one_subject_stand_together_in_their_order():
    found = findings(["Lists by sex: one.", "Selection by sex: two.", "Lists by sex: three."])
    assert found.findings == (("Lists by sex", ("One.", "Three.")), ("Selection by sex", ("Two.",)))


def test_under_a_heading_the_subject_is_left_out():
    assert finding(["Lists by sex: no gap (R = 1.0)."]).findings == (("", ("No gap (R = 1.0).",)),)


@pytest.mark.parametrize(
    "sentence",
    ["Nothing found.", "34 compared (p below .05: few).", "Few compared (of many: two)."],
)
def test_a_colon_further_on_is_no_subject(sentence: str):
    assert findings([sentence]).findings == (("", (sentence,)),)


def test_every_verdict_has_a_sign_of_its_own_and_other_words_have_none():
    assert len({MARKS[words] for words in VERDICTS}) == len(VERDICTS)
    assert mark_of("not below four-fifths, compatible with chance; few expected") == "circle"
    assert mark_of("the benchmark") == "ring"
    assert mark_of("Below four-fifths, compatible with chance: A") == "hollow-diamond"
    for words in ("", "no verdict", "not below four-fifthsish", "below", "hidden", "0.52"):
        assert mark_of(words) is None


def test_what_all_rows_share_is_said_once_under_the_table():
    table = figure_table([figure_of("top 5, by group", "a vs b"), figure_of("top 5", "c")], "T")
    assert [row[1] for row in table.rows] == ["a vs b, by group", "c"]
    assert table.notes[0] == "All rows: top 5."


def test_a_column_that_would_be_empty_is_left_out():
    table = figure_table([figure_of("top 5"), figure_of("top 5")], "T")
    assert "About" not in table.columns
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert table.words == (0, 1)


def test_long_remarks_of_several_rows_get_a_letter():
    long = "at random: two hundred draws of every list from all people"
    rows = [
        figure_of(f"{long}, of the value"),
        figure_of(f"{long}, of the value"),
        figure_of("k=5"),
    ]
    table = figure_table(rows, "T")
    assert [row[1] for row in table.rows] == ["(a)", "(a)", "k = 5"]
    assert table.notes == (f"(a) {long}, of the value.",)


def test_commas_in_brackets_do_not_part_a_remark():
    table = figure_table([figure_of("attention 1/log2(max(place, 2)), target pool", "a"),
                          figure_of("target pool", "b")], "T")  # fmt: skip
    assert table.rows[0][1] == "a, attention 1/log2(max(place, 2))"


def test_small_values_keep_their_digits_and_reasons_their_star():
    table = figure_table([figure_of("x", value=0.00042), figure_of("y", "", math.nan, "few")], "T")
    values = [row[table.columns.index("Value")] for row in table.rows]
    assert values == ["0.000420", "–"]
    assert table.rows[1][0].endswith("\u00a0*")
    assert table.notes[-1].endswith(": few.")


def test_a_subject_may_hold_a_remark():
    ((about, _),) = findings(["Ranking quality (nDCG@20): 0.95 to 0.68."]).findings
    assert about == "Ranking quality (nDCG@20)"
