"""The bundled market: made-up ads and people, so that evenhand runs before anybody has data.

Synthetic throughout. Women's shares by occupation are published figures; everything else, the gap
included, was put in by construction, and no figure measured here is evidence about a real market,
engine or person. It is frozen: the same seed gives the same bytes.

The ads' wording leans by occupation; nothing else about them does, and the same draws with other
tone weights give the same ad in other words. Gender leaves statistical traces in a profile, as in
real ones: working areas, verbs and tone, spells of part-time work, activities outside work. Each
trace only shifts a probability; there is no pronoun, name or gendered word. The traces are
stereotypes on purpose, because a market without them has no gap to find.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import cycle
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

from evenhand.records.files import AnyPath, Contents, whole_folder, write_jsonl, write_text
from evenhand.records.job import Job
from evenhand.records.outputs import writes
from evenhand.records.people import Candidate, Pool
from evenhand.rehearsal import begin, foretell

Item = TypeVar("Item")


class Dice:
    """A stream of choices that depends on its seeds alone."""

    def __init__(self, *seeds: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(list(seeds)))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._generator.random() < probability

    def number(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._generator.random() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, all equally likely."""
        return items[self.number(0, len(items) - 1)]

    def weighted(self, items: Sequence[Item], weights: Sequence[float]) -> Item:
        """One of the items, with probabilities proportional to the weights."""
        point = self._generator.random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            point -= weight
            if point < 0:
                return item
        return items[-1]

    def several(self, items: Sequence[Item], count: int) -> list[Item]:
        """Different items in random order: ``count`` of them, or all there are."""
        left = list(items)
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(min(count, len(items)))]


Wording: TypeAlias = Literal["agentic", "plain", "communal"]
WORDINGS: tuple[Wording, ...] = ("agentic", "plain", "communal")

WOMEN_SHARE_SOURCE = "U.S. Bureau of Labor Statistics, CPS table 11, 2022"
"""Of the women among the employed, percent. Rows of the table: accountants and auditors; civil
engineers; financial and investment analysts; graphic designers; human resources workers; lawyers;
postsecondary teachers; marketing managers; pharmacists; real estate brokers and sales agents;
registered nurses; software developers."""

_SMALL_POOL = 46
_LEAST = 100

_TONES = {
    "agentic": (0.94, 0.05, 0.01),
    "even": (0.15, 0.7, 0.15),
    "communal": (0.01, 0.05, 0.94),
}
"""Weights of the three wordings in an occupation's ads, in the order of ``WORDINGS``."""


@dataclass(frozen=True)
class Occupation:
    """One occupation."""

    name: str  # the value of ``occupation_group``
    women_percent: float  # published share of women
    tone: tuple[float, ...]
    small: bool  # few people of one gender, as a market has them: too few to judge
    pay: int  # typical yearly pay in thousands of dollars, made up
    phrases: Mapping[str, tuple[str, ...]]  # kind of phrase to phrases

    def people_per_fold(self) -> tuple[int, int]:
        """Women and men of one fold, in proportion to the published share."""
        share = self.women_percent / 100
        if self.small:
            women = round(_SMALL_POOL * share)
            return women, _SMALL_POOL - women
        everybody = _LEAST / min(share, 1 - share)
        return round(everybody * share), round(everybody * (1 - share))


def load_phrases(name: str) -> dict[str, Any]:
    """One file of the phrases that evenhand comes with."""
    return tomllib.loads(
        (files("evenhand.records") / "phrases" / f"{name}.toml").read_text("utf-8")
    )


def load_occupations() -> list[Occupation]:
    """All occupations, by name."""
    folder = files("evenhand.records") / "phrases" / "occupations"
    names = sorted(one.name.removesuffix(".toml") for one in folder.iterdir())
    return [_occupation(name, load_phrases(f"occupations/{name}")) for name in names]


def _occupation(name: str, loaded: dict[str, Any]) -> Occupation:
    percent, tone, small, pay = (
        loaded.pop(key) for key in ("women_percent", "tone", "small", "pay")
    )
    phrases = {kind: tuple(map(str, listed)) for kind, listed in loaded.items()}
    return Occupation(name, percent, _TONES[tone], small, pay, phrases)


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
    """All ads, those of all occupations mixed."""
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
        header = self._dice.pick(
            ("{title}, {town}", "{title} | {company} | {town}", "{title} at {company}")
        )
        paragraphs = [
            header.format(title=self.title, **self._facts),
            " ".join((self._fact("about"), self._said("team"), self._fact("focus"))),
        ]
        people: list[Statement] = self._dice.several(self._bank["person"], 3)
        paragraphs.append(" ".join([*map(self._worded, people), self._said("pace")]))
        paragraphs += [self._list("duties", self._duties()), self._list("needs", self._needs())]
        if long:
            extra: list[Statement] = self._dice.several(self._bank["long"], 3)
            paragraphs += [paragraph["text"].format(**self._facts) for paragraph in extra]
        return "\n\n".join([*paragraphs, self._said("growth"), self._terms()])

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


_PEOPLE_STREAM = 2
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
    mixed = Dice(seed, _PEOPLE_STREAM).several(planned, len(planned))
    bank = load_phrases("profiles")
    people: list[Candidate] = []
    for position, plan in enumerate(mixed, start=1):
        dice = Dice(seed, _PEOPLE_STREAM, position)
        age = dice.weighted(tuple(_AGES), tuple(_AGES.values()))
        fields = {
            "occupation_group": plan.occupation.name,
            "gender": plan.gender,
            "age_band": age,
            "fold": plan.fold,
        }
        text = _Profile(plan, age, bank, dice).text()
        people.append(Candidate(f"p-{position:05d}", text, fields))
    return people


def _leans(count: int, weights: Sequence[float]) -> list[float]:
    """Leans of so many people, in proportion to the weights."""
    ends = np.cumsum(weights) / sum(weights)
    return [_LEANS[int(np.searchsorted(ends, (at + 0.5) / count))] for at in range(count)]


class _Profile:
    """One profile, drawn and written sentence by sentence."""

    def __init__(self, plan: _Plan, age: str, bank: dict[str, Any], dice: Dice) -> None:
        self._plan, self._age, self._bank, self._dice = plan, age, bank, dice
        self._years = dice.number(*_YEARS[age])
        self._tone = _weights(plan.lean, _PLAIN)

    def text(self) -> str:
        """The whole profile, about 35 to 70 words."""
        optional = self._dice.several(
            [
                self._spell(),
                self._dice.pick(self._plan.occupation.phrases["credentials"]),
                self._seniority(),
            ],
            3,
        )
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


__all__ = ["NOTICE", "Market", "load_market", "write_market"]

NOTICE = (
    "Synthetic: the ads and people of the bundled market are made up, and its gap was put in by "
    "construction. It shows that the parts work together; its figures are never evidence about "
    f"a real engine, market or person. Women's shares by occupation: {WOMEN_SHARE_SOURCE}."
)
"""What has to stand wherever the bundled market or a figure from it is shown."""


@dataclass(frozen=True)
class Market:
    """Made-up ads and the people they are ranked against."""

    jobs: list[Job]  # with the fields ``occupation_group`` and ``split`` (train, validation, test)
    pool: Pool  # with ``occupation_group``, ``gender``, ``age_band`` and ``fold`` (train, test)


def load_market(seed: int = 0) -> Market:
    """Generate the market of a seed; the same seed always gives the same market."""
    occupations = load_occupations()
    return Market(make_ads(occupations, seed), Pool(tuple(make_people(occupations, seed))))


_NAMES = ("jobs.jsonl", "people.jsonl", "NOTICE.txt")


def _signed(folder: Path) -> tuple[str, ...]:
    """All three where the notice stands beside them; other ads and people are somebody's."""
    notice = folder / "NOTICE.txt"
    return _NAMES if notice.is_file() and notice.read_bytes() == f"{NOTICE}\n".encode() else ()


CONTENTS = Contents(_NAMES, _signed)


@writes("out", folder=CONTENTS)
def write_market(out: AnyPath, seed: int = 0) -> tuple[Path, Path]:
    """Write ``jobs.jsonl``, ``people.jsonl`` and ``NOTICE.txt`` as one; return the first two.

    Raises:
        StorageError: When a file can't be written.
    """
    foretell(takes="seconds")
    begin()
    market = load_market(seed)
    jobs = [
        {"id": job.id, "title": job.title, "text": job.text, **job.fields} for job in market.jobs
    ]
    people = ({"id": one.id, "text": one.text, **one.fields} for one in market.pool)
    with whole_folder(out, CONTENTS) as target:
        write_jsonl(target / _NAMES[0], jobs)
        write_jsonl(target / _NAMES[1], people)
        write_text(target / _NAMES[2], NOTICE + "\n")
    return Path(out) / _NAMES[0], Path(out) / _NAMES[1]
