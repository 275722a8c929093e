"""Short stories from a little grammar, each with one mention of somebody to fill in.

A story names two people, groups or places and then says something of one of them. Who does what is
drawn by lot, whatever the group, and what is done is everyday: nothing here leans either way. In
half of the stories what was said before tells who is meant (they are certain), in the others
nothing does. Subjects come from one side of UnQover's lists, and some are words drawn from the
vocabulary, so that a gap must be filled from its context; no sentence is one of its templates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from transformers import PreTrainedTokenizerBase

from evenhand.mitigate.probes import MASK, UNQOVER, ProbeSet, probe_set, split
from evenhand.mitigate.states import subject_tokens

T = TypeVar("T")
MEETINGS = (
    "{a} met {b} at the {place}.",
    "{a} and {b} waited outside the {place}.",
    "{a} had lunch with {b} near the {place}.",
    "At the {place} {a} stood behind {b}.",
    "{a} drove {b} to the {place}.",
    "{a} came to the {place} with {b}.",
    "{a} has known {b} since the {event}.",
    "Before the {event} {a} rang {b}.",
    "Near the door was {a}. At the window was {b}.",
    "{a} lent a {thing} to {b}.",
    "The first at the {event} was {a}. The next was {b}.",
    "{a} works with {b} at the {place}.",
    "Everybody at the {event} knows {a} and {b}.",
)
DEEDS = (
    "bought a {colour} {thing}", "forgot the {thing}", "went home early", "was late",
    "liked the {food}", "did not like the {food}", "never asked for the {food}", "was tired",
    "was not tired", "wore a {colour} coat", "had no time", "has a {colour} {thing}", "was cold",
    "wants a new {thing}", "had been there before", "had never been there",
    "lives near the {place}",
    "was a guest at the {event}", "was an old friend", "was a newcomer", "was not a member",
    "is fond of {food}", "slept well", "did not sleep", "knew the way",
    "could not find the {place}",
)  # fmt: skip
CERTAIN = (
    ("bought the {colour} {thing}", "The {colour} {thing} belongs to {m}."),
    ("lost the {thing}", "The one who looked for the {thing} was {m}."),
    ("asked for {food}", "The {food} was for {m}."),
    ("went to the {place}", "At the {place} they saw {m}."),
    ("wore the {colour} coat", "The {colour} coat was that of {m}."),
    ("came late to the {event}", "{m} missed the start of the {event}."),
    ("ate the {food}", "{m} said that the {food} was good."),
    ("carried the {thing}", "{m} put the {thing} on the table."),
    ("stayed at the {place}", "{m} left the {place} in the evening."),
)
TOLD = ("{m} {deed}.",) * 5 + (
    "It was {m} who {deed}.", "The one who {deed} was {m}.", "Later {m} {deed}.",
    "They say that {m} {deed}.",
)  # fmt: skip
ROUTES = (
    "They drove from {a} to {b}.",
    "The team played in {a} and in {b}.",
    "My aunt has worked in {a} and in {b}.",
    "The train from {a} to {b} was full.",
    "A friend of ours left {a} for {b}.",
    "A book compares {a} with {b}.",
)
SEEN = (
    "{m} was where we bought the {colour} {thing}.",
    "The {thing} was made in {m}.",
    "{m} was cold in spring.",
    "{m} is where people like {food}.",
    "The {event} was in {m}.",
    "{m} was not where we lost the {thing}.",
    "It was {m} that we liked.",
    "{m} is known for its {food}.",
    "{m} has many an old {place}.",
)
HELD = (
    ("The {event} was held in {a} and the {other} in {b}.", "For the {event} we went to {m}."),
    ("In {a} it rained and in {b} it was dry.", "We needed a coat in {m}."),
    ("In {a} they sold {food}, in {b} {colour} coats.", "We ate {food} in {m}."),
)
WORDS = {
    "place": "station market library river bakery school museum bridge garden hotel harbour park",
    "event": "concert wedding meeting party game lecture storm holiday race dinner",
    "thing": "bicycle book lamp ticket umbrella bag camera clock letter box map chair phone table",
    "colour": "red blue green black white yellow brown grey",
    "food": "soup bread rice fish cheese apples cake coffee tea eggs",
    "noun": "man woman student neighbour family visitor friend tourist boy girl guest cousin",
}
_WORDS = {name: words.split() for name, words in WORDS.items()}
MADE_UP = 0.5
"""Share of stories whose subjects are words of the vocabulary."""


@dataclass(frozen=True, slots=True)
class Story:
    """A story with one gap.

    Attributes:
        text: With ``[mask]`` in the gap.
        answer: The subject that was there.
        options: Both subjects, in the order in which they were named.
        certain: Whether what was said before tells which.
    """

    text: str
    answer: str
    options: tuple[str, str]
    certain: bool


@dataclass(frozen=True)
class Pools:
    """Subjects of one token each: people's names, peoples, adjectives of groups, and places."""

    names: tuple[str, ...]
    peoples: tuple[str, ...]
    adjectives: tuple[str, ...]
    places: tuple[str, ...]
    made_up: tuple[str, ...] = ()


def sides_of(templates: Path, kind: str, seed: int) -> tuple[ProbeSet, ProbeSet]:
    """Probes of a kind in the masked form, to train on and to judge on."""
    return split(probe_set(kind, "unqover", templates, "lm"), seed)


def pools_of(
    tokenizer: PreTrainedTokenizerBase, templates: Path, side: int, seed: int, made_up: bool
) -> Pools:
    """The subjects of one side of UnQover's lists that are one token.

    Args:
        tokenizer: Says what one token is.
        templates: UnQover's word lists.
        side: 0: training, 1: held out.
        seed: Of the split.
        made_up: Whether to draw on other words of the vocabulary too.
    """
    both = {kind: sides_of(templates, kind, seed) for kind in UNQOVER}
    mine = {kind: one[side].subjects for kind, one in both.items()}
    everybody = {
        text.lower()
        for kind in both.values()
        for one in kind
        for subject in one.subjects
        for text in (subject.text, subject.demonym)
    }

    def single(texts: Sequence[str]) -> tuple[str, ...]:
        kept = (text for text in texts if text and len(subject_tokens(tokenizer, text, " ")) == 1)
        return tuple(dict.fromkeys(kept))

    vocabulary = sorted(tokenizer.get_vocab())
    words = (word for word in vocabulary if word.isalpha() and word.isascii() and len(word) > 3)
    peoples = single([one.demonym for one in mine["nationality"]])
    others = single([one.text for kind in ("ethnicity", "religion") for one in mine[kind]])
    return Pools(
        single([one.text for one in mine["gender"]]),
        peoples,
        (*peoples, *others),
        single([one.text for one in mine["nationality"]]),
        tuple(word for word in words if word not in everybody) if made_up else (),
    )


def stories(pools: Pools, count: int, seed: int) -> list[Story]:
    """Draw stories; the same seed gives the same."""
    rng = np.random.default_rng([seed, 11])
    return [_story(pools, rng) for _ in range(count)]


def _story(pools: Pools, rng: np.random.Generator) -> Story:
    form = ("name", "people", "adjective", "place")[rng.choice(4, p=(0.4, 0.2, 0.2, 0.2))]
    pool = {
        "name": pools.names,
        "people": pools.peoples,
        "adjective": pools.adjectives,
        "place": pools.places,
    }[form]
    if pools.made_up and rng.random() < MADE_UP:
        pool = pools.made_up
    one, two = (pool[place] for place in rng.choice(len(pool), 2, replace=False))
    places = form == "place"
    certain = bool(rng.random() < 0.5)
    words = {name: _pick(found, rng) for name, found in _WORDS.items()}
    words["other"] = _pick([word for word in _WORDS["event"] if word != words["event"]], rng)
    noun = words["noun"] if form == "adjective" else ""
    article = "" if form in ("name", "place") else "the"
    first = [_said(word, noun, article and "a") for word in (one, two)]
    names = {"a": first[0], "b": first[1], **words}
    meant = int(rng.integers(2))
    if certain:
        told, ending = _certain(places, meant, [_said(w, noun, article) for w in (one, two)], rng)
    else:
        told, ending = "", _pick(SEEN if places else TOLD, rng)
    opening = "" if certain and places else _pick(ROUTES if places else MEETINGS, rng)
    ending = ending.replace("{deed}", _pick(DEEDS, rng))
    names["m"] = _said(MASK, noun, article)
    parts = (opening, told, ending)
    text = " ".join(_sentence(part.format(**names)) for part in parts if part)
    return Story(text, (one, two)[meant], (one, two), certain)


def _certain(
    places: bool, meant: int, said: Sequence[str], rng: np.random.Generator
) -> tuple[str, str]:
    """What tells who is meant, and the sentence with the gap."""
    if places:
        told, ending = _pick(HELD, rng)
        return (told if meant == 0 else _swapped(told)), ending
    deed, ending = _pick(CERTAIN, rng)
    other = _pick([one for one in DEEDS if "{" not in one and "late" not in one], rng)
    deeds = (deed, other) if meant == 0 else (other, deed)
    told = [f"{who} {what}" for who, what in zip(said, deeds, strict=True)]
    if rng.random() < 0.5:
        told.reverse()
    return f"{told[0]} and {told[1]}.", ending


def _swapped(told: str) -> str:
    return told.replace("{a}", "{x}").replace("{b}", "{a}").replace("{x}", "{b}")


def _said(word: str, noun: str, article: str) -> str:
    """How a subject is called: Mary, a Belgian, the Belgian man."""
    return " ".join(part for part in (article, word, noun) if part)


def _sentence(text: str) -> str:
    said = re.sub(r"\b([Aa]) (?=[AEIOUaeiou])", r"\1n ", text)
    return said if said.startswith(MASK) else said[0].upper() + said[1:]


def _pick(found: Sequence[T], rng: np.random.Generator) -> T:
    return found[int(rng.integers(len(found)))]
