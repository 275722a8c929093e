from evenhand.audit.evaluation import check_facts
from evenhand.language.second_checker import second_check
from evenhand.language.span import Edit, Verdict


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
