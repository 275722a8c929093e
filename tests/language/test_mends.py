"""Mends: the flagged words alone, and what agrees with them; facts and lists stay as they were.

Findings are given here as ``{words>suggestion}``, so that these tests hold whatever the word lists
say; ``ads_to_mend.txt`` are whole ads, mended by the lists.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.language.check import check
from evenhand.language.mends import Mended, mended, mends, mends_behind
from evenhand.language.span import Edit, Finding, apply_edits, composed, origin
from evenhand.language.swaps import article
from evenhand.language.text import plural_verb

ADS = (Path(__file__).parent / "ads_to_mend.txt").read_text().split("====\n")
_MARKED = re.compile(r"\{([^{}>]+)>([^{}]*)\}")


def marked(line: str, kind: str = "gendered") -> tuple[str, Mended]:
    """A text in which ``{words>suggestion}`` are findings, and what mending it comes to."""
    text, found = "", list[Finding]()
    cursor = 0
    for match in _MARKED.finditer(line):
        text += line[cursor : match.start()]
        words = match[1]
        own = "pronoun" if re.match(r"s?/?he\b", words, re.I) else kind
        found.append(
            Finding(len(text), len(text) + len(words), words, "rule", own, None, match[2], "why")
        )
        text, cursor = text + words, match.end()
    text += line[cursor:]
    return text, mended(text, found)


def after(line: str) -> str:
    text, found = marked(line)
    return apply_edits(text, found.edits)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # A word left out of a list, wherever it stands, and of its noun.
        ("A strong, {aggressive>} and friendly clerk", "A strong and friendly clerk"),
        ("A strong, {aggressive>}, and friendly clerk", "A strong and friendly clerk"),
        ("A strong and {aggressive>} clerk", "A strong clerk"),
        ("An {aggressive>}, calm clerk", "A calm clerk"),
        ("A {pushy>} engineer", "An engineer"),
        ("{Aggressive>} and calm clerk wanted", "Calm clerk wanted"),
        ("You are calm and {aggressive>}.", "You are calm."),
        ("You are calm, fair and {aggressive>}.", "You are calm and fair."),
        ("You are calm, fair, and {aggressive>}.", "You are calm and fair."),
        ("You are calm, {aggressive>}, fair and kind.", "You are calm, fair and kind."),
        ("We are {dynamic>}, {aggressive>} and fast.", "We are fast."),
        ("We are a {dynamic>}, {aggressive>} and fast team.", "We are a fast team."),
        ("{Aggressively>} pursue accounts", "Pursue accounts"),
        ("We need a very {aggressive>} engineer", "We need an engineer"),
        ("Calm/{aggressive>} person", "Calm person"),
        ("Join an {all-star>} MBA team", "Join an MBA team"),
        # Articles, possessives, capitals, the case of a title.
        ("a {ninja>expert} and an {rockstar>person}", "an expert and a person"),
        ("A {wise man>honest person}", "An honest person"),
        ("The {salesmen>salespeople}'s lounge", "The salespeople's lounge"),
        ("The {foremen>supervisors}'s office", "The supervisors' office"),
        ("{FOREMAN>supervisor} WANTED", "SUPERVISOR WANTED"),
        ("{Handyman>maintenance worker} and Gardener", "Maintenance Worker and Gardener"),
        ("{Foreman>supervisor} wanted for our yard.", "Supervisor wanted for our yard."),
        # What would stand there twice.
        ("We want {gurus>experts} and {ninjas>experts}.", "We want experts."),
        ("We want {rockstars>experts}, {ninjas>experts} and {gurus>experts}.", "We want experts."),
        ("Sales {guru>expert}/{ninja>expert} wanted", "Sales expert wanted"),
        ("expert {ninja>expert} for the site", "expert for the site"),
        ("{code ninja>programmer} programmer", "programmer"),
        ("waiters and {waitresses>servers}", "servers"),
        # Verbs that go with the pronoun.
        ("{He>They} leads the team, plans the shifts and reports to the director.",
         "They lead the team, plan the shifts and report to the director."),
        ("{He leads>They lead} the team and trains staff.", "They lead the team and train staff."),
        ("{He>They} always carries tools and, where needed, teaches apprentices.",
         "They always carry tools and, where needed, teach apprentices."),
        ("{She>They} is calm and has a licence.", "They are calm and have a licence."),
        ("{He>They} must lead and should plan.", "They must lead and should plan."),
        ("{He>They} manages budgets and contracts with them.",
         "They manage budgets and contracts with them."),
        ("{He>They} chairs the call, paints the sheds and signs off bills.",
         "They chair the call, paint the sheds and sign off bills."),
        ("{He>They}'s calm and {he>they}'s got tools.", "They're calm and they've got tools."),
        ("{He or she>They} has a car.", "They have a car."),
        ("Not only does {he>they} lead, {he>they} also goes home.",
         "Not only do they lead, they also go home."),
        ("{He>They} plans the week and the deputy checks it.",
         "They plan the week and the deputy checks it."),
        ("{He>They} never loses {his>their} temper.", "They never lose their temper."),
    ],
)  # fmt: skip
def test_what_a_mend_makes_of_its_neighbours(line: str, expected: str) -> None:
    assert after(line) == expected


@pytest.mark.parametrize(
    ("ad", "expected"),
    [
        # Contractions, and the whole chain with them.
        ("We want a porter. He'll carry bags, he's calm and he's never missed a train. He'd start"
         " in May.",
         "We want a porter. They'll carry bags, they're calm and they've never missed a train. "
         "They'd start in May."),
        ("The porter must be strong. She’d help guests, and she’s got her own van.",
         "The porter must be strong. They’d help guests, and they’ve got their own van."),
        ("The usher is new. He'll focus on guests and he's run a hall, but he's run off his feet.",
         "The usher is new. They'll focus on guests and they've run a hall, but they're run off"
         " their feet."),
        ("The ideal guard can handle himself and knows his limits.",
         "The ideal guard can handle themselves and knows their limits."),
        ("The nurse will report to the director. Calm matters as much as her skill.",
         "The nurse will report to the director. Calm matters as much as their skill."),
        # Words for people that ads use of those they seek.
        ("We seek a cheerful lady to run the kiosk. She will open at six, so she must live near."
         " Her pay is weekly.",
         "We seek a friendly person to run the kiosk. They will open at six, so they must live"
         " near. Their pay is weekly."),
        ("The right man will bring his tools and he'll keep them clean.",
         "The right person will bring their tools and they'll keep them clean."),
        # Others are named on the way.
        ("Our client needs a clerk to cover the North East. She will drive and she'll file.",
         "Our client needs a clerk to cover the North East. They will drive and they'll file."),
        ("Our buyer is leaving in May and we hope to find somebody. She will tour the farms.",
         "Our buyer is leaving in May and we hope to find somebody. They will tour the farms."),
        ("We need a typist for a busy partner. She will file and she will keep him informed.",
         "We need a typist for a busy partner. They will file and they will keep him informed."),
    ],
)  # fmt: skip
def test_all_pronouns_of_the_person_to_be_hired_are_mended(ad: str, expected: str) -> None:
    assert apply_edits(ad, mends(ad)) == expected


@pytest.mark.parametrize(
    "ad",
    [
        "Text Bruno before noon. He will want a chat.",
        "Send your name to Petra, and she'll ring back.",
        "Ask for Petra, the buyer; she can show you the yard.",
        "Ask for the head porter, and he will show you the yard.",
        "Send your CV to the yard manager, who will show you her plans.",
        "Letters to the bursar's secretary; she can supply a form.",
        "You will replace a colleague who is leaving in June. She will train you and she must go"
        " over her notes with you.",
        "You work under Head Gardener Rosa, who keeps her tools sharp.",
        "Our founder loves dogs. He runs the shop and he'll greet you.",
        "We need a driver for Mrs Holt. She goes out on Fridays.",
        "You take over from the present manager. She will leave you her notes.",
        "The lead is calm. He leads a crew that builds pumps, and he will train you.",
    ],
)
def test_pronouns_of_people_who_are_there_already_stay(ad: str) -> None:
    assert (mends(ad), mended(ad).left) == ([], ())


@pytest.mark.parametrize(
    ("ad", "reason"),
    [
        ("The cook tastes the soups himself. He cleans his knives.", "go together"),
        ("The clerk drafts letters. She keeps the book and hands each visitor her badge.",
         "go together"),
        ("A good man who minds his boat is welcome. He'll be paid well.", "'man'"),
        ("The clerk is calm. He leads a crew that builds pumps and tests valves. He'll file.",
         "which verbs"),
    ],
)  # fmt: skip
def test_one_pronoun_that_stays_keeps_all_of_its_person(ad: str, reason: str) -> None:
    found = mended(ad)
    assert apply_edits(ad, found.edits) == ad
    assert len(found.left) > 1
    assert any(reason in left.reason for left in found.left)


@pytest.mark.parametrize(
    "line",
    [
        "You are {aggressive>}.",
        "You must be {aggressive>}",
        "- {Aggressive>}",
        "both {aggressive>} and calm",
        "as {aggressive>} as you are",
        "more {aggressive>} than that",
        "a {fast>}-moving team",
        "{He>They} leads a team that builds pumps and tests valves.",
        "{He>They}, with the cook, plans the menu.",
        "Must have {110% energy>energy}",
        "We {must hustle>work}.",
        "A shop {with one man>} in it",
    ],
)
def test_what_is_not_sure_is_left_with_a_reason(line: str) -> None:
    text, found = marked(line)
    assert apply_edits(text, found.edits) == text
    assert [bool(left.reason) for left in found.left] == [True]


def test_an_edit_is_the_words_alone_and_says_why() -> None:
    text, found = marked("The {chairman>chair} of the firm leads the board and signs the accounts.")
    (edit,) = found.edits
    assert (edit.before, edit.after) == ("chairman", "chair")
    assert [mend["why"] for mend in mends_behind(edit.proof)] == ["why"]
    assert text[edit.start : edit.end] == "chairman"


def test_a_finding_that_asks_a_person_is_passed_over() -> None:
    found = Finding(0, 4, "Male", "sex", "sex", None, "", "", decision="Is it needed?")
    assert mended("Male carer", [found]) == Mended((), ())


@pytest.mark.parametrize("ad", ADS, ids=lambda ad: ad.splitlines()[0][:24])
def test_an_ad_of_our_own_is_mended_once_and_keeps_its_facts(ad: str) -> None:
    edits = mends(ad)
    new = apply_edits(ad, edits)
    assert mends(new) == []
    assert re.findall(r"\d[\d.,]*", new) == re.findall(r"\d[\d.,]*", ad)
    assert new.count("\n") == ad.count("\n")
    assert not re.search(r"\b([a-z]+) \1\b|  | [,.]|,,|\ba [aeio]\w|\ban [^aeiou8h\W]", new)
    assert all(mends_behind(edit.proof) for edit in edits)
    for old, line in zip(ad.splitlines(), new.splitlines(), strict=True):
        assert line[:2] == old[:2] or not line.startswith(("-", "*"))
        assert line[:1].isupper() == old[:1].isupper()


def test_most_ads_of_our_own_have_something_to_mend() -> None:
    assert sum(bool(mends(ad)) for ad in ADS) >= 25


@pytest.mark.parametrize(
    ("word", "fitted"),
    [("hour", "an"), ("house", "a"), ("unit", "a"), ("uninsured", "an"), ("user", "a"), ("8", "an"),
     ("18", "an"), ("80", "an"), ("1", "a"), ("MBA", "an"), ("UK", "a"), ("one-off", "a"),
     ("honest", "an"), ("European", "a"), ("SQL", "an"), ("unusual", "an"), ("umbrella", "an")],
)  # fmt: skip
def test_articles_go_by_sound(word: str, fitted: str) -> None:
    assert article(word) == fitted


@pytest.mark.parametrize(
    ("singular", "plural"),
    [("carries", "carry"), ("teaches", "teach"), ("uses", "use"), ("focuses", "focus"),
     ("is", "are"), ("goes", "go"), ("does", "do"), ("dies", "die"), ("organises", "organise"),
     ("has", "have"), ("discusses", "discuss"), ("Leads", "Lead"), ("oversees", "oversee"),
     ("fixes", "fix"), ("changes", "change"), ("buzzes", "buzz"), ("pushes", "push"),
     ("catches", "catch")],
)  # fmt: skip
def test_verbs_agree_with_they(singular: str, plural: str) -> None:
    assert plural_verb(singular) == plural


WORDS = st.lists(st.sampled_from(["aa", "bb", "cc", " ", "dd."]), max_size=8).map("".join)


@settings(max_examples=150, deadline=None)
@given(text=WORDS, data=st.data())
def test_two_rounds_of_edits_are_one(text: str, data: st.DataObject) -> None:
    def drawn(of: str) -> list[Edit]:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(of)), max_size=6)))
        pairs = zip(cuts[::2], cuts[1::2], strict=False)
        return [Edit(a, b, of[a:b], data.draw(WORDS)) for a, b in pairs]

    first = drawn(text)
    between = apply_edits(text, first)
    second = drawn(between)
    both = composed(text, first, second, lambda one, two: {})
    assert apply_edits(text, both) == apply_edits(between, second)
    assert all(one.end < two.start for one, two in pairwise(both))


def test_a_place_of_the_new_text_is_found_in_the_old() -> None:
    edits = [Edit(2, 5, "cde", "X")]  # ab[cde]fg -> abXfg
    assert [origin(edits, at) for at in range(6)] == [0, 1, 2, 5, 6, 7]
    assert origin(edits, 3, end=True) == 5
    assert origin(edits, 2, end=True) == 2


def _mend_pairs() -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / "mend_pairs.txt").read_text().splitlines()
    pairs = [line.split(" => ") for line in lines if line and line[0] != "#"]
    return [(pair[0].replace("|", "\n"), pair[-1].replace("|", "\n")) for pair in pairs]


@pytest.mark.parametrize(("ad", "expected"), _mend_pairs())
def test_a_mend_reads_as_its_recruiter_would_have_written_it(ad: str, expected: str) -> None:
    found = mended(ad)
    assert apply_edits(ad, found.edits) == expected
    assert all(one.reason for one in found.left)


def test_of_every_kind_of_mend_there_are_both_pairs_that_change_and_pairs_that_stay() -> None:
    text = (Path(__file__).parent / "mend_pairs.txt").read_text()
    for kind in text.split("\n## ")[1:]:
        title, *lines = kind.strip().splitlines()
        assert len(lines) >= 14, title
    changed = [old != new for old, new in _mend_pairs()]
    assert min(sum(changed), len(changed) - sum(changed)) >= 60


def test_what_is_left_is_left_once_and_for_one_reason():
    text = "Foreman\nThe foreman leads. He may bring his wife, and he will be the right man for us."
    left = [(one.finding.start, one.finding.text) for one in mended(text).left]
    assert len(left) > 2
    assert len(left) == len(set(left))


def test_pronouns_and_mends_say_verbs_alike():
    text = "The cook must be calm. He focuses on sauces."
    assert apply_edits(text, mends(text)).endswith("They focus on sauces.")
    assert [f.suggestion for f in check(text) if f.kind == "pronoun"] == ["They focus"]
