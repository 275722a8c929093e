"""People of the bundled market.

Gender leaves statistical traces in a profile, as in real ones: working areas, verbs and tone,
spells of part-time work, activities outside work. Each trace only shifts a probability, and the
phrases of all kinds are used by everybody; there is no pronoun, name or gendered word. The
traces are stereotypes on purpose, because a market without them has no gap to find; they say
nothing about women or men.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evenhand.records.candidate import Candidate
from evenhand.records.market.ads import AREAS
from evenhand.records.market.dice import Dice
from evenhand.records.market.occupations import WORDINGS, Occupation, load_phrases

_STREAM = 2
_FOLDS = ("train", "test")
_MOST_WORDS = 70

_AGES = {"under_35": 0.36, "35_54": 0.43, "55_plus": 0.21}
_YEARS = {"under_35": (2, 10), "35_54": (9, 26), "55_plus": (24, 38)}

_LEANS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""How often somebody's phrases are agentic rather than communal; everybody has one of these."""
_LEAN_WEIGHTS = {"male": (0.5, 1, 2.5, 6, 10), "female": (10, 6, 2.5, 1, 0.5)}
_PLAIN = 0.1
"""Share of plain phrases in everybody's tone."""
_SHARED = 0.25
"""Share of activities that lean neither way."""
_AREA_WEIGHTS = {"male": (0.40, 0.34, 0.26), "female": (0.26, 0.34, 0.40)}
_SPELL_WEIGHTS = {"male": (0.15, 0.45, 0.40), "female": (0.45, 0.15, 0.40)}
_SPELL = 0.45
_SENIORITY = 0.4
_SECOND_WORK = 0.5
_THIRD_STYLE = 0.9


class _Plan(NamedTuple):
    """Who a profile is to be about; ``turn`` counts the people of one gender and fold."""

    occupation: Occupation
    gender: str
    fold: str
    lean: float
    turn: int


def make_people(occupations: Sequence[Occupation], seed: int) -> list[Candidate]:
    """Everybody, in an order that tells nothing."""
    planned = [
        _Plan(occupation, gender, fold, lean, turn)
        for occupation in occupations
        for fold in _FOLDS
        for gender, count in zip(("female", "male"), occupation.people_per_fold(), strict=True)
        for turn, lean in enumerate(_leans(count, _LEAN_WEIGHTS[gender]))
    ]
    mixed = Dice(seed, _STREAM).several(planned, len(planned))
    bank = load_phrases("profiles")
    return [
        _person(f"p-{position:05d}", plan, bank, Dice(seed, _STREAM, position))
        for position, plan in enumerate(mixed, start=1)
    ]


def _leans(count: int, weights: Sequence[float]) -> list[float]:
    """Leans of so many people, in proportion to the weights.

    They are not left to chance, so that the folds are alike.
    """
    ends = np.cumsum(weights) / sum(weights)
    return [_LEANS[int(np.searchsorted(ends, (at + 0.5) / count))] for at in range(count)]


def _person(name: str, plan: _Plan, bank: dict[str, Any], dice: Dice) -> Candidate:
    age = dice.weighted(tuple(_AGES), tuple(_AGES.values()))
    fields = {
        "occupation_group": plan.occupation.name,
        "gender": plan.gender,
        "age_band": age,
        "fold": plan.fold,
    }
    return Candidate(name, _Profile(plan, age, bank, dice).text(), fields)


class _Profile:
    """One profile, drawn and written sentence by sentence."""

    def __init__(self, plan: _Plan, age: str, bank: dict[str, Any], dice: Dice) -> None:
        self._plan, self._age, self._bank, self._dice = plan, age, bank, dice
        self._years = dice.number(*_YEARS[age])
        self._tone = _weights(plan.lean, _PLAIN)

    def text(self) -> str:
        """The whole profile, about 35 to 70 words."""
        optional = self._dice.several([self._spell(), self._credential(), self._seniority()], 3)
        work = self._work()
        styles = self._styles()
        sentences = [self._career(), styles[0], work[0], *styles[1:], *work[1:], self._outside()]
        for sentence in optional:
            if _words(sentences) + _words([sentence]) <= _MOST_WORDS:
                sentences.insert(self._dice.number(1, len(sentences)), sentence)
        return " ".join(filter(None, sentences))

    def _career(self) -> str:
        nouns = self._plan.occupation.phrases["nouns"]
        noun = nouns[self._plan.turn % len(nouns)]
        weights = _AREA_WEIGHTS[self._plan.gender]
        first, second = (
            self._dice.pick(self._plan.occupation.phrases[self._dice.weighted(AREAS, weights)])
            for _ in range(2)
        )
        areas = first if first == second else f"{first} and {second}"
        template = self._dice.pick(
            (
                "{noun} with {years} years in {areas}.",
                "{noun}, {years} years of experience, mostly {areas}.",
                "{noun} specializing in {areas}; {years} years of practice.",
            )
        )
        return template.format(noun=noun, areas=areas, years=self._years)

    def _work(self) -> list[str]:
        verbs: dict[str, list[str]] = self._bank["verbs"]
        objects = self._dice.several(
            self._plan.occupation.phrases["objects"], 1 + self._dice.chance(_SECOND_WORK)
        )
        return [f"{self._dice.pick(verbs[self._wording()])} {item}." for item in objects]

    def _styles(self) -> list[str]:
        statements: list[Mapping[str, str]] = self._dice.several(
            self._bank["style"], 2 + self._dice.chance(_THIRD_STYLE)
        )
        return [statement[self._wording()] for statement in statements]

    def _wording(self) -> str:
        return self._dice.weighted(WORDINGS, self._tone)

    def _outside(self) -> str:
        kind = self._dice.weighted(
            ("agentic", "shared", "communal"), _weights(self._plan.lean, _SHARED)
        )
        activity = self._dice.pick(self._bank["outside"][kind])
        return self._dice.pick(self._bank["outside"]["frames"]).format(activity=activity)

    def _spell(self) -> str:
        kind = self._dice.weighted(("care", "venture", "study"), _SPELL_WEIGHTS[self._plan.gender])
        phrase = self._few(self._dice.pick(self._bank["spells"][kind]))
        return phrase if self._dice.chance(_SPELL) else ""

    def _credential(self) -> str:
        return self._dice.pick(self._plan.occupation.phrases["credentials"])

    def _seniority(self) -> str:
        phrase = self._few(self._dice.pick(self._bank["seniority"][self._age]))
        return phrase if self._dice.chance(_SENIORITY) else ""

    def _few(self, phrase: str) -> str:
        few = self._dice.pick(("two", "three", "four"))
        return phrase.format(few=few, years=self._years)


def _weights(lean: float, middle: float) -> tuple[float, float, float]:
    """Weights of agentic, middle and communal phrases."""
    return (1 - middle) * lean, middle, (1 - middle) * (1 - lean)


def _words(sentences: Sequence[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)
