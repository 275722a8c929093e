"""Ways to say a span differently without a change of fact, by rule and not by model.

Sources yield (text, rule) and propose only; the gates judge, so that nothing is offered that a gate
would refuse. Rules that would need grammar beyond the words next to a match are left out.
``alternatives`` is the set among which a model, a search or a person chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import zip_longest

from evenhand.config.schema import GatesConfig
from evenhand.language.constructions import constructions
from evenhand.language.duties import (
    duty_verb,
    framings_in,
    is_imperative,
    opens_as_duty,
    plain_gerunds,
)
from evenhand.language.findings import find_wording
from evenhand.language.gates import text_gates
from evenhand.language.lexicon import FUNCTION_WORDS, Lexicon, rows
from evenhand.language.mends import mended
from evenhand.language.phrases import phrased, with_article
from evenhand.language.span import Gate, Span, apply_edits
from evenhand.language.text import FORMS, cased, inflections, read, tokens

_WORDS = Lexicon("rewordings")
_DROPPABLE = _WORDS.words("droppable")
_DEGREE = _WORDS.words("degree")
_NEED_PRAISE = _WORDS.words("need_praise")
_NOT_DUTIES = _WORDS.words("not_duties")
_SHORTENED = (
    ("we are", "we're"), ("you will", "you'll"), ("you are", "you're"), ("we will", "we'll"),
    ("do not", "don't"), ("does not", "doesn't"), ("is not", "isn't"), ("are not", "aren't"),
    ("cannot", "can't"), ("they are", "they're"), ("it is", "it's"),
)  # fmt: skip
_ENDS_OBJECT = _WORDS.words("ends_object")
_CONTRACTIONS = _WORDS.pairs("contractions")
_SHORT = re.compile(rf"\b(?:{'|'.join(_CONTRACTIONS)})\b", re.I)


def suggested(text: str) -> Iterator[tuple[str, str]]:
    """The mends of the wording rules, singly and all together."""
    found = [finding for finding in find_wording(text) if finding.suggestion]
    for finding in found:
        yield apply_edits(text, mended(text, [finding]).edits), finding.rule
    if len(found) > 1:
        yield apply_edits(text, mended(text, found).edits), "all wording rules"


def _drops(text: str) -> Iterator[tuple[int, int]]:
    """Stretches (with the space after) of praise that stands before the word it praises."""
    found = tokens(text)
    for index, token in enumerate(found[:-1]):
        following, before = found[index + 1], found[index - 1].lower if index else ","
        listed = token.lower in _DROPPABLE and not before.endswith("ly")
        plain = following.is_word and following.lower not in FUNCTION_WORDS
        glued = following.start == token.end or (index and found[index - 1].end == token.start)
        plain = plain and following.lower not in _NEED_PRAISE
        if listed and plain and not glued and before not in _DEGREE and index:
            yield token.start, following.start


def dropped(text: str) -> Iterator[tuple[str, str]]:
    """The text without one word of praise, and without all of them."""
    cuts = list(_drops(text))
    for start, end in cuts:
        yield with_article(text[:start] + text[end:]), "drop praise"
    if len(cuts) > 1:
        whole = text
        for start, end in reversed(cuts):
            whole = whole[:start] + whole[end:]
        yield with_article(whole), "drop all praise"


@lru_cache(maxsize=2)
def _verbs(plainer: bool) -> dict[str, tuple[tuple[str, str, frozenset[str]], ...]]:
    """Replacements of every inflected verb: (verb form, rule, nouns it is limited to)."""
    table: dict[str, list[tuple[str, str, frozenset[str]]]] = {}
    for which, one, sign, other, nouns in rows("verbs.tsv"):
        if plainer and which != "plainer":
            continue
        limits = frozenset(nouns.split())
        for left, right in [(one, other), (other, one)] if sign == "=" else [(one, other)]:
            for form, written in zip(FORMS, inflections(left), strict=True):
                new = inflections(right)[FORMS.index(form)]
                table.setdefault(written, []).append((new, f"plain verb: {right}", limits))
    return {key: tuple(value) for key, value in table.items()}


def _object_of(words: list[str], index: int) -> frozenset[str]:
    """The few words after a verb in which its object is looked for."""
    nearby = words[index + 1 : index + 4]
    ends = (place for place, word in enumerate(nearby) if word in _ENDS_OBJECT)
    return frozenset(nearby[: next(ends, len(nearby))])


def _is_verb(words: list[str], index: int) -> bool:
    """Whether the word at this place is used as a verb, as far as its neighbours tell."""
    before = words[index - 1] if index else ""
    opens = index == 0 or before in {"to", "will", "you", "we", "and", "or", ",", "must", "can",
                                     "who", "'ll", "should", "may", "of", "by", "in"}  # fmt: skip
    following = words[index + 1] if index + 1 < len(words) else "."
    return opens and following not in {".", ",", "of", "is", "are", "and", "or"}


def verbs_swapped(text: str, *, plainer: bool = False) -> Iterator[tuple[str, str]]:
    """The text with one verb replaced by a plain synonym in the same inflection."""
    found = tokens(text)
    lowered = [token.lower for token in found]
    for index, token in enumerate(found):
        for new, rule, limits in _verbs(plainer).get(token.lower, ()):
            fits = not limits or bool(limits & _object_of(lowered, index))
            if fits and _is_verb(lowered, index):
                yield text[: token.start] + cased(new, token.text) + text[token.end :], rule


def contracted(text: str) -> Iterator[tuple[str, str]]:
    """The text with its contractions written out, or with "we are" and "you will" contracted."""
    straight = text.replace("\u2019", "'")
    whole = _SHORT.sub(lambda m: cased(_CONTRACTIONS[m[0].lower()], m[0]), straight)
    if whole != straight:
        yield whole, "written out"
    for long, short in _SHORTENED:
        match = re.search(rf"\b{long}\b(?=\s\w)", text, re.I)
        if match:
            yield (
                text[: match.start()] + cased(short, match[0]) + text[match.end() :],
                "contracted",
            )


def _opens_with_verb(text: str) -> bool:
    first = read(text).first
    return duty_verb(first) == first


def framed(text: str) -> Iterator[tuple[str, str]]:
    """A duty with and without its doer: "Prepare …", "You will prepare …", "Preparing …"."""
    if re.search(r"\b(?:his|her|their) own\b", text):
        return  # whose it is would be said of "you"
    plain = plain_gerunds(text, _NOT_DUTIES) if opens_as_duty(text) else ""
    if plain and is_imperative(plain):
        yield plain[0].upper() + plain[1:], "frame: base form"
        yield "You will " + plain, "frame: you will"
    elif is_imperative(text) and not re.search(r"\byou\b|\bwe\b", text, re.I):
        lowered = text[0].lower() + text[1:]
        yield "You will " + lowered, "frame: you will"
        yield "In this role, you will " + lowered, "frame: in this role"
    match = re.match(r"(?:In this role,? )?(?:you will|you'll) (?=[a-z])", text, re.I)
    if match and _opens_with_verb(text[match.end() :]):
        yield text[match.end()].upper() + text[match.end() + 1 :], "frame: base form"
        yield "In this role, you will " + text[match.end() :], "frame: in this role"
    yield from without_responsible(text)


def without_responsible(text: str) -> Iterator[tuple[str, str]]:
    """The forms of "You will be responsible for managing …": "You will manage …"."""
    pattern = r"^(You will be|You'll be|You are)? ?[Rr]esponsible for (?=[a-z]+ing\b)"
    match = re.match(pattern, text.replace("\u2019", "'"))
    plain = plain_gerunds(text[match.end() :], _NOT_DUTIES) if match else ""
    if match and plain:
        opening = "You will " if match[1] else ""
        rest = plain if match[1] else plain[0].upper() + plain[1:]
        yield opening + rest, "frame: responsible for"


_QUALITY = _WORDS.pattern("quality")
_OWN_VERB = _WORDS.pattern("own_verb")


def qualified(text: str) -> Iterator[tuple[str, str]]:
    """What the reader has, as a fragment and with "you": "Knowledge of …", "You have …"."""
    if _OWN_VERB.search(text) or not text[0].isupper():
        return
    lowered = text[0].lower() + text[1:]
    if _QUALITY.match(text):
        article = "an " if lowered.startswith("understanding") else ""
        yield f"You have {article}{lowered}", "qualification: you have"
        yield f"You bring {article}{lowered}", "qualification: you bring"
    able = re.match(r"(?:The ability|Ability|Able) to (?=[a-z])", text)
    for opening in ("Able to", "The ability to", "You are able to", "You have the ability to"):
        if able and able[0] != opening + " ":
            yield f"{opening} {text[able.end() :]}", f"qualification: {opening.lower()}"


_Option = tuple[str, str]
_SWAPS = (suggested, dropped, phrased, verbs_swapped, constructions, qualified)
"""Sources of other words and constructions, without frames."""


def rephrasings(text: str, again: bool = False) -> Iterator[tuple[str, str]]:
    """Everything the rules propose, repeats included; ``again``: no contractions."""
    if not tokens(text):
        return
    for source in (*_SWAPS, framed) if again else (*_SWAPS, framed, contracted):
        yield from source(text)


_STEPS = 6
"""Most times that one kind of rule is applied to a span."""


@lru_cache(maxsize=1)
def _gates() -> tuple[Gate, ...]:
    return tuple(text_gates(GatesConfig()))


def _passes(span: Span, text: str) -> bool:
    return all(gate(span.text, span, text).passed for gate in _gates())


def _proposals(span: Span) -> Iterator[tuple[str, str]]:
    """Single rewordings, then those that apply a second rule to one of them."""
    single = [(text, rule) for text, rule in rephrasings(span.text) if _passes(span, text)]
    yield from single
    for text, rule in single:
        for again, second in rephrasings(text, again=True):
            if second.partition(":")[0] != rule.partition(":")[0]:
                yield again, f"{rule} + {second}"


@lru_cache(maxsize=4096)
def _rewordings(span: Span, limit: int) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for text, rule in _proposals(span):
        if text not in found and _passes(span, text):
            found[text] = rule
        if len(found) >= limit:
            break
    return tuple(found.items())


def rule_rewordings(span: Span, limit: int = 12) -> list[tuple[str, str]]:
    """Rewordings of a span by rule: (text, name of the rule or rules), all of them gate-passing.

    Single applications come first, then pairs of rules, up to ``limit``.
    """
    return list(_rewordings(span, limit))


def plain_rewordings(span: Span) -> list[tuple[str, str]]:
    """The span in plain words, as (text, names of the rules); empty where it is plain already."""
    text, rules = span.text, list[str]()
    sources = (dropped, partial(phrased, plainer=True), partial(verbs_swapped, plainer=True))
    for source in (*sources, without_responsible):
        for _ in range(_STEPS):
            steps = (step for step in source(text) if step[0] != text and _passes(span, step[0]))
            step = next(steps, None)
            if step is None:
                break
            text = step[0]
            rules.append(step[1])
    return [(text, " + ".join(dict.fromkeys(rules)))] if rules else []


def _swaps(text: str, again: bool = False) -> Iterator[_Option]:
    """What the rules propose for a text, without frames."""
    for source in _SWAPS if again else (*_SWAPS, contracted):
        yield from source(text)


class _Passing:
    """What passes the gates, each text judged once."""

    def __init__(self, ad: str, span: Span, gates: Sequence[Gate]) -> None:
        self._ad, self._span, self._gates = ad, span, gates
        self._known: dict[str, bool] = {}

    def __call__(self, text: str) -> bool:
        if text not in self._known:
            judged = (gate(self._ad, self._span, text).passed for gate in self._gates)
            self._known[text] = all(judged)
        return self._known[text]


def _in_turn(queues: Sequence[Iterator[_Option]]) -> Iterator[_Option]:
    """One of each queue after the other, until all are empty."""
    for row in zip_longest(*queues):
        yield from (option for option in row if option is not None)


def _twice(singles: Sequence[_Option], passing: _Passing) -> Iterator[_Option]:
    """Two rules of different kinds, one after the other."""
    for text, rule in singles:
        for again, second in _swaps(text, again=True):
            if second.partition(":")[0] != rule.partition(":")[0] and passing(again):
                yield again, f"{rule} + {second}"


def _framed(
    ad: str, span: Span, swapped: Sequence[_Option], frame: str, turn: int
) -> Iterator[_Option]:
    """Swaps put into one frame; each frame begins with another swap."""
    start = turn % len(swapped) if swapped else 0
    for text, rule in (*swapped[start:], *swapped[:start]):
        here = replace(span, text=text)
        found = next((after for after, name in framings_in(ad, here) if name == frame), None)
        if found is not None:
            yield found, f"{rule} + {frame}"


def _options(ad: str, span: Span, passing: _Passing) -> Iterator[_Option]:
    """Single changes in turn over the frames, then composed ones."""
    swapped = list(dict(o for o in _swaps(span.text) if o[0] != span.text).items())
    frames = framings_in(ad, span)
    turn = len(span.text) % len(frames) if frames else 0
    ordered = (*frames[turn:], *frames[:turn])
    good = [option for option in swapped if passing(option[0])]
    yield from _in_turn([iter(good), *(iter([option]) for option in ordered)])
    composed = (_framed(ad, span, good, name, number) for number, (_, name) in enumerate(ordered))
    yield from _in_turn([_twice(good, passing), *composed])
    twice = list(_twice(good, passing))
    yield from _in_turn([_framed(ad, span, twice, name, n) for n, (_, name) in enumerate(ordered)])


@lru_cache(maxsize=4096)
def _alternatives(ad: str, span: Span, gates: tuple[Gate, ...], limit: int) -> tuple[_Option, ...]:
    passing = _Passing(ad, span, gates)
    found: dict[str, str] = {}
    for text, rules in _options(ad, span, passing):
        if len(found) >= limit:
            break
        if text != span.text and text not in found and passing(text):
            found[text] = rules
    return tuple(found.items())


def alternatives(
    ad: str, span: Span, gates: Sequence[Gate], limit: int = 40
) -> list[tuple[str, str]]:
    """Rewordings of a span that pass every gate: (text, rules joined by " + ").

    At most one frame and two other rules each. Single changes come first, in turn over the
    frames, then composed ones in the same way, so that a low limit keeps every kind.
    """
    if not tokens(span.text):
        return []
    return list(_alternatives(ad, span, tuple(gates), limit))
