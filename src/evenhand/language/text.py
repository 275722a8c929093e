"""What a text is made of: tokens, statements, sentences, lemmas, inflections, languages.

``scan`` and ``statements`` use regular expressions alone and load in milliseconds, for what must
start at once (``check``). ``tokens`` and ``sentences`` are finer and need spaCy's tokenizer (a
blank English pipeline: no model, so the same text always gives the same tokens), ``lemma`` and
``family`` need simplemma. Offsets are Python string offsets.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from evenhand.errors import require
from evenhand.language.lexicon import FUNCTION_WORDS, Lexicon, rows

_WORDS = Lexicon("text")
_FOREIGN = _WORDS.words("foreign")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'})
_RUN = re.compile(r"\S+")
_PLAIN_RUN = re.compile(r"([A-Za-z]*[a-z])([,.]?)")
_UNBROKEN = re.compile(r"(?:[^\w\s]|_){100}(?=[^\w\s]|_)|\S{400}(?=\S)")
"""What is cut for the tokenizer, whose work grows with the square of a run without white space."""


class Token(NamedTuple):
    """One token: its place, as written, in lower case with straight quotes, if it has a letter."""

    start: int
    end: int
    text: str
    lower: str
    is_word: bool


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    """The tokenizer of a blank English pipeline (no model, a second to import once)."""
    return require("spacy", "telling words apart").blank("en").tokenizer


@lru_cache(maxsize=1)
def _exceptions() -> frozenset[str]:
    """Runs that the tokenizer knows by heart ("Inc.", "cant")."""
    return frozenset(_tokenizer().rules)


@lru_cache(maxsize=32768)
def _of_run(run: str) -> tuple[Token, ...]:
    """The tokens of a run without white space: the tokenizer reads each by itself.

    It isn't asked for a plain word with at most a comma or a stop behind it, which are most.
    """
    plain = _PLAIN_RUN.fullmatch(run)
    if plain and _exceptions().isdisjoint((run, plain[1])):
        word, mark = plain.groups()
        first = Token(0, len(word), word, word.lower(), True)
        return (first, Token(len(word), len(run), mark, mark, False)) if mark else (first,)
    straight = run.translate(_QUOTES)
    blanks = [match.end() + n for n, match in enumerate(_UNBROKEN.finditer(straight))]
    found: list[Token] = []
    for token in _tokenizer()(_UNBROKEN.sub(r"\g<0> ", straight) if blanks else straight):
        lower: str = token.text.lower()
        if not lower.isspace():
            start: int = token.idx - bisect_left(blanks, token.idx)
            written = run[start : start + len(token.text)]
            is_word = any(map(str.isalpha, written))
            found.append(Token(start, start + len(written), written, lower, is_word))
    return tuple(found)


class Text:
    """A text that is read once: what is asked of its words is kept."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """All tokens in order, white space left out; 30,000 words take well under 1 s."""
        return tuple(
            Token(at + start, at + end, written, lower, is_word)
            for run in _RUN.finditer(self.text)
            for at in (run.start(),)
            for start, end, written, lower, is_word in _of_run(run[0])
        )

    @cached_property
    def lower(self) -> list[str]:
        """The tokens in lower case."""
        return [token.lower for token in self.tokens]

    @property
    def first(self) -> str:
        """The first token in lower case; empty where there is none."""
        return self.lower[0] if self.tokens else ""

    @cached_property
    def words(self) -> list[str]:
        """The tokens that hold a letter, in lower case."""
        return [token.lower for token in self.tokens if token.is_word]

    @cached_property
    def content(self) -> list[Token]:
        """Words that carry meaning of their own: no function words, numbers or punctuation."""
        return [t for t in self.tokens if t.is_word and t.lower not in FUNCTION_WORDS]

    @cached_property
    def families(self) -> Counter[str]:
        """Families of the content words, and how often each stands there."""
        return Counter(family(token.lower) for token in self.content)

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Start and end of every sentence or list item, in order; they never overlap."""
        found = (_in_line(self.text, start, end) for start, end in lines(self.text))
        return tuple(pair for pairs in found for pair in pairs)


@lru_cache(maxsize=4096)
def read(text: str) -> Text:
    """A text, read once."""
    return Text(text)


def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of a text."""
    return read(text).tokens


def words(text: str) -> list[str]:
    """The tokens that hold a letter, in lower case."""
    return list(read(text).words)


@lru_cache(maxsize=1)
def _lemmatizer() -> Any:
    return require("simplemma", "finding a word's dictionary form").lemmatize


@lru_cache(maxsize=65536)
def lemma(word: str) -> str:
    """Dictionary form of a lower-case English word; an unknown word is its own lemma."""
    if not word.replace("'", "").replace("-", "").isalpha():
        return word
    return str(_lemmatizer()(word, lang="en")).lower()


@lru_cache(maxsize=65536)
def is_known(word: str) -> bool:
    """Whether the lower-case word is in the English dictionary."""
    if not word.isalpha():
        return False
    return bool(require("simplemma", "looking a word up").is_known(word, lang="en"))


def is_function_word(word: str) -> bool:
    """Whether a lower-case word only binds others (article, preposition, auxiliary, pronoun)."""
    return word in FUNCTION_WORDS


def content_lemmas(text: str) -> list[str]:
    """Lemmas of the content words, in order, repeats kept."""
    return [lemma(token.lower) for token in read(text).content]


def _latin_share(text: str) -> float:
    """Share of the letters that are Latin; 1 where there is no letter."""
    if text.isascii():
        return 1.0
    letters = [c for c in text if c.isalpha()]
    latin = sum(c.isascii() or "LATIN" in unicodedata.name(c, "") for c in letters)
    return latin / len(letters) if letters else 1.0


def is_english(text: str) -> bool:
    """Whether the text reads as English; lenient on short lines full of names.

    Letters of another script, more function words of another language than of English, or fewer
    than half of the plain words in an English dictionary say no. A text without letters says no.
    """
    begins = text[:20_000]
    found = [w for w in read(begins).words if w.isalpha() or w.replace("'", "").isalpha()]
    if not found or _latin_share(begins) < 0.9:
        return False
    plain = [word for word in found if word not in FUNCTION_WORDS]
    english = len(found) - len(plain)
    if sum(map(_FOREIGN.__contains__, found)) > english:
        return False
    return sum(map(is_known, plain)) + english >= 0.5 * len(found)


_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}"  # U.S.
    r"|[^\W\d_]+(?:['’](?![sS]\b)[^\W\d_]+)*"  # don't, l'eau
    r"|['’][sS]\b"
    r"|\d+(?:[.,:]\d+)*"
    r"|[^\w\s]|_"
)
_NUMBERED = r"|\(?\d{1,2}[.)](?=\s|[A-Z])|\(?[a-zA-Z][.)](?=\s))\s*"
_BULLET = re.compile(r"\s*(?:[-–—*•·▪◦‣●○■□➢➤►✓✔>~+]+" + _NUMBERED)
_BULLET_OR_HEADING = re.compile(r"\s*(?:[-–—*•·▪◦‣●○■□➢➤►✓✔>~+#]+" + _NUMBERED)
_LINE = re.compile(r"[^\r\n\v\f\u0085\u2028\u2029]+")
_END = re.compile(
    r"[.!?…]++[\"'»”’)\]]*+(?=\s+[\"'«“‘(\[]?[^\sa-z]|[A-Z][a-z]+['’,\s])|;\s|\s[•·▪]\s"
)
_ABBREVIATIONS = _WORDS.words("abbreviations")


class Word(NamedTuple):
    """One token with its place: ``text[start:end]``, and ``lower`` in straight quotes."""

    start: int
    end: int
    text: str
    lower: str

    @property
    def is_word(self) -> bool:
        """Whether it begins with a letter."""
        return self.text[0].isalpha()


@lru_cache(maxsize=1024)
def scan(text: str) -> tuple[Word, ...]:
    """All tokens of a text in order; hyphens and other marks stand alone."""
    return tuple(
        Word(m.start(), m.end(), m.group(), m.group().lower().replace("’", "'"))
        for m in _TOKEN.finditer(text)
    )


@lru_cache(maxsize=1024)
def statements(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of every sentence or list item, bullets left out; they never overlap."""
    found: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        bullet = _BULLET_OR_HEADING.match(text, line.start(), line.end())
        start = bullet.end() if bullet else line.start()
        ends: list[int] = []
        for mark in _END.finditer(text, start, line.end()):
            begun = ends[-1] if ends else start
            if text[mark.start()] == "." and _is_abbreviation(text, begun, mark.start()):
                continue
            ends.append(mark.end())
        pieces = (_trimmed(text, *piece) for piece in pairwise([start, *ends, line.end()]))
        found += ((first, last) for first, last in pieces if first < last)
    return tuple(found)


def _is_abbreviation(text: str, start: int, dot: int) -> bool:
    before = text[max(start, dot - 8) : dot].rsplit(maxsplit=1)
    return bool(before) and before[-1].lower().lstrip("(") in _ABBREVIATIONS


_INLINE_BULLET = re.compile(r"(?<=\S)\s+(?:[*•·▪◦‣●○■□➢➤►✓✔]|[-–—](?=\s+[A-Z]))\s*")
_SEAM = re.compile(
    r"\b([a-z]{3,})([A-Z][a-z]+|A(?= [a-z]))\b"
    r"|((?<![a-z])[a-z]{3,}\)?[.!?:;]\)?)(?=[A-Z][a-z]*['’,\s])"
    r"|\b((?:it|us|me|is|by|About Us))(?=[A-Z][a-z]{2,})"
)
_ENDS = frozenset(".!?…") | {"...", "?!", "!?", "!!", "!!!", "??"}
_CLOSERS = frozenset("\"')]}»”’")
_AFTER_END = _CLOSERS | _ENDS
_NOT_ENDS = _WORDS.words("not_ends")


def _seams(text: str, start: int, end: int) -> Iterator[int]:
    """Offsets inside a line where two statements were glued without a space."""
    for match in _SEAM.finditer(text, start, end):
        left, right, ended, short = match.groups()
        if ended or short:
            yield match.end()
        elif is_known(left) and is_known(right.lower()):
            yield match.start(2)


def _ends_sentence(found: tuple[Token, ...], index: int) -> bool:
    """Whether the sentence mark at this token ends the sentence."""
    mark = found[index]
    if index + 1 == len(found):
        return False
    before = found[index - 1] if index else None
    if before and before.end == mark.start and before.lower + "." in _NOT_ENDS:
        return False
    following = found[index + 1]
    if following.start == mark.end and following.text not in _CLOSERS:
        return False
    return not following.text[0].islower()


def _sentence_breaks(text: str) -> Iterator[int]:
    """Offsets, within one stretch of a line, at which a new sentence may begin."""
    found = tokens(text)
    index = 0
    while index < len(found):
        ends = found[index].text in _ENDS and _ends_sentence(found, index)
        index += 1
        while ends and index < len(found) and found[index].text in _AFTER_END:
            index += 1
        if ends and index < len(found) and found[index].start > found[index - 1].end:
            yield found[index].start


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def without_bullet(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without a leading bullet or list number."""
    match = _BULLET.match(text, start, end)
    return (match.end(), end) if match and match.end() < end else (start, end)


def lines(text: str) -> list[tuple[int, int]]:
    """Lines that hold something, white space at their ends left out."""
    trimmed = (_trimmed(text, m.start(), m.end()) for m in _LINE.finditer(text))
    return [(start, end) for start, end in trimmed if start < end]


def _inline_items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The items of a list that was written in one line; the line itself where it holds none."""
    marks = list(_INLINE_BULLET.finditer(text, start, end))
    dashes = sum(mark.group().strip() in "-–—" for mark in marks)
    cursor = start
    for mark in marks if len(marks) >= 2 or not dashes else []:
        yield cursor, mark.start()
        cursor = mark.end()
    yield cursor, end


def _in_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences of one line, in order."""
    for first, last in _inline_items(text, start, end):
        first, last = without_bullet(text, first, last)
        cuts = {first, last, *_seams(text, first, last)}
        cuts |= {first + cut for cut in _sentence_breaks(text[first:last])}
        edges = sorted(cuts)
        for left, right in pairwise(edges):
            left, right = _trimmed(text, left, right)
            if left < right:
                yield left, right


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of every sentence or list item, in order; they never overlap."""
    return list(read(text).sentences)


FORMS = ("base", "s", "ing", "ed")
_IRREGULAR = {forms.split()[0]: forms for forms in _WORDS.tables["irregular"]}
_DOUBLING = _WORDS.words("doubling")


IRREGULAR_PLURALS = _WORDS.pairs("irregular_plurals")
_ES_OFF = re.compile(r"(?:ss|sh|x|zz|(?<!a)ch|each|oach|atch|tach|o)es$|(?:focus|bias|canvas)es$")
_KEEPS_E = _WORDS.words("keeps_e")


def _regular(verb: str) -> tuple[str, str, str]:
    consonant_y = verb.endswith("y") and verb[-2] not in "aeiou"
    if consonant_y:
        return verb[:-1] + "ies", verb + "ing", verb[:-1] + "ied"
    stem = verb + verb[-1] if verb in _DOUBLING else verb
    hissing = verb.endswith(("s", "sh", "ch", "x", "z"))
    dropped = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else stem
    return verb + ("es" if hissing else "s"), dropped + "ing", dropped + "ed"


@lru_cache(maxsize=1024)
def inflections(verb: str) -> tuple[str, str, str, str]:
    """Base form, third person, gerund and past of a verb or phrasal verb ("carry out")."""
    head, _, rest = verb.partition(" ")
    listed = _IRREGULAR.get(head)
    forms = listed.split() if listed else [head, *_regular(head)]
    joined = [f"{form} {rest}".strip() for form in forms]
    return joined[0], joined[1], joined[2], joined[3]


def plural(noun: str) -> str:
    """The regular plural of a noun."""
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")


def raised(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]


def cased(new: str, written: str) -> str:
    """New words with a capital where those they replace have one."""
    return raised(new) if written[0].isupper() else new


def inflect(verb: str, form: str) -> str:
    """One inflected form of a verb; ``form`` is one of ``FORMS``."""
    return inflections(verb)[FORMS.index(form)]


def plural_verb(word: str) -> str:
    """The form that goes with "they" of a verb in the third person ("carries" → "carry")."""
    lowered = word.lower()
    if lowered in IRREGULAR_PLURALS:
        base = IRREGULAR_PLURALS[lowered]
    elif lowered in _KEEPS_E or not lowered.endswith("ies"):
        base = lowered[:-2] if _cuts_es(lowered) else lowered[:-1]
    else:
        base = lowered[:-3] + "y"
    return base[:1].upper() + base[1:] if word[:1].isupper() else base


def _cuts_es(word: str) -> bool:
    return word not in _KEEPS_E and bool(_ES_OFF.search(word))


_TRADES = _WORDS.words("trades")
_WHOLE = _WORDS.words("whole")
_BRITISH = _WORDS.pairs("british")
_NOT_BRITISH = _WORDS.words("not_british")
_SUFFIXES = ("isations", "izations", "isation", "ization", "ations", "ation", "itions", "ition",
             "ments", "ment", "ates", "ate", "ating", "ated", "ness", "ally", "ably", "ly", "ings",
             "ing", "ions", "ion", "ed", "es", "s", "e")  # fmt: skip
_NOUNS = _WORDS.words("nouns")
_LEAST_STEM = {"ate": 4, "ates": 4, "ated": 4, "ating": 4, "ation": 4, "ations": 4, "ion": 4,
          "ions": 4, "ally": 5}  # fmt: skip


def _strip(word: str) -> str:
    """The word without its longest listed suffix, where enough of a stem is left."""
    for suffix in _SUFFIXES:
        stem = word[: -len(suffix)]
        if not word.endswith(suffix) or len(stem) < _LEAST_STEM.get(suffix, 3):
            continue
        if suffix in {"s", "es"} and word.endswith("ss"):
            continue
        if suffix in _NOUNS:
            return _strip(stem)
        return stem + "iz" if suffix.startswith(("iza", "isa")) else stem
    return word


def _american(base: str) -> str:
    """The American spelling of a British lemma."""
    if base.endswith("ise") and base not in _NOT_BRITISH and len(base) > 6:
        return base[:-3] + "ize"
    return _BRITISH.get(base, base)


@lru_cache(maxsize=65536)
def family(word: str) -> str:
    """A key that inflections and plain derivations of one lower-case word share."""
    word = word.strip("'-").removesuffix("'s")
    if word in _TRADES:
        return word.removesuffix("s") if word.endswith("ings") else word
    base = lemma(word)
    if word in _WHOLE or base in _WHOLE:
        return base
    stem = _strip(_american(base))
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] in "bdgmnprt":
        stem = stem[:-1]
    return stem[:-1] + "i" if stem.endswith("y") and len(stem) > 3 else stem


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, (group,) in enumerate(rows("synonyms.txt")):
        for word in group.split():
            found.setdefault(family(word), set()).add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


def same_meaning(one: str, other: str) -> bool:
    """Whether two families are equal or share a synonym group."""
    if one == other:
        return True
    return bool(_groups().get(one, frozenset()) & _groups().get(other, frozenset()))


ENGLISH = "English"
FEW = 5
"""Ads of fewer words draw a note: it may be that something else was read."""
_LEAST_FOREIGN = 6
"""Words of another language in an English ad from which they are worth a sentence."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_FOREIGN_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Readable:
    """What of an ad the rules can read."""

    text: str
    language: str
    starts: tuple[int, ...]
    all_foreign: bool
    words: int
    begins: str

    def _line_of(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    def sentences(self, name: str, line_of: Callable[[int], int] | None = None) -> list[str]:
        """What to say of an ad; mostly nothing."""
        said: list[str] = []
        if self.all_foreign:
            said.append(
                f"{name}: is not in English (it reads as {self.language}); the rules read English "
                "only, so nothing was checked"
            )
        elif self.starts:
            number_of = line_of or self._line_of
            several = len(self.starts) > 1
            said.append(
                f"{name}: {'lines' if several else 'line'} "
                f"{_ranges([*dict.fromkeys(map(number_of, self.starts))])} ({self.begins}) "
                f"{'are' if several else 'is'} not in English ({self.language}); the rules read "
                f"English only, so {'they were' if several else 'it was'} not checked"
            )
        if self.words < FEW:
            number = f"{self.words} word{'' if self.words == 1 else 's'}"
            said.append(f"{name}: the ad has {number}; look whether all of it was given")
        return said


@cache
def _lists() -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    data = Lexicon("languages").tables
    words: dict[str, str] = data["words"]
    return {name: frozenset(listed.split()) for name, listed in words.items()}, data["scripts"]


@cache
def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, listed in _lists()[0].items():
        for word in listed:
            found[word] = (*found.get(word, ()), name)
    return found


@lru_cache(maxsize=4096)
def _language(line: str) -> str:
    """The language of a line; ``""`` where nothing tells it."""
    if not line.isascii() and (script := _script(line)):
        return script
    known, written = _by_word(), _WORD.findall(line)
    # A name may hold small words of its language.
    plain = [word.lower().replace("’", "'") for word in written[:1]]
    plain += [word.replace("’", "'") for word in written[1:] if word.islower()]
    told = [(word, known.get(word) or known.get(word.partition("'")[0], ())) for word in plain]
    counts = Counter(name for _, names in told for name in names)
    english = counts.pop(ENGLISH, 0)
    if not counts:
        return ENGLISH if english else ""
    best = max(counts, key=counts.__getitem__)
    if counts[best] <= english:
        return ENGLISH if counts[best] < english else ""
    distinct = {word for word, names in told if best in names}
    enough = len(distinct) >= 2 and counts[best] >= 0.15 * len(written)
    return best if enough and not (english and counts[best] < 2 * english) else ""


def _script(line: str) -> str:
    """The name of a script that is no Latin one, where it makes most of a line."""
    letters = [letter for letter in line if letter.isalpha()]
    other = [letter for letter in letters if ord(letter) > 0x2AF]
    if len(other) < 0.4 * len(letters) or not other:
        return ""
    names = [unicodedata.name(letter, "").partition(" ")[0] for letter in other]
    names = [name for name in names if name != "LATIN"]
    if len(names) < 0.4 * len(letters):
        return ""
    most = max(dict.fromkeys(names), key=names.count)
    return _lists()[1].get(most, "another language")


@lru_cache(maxsize=256)
def reading(text: str) -> Readable:
    """What of an ad the rules can read, and in which language the rest is."""
    words = len(_WORD.findall(text))
    found = [
        (line.start(), line.end(), _language(line[0])) for line in _FOREIGN_LINE.finditer(text)
    ]
    names = _settled([name for _, _, name in found])
    foreign = [name for name in names if name not in ("", ENGLISH)]
    inside = [
        (start, end)
        for (start, end, _), name in zip(found, names, strict=True)
        if name not in ("", ENGLISH)
    ]
    told = sum(len(_WORD.findall(text[start:end])) for start, end in inside)
    whole = bool(foreign) and ENGLISH not in names
    if not foreign or (told < _LEAST_FOREIGN and not whole):
        return Readable(text, "", (), False, words, "")
    left = list(text)
    for start, end in inside:
        left[start:end] = " " * (end - start)
    most = max(dict.fromkeys(foreign), key=foreign.count)
    starts = tuple(start for start, _ in inside)
    begins = f"“{' '.join(text[slice(*inside[0])].split()[:4])} …”"
    left_over = " " * len(text) if whole else "".join(left)
    return Readable(left_over, most, starts, whole, words, begins)


def _settled(names: Sequence[str]) -> list[str]:
    """Lines that tell nothing go with a language that stands on both sides of them."""
    settled, following = list(names), list(names)
    for at in range(len(names) - 2, -1, -1):
        following[at] = names[at] or following[at + 1]
    before = ""
    for at, (name, after) in enumerate(zip(names, following, strict=True)):
        if name:
            before = name
            continue
        if before == after or not after or not before:
            settled[at] = before or after
        else:
            settled[at] = ENGLISH
    return settled


def _ranges(lines: Sequence[int]) -> str:
    """Line numbers for a sentence: 2, 5–9."""
    parts: list[list[int]] = []
    for line in lines:
        if parts and line == parts[-1][-1] + 1:
            parts[-1].append(line)
        else:
            parts.append([line])
    shown = [f"{one[0]}–{one[-1]}" if len(one) > 1 else f"{one[0]}" for one in parts]
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")
