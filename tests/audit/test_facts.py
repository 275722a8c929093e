import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from evenhand.audit.facts import check_facts, upper_bound
from evenhand.language.second_checker import second_check
from evenhand.language.span import Edit, Verdict


@given(st.integers(1, 3000), st.data(), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_upper_bound_is_clopper_and_pearsons(read: int, data: st.DataObject, level: float):
    found = data.draw(st.integers(0, read))
    expected = 1.0 if found == read else beta.ppf(level, found + 1, read - found)
    assert upper_bound(found, read, level) == pytest.approx(expected, abs=1e-9)


def test_upper_bound_without_any_case_has_a_closed_form():
    assert upper_bound(0, 150) == pytest.approx(1 - 0.05 ** (1 / 150))


def test_upper_bound_covers():
    share, read = 0.03, 150
    missed = sum(
        binom.pmf(found, read, share)
        for found in range(read + 1)
        if upper_bound(found, read) < share
    )
    assert missed <= 0.05


@pytest.mark.parametrize(("found", "read"), [(1, 0), (-1, 5), (6, 5)])
def test_upper_bound_refuses_what_is_no_share(found: int, read: int):
    with pytest.raises(ValueError, match="no share"):
        upper_bound(found, read)


def test_edits_are_counted_by_kind_without_their_words():
    edits = [
        Edit(0, 1, "Pay is 34,000 a year.", "Pay is 43,000 a year."),
        Edit(0, 1, "You must have a licence.", "You have a licence."),
        Edit(0, 1, "You will check the figures.", "You will look over the figures."),
    ]
    checked = check_facts(edits, second_check)
    assert (checked.read, checked.flagged) == (3, 2)
    assert dict(checked.reasons) == {"digits": 1, "logic": 1}


def test_the_most_frequent_kind_comes_first_and_ties_by_name():
    said = iter(["units: x", "names: +A", "digits: -3", "names: +B"])
    edits = [Edit(0, 1, "a", "b")] * 4
    checked = check_facts(edits, lambda before, after: Verdict("second", False, next(said)))
    assert checked.reasons == (("names", 2), ("digits", 1), ("units", 1))


def test_a_program_bounds_nothing_and_says_what_it_is():
    edits = [Edit(0, 1, "You will check the figures.", "You will look over the figures.")]
    assert check_facts(edits, second_check).to_json() == {
        "read": 1,
        "flagged": 0,
        "by": "a second program; nobody read the edits",
        "reasons": {},
    }
