"""Ads of the bundled market. Their wording leans by occupation; nothing else about them does.

The same draws with other tone weights give the same ad in other words, which is how a test
checks that the gap comes from the wording.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from evenhand.records.job import Job
from evenhand.records.market.dice import Dice
from evenhand.records.market.occupations import WORDINGS, Occupation, load_phrases

_SPLITS = {
    False: {"train": 11, "validation": 3, "test": 12},
    True: {"train": 5, "validation": 2, "test": 3},
}
_LONG = 0.15
_STREAM = 1

AREAS = ("areas_more_men", "areas_mixed", "areas_more_women")
"""Kinds of working area, by who works in them more often in this market."""

Statement = dict[str, str]


def make_ads(
    occupations: Sequence[Occupation], seed: int, tone: Sequence[float] | None = None
) -> list[Job]:
    """All ads, those of all occupations mixed.

    Args:
        occupations: Which occupations.
        seed: Of the market.
        tone: Weights of the three wordings instead of each occupation's own.
    """
    bank, places = load_phrases("ads"), load_phrases("places")
    planned = [
        (number, occupation, split)
        for number, occupation in enumerate(occupations)
        for split, count in _SPLITS[occupation.small].items()
        for _ in range(count)
    ]
    mixed = Dice(seed, _STREAM).several(planned, len(planned))
    jobs: list[Job] = []
    for position, (_, occupation, split) in enumerate(mixed, start=1):
        writer = _AdWriter(
            occupation, bank, places, tone or occupation.tone, Dice(seed, _STREAM, position)
        )
        fields = {"occupation_group": occupation.name, "split": split}
        jobs.append(Job(f"ad-{position:04d}", writer.text(), writer.title, fields))
    return jobs


class _AdWriter:
    """One ad: the facts are drawn first, then its parts are written."""

    def __init__(
        self,
        occupation: Occupation,
        bank: dict[str, Any],
        places: dict[str, Any],
        tone: Sequence[float],
        dice: Dice,
    ) -> None:
        self._occupation, self._bank, self._tone, self._dice = occupation, bank, tone, dice
        areas = dice.several([area for kind in AREAS for area in occupation.phrases[kind]], 4)
        self._areas = cycle(areas[1:])
        self._facts = _facts(occupation, areas, places, dice)
        self.title = dice.pick(occupation.phrases["titles"]).format(**self._facts)

    def text(self) -> str:
        """The whole ad."""
        long = self._dice.chance(_LONG)
        paragraphs = [self._header(), self._opening(), self._person()]
        paragraphs += [self._list("duties", self._duties()), self._list("needs", self._needs())]
        if long:
            extra: list[Statement] = self._dice.several(self._bank["long"], 3)
            paragraphs += [paragraph["text"].format(**self._facts) for paragraph in extra]
        return "\n\n".join([*paragraphs, self._said("growth"), self._terms()])

    def _header(self) -> str:
        template = self._dice.pick(
            ("{title}, {town}", "{title} | {company} | {town}", "{title} at {company}")
        )
        return template.format(title=self.title, **self._facts)

    def _opening(self) -> str:
        return " ".join((self._fact("about"), self._said("team"), self._fact("focus")))

    def _person(self) -> str:
        statements: list[Statement] = self._dice.several(self._bank["person"], 3)
        return " ".join([*map(self._worded, statements), self._said("pace")])

    def _duties(self) -> Iterator[str]:
        duties = self._dice.several(self._occupation.phrases["duties"], self._dice.number(3, 5))
        tails: list[Statement] = self._dice.several(self._bank["tail"], 2)
        for position, duty in enumerate(duties):
            tail = self._worded(tails[position]) if position < len(tails) else ""
            yield self._line(duty) + tail

    def _needs(self) -> Iterator[str]:
        for need in self._dice.several(self._occupation.phrases["needs"], 2):
            yield self._line(need)

    def _line(self, template: str) -> str:
        """Duties and requirements spread over the ad's areas, so that no one area decides."""
        return template.format(**{**self._facts, "area": next(self._areas)})

    def _list(self, kind: str, lines: Iterator[str]) -> str:
        header = self._fact(f"{kind}_header")
        return "\n".join([f"{header}:", *(f"- {line}" for line in lines)])

    def _terms(self) -> str:
        said = [self._fact(kind) for kind in ("salary", "hours", "contact", "legal")]
        left_out = [False, self._dice.chance(0.5), False, self._dice.chance(0.4)]
        return "\n".join(line for line, out in zip(said, left_out, strict=True) if not out)

    def _fact(self, kind: str) -> str:
        phrases: list[str] = self._bank["facts"][kind]
        return self._dice.pick(phrases).format(**self._facts)

    def _said(self, kind: str) -> str:
        statements: list[Statement] = self._bank[kind]
        return self._worded(self._dice.pick(statements))

    def _worded(self, statement: Statement) -> str:
        return statement[self._dice.weighted(WORDINGS, self._tone)]


def _facts(
    occupation: Occupation, areas: Sequence[str], places: dict[str, Any], dice: Dice
) -> dict[str, object]:
    """Everything that a template may name; all of it made up."""
    company: str = dice.pick(places["companies"])
    founded = dice.number(1951, 2016)
    low = occupation.pay + dice.number(-8, 8)
    facts: dict[str, object] = {
        "company": company,
        "town": dice.pick(places["towns"]),
        "founded": founded,
        "age": 2024 - founded,
        "staff": dice.number(12, 90),
        "area": areas[0],
        "second": areas[1],
        "low": f"{low},000",
        "high": f"{low + dice.number(6, 18)},000",
        "date": f"{dice.pick(places['months'])} {dice.number(2, 28)}",
        "domain": company.lower().replace(" ", "-"),
        "number": dice.number(1000, 9999),
        "phone": dice.number(10, 99),
        "need": dice.pick(("Two", "Three", "Four", "Five", "Three to five", "At least two")),
        "team": dice.pick(("three", "four", "five", "six")),
        "days": dice.number(7, 14),
        "vacation": dice.number(18, 27),
        "match": dice.number(3, 6),
        "training": f"{dice.number(1, 3)},{dice.pick(('000', '200', '500'))}",
        "months": dice.pick(("three", "four", "six")),
        "trips": dice.pick(("two", "three", "four")),
    }
    facts["employer"] = dice.pick(occupation.phrases["employers"]).format(**facts)
    return facts
