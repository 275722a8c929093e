"""Reward hacking on the small case: kinds and effects of edits, other spaces, harder masks."""

from __future__ import annotations

import importlib
import json
from typing import Any

import numpy as np
import pytest

import evenhand
from evenhand.errors import BadInput
from evenhand.language.span import Edit
from evenhand.match.lexical import LexicalMatcher
from evenhand.records.people import Candidate, Pool
from evenhand.rewrite.result import Rewrite


@pytest.fixture(scope="module")
def edits() -> Any:
    return importlib.import_module("hacking_edits")


@pytest.fixture(scope="module")
def people() -> Any:
    return importlib.import_module("hacking_people")


@pytest.fixture(scope="module")
def spaces() -> Any:
    return importlib.import_module("spaces")


@pytest.mark.parametrize(
    ("before", "after", "kind", "frame"),
    [
        ("Prepare reports.", "You will prepare reports.", "frame on", "you will"),
        ("You will prepare reports.", "Prepare reports.", "frame off", ""),
        ("Prepare reports.", "In this role, you will prepare notes.", "frame on, words", None),
        ("Prepare clear reports.", "Prepare plain reports.", "words swapped", ""),
        ("Prepare clear reports.", "Prepare reports.", "words dropped", ""),
        ("Prepare reports.", "Prepare clear reports.", "words added", ""),
        ("Prepare reports.", "Preparing reports.", "other forms", ""),
        ("We're here to help.", "We are here to help.", "small words", ""),
        ("Reports and notes help.", "Notes and reports help.", "order", ""),
        ("Prepare reports!", "Prepare reports.", "signs", ""),
    ],
)
def test_edits_are_told_apart_by_their_words(edits, before, after, kind, frame):
    found, opening = edits.kind_of(before, after)
    assert found == kind
    assert frame is None or opening == frame


@pytest.fixture(scope="module")
def sales(small_case) -> tuple[list[Any], list[Rewrite]]:
    """Training ads of the group with a gap, the coded adverb taken out of each."""
    ads = [ad for ad in small_case.split("train") if ad.group == "sales"]
    rewrites = []
    for ad in ads:
        word = "aggressively " if "aggressively " in ad.text else "fearlessly "
        start = ad.text.index(word)
        edit = Edit(start, start + len(word), word, "", {"source": "rule:drop praise"})
        after = ad.text[:start] + ad.text[start + len(word) :]
        rewrites.append(Rewrite(ad.id, ad.text, after, (edit,)))
    return ads, rewrites


def test_the_gain_of_edits_is_split_and_no_word_of_an_ad_is_named(edits, sales, small_case):
    ads, rewrites = sales
    people = small_case.fold("train")
    config = evenhand.load_config([small_case.config_file])
    reward = evenhand.reward.RewardModel.fit(
        ads, people, LexicalMatcher(people.documents()), config.reward, top=20, seed=0
    )
    found = edits.summarise_effects(edits.effects_of(ads, rewrites, reward), ads, seed=0)
    assert found["edits_judged"] == len(ads)
    assert found["summed_closing"] > 0
    assert sum(kind["share"] for kind in found["by_kind"].values()) == pytest.approx(1, abs=1e-3)
    assert set(found["by_source"]) == {"rule"}
    removed = found["groups"]["sales"]["lemmas_removed"]
    assert set(removed) == {"(another word)"}
    assert "aggressive" not in json.dumps(found)


def test_wear_sees_lines_that_come_to_begin_alike(sales):
    wear = importlib.import_module("hacking_wear").wear
    ads, _ = sales
    lines = "You will go here today.\nYou will go there today.\nPlease wait for the train.\n"
    alike = [Rewrite(ad.id, ad.text, lines) for ad in ads]
    found = wear(ads, alike, 0)["lines_sharing_an_opening"]
    assert found["before"] == 0.0
    assert found["mean"] == pytest.approx(2 / 3, abs=1e-4)
    same = wear(ads, [Rewrite(ad.id, ad.text, ad.text) for ad in ads], 0)
    assert all(measure["mean"] == 0.0 for measure in same.values())


def person(at: int, text: str, gender: str, group: str = "sales") -> Candidate:
    fields = {"gender": gender, "occupation_group": group, "fold": "train"}
    return Candidate(f"p{at}", text, fields)


def test_lemmas_that_tell_groups_apart_within_occupations_are_found_and_masked(people):
    """ "Ledger" goes with an occupation that has more men: no difference within occupations."""
    rows = []
    for at in range(200):
        woman, sales = at % 2 == 0, at % 10 < (7 if at % 2 == 0 else 3)
        told = "netball" if woman and at % 4 == 0 else "walks"
        group, word = ("sales", "orders") if sales else ("finance", "ledger")
        gender = "female" if woman else "male"
        rows.append(person(at, f"Keeps {word} and likes {told}.", gender, group))
    pool = Pool(tuple(rows))
    told = people.telling_lemmas(pool, 2)
    assert set(told) == {"netball", "walk"}
    after = people.masked(pool, told)
    assert not any("netball" in one.text or "walks" in one.text for one in after)
    assert after.ids == pool.ids
    assert all("Keeps" in one.text for one in after)


def test_a_space_of_words_ranks_by_shared_words(spaces):
    texts = [f"ledger audit tax {word}" for word in "abacus beads coins".split()] * 3
    texts += [f"novel essay poem {word}" for word in "abacus beads coins".split()] * 3
    space = spaces.lsa_space(texts, dimensions=4)
    ledger, audit, poem, none = space.encode(["ledger", "audit tax", "poem novel", "zebra"])
    assert ledger @ audit > 0.9
    assert ledger @ poem < 0.2
    assert np.linalg.norm(ledger) == pytest.approx(1.0)
    assert not none.any()


def test_long_texts_are_read_in_windows(spaces):
    seen: list[str] = []

    def embed(texts):
        seen.extend(texts)
        return np.array([[len(text.split()), 1.0] for text in texts])

    text = " ".join(f"word{at}" for at in range(400))
    space = spaces.state_space(embed)
    vector = space.encode([text, "short text"])
    assert [len(one.split()) for one in seen] == [133, 134, 133, 2]
    assert "".join(seen[:3]) == text
    assert np.linalg.norm(vector, axis=1) == pytest.approx([1.0, 1.0])
    space.encode([text])
    assert len(seen) == 4


def test_a_judged_ad_without_a_rewriting_is_refused(sales):
    program = importlib.import_module("hacking")
    ads, rewrites = sales
    with pytest.raises(BadInput, match="tuned: 1 judged test ads have no rewriting"):
        program._of(ads, rewrites[1:], "tuned")
