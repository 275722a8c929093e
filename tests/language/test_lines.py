"""What each line of an ad does, and cutting lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import BadInput
from evenhand.language.lines import KINDS, cuts, lines_of
from evenhand.language.span import apply_edits

AD = """Baker, Norwich

We are a proud and lively bunch. The ovens go on at 4 am.

Your work:
- Shape and bake loaves
- Clean the ovens

What you bring:
- Two years of experience in a bakery
- A driving licence would be a plus

Pay: £13 an hour and 28 days' holiday.
Our values shine brightly.
Send your CV to jobs@crumb.example.
We are an equal opportunity employer."""


def kinds(ad: str) -> dict[str, str]:
    return {line.number: line.kind for line in lines_of(ad)}


def test_every_line_has_its_kind():
    assert kinds(AD) == {
        "1": "title",
        "3.1": "praise",
        "3.2": "fact",
        "5": "heading",
        "6": "duty",
        "7": "duty",
        "9": "heading",
        "10": "must",
        "11": "nice",
        "13": "benefit",
        "14": "praise",
        "15": "contact",
        "16": "legal",
    }
    assert {*kinds(AD).values()} <= {*KINDS}


@pytest.mark.parametrize(
    "line",
    [
        "We are proud to offer 30 days of leave.",
        "Excellent communication skills.",
        "We love Python.",
        "Our amazing team is looking for a welder.",
        "You must love dogs.",
        "Great pay and a fun bonus scheme.",
        "You'll sell our exciting boats.",
    ],
)
def test_a_line_that_states_anything_is_no_mere_praise(line):
    assert kinds(f"Welder wanted\n\n{line}\n\nCome by.")["3"] != "praise"


@pytest.mark.parametrize("line", ["We have a fun culture.", "Our people are amazing."])
def test_a_line_that_states_nothing_is(line):
    assert kinds(f"Welder\n\n{line}\n\nCome by.")["3"] == "praise"


def test_a_line_goes_with_its_bullet_and_its_break():
    shorter = apply_edits(AD, cuts(AD, ["7", "14"]))
    assert shorter == AD.replace("- Clean the ovens\n", "").replace(
        "Our values shine brightly.\n", ""
    )


def test_a_sentence_goes_with_its_space_and_a_line_by_its_number_alone():
    assert "\n\nThe ovens go on at 4 am.\n" in apply_edits(AD, cuts(AD, ["3.1"]))
    assert "ovens go on" not in apply_edits(AD, cuts(AD, ["3"]))
    assert apply_edits(AD, cuts(AD, ["3.1", "3.2"])) == apply_edits(AD, cuts(AD, ["3"]))


def test_the_last_line_takes_the_break_before_it():
    assert apply_edits(AD, cuts(AD, ["16"])) == AD[: AD.rindex("\n")]


def test_a_line_that_is_not_there_is_refused_by_name():
    with pytest.raises(BadInput, match=r"--cut 99: the ad has no such line; its lines are 1, 3, 5"):
        cuts(AD, ["3", "99"])


@given(st.lists(st.sampled_from([*AD.split("\n"), "", "* Fun!", "  • Bake.  ", "A. B. C."])))
def test_what_is_not_cut_stays_character_for_character(pieces):
    ad = "\n".join(pieces)
    every = lines_of(ad)
    assert [line.start for line in every] == sorted(line.start for line in every)
    for line in every:
        edits = cuts(ad, [line.number])
        assert [ad[edit.start : edit.end] for edit in edits] == [edit.before for edit in edits]
        assert ad[line.start : line.end] in edits[0].before
        left = "".join(apply_edits(ad, edits).split())
        assert len(left) + len("".join(edits[0].before.split())) == len("".join(ad.split()))
