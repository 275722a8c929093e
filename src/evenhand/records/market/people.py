"""People of the bundled market.

Gender leaves statistical traces in a profile, as in real ones: working areas, verbs and tone,
spells of part-time work, activities outside work. Each trace only shifts a probability, and the
phrases of all kinds are used by everybody; there is no pronoun, name or gendered word. The
traces are stereotypes on purpose, because a market without them has no gap to find; they say
nothing about women or men.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenhand.records.candidate import Candidate
from evenhand.records.market.ads import AREAS
from evenhand.records.market.dice import Dice
from evenhand.records.market.occupations import WORDINGS, Occupation, load_phrases

_STREAM = 2
_FOLDS = ("train", "test")
_MOST_WORDS = 70

_AGES = {"under_35": 0.36, "35_54": 0.43, "55_plus": 0.21}
_YEARS = {"under_35": (2, 10), "35_54": (9, 26), "55_plus": (24, 38)}

_LEANS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""How often somebody's phrases are agentic rather than communal; everybody has one of these."""
_LEAN_WEIGHTS = {"male": (1, 2, 4, 6, 6), "female": (6, 6, 4, 2, 1)}
_PLAIN = 0.2
_AREA_WEIGHTS = {"male": (0.40, 0.34, 0.26), "female": (0.26, 0.34, 0.40)}
_SPELL = 0.45
_SPELL_WEIGHTS = {"male": (0.15, 0.45, 0.40), "female": (0.45, 0.15, 0.40)}


def make_people(occupations: Sequence[Occupation], seed: int) -> list[Candidate]:
    """Everybody, in an order that tells nothing."""
    planned = [
        (occupation, gender, fold)
        for occupation in occupations
        for fold in _FOLDS
        for gender, count in zip(("female", "male"), occupation.people_per_fold(), strict=True)
        for _ in range(count)
    ]
    bank = load_phrases("profiles")
    people: list[Candidate] = []
    mixed = Dice(seed, _STREAM).several(planned, len(planned))
    for position, (occupation, gender, fold) in enumerate(mixed, start=1):
        dice = Dice(seed, _STREAM, position)
        age = dice.weighted(tuple(_AGES), tuple(_AGES.values()))
        fields = {
            "occupation_group": occupation.name,
            "gender": gender,
            "age_band": age,
            "fold": fold,
        }
        text = _Profile(occupation, gender, age, bank, dice).text()
        people.append(Candidate(f"p-{position:05d}", text, fields))
    return people


class _Profile:
    """One profile: who it is about is drawn first, then its sentences are written."""

    def __init__(
        self, occupation: Occupation, gender: str, age: str, bank: dict[str, Any], dice: Dice
    ) -> None:
        self._occupation, self._gender, self._age = occupation, gender, age
        self._bank, self._dice = bank, dice
        self._years = dice.number(*_YEARS[age])
        lean = dice.weighted(_LEANS, _LEAN_WEIGHTS[gender])
        self._tone = ((1 - _PLAIN) * lean, _PLAIN, (1 - _PLAIN) * (1 - lean))

    def text(self) -> str:
        """The whole profile, 35 to 70 words."""
        optional = self._dice.several(
            [self._style(), self._spell(), self._credential(), self._seniority()], 4
        )
        sentences = [self._career(), *self._work(), self._style(), self._outside()]
        for sentence in optional:
            if _words(sentences) + _words([sentence]) <= _MOST_WORDS:
                sentences.insert(self._dice.number(1, len(sentences)), sentence)
        return " ".join(filter(None, sentences))

    def _career(self) -> str:
        noun = self._dice.pick(self._occupation.phrases["nouns"])
        weights = _AREA_WEIGHTS[self._gender]
        first, second = (
            self._dice.pick(self._occupation.phrases[self._dice.weighted(AREAS, weights)])
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
        objects = self._dice.several(self._occupation.phrases["objects"], 2)
        return [
            f"{self._dice.pick(self._bank['verbs'][self._wording()])} {item}." for item in objects
        ]

    def _style(self) -> str:
        return self._dice.pick(self._bank["style"])[self._wording()]

    def _wording(self) -> str:
        return self._dice.weighted(WORDINGS, self._tone)

    def _outside(self) -> str:
        kind = self._dice.weighted(("agentic", "shared", "communal"), self._tone)
        activity = self._dice.pick(self._bank["outside"][kind])
        return self._dice.pick(self._bank["outside"]["frames"]).format(activity=activity)

    def _spell(self) -> str:
        kind = self._dice.weighted(("care", "venture", "study"), _SPELL_WEIGHTS[self._gender])
        phrase = self._few(self._dice.pick(self._bank["spells"][kind]))
        return phrase if self._dice.chance(_SPELL) else ""

    def _credential(self) -> str:
        return self._dice.pick(self._occupation.phrases["credentials"])

    def _seniority(self) -> str:
        phrase = self._few(self._dice.pick(self._bank["seniority"][self._age]))
        return phrase if self._dice.chance(0.4) else ""

    def _few(self, phrase: str) -> str:
        few = self._dice.pick(("two", "three", "four"))
        return phrase.format(few=few, years=self._years)


def _words(sentences: Sequence[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)
