"""What a model must still know with a layer on: facts, choices with evidence, and prose.

*Facts* are prefixes with one answer that should come next, written for evenhand in the manner of
LAMA's cloze questions. Names of people, nationalities and religions are among the answers on
purpose: a layer that evens those out everywhere fails. The first token of the answer counts.

*Choices with evidence* are the counterpart of a probe, in the probes' own form ("context question
Answer:", with the answer begun up to the name, which a small model needs): there the text leaves
the answer open and a model should favour nobody; here it gives the answer, and a layer that simply
evens out subjects drops to chance. Every group of items holds each order of its people and each of
the roles asked for once, so that answering always the first, or always one person, is worth chance.
Choices among facts are four-way questions.

*Prose* is the user's; the token that came next counts at places drawn from it.

The part of an item (training or evaluation) depends on its subject, its templates and predicates
alone, so what is trained on is never measured. One pass of the language model serves every system.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput, RecordError
from evenhand.generate.prefix import context_of, plain_head, whole_texts
from evenhand.generate.regulator import NOTHING, padded, stacked
from evenhand.mitigate.states import (
    NONE,
    AnswerStates,
    SavedStates,
    Told,
    encode_prompts,
    end_states,
    state_width,
    subject_tokens,
    through_head,
)
from evenhand.records.outputs import Progress, tell

Part = Literal["train", "evaluation"]
Deed = tuple[str, str]
"""What somebody did: active ("sang the song") and passive ("the song was sung")."""
TRAIN_SHARE = 0.4
"""Share of the subjects of facts that go to training."""
SLOT = "{}"
MOST_TOKENS = 256
"""Tokens of a text that are read; the rest is left out."""
AT_ONCE = 2048
"""Tokens that are read at once."""
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """A prefix (no space at its end), and the ``answer`` that should follow, on a ``subject``.

    ``id`` is safe to print; ``relation`` says what kind of fact it is ("capital").
    """

    id: str
    relation: str
    subject: str
    prefix: str
    answer: str

    @property
    def part(self) -> Part:
        """Whether it may be trained on or is measured, by a digest of its subject alone."""
        digest = hashlib.sha256(self.subject.casefold().encode()).digest()
        return "train" if int.from_bytes(digest[:4], "big") / 2**32 < TRAIN_SHARE else "evaluation"


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with options, of which the one at ``right`` should follow.

    ``kind`` is what the options are ("name", "nationality", ..., or a relation of facts); intervals
    resample groups; ``id`` is safe to print. ``prompt`` is what the model reads: a context, a
    question and the answer up to the name, or a fact's prefix.
    """

    id: str
    kind: str
    group: str
    prompt: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class ChoiceParts:
    """What questions with evidence are made of; see ``data/choices.json``."""

    templates: tuple[str, ...]
    predicates: tuple[Deed, ...]
    subjects: dict[str, tuple[str, ...]]
    forms: dict[str, str]


@dataclass
class Rows:
    """Answer states and the tokens that count at each.

    Attributes:
        states: n rows; their ``choice_ids`` are -1.
        token_ids: First tokens of the answer, of the options, or the next token; -1 fills rows
            with fewer options, ``(n, m)``.
        token_logprobs: Their base log-probabilities over the whole vocabulary; -inf at -1.
        right: Column of the right one, ``(n,)``.
        groups: Rows of one number belong together (a text, a group of questions), ``(n,)``.
        ids: Safe to print, one a row.
    """

    states: AnswerStates
    token_ids: Tensor
    token_logprobs: Tensor
    right: Tensor
    groups: Tensor
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def logprobs(self, log_y: Tensor) -> Tensor:
        """Log-probabilities of ``token_ids`` under a system (see ``AnswerStates.logprobs``)."""
        return self.states.logprobs(self.token_ids, self.token_logprobs, log_y)


def load_facts(part: Part | None = None, folder: Path | None = None) -> tuple[Fact, ...]:
    """The facts of the package, or those of another folder's ``*.txt``; of one part or of both."""
    found = _facts_of(folder or _data() / "facts")
    return tuple(fact for fact in found if part is None or fact.part == part)


def _data() -> Path:
    return Path(str(files("evenhand.mitigate") / "data"))


@cache
def _facts_of(folder: Path) -> tuple[Fact, ...]:
    facts = tuple(fact for path in sorted(folder.glob("*.txt")) for fact in _read_facts(path))
    if not facts:
        raise RecordError("holds no facts; give a folder with .txt files", path=str(folder))
    seen: set[str] = set()
    for fact in facts:
        if fact.prefix in seen:
            raise RecordError(f"{fact.id} repeats a prefix; remove one", path=str(folder))
        seen.add(fact.prefix)
    return facts


def _read_facts(path: Path) -> Iterator[Fact]:
    """Facts of one file, in order.

    A relation starts with ``relation: NAME`` and ``frame: TEXT``, where ``{}`` stands for the
    subject; then come lines of ``subject = answer`` pairs parted by semicolons. Empty lines and
    lines that start with # are left out.
    """
    relation, frame, count = "", "", 0
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("relation:"):
            relation, frame, count = line.removeprefix("relation:").strip(), "", 0
            continue
        if line.startswith("frame:"):
            frame = line.removeprefix("frame:").strip()
            if frame.count(SLOT) != 1:
                problem = f"a frame needs {SLOT} once, where the subject goes"
                raise RecordError(problem, path=str(path), line=number)
            continue
        if not relation or not frame:
            problem = "a fact stands before its relation and frame; write those lines first"
            raise RecordError(problem, path=str(path), line=number)
        for piece in line.split(";"):
            subject, equals, answer = (part.strip() for part in piece.partition(" = "))
            if not equals or not subject or not answer or "=" in answer:
                problem = "a fact must read 'subject = answer'; part facts by semicolons"
                raise RecordError(problem, path=str(path), line=number)
            count += 1
            prefix = frame.replace(SLOT, subject)
            yield Fact(f"{relation}.{count:03d}", relation, subject, prefix, answer)


@cache
def choice_parts(part: Part, path: Path | None = None) -> ChoiceParts:
    """Templates, predicates and subjects of one part, of the package or of another file."""
    path = path or _data() / "choices.json"
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
        problem = f"lacks a part ({cause!r}); give templates, predicates, subjects and forms"
        raise RecordError(problem, path=str(path)) from cause
    for text in parts.templates:
        if sorted(re.findall(r"\{(\w)\}", text)) not in (list("01ab"), list("012abc")):
            problem = "a template needs {0} {a} {1} {b} once each (and {2} {c} for three people)"
            raise RecordError(problem, path=str(path), field=f"templates.{part}")
    lacking = sorted(set(parts.subjects) - set(parts.forms))
    if lacking:
        raise RecordError(f"has no form for {lacking[0]}; add it", path=str(path), field="forms")
    return parts


def evidence_choices(part: Part, groups: int, seed: int = 0) -> tuple[Choice, ...]:
    """Questions whose context holds the answer; a group gives 4 items of two people, 6 of three."""
    if groups < 1:
        raise BadInput(f"{groups} groups of questions were asked for; ask for 1 or more")
    parts = choice_parts(part)
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
        people = [form.replace("{}", names[who]) for who in order]
        done = {letter: passive for letter, (_, passive) in zip("abc", deeds, strict=False)}
        context = _capitals(template.format(*people, **done))
        for role, (active, passive) in enumerate(deeds):
            lead = form.partition("{}")[0]
            told = f"{context} Who {active}? Answer: {_capitals(passive)} by {lead}".rstrip()
            name = f"{group}.{len(made)}"
            made.append(Choice(name, kind, group, told, tuple(names), order[role]))
    return made


def _capitals(text: str) -> str:
    return re.sub(r"(^|[.!?] )([a-z])", lambda found: found[1] + found[2].upper(), text)


def fact_choices(facts: Sequence[Fact], seed: int = 0) -> tuple[Choice, ...]:
    """Each fact with three wrong answers of its relation; facts without three are left out.

    Distractors come from the same facts, so give those of one part.
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


def fact_rows(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, facts: Sequence[Fact], **how: Any
) -> Rows:
    """One row a fact, its token the answer's first; ``how`` as in ``choice_rows``."""
    alone = [Choice(one.id, "", one.id, one.prefix, (one.answer,), 0) for one in facts]
    return choice_rows(model, tokenizer, alone, **how)


def choice_rows(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    choices: Sequence[Choice],
    *,
    top_k: int = 64,
    words: Tensor | None = None,
    saved: Path | None = None,
    progress: Told | None = None,
) -> Rows:
    """One row a choice, its tokens the options' first ones; the rest as in ``answer_states``.

    Choices whose options start alike in this vocabulary can't be told apart and are left out.
    """
    kept: list[Choice] = []
    tokens: list[list[int]] = []
    for choice in choices:
        firsts = [subject_tokens(tokenizer, option, " ")[0] for option in choice.options]
        if len(set(firsts)) == len(firsts):
            kept.append(choice)
            tokens.append(firsts)
    if not kept:
        raise BadInput("there is nothing to measure what is kept on; give at least one item")
    wide = max(map(len, tokens))
    wanted = torch.tensor([[*row, *[NONE] * (wide - len(row))] for row in tokens])
    texts = encode_prompts(tokenizer, [choice.prompt for choice in kept])
    hidden = end_states(model, texts, progress=progress, saved=saved)
    top, ids, at_wanted = through_head(model, hidden, padded(texts), wanted, top_k, words)
    numbers = {name: at for at, name in enumerate(dict.fromkeys(one.group for one in kept))}
    return Rows(
        AnswerStates.without_choices(hidden, top, ids, padded(texts)),
        wanted,
        at_wanted.masked_fill(wanted == NONE, -torch.inf),
        torch.tensor([choice.right for choice in kept]),
        torch.tensor([numbers[choice.group] for choice in kept]),
        tuple(choice.id for choice in kept),
    )


def prose_states(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    positions_per_text: int,
    seed: int = 0,
    top_k: int = 64,
    *,
    words: Tensor | None = None,
    saved: Path | None = None,
    progress: Progress | None = None,
) -> Rows:
    """Rows at positions drawn from texts without replacement, each with the token that came next.

    At most ``positions_per_text`` of each; texts of one token are left out. ``words`` and ``saved``
    are those of ``answer_states``; ``progress`` is told the texts that were read.
    """
    if positions_per_text < 1:
        raise BadInput(f"{positions_per_text} positions a text were asked for; ask for 1 or more")
    plain_head(model)
    generator = torch.Generator().manual_seed(seed)
    rows = _tokens(model, tokenizer, texts)
    drawn = [
        torch.randperm(len(row) - 1, generator=generator)[:positions_per_text].sort().values
        for row in rows
    ]
    groups = [number for number, places in enumerate(drawn) for _ in places]
    asked = [rows, positions_per_text, seed, AT_ONCE]
    known = SavedStates(saved, asked, len(groups), state_width(model))
    first = np.cumsum([0, *map(len, drawn)])
    parts = _batches(rows)
    told = sum(map(len, parts[: known.parts]))
    for part in parts[known.parts :]:
        tell(progress, "prose", told, len(rows))
        states = _hidden(model, [rows[number] for number in part])
        known.add(
            [int(first[number]) + at for number in part for at in range(len(drawn[number]))],
            torch.cat([states[at, drawn[number]] for at, number in enumerate(part)]),
        )
        told += len(part)
    tell(progress, "prose", told, len(rows))
    placed = list(zip(rows, drawn, strict=True))
    context = stacked([_read(row, places) for row, places in placed])
    wanted = torch.cat([torch.tensor(row)[places + 1] for row, places in placed])[:, None]
    top, ids, at_wanted = through_head(model, known.hidden, context, wanted, top_k, words)
    return Rows(
        AnswerStates.without_choices(known.hidden, top, ids, context),
        wanted,
        at_wanted,
        torch.zeros(len(groups), dtype=torch.long),
        torch.tensor(groups),
        tuple(f"prose.{group}.{place}" for place, group in enumerate(groups)),
    )


def _tokens(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]
) -> list[tuple[int, ...]]:
    most = min(MOST_TOKENS, context_of(model) or MOST_TOKENS)
    rows = [row[:most] for row in encode_prompts(tokenizer, [text for text in texts if text])]
    kept = [row for row in rows if len(row) >= _SHORTEST]
    if not kept:
        raise BadInput("no text has two tokens, so perplexity is undefined; give longer prose")
    return kept


def _read(row: Sequence[int], places: Tensor) -> Tensor:
    """Tokens up to each place, ``(places, tokens)``."""
    ids = torch.tensor(row, dtype=torch.int32).expand(len(places), -1)
    return ids.masked_fill(torch.arange(len(row)) > places[:, None], NOTHING)


def _batches(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Texts of about one length, together at most ``AT_ONCE`` tokens with their padding."""
    found: list[list[int]] = []
    for number in sorted(range(len(rows)), key=lambda at: (len(rows[at]), at)):
        if not found or (len(found[-1]) + 1) * len(rows[number]) > AT_ONCE:
            found.append([])
        found[-1].append(number)
    return found


@torch.inference_mode()
def _hidden(model: PreTrainedModel, rows: Sequence[Sequence[int]]) -> Tensor:
    """States before the output head, ``(texts, tokens, h)``."""
    return whole_texts(model, rows).last_hidden_state.clone()
