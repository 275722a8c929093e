"""Other ways to build a sentence, where the parser and the words around allow them.

Each source yields (text, rule): a plain coordination in another order, an aim or a condition at the
other end, an adverb of the sentence moved, "that" for "which", "to" after "help", a requirement
with and without "You have", "our company" for "we", one sentence as two. Without the parser there
are none. ``as_told`` gives a span in the construction and the phrases of a rewording: the gates
judge what else differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Any

from evenhand.language.duties import duty_verb, has_parser, is_imperative, parsed, states_duty
from evenhand.language.lexicon import Lexicon
from evenhand.language.phrases import in_phrases_of, with_article
from evenhand.language.sameness import differences
from evenhand.language.text import inflections, lemma, raised, read

_WORDS = Lexicon("constructions")
_HAD = _WORDS.words("had")
_BARE = _WORDS.words("bare")
_BEING = _WORDS.words("being")
_AFTER_BEING = _WORDS.words("after_being")
_OFFERS = _WORDS.words("offers")
_THINGS = _WORDS.words("things")
_ADVERBS = _WORDS.words("sentence_adverbs")
_SCOPED = _WORDS.words("scoped")
_NOT_AIMS = _WORDS.words("not_aims")
_TAKES_TO = _WORDS.words("takes_to")
_THOUGHT = _WORDS.words("thought")
_NOT_PLAIN = _WORDS.words("not_plain")
_AGENTS = _WORDS.words("agents")
_HABITS = _WORDS.words("habits")
_SAID = _WORDS.words("said")
_NO_FUTURE = _WORDS.words("no_future")
_LONGEST = 45
_GLUED = re.compile(r"[?!]{2}|[a-z]{2,}[A-Z][a-z]|[\[\]]")
_PARTED = re.compile(r"[();:\"“”–—?!/]|\s-\s")
"""Marks over which nothing is moved."""
_UNSURE = frozenset({"dep", "parataxis", "meta", "intj"})
_READER = re.compile(r"\b(?:your?|yours|yourself)\b", re.I)
_OWN = frozenset({"we", "us", "our", "ours", "ourselves", "i", "my", "me"})
_TIES = frozenset({"if", "when", "that", "who", "because", "which", ","})
_FINITE = frozenset({"VBZ", "VBP", "VBD", "MD"})

Option = tuple[str, str]


def sentence(text: str) -> Any | None:
    """The parse of one sentence that the parser can be trusted with; None for any other.

    Quotes are straightened letter by letter, so that places in the parse are places in the text; a
    full stop is added where none stands, for a line is read otherwise without.
    """
    length = len(text.split())
    if not has_parser() or not 3 <= length <= _LONGEST or _GLUED.search(text):
        return None
    straight = text.replace("\u2019", "'")
    doc = parsed(straight if straight[-1:] == "." else straight + ".")
    unsure = any(token.dep_ in _UNSURE for token in doc)
    return None if unsure or len(list(doc.sents)) != 1 else doc


def _root(doc: Any) -> Any:
    return next(token for token in doc if token.dep_ == "ROOT")


def _extent(token: Any) -> tuple[int, int]:
    """First character of what hangs on a token and one past the last."""
    below = list(token.subtree)
    return below[0].idx, below[-1].idx + len(below[-1])


def _whole(token: Any) -> bool:
    """Whether what hangs on a token stands together."""
    places = [one.i for one in token.subtree]
    return places[-1] - places[0] + 1 == len(places)


def _lowered(text: str) -> str:
    """Without the capital that a sentence begins with; "I" and acronyms keep theirs."""
    first = text.split(" ", 1)[0]
    kept = first in {"I", "I'm", "I'd", "I'll", "I've"} or any(c.isupper() for c in first[1:])
    return text if kept else text[:1].lower() + text[1:]


def _chain(first: Any) -> list[Any]:
    """The members of a coordination, in order."""
    members = [first]
    while True:
        beside = [c for c in members[-1].children if c.dep_ == "conj"]
        if len(beside) != 1:
            return members if not beside else []
        members.append(beside[0])


def _is_plain(members: list[Any]) -> bool:
    """Whether only commas and one "and" or "or" part members that nothing hangs on."""
    joints = [c for m in members for c in m.children if c.dep_ in {"cc", "punct"}]
    words = [j.lower_ for j in joints if j.dep_ == "cc"]
    if len(words) != 1 or words[0] not in {"and", "or"}:
        return False
    between = [j.i for j in joints if j.lower_ in {",", *words}]
    taken = {m.i for m in members} | set(between)
    inside = range(members[0].i, members[-1].i + 1)
    return all(i in taken for i in inside) and all(m.i in inside for m in members)


def _may_change_places(doc: Any, members: list[Any]) -> bool:
    """Whether the order of a plain coordination means nothing, as far as the words around tell."""
    first, last = members[0], members[-1]
    if len({m.pos_ for m in members}) != 1 or not 2 <= len(members) <= 5:
        return False
    if any(not m.text.islower() or "-" in m.text for m in members):
        return False
    before = doc[first.i - 1] if first.i else None
    after = doc[last.i + 1] if last.i + 1 < len(doc) else None
    if before is None or after is None or before.pos_ in {"NOUN", "PROPN", "ADJ", "ADV", "NUM"}:
        return False
    if first.pos_ == "NOUN":
        ends = after.lower_ in {".", ","} or after.pos_ in {"ADP", "CCONJ", "PART"}
        free = before.pos_ in {"ADP", "VERB"} and before.lower_ != "of"
        plural = len({m.tag_ for m in members}) == 1
        return free and plural and ends and after.lower_ not in {"of", "to", "that", "in", "for"}
    if first.pos_ == "ADJ":
        modifies = first.dep_ == "amod" and first.head.i == last.i + 1
        return modifies and all(m.tag_ == "JJ" for m in members) and after.pos_ == "NOUN"
    return False


def reordered(text: str, doc: Any) -> Iterator[Option]:
    """A coordination of bare nouns or adjectives with its first and last member changed over."""
    if any(token.lower_ in _NOT_PLAIN for token in doc):
        return
    for token in doc:
        members = _chain(token) if token.dep_ != "conj" else []
        if len(members) < 2 or not _is_plain(members) or not _may_change_places(doc, members):
            continue
        one, two = members[0], members[-1]
        between, rest = text[one.idx + len(one) : two.idx], text[two.idx + len(two) :]
        turned = f"{text[: one.idx]}{two.text}{between}{one.text}{rest}"
        yield with_article(turned), "order: two words"


def adjectives(text: str, doc: Any) -> Iterator[Option]:
    """With two adjectives changed over that a comma parts: "calm, careful drivers"."""
    for one, comma, two in zip(doc, doc[1:], doc[2:], strict=False):
        noun = doc[two.i + 1] if two.i + 1 < len(doc) else two
        plain = comma.text == "," and noun.pos_ == "NOUN" and one.i and doc[one.i - 1].pos_ != "ADV"
        both = all(t.tag_ == "JJ" and t.dep_ == "amod" and t.head.i == noun.i for t in (one, two))
        listed = one.i > 1 and doc[one.i - 1].text == ","
        if plain and both and not listed and one.text.islower() and two.text.islower():
            rest = text[two.idx + len(two) :]
            yield (
                with_article(f"{text[: one.idx]}{two.text}, {one.text}{rest}"),
                "order: adjectives",
            )


def _binds(doc: Any) -> bool:
    """Whether a word that reaches over others stands in the sentence."""
    return any(token.lower_ in _SCOPED for token in doc)


def fronted(text: str, doc: Any) -> Iterator[Option]:
    """An aim of a duty in front: "To check quality, test samples."; a condition likewise."""
    root = _root(doc)
    if _binds(doc) or any(c.dep_ == "conj" for c in root.children) or text[-1:] != ".":
        return
    for clause in (c for c in root.children if c.dep_ == "advcl" and c.i > root.i):
        start, end = _extent(clause)
        opens, before = next(iter(clause.subtree)), doc[next(iter(clause.subtree)).i - 1]
        ended = end >= len(text.rstrip(".")) and _whole(clause) and opens.i > root.i + 1
        aim = opens.lower_ == "to" and clause.tag_ == "VB" and lemma(root.lower_) not in _NOT_AIMS
        aim = aim and root.i == 0 and is_imperative(text) and before.lower_ not in _TAKES_TO
        aim = aim and before.pos_ == "NOUN" and before.dep_ in {"dobj", "pobj"}
        case = opens.lower_ in {"when", "if"} and opens.dep_ in {"mark", "advmod"}
        case = case and len(text[start:end].split()) > 3 and before.lower_ not in {",", "and"}
        if ended and (aim or case):
            moved = raised(text[start:end].rstrip("."))
            rest = _lowered(text[:start].rstrip(" ,"))
            yield f"{moved}, {rest}.", "clause: " + ("aim first" if aim else "condition first")


def adverb_moved(text: str, doc: Any) -> Iterator[Option]:
    """An adverb of the whole sentence at its beginning, and after the first verb."""
    root, first = _root(doc), doc[0]
    subject = next((c for c in root.children if c.dep_ == "nsubj"), None)
    helper = next((c for c in root.children if c.dep_ == "aux"), None)
    if subject is None or helper is None or subject.lower_ not in {"we", "they"}:
        return
    stands = helper.i == subject.i + 1 and root.i == helper.i + 1
    if first.lower_ in _ADVERBS and subject.i in {1, 2} and stands:
        rest = text[subject.idx : helper.idx + len(helper)]
        tail = text[helper.idx + len(helper) :]
        yield f"{raised(rest)} {first.lower_}{tail}", "adverb: after the verb"
    for adverb in (c for c in root.children if c.lower_ in _ADVERBS and c.i > 1):
        if subject.i == 0 and adverb.i == helper.i + 1 == root.i - 1:
            without = text[: adverb.idx] + text[adverb.idx + len(adverb) + 1 :]
            yield f"{raised(adverb.lower_)}, {_lowered(without)}", "adverb: first"


def relatives(text: str, doc: Any) -> Iterator[Option]:
    """The other of "that" and "which" behind a thing."""
    for token in doc:
        if token.lower_ not in {"that", "which"} or token.dep_ not in {"nsubj", "dobj"}:
            continue
        noun, follows = token.head.head, doc[token.i + 1]
        of_noun = token.head.dep_ == "relcl" and noun.i == token.i - 1
        if of_noun and noun.lower_ in _THINGS and "'" not in follows.text:
            other = {"that": "which", "which": "that"}[token.lower_]
            yield text[: token.idx] + other + text[token.idx + len(token) :], f"relative: {other}"


def that(text: str, doc: Any) -> Iterator[Option]:
    """With and without "that" before a clause: "the tools that we use", "ensure that it works"."""
    for verb in (t for t in doc if t.dep_ in {"relcl", "ccomp"} and t.tag_ in _FINITE | {"VB"}):
        subject = next((c for c in verb.children if c.dep_ in {"nsubj", "nsubjpass"}), None)
        if subject is None or subject.lower_ in {"that", "which", "who", "what"}:
            continue
        opens = next(iter(subject.subtree))
        before, head = doc[opens.i - 1] if opens.i else doc[0], verb.head
        if before.lower_ == "that" and before.i > 1:
            head_before = before.i - 1 == head.i
            object_ = before.dep_ == "dobj" and verb.dep_ == "relcl"
            mark = before.dep_ == "mark" and verb.dep_ == "ccomp" and lemma(head.lower_) in _SAID
            if head_before and (object_ or mark) and opens.pos_ == "PRON":
                yield text[: before.idx] + text[opens.idx :], "that: without"
        elif before.i == head.i and head.i < opens.i and verb.tag_ in _FINITE:
            of_noun = verb.dep_ == "relcl" and head.pos_ == "NOUN" and opens.pos_ == "PRON"
            of_noun = of_noun and head.lower_ != "way"
            said = verb.dep_ == "ccomp" and lemma(head.lower_) in _SAID
            if of_noun or said:
                yield f"{text[: opens.idx]}that {text[opens.idx :]}", "that: with"


def acting(text: str, doc: Any) -> Iterator[Option]:
    """A clause with "that", and the same in -ing, of who does so by habit."""
    for noun, word in pairwise(doc):
        if noun.lower_ not in _AGENTS:
            continue
        if word.tag_ == "VBG" and word.dep_ == "acl" and word.head.i == noun.i:
            verb, own = lemma(word.lower_), [c for c in word.children if c.dep_ == "conj"]
            if verb in _HABITS and not own:
                form = verb if noun.tag_ == "NNS" else inflections(verb)[1]
                yield f"{text[: word.idx]}that {form}{text[word.idx + len(word) :]}", "clause: that"
        following = doc[word.i + 1] if word.i + 1 < len(doc) else word
        told = (
            word.lower_ in {"that", "which"} and word.dep_ == "nsubj" and word.head.i == following.i
        )
        if told and following.dep_ == "relcl" and following.tag_ in {"VBZ", "VBP"}:
            verb, own = lemma(following.lower_), [c for c in following.children if c.dep_ == "conj"]
            if verb in _HABITS and not own:
                rest = text[following.idx + len(following) :]
                yield f"{text[: word.idx]}{inflections(verb)[2]}{rest}", "clause: in -ing"


def future(text: str, doc: Any) -> Iterator[Option]:
    """With and without "be" in "you will be working"."""
    for will, be, verb in zip(doc, doc[1:], doc[2:], strict=False):
        if will.lower_ not in {"will", "'ll"} or not will.i or doc[will.i - 1].lower_ != "you":
            continue
        beside = [c for c in verb.children if c.dep_ == "conj"]
        if be.lower_ == "be" and verb.tag_ == "VBG" and not beside:
            base = lemma(verb.lower_)
            if duty_verb(verb.lower_) == base and base not in _NO_FUTURE:
                yield f"{text[: be.idx]}{base}{text[verb.idx + len(verb) :]}", "future: you will"
        beside = [c for c in be.children if c.dep_ == "conj"]
        base = be.lower_
        if be.tag_ == "VB" and duty_verb(base) == base and not beside and base not in _NO_FUTURE:
            rest = text[be.idx + len(be) :]
            yield f"{text[: be.idx]}be {inflections(base)[2]}{rest}", "future: you will be"


def _article(doc: Any, root: Any) -> str | None:
    """The article that a requirement needs in a sentence; None where that can't be told."""
    first = doc[0]
    opened = first.dep_ in {"det", "poss"} or first.pos_ in {"DET", "NUM"}
    if opened or root.tag_ == "NNS" or root.lower_ in _BARE:
        return ""
    if root.lower_ == "ability":
        return "the "
    if root.lower_ == "understanding" or root.tag_ == "NN":
        return with_article(f"a {first.lower_}").split()[0] + " "
    return None


def requirement(text: str, doc: Any) -> Iterator[Option]:
    """A requirement as a fragment and as a sentence: "Good eye for detail", "You have a …"."""
    root, first = _root(doc), doc[0]
    if first.text in {"Must", "Should"} and doc[1].tag_ == "VB" and not _READER.search(text):
        yield f"You {_lowered(text)}", "fragment: you must"
        return
    if re.match(r"You (?:must|should) [a-z]+ ", text) and not _READER.search(text[4:]):
        yield raised(text[4:]), "fragment: without you"
    if any(t.tag_ in _FINITE and not _in_relative(t) for t in doc) or not text[0].isupper():
        yield from _as_fragment(text, doc)
        return
    if re.search(r"\b(?:your?|we|our|us)\b", text, re.I):
        return
    own = [c for c in root.children if c.dep_ == "conj"]
    bare = all(t.text.islower() or not t.is_alpha for t in doc[1 : root.i + 1])
    bare = bare and first.text == first.text.capitalize() and "," not in doc[: root.i].text
    if root.pos_ == "NOUN" and root.lower_ in _HAD and bare and first.pos_ != "VERB":
        nouns = all(c.pos_ == "NOUN" and c.lower_ in _HAD for c in own)
        article = _article(doc, root)
        if nouns and article is not None and not _OFFERS & set(read(text).lower):
            for opening in ("You have", "You bring"):
                yield f"{opening} {article}{_lowered(text)}", f"fragment: {opening.lower()}"
    adjective = first.lower_ in _BEING and first.i == root.i and doc[1].lower_ in _AFTER_BEING
    if adjective and all(c.pos_ == "ADJ" for c in own):
        yield f"You are {_lowered(text)}", "fragment: you are"


def _in_relative(token: Any) -> bool:
    while token.head.i != token.i:
        if token.dep_ in {"relcl", "advcl", "ccomp"}:
            return True
        token = token.head
    return False


def _as_fragment(text: str, doc: Any) -> Iterator[Option]:
    """What the reader has or is, without "You have" or "You are"."""
    opening = re.match(r"You (?:have|bring|are) (?:an? )?(?=[a-z])", text)
    if not opening or text[-1:] != "." or _root(doc).i != 1 or len(doc) < 6:
        return
    told = [t for t in doc if t.tag_ in _FINITE and not _in_relative(t)]
    noun = next((c for c in _root(doc).children if c.dep_ in {"dobj", "attr", "acomp"}), None)
    listed = noun is not None and noun.lower_ in _HAD and noun.pos_ == "NOUN"
    if len(told) == 1 and listed and "are" not in opening[0]:
        rest = text[opening.end() :]
        other = "bring" if "have" in opening[0] else "have"
        yield re.sub(r"^You \w+", f"You {other}", text), f"fragment: you {other}"
        yield raised(rest), "fragment: without you"


def person(text: str, doc: Any) -> Iterator[Option]:
    """With "our company" for a lone "we", and the candidate for a lone "you"."""
    root, first = _root(doc), doc[0]
    modal = re.match(r"You (must|should|will) (?=[a-z])", text.replace("\u2019", "'"))
    other = modal and not _READER.search(text[4:]) and not states_duty(text)
    if modal and other and doc[1].head.i == root.i:
        who = "The successful candidate" if modal[1] == "will" else "Candidates"
        yield f"{who} {text[4:]}", "person: the candidate"
    spoken = [t for t in doc if t.lower_ in _OWN]
    if first.text != "We" or len(spoken) != 1 or first.head.i != root.i or "'" in text:
        return
    verb = doc[1]
    own = verb.i == root.i or (verb.head.i == root.i and verb.dep_ in {"aux", "auxpass"})
    more = any(t.tag_ in {"VB", "VBP"} and t.nbor(-1).lower_ in {",", "and"} for t in doc[2:])
    if not own or more or any(c.dep_ in {"conj", "attr"} for c in root.children):
        return
    if lemma(root.lower_) in _THOUGHT:
        return
    form = {"are": "is", "have": "has", "do": "does"}.get(verb.lower_)
    if form is None and verb.tag_ == "VBP" and lemma(verb.lower_) == verb.lower_:
        form = inflections(verb.lower_)[1]
    if verb.tag_ == "MD":
        form = verb.lower_
    if form:
        yield f"Our company {form}{text[verb.idx + len(verb) :]}", "person: our company"


def split(text: str, doc: Any) -> Iterator[Option]:
    """Two clauses, each with its own subject, as two sentences."""
    root = _root(doc)
    beside = [c for c in root.children if c.dep_ == "conj"]
    if len(beside) != 1 or text[-1:] != "." or _binds(doc):
        return
    joint = next((c for c in root.children if c.dep_ == "cc"), None)
    subject = next((c for c in beside[0].children if c.dep_ in {"nsubj", "nsubjpass"}), None)
    first = next((c for c in root.children if c.dep_ in {"nsubj", "nsubjpass"}), None)
    if joint is None or subject is None or first is None or joint.lower_ != "and":
        return
    tied = any(t.lower_ in _TIES for t in doc[: joint.i - 1])
    opens = doc[joint.i + 1]
    if tied or opens.i != next(iter(subject.subtree)).i or opens.lower_ not in {"we", "you", "our"}:
        return
    if sum(t.tag_ in _FINITE for t in doc[joint.i :]) != 1 or joint.i < 5:
        return
    head = text[: joint.idx].rstrip(" ,")
    yield f"{head}. {raised(text[opens.idx :])}", "split: two sentences"


def infinitive(text: str, doc: Any) -> Iterator[Option]:
    """With and without "to" after "helps people"."""
    for verb in (t for t in doc if lemma(t.lower_) == "help" and t.pos_ == "VERB"):
        for below in (c for c in verb.children if c.tag_ == "VB" and c.i > verb.i + 1):
            opens = doc[below.i - 1]
            if below.dep_ not in {"ccomp", "xcomp"} or duty_verb(below.lower_) != below.lower_:
                continue
            if opens.lower_ == "to" and opens.head.i == below.i:
                yield text[: opens.idx] + text[below.idx :], "infinitive: without to"
            elif opens.dep_ in {"nsubj", "dobj"} and opens.pos_ in {"NOUN", "PRON"}:
                yield f"{text[: below.idx]}to {text[below.idx :]}", "infinitive: with to"


Source = Callable[[str, Any], Iterator[Option]]
_IN_PLACE: tuple[Source, ...] = (reordered, adjectives, relatives, that, acting, infinitive, future)
_MOVING: tuple[Source, ...] = (requirement, fronted, adverb_moved, person, split)


@lru_cache(maxsize=8192)
def constructions(text: str) -> tuple[Option, ...]:
    """(text, rule) of every other construction of a sentence that the guard takes for the same."""
    doc = sentence(text)
    if doc is None:
        return ()
    sources = _IN_PLACE if _PARTED.search(text) else (*_IN_PLACE, *_MOVING)
    found = dict(option for source in sources for option in source(text, doc))
    return tuple((after, rule) for after, rule in found.items() if not differences(text, after))


@lru_cache(maxsize=16384)
def as_told(before: str, after: str) -> str:
    """The first text in the construction that comes closest to the second, with its phrases.

    What is the same by a rule is the same for the gates: they see what else was changed.
    """
    told = before
    if equal := [text for text, _ in constructions(before)]:
        wanted = read(after).lower
        told = max(
            [before, *equal], key=lambda one: SequenceMatcher(None, read(one).lower, wanted).ratio()
        )
    return in_phrases_of(told, after)
