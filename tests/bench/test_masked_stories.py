"""Stories that the masked model learns from: nobody leans, and no probe is among them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from evenhand.mitigate.probes import KINDS, MASK, UNQOVER, ProbeSet, probe_set
from evenhand.mitigate.probes import ProbeForm as Form
from masked_stories import Pools, Story, sides_of, stories

POOLS = Pools(
    ("Mary", "John", "Anna", "Paul"),
    ("Belgian", "Finn", "Iraqi"),
    ("Belgian", "Hindu", "Asian"),
    ("Belgium", "Iraq", "Peru"),
    ("marlin", "quartz", "oval"),
)
SENTENCE = re.compile(r"[^.]+\.")
SLOT = re.compile(r"\\\[[^\]]+\\\]")
FORMS: tuple[Form, ...] = ("lm", "qa")


@pytest.fixture(scope="module")
def told() -> list[Story]:
    """Enough stories for every frame to turn up."""
    return stories(POOLS, 6000, 0)


@pytest.fixture(scope="module")
def probes(shared_data: Path) -> list[ProbeSet]:
    """Every set of probes in both forms."""
    lists = shared_data / "probes" / "unqover" / "word_lists"
    theirs = [probe_set(kind, "unqover", lists, form) for kind in UNQOVER for form in FORMS]
    ours = [probe_set(kind, "hiring", None, form) for kind in KINDS["hiring"] for form in FORMS]
    return [*theirs, *ours]


def as_pattern(context: str) -> str:
    """A template's sentence with anything in its slots."""
    return SLOT.sub(".+", re.escape(context.strip().lower()))


def sentences(found: list[Story]) -> set[str]:
    """Every sentence, its gap filled."""
    texts = (story.text.replace(MASK, story.answer) for story in found)
    return {one.strip().lower() for text in texts for one in SENTENCE.findall(text)}


def test_no_sentence_is_a_filled_context(told, probes):
    contexts = {
        as_pattern(sentence)
        for probe in probes
        for template in probe.templates
        for sentence in SENTENCE.findall(template.context)
    }
    assert len(contexts) > 40
    pattern = re.compile("|".join(sorted(contexts)))
    assert pattern.fullmatch("mary sent a letter to john.")
    assert not [one for one in sentences(told) if pattern.fullmatch(one)]


def test_no_sentence_holds_an_attribute(told, probes):
    claims = {
        text.lower()
        for probe in probes
        for one in probe.attributes
        for text in (one.text, one.negated, one.single, one.single_negated)
        if text
    }
    assert len(claims) > 200
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(claims)))})\b")
    assert not [one for one in sentences(told) if pattern.search(one)]


def test_one_gap_and_an_answer_that_was_named(told):
    for story in told:
        before, gap, after = story.text.partition(MASK)
        assert gap
        assert MASK not in after
        assert story.answer in story.options
        named = re.findall(r"\w+", before.lower())
        assert all(option.lower() in named for option in story.options)


@pytest.mark.parametrize("certain", [True, False])
def test_who_is_meant_depends_on_neither_order_nor_name(told, certain):
    mine = [story for story in told if story.certain is certain]
    first = sum(story.answer == story.options[0] for story in mine) / len(mine)
    assert 0.46 < first < 0.54
    meant = Counter(story.answer for story in mine)
    named = Counter(option for story in mine for option in story.options)
    assert all(0.4 < meant[name] / named[name] < 0.6 for name in named)


def test_a_certain_story_says_who_is_meant(told):
    certain = [story for story in told if story.certain and "belongs to" in story.text]
    assert certain
    for story in certain:
        thing = re.search(r"The (\w+ \w+) belongs", story.text)
        assert thing is not None
        said = rf"\b{story.answer}( \w+)? bought the {thing[1]}\b"
        assert re.search(said, story.text, re.IGNORECASE)


def test_the_same_seed_gives_the_same_stories(told):
    assert stories(POOLS, 300, 0) == told[:300]
    assert stories(POOLS, 300, 1) != told[:300]


def test_training_stories_name_nobody_of_the_held_out_side(shared_data):
    lists = shared_data / "probes" / "unqover" / "word_lists"
    both = {kind: sides_of(lists, kind, 1) for kind in UNQOVER}
    pools = Pools(
        *(tuple(one.text for one in both["gender"][0].subjects),) * 3,
        tuple(one.text for one in both["nationality"][0].subjects),
    )
    words = {w for story in stories(pools, 2000, 0) for w in re.findall(r"\w+", story.text)}
    held = {one.text for kind in ("gender", "nationality") for one in both[kind][1].subjects} - {
        word for one in both["nationality"][0].subjects for word in one.text.split()
    }
    assert not words & held
