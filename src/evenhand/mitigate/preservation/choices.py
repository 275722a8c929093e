"""Multiple choice with evidence: the context says who did what, and the question asks who.

The counterpart of a probe, in the probes' own form ("context question Answer:", with the answer
begun up to the name, which a small model needs): there the text leaves the answer open and a model
should favour nobody; here it gives the answer, and a layer that
simply evens out subjects drops to chance. Templates, predicates and subjects of training never
occur in evaluation. Every group of items holds each order of its people and each of the roles
asked for once, so that answering always the first, or always one person, is worth chance.
``fact_choices`` makes four-way questions of the facts. Own templates; not a reading test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.errors import BadInput, RecordError
from evenhand.mitigate.preservation.facts import Fact, Part

Deed = tuple[str, str]
"""What somebody did: active ("sang the song") and passive ("the song was sung")."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with options.

    Attributes:
        id: Safe to print.
        kind: What the options are ("name", "nationality", ..., or a relation of facts).
        group: Items of one group belong together; intervals resample groups.
        prompt: What the model reads: a context, a question and the answer up to the name (or a
            fact's prefix).
        options: Texts that may follow, without their leading space.
        right: Index of the right option.
    """

    id: str
    kind: str
    group: str
    prompt: str
    options: tuple[str, ...]
    right: int

    @property
    def chance(self) -> float:
        """What guessing is worth."""
        return 1.0 / len(self.options)


@dataclass(frozen=True)
class ChoiceParts:
    """What questions with evidence are made of; see ``data/choices.json``."""

    templates: tuple[str, ...]
    predicates: tuple[Deed, ...]
    subjects: dict[str, tuple[str, ...]]
    forms: dict[str, str]


def choice_parts(part: Part, path: Path | None = None) -> ChoiceParts:
    """Templates, predicates and subjects of training or evaluation.

    Args:
        part: Which of the two.
        path: A file in the package's format; None for the package's own.

    Raises:
        RecordError: The file is malformed; says what is missing.
    """
    if path is None:
        return _packaged(part)
    return _parts_of(path, part)


@cache
def _packaged(part: Part) -> ChoiceParts:
    return _parts_of(
        Path(str(files("evenhand.mitigate.preservation") / "data" / "choices.json")), part
    )


def _parts_of(path: Path, part: Part) -> ChoiceParts:
    try:
        held: Any = json.loads(path.read_text("utf-8"))
    except ValueError as cause:
        raise RecordError(f"is no JSON ({cause}); mend it", path=str(path)) from cause
    try:
        parts = ChoiceParts(
            tuple(str(text) for text in held["templates"][part]),
            tuple((str(active), str(passive)) for active, passive in held["predicates"][part]),
            {str(k): tuple(map(str, v)) for k, v in held["subjects"][part].items()},
            {str(k): str(v) for k, v in held["forms"].items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError) as cause:
        raise RecordError(
            f"lacks a part ({cause!r}); give templates, predicates, subjects and forms",
            path=str(path),
        ) from cause
    for text in parts.templates:
        if sorted(re.findall(r"\{(\w)\}", text)) not in (list("01ab"), list("012abc")):
            raise RecordError(
                "a template needs {0} {a} {1} {b} once each (and {2} {c} for three people)",
                path=str(path),
                field=f"templates.{part}",
            )
    lacking = sorted(set(parts.subjects) - set(parts.forms))
    if lacking:
        raise RecordError(f"has no form for {lacking[0]}; add it", path=str(path), field="forms")
    return parts


def evidence_choices(
    part: Part, groups: int, seed: int = 0, path: Path | None = None
) -> tuple[Choice, ...]:
    """Questions whose context holds the answer.

    Args:
        part: Training or evaluation.
        groups: Groups to make; each gives 4 items of two people or 6 of three.
        seed: Same seed, same items.
        path: Parts of another file.

    Raises:
        BadInput: ``groups`` isn't positive.
        RecordError: The file is malformed.
    """
    if groups < 1:
        raise BadInput(f"{groups} groups of questions were asked for; ask for 1 or more")
    parts = choice_parts(part, path)
    rng = np.random.default_rng([seed, 5, part == "train"])
    kinds = sorted(parts.subjects)
    made: list[Choice] = []
    for number in range(groups):
        template = parts.templates[number % len(parts.templates)]
        kind = kinds[number // len(parts.templates) % len(kinds)]
        people = 3 if "{2}" in template else 2
        names = [str(name) for name in rng.permutation(parts.subjects[kind])[:people]]
        drawn = rng.permutation(len(parts.predicates))[:people]
        deeds = [parts.predicates[int(place)] for place in drawn]
        made += _group(f"{part}.{number:04d}", kind, template, parts.forms[kind], names, deeds)
    return tuple(made)


def _group(
    group: str, kind: str, template: str, form: str, names: Sequence[str], deeds: Sequence[Deed]
) -> list[Choice]:
    """Every role asked for, in the given order of people and in its reverse."""
    forward = tuple(range(len(names)))
    made: list[Choice] = []
    for order in (forward, forward[::-1]):
        fields = {str(place): form.replace("{}", names[who]) for place, who in enumerate(order)}
        fields |= {letter: passive for letter, (_, passive) in zip("abc", deeds, strict=False)}
        context = _capitals(_filled(template, fields))
        for role, (active, passive) in enumerate(deeds):
            lead = form.partition("{}")[0]
            told = f"{context} Who {active}? Answer: {_capitals(passive)} by {lead}".rstrip()
            name = f"{group}.{len(made)}"
            made.append(Choice(name, kind, group, told, tuple(names), order[role]))
    return made


def _filled(template: str, fields: dict[str, str]) -> str:
    return re.sub(r"\{(\w)\}", lambda found: fields[found[1]], template)


def _capitals(text: str) -> str:
    return re.sub(r"(^|[.!?] )([a-z])", lambda found: found[1] + found[2].upper(), text)


def fact_choices(facts: Sequence[Fact], seed: int = 0) -> tuple[Choice, ...]:
    """Each fact with three wrong answers of its relation; facts without three are left out.

    Args:
        facts: Of one part, so that distractors are too.
        seed: Draws distractors and the place of the right one.
    """
    rng = np.random.default_rng([seed, 6])
    answers: dict[str, list[str]] = {}
    for fact in facts:
        held = answers.setdefault(fact.relation, [])
        if fact.answer not in held:
            held.append(fact.answer)
    made = []
    for fact in facts:
        others = [answer for answer in answers[fact.relation] if answer != fact.answer]
        wrong = [str(answer) for answer in rng.permutation(others)[:3]]
        if len(wrong) == 3:
            right = int(rng.integers(4))
            wrong.insert(right, fact.answer)
            name = f"{fact.id}.choice"
            made.append(Choice(name, fact.relation, name, fact.prefix, tuple(wrong), right))
    return tuple(made)
