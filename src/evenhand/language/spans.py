"""Which stretches of an ad may be reworded: sentences of prose and duty statements.

Precision comes first: a stretch that looks like a header, title, address line, list of
technologies, salary, contact, link, mask, legal statement or foreign language is left alone, and
so is one that protected facts nearly fill. Patterns are picked so that a duty about the same matter
stays free: "process payroll" is a duty, "we pay weekly" is pay. Nothing is reworded here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from evenhand.config.schema import SpansConfig
from evenhand.language.duties import opens_as_duty
from evenhand.language.facts import contacts, known_names, shaped
from evenhand.language.findings import find_wording
from evenhand.language.lexicon import FUNCTION_WORDS, TONE_WORDS, Lexicon
from evenhand.language.span import Span, SpanKind, covered
from evenhand.language.text import (
    is_english,
    is_known,
    lines,
    read,
    sentences,
    tokens,
    without_bullet,
)

_WORDS = Lexicon("spans")


_PAY = _WORDS.any_of("pay")
_CONTACT = _WORDS.any_of("contact")
_LEGAL = _WORDS.any_of("legal")
_LABELLED = _WORDS.pattern("labelled")
_LABEL = re.compile(r"^[^.!?]{0,60}:\s*$")
_SEPARATED = re.compile(r"\s[|•·/]\s|\|| ;; |\s[–—-]{2,}\s|\t")
_ODD = re.compile(r"[<>{}\\^~=_@#|\[\]]|\S{28,}|[*]{2}|\.{4,}|[!?]{3,}")


def is_boilerplate(text: str) -> bool:
    """Whether the stretch is a label, pay, a contact, law, an address line, or no plain prose."""
    patterns = (_PAY, _CONTACT, _LEGAL, _LABELLED, _SEPARATED, _ODD)
    return bool(_LABEL.match(text)) or any(pattern.search(text) for pattern in patterns)


_KEPT = _WORDS.any_of("kept")
_LONGEST_HEADING = 50


def opens_section(line: str) -> bool | None:
    """Whether a section that stays as it is opens at a heading; None for no heading."""
    bare = line.strip().strip("#*_ ").rstrip(":").strip()
    ended = line.rstrip()[-1:] in ".!?;,"
    if not bare or ended or len(bare) > _LONGEST_HEADING or len(bare.split()) > 6:
        return None
    return bool(_KEPT.search(bare)) if bare[0].isupper() or line.rstrip().endswith(":") else None


_TOLD = 8
"""Words above which a sentence or duty may hold more names."""
_LONGEST = 1000
"""Characters of a span at most: rules, gates and diffs, whose work grows faster than a text, get
spans alone."""
_PROSE = 20
"""Words from which a line is prose, and no title or heading, without a full stop."""
_SUBJECTS = _WORDS.words("subjects")
_CAMEL = re.compile(r"\b([A-Z]*[a-z]{3,})([A-Z][a-z]{3,})\b")
_GLUE = _WORDS.pattern("glue", 0)
_RUN_ON = re.compile(r"(?<=[a-z)][.!?])(?=[A-Z][a-z]+ )")
"""Where the next statement begins without a blank, as in ads whose line breaks were lost."""
_BULLETS = frozenset("-–—*•·▪◦‣●○■□➢➤►✓✔")
_FINITE = _WORDS.words("finite")


@dataclass(frozen=True)
class _Candidate:
    span: Span
    fact_share: float
    free_words: list[str]

    @cached_property
    def worth(self) -> float:
        """How much there is to reword."""
        tone = sum(word in TONE_WORDS for word in self.free_words)
        tone += 2 * len(find_wording(self.span.text))
        return min(len(self.free_words), 12) + 2.0 * tone - 10 * self.fact_share


def _balanced(text: str) -> bool:
    """Whether brackets and double quotes come in pairs."""
    quotes = sum(text.count(mark) for mark in '"“”')
    return text.count("(") == text.count(")") and quotes % 2 == 0


@lru_cache(maxsize=16)
def _camels(ad: str) -> Counter[str]:
    """How often the ad writes each word with a capital inside."""
    return Counter(match[0] for match in _CAMEL.finditer(ad))


def _is_glued(text: str, ad: str) -> bool:
    """Whether a capital or digit inside a word shows that two statements run together."""
    for match in _CAMEL.finditer(text):
        if is_known(match[1].lower()) and _camels(ad)[match[0]] == 1:
            return True
    ends_in_digit = (match[1] for match in re.finditer(r"\b([a-z]{4,})\d+\s", text))
    return bool(_GLUE.search(text)) or any(is_known(word) for word in ends_in_digit)


def _shouts(text: str) -> bool:
    """Whether capitals dominate: a header, a title in title case, or a shouted line.

    A sentence or duty may hold more names.
    """
    found = tokens(text)
    written = [t for t in found if t.is_word and t.lower not in FUNCTION_WORDS]
    capitals = sum(token.text[0].isupper() for token in written[1:])
    told = len(found) > _TOLD and (
        opens_as_duty(text) or (text[-1] in ".!?" and any(t.lower in _FINITE for t in found))
    )
    return capitals > (0.6 if told else 0.4) * max(len(written) - 1, 1)


def _fact_share(text: str, known: frozenset[str]) -> tuple[float, list[str]]:
    """Share of the words inside names, numbers and skills, and the free content words."""
    ranges = [(fact.start, fact.end) for fact in shaped(text, known)]
    written = [token for token in tokens(text) if token.is_word or token.text[0].isdigit()]
    held = covered([token.start for token in written], ranges)
    free = [token for token, inside in zip(written, held, strict=True) if not inside]
    content = [t.lower for t in free if t.is_word and t.lower not in FUNCTION_WORDS]
    return 1 - len(free) / max(len(written), 1), content


def _is_list(text: str) -> bool:
    """Whether the stretch is mostly commas between short items."""
    marks = len(re.findall(r"[,;/]|\band\b|&", text))
    return marks >= 4 and len(tokens(text)) / (marks + 1) < 3.2


def _kind(text: str, bulleted: bool, *, whole: bool) -> SpanKind | None:
    """``duty`` or ``sentence``; ``whole``: a sentence without a full stop too; None for neither."""
    found = read(text).lower
    finished = whole or text.rstrip("\"')”’")[-1:] in ".!?"
    if opens_as_duty(text) and (bulleted or finished):
        return "duty"
    if bulleted and not finished:
        return "sentence" if found[0] in _SUBJECTS else "duty"
    return "sentence" if finished else None


def _judge(ad: str, start: int, end: int, alone: bool, config: SpansConfig) -> _Candidate | str:
    """The stretch as a candidate with its worth, or why it stays as it is."""
    text = ad[start:end]
    written = [token for token in tokens(text) if token.is_word or token.text[0].isdigit()]
    if end - start > _LONGEST or len(written) > config.max_words:
        return "too long"
    if len(written) < config.min_words:
        return "short"
    clause = ad[max(0, start - 2) : start] in {"; ", ": "}
    inside = text[0].islower() and not clause and not _BULLETS & set(ad[max(0, start - 3) : start])
    if inside or not text[0].isalpha() or text[-1] in ":-":
        return "a piece of a statement"
    if not text.isprintable() or not _balanced(text) or _is_glued(text, ad):
        return "unclear where it begins or ends"
    if _shouts(text) or _is_list(text):
        return "names or a list of things"
    kind = _kind(text, alone, whole=clause or len(written) >= _PROSE)
    if kind is None:
        return "no statement"
    if any(True for _ in contacts(text)) or is_boilerplate(text):
        return "pay, contact, law or a label"
    share, free = _fact_share(text, known_names(ad))
    if share > 0.35 or len(free) < 3:
        return "facts"
    if not is_english(text):
        return "another language"
    return _Candidate(Span(start, end, text, kind), share, free)


def titled(ad: str, start: int, end: int) -> bool:
    """Whether the first line is a title or header and not prose.

    A long line is prose whether it ends in a full stop or not: a whole ad may be one.
    """
    text = ad[start:end]
    words = len(text.split())
    return words < 20 and not (text.rstrip("\"')”’")[-1:] in ".!?" and words >= 8)


def kept_lines(ad: str, found: Sequence[tuple[int, int]]) -> set[int]:
    """Which lines stand under a heading whose section is left as it is."""
    kept: set[int] = set()
    inside = False
    for at, (start, end) in enumerate(found):
        alone = without_bullet(ad, start, end)[0] == start
        heading = opens_section(ad[start:end]) if alone and at else None
        inside = inside if heading is None else heading
        if inside:
            kept.add(at)
    return kept


def _statements(ad: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentence in the statements that run into each other, without a mark that ends an item."""
    cuts = [start, *(match.start() for match in _RUN_ON.finditer(ad, start, end))]
    for one, two in pairwise([*cuts, end]):
        yield one, two - (ad[two - 1] in ",;")


def _clauses(ad: str, start: int, end: int, config: SpansConfig) -> list[tuple[int, int]]:
    """The sentence, or its clauses with a subject between semicolons where it is too long."""
    if len(ad[start:end].split()) <= config.max_words:
        return list(_statements(ad, start, end))
    cuts = [start, *(start + m.end() for m in re.finditer(r"[;:] ", ad[start:end])), end]
    pieces = ((a, b - len(ad[a:b]) + len(ad[a:b].rstrip(";: "))) for a, b in pairwise(cuts))
    return [(a, b) for a, b in pieces if ad[a:b].split(" ")[0].lower() in _SUBJECTS]


def _stands_alone(ad: str, start: int, end: int, line: tuple[int, int], opening: int) -> bool:
    """Whether the stretch is a statement of its own: a line, an item, or glued to others."""
    opens = start in (line[0], opening) or not ad[start - 1].isspace()
    opens = opens or bool(_BULLETS & set(ad[max(line[0], start - 4) : start]))
    closes = end == line[1] or not ad[end].isspace()
    return opens and (closes or bool(_BULLETS & set(ad[end : end + 3])))


def _judged(ad: str, config: SpansConfig) -> Iterator[tuple[str, _Candidate | str]]:
    """Every stretch of the ad in order, as a candidate or with why it stays."""
    ad_lines = lines(ad)
    if not ad_lines:
        return
    openings = [without_bullet(ad, *line)[0] for line in ad_lines]
    position = 0
    is_titled = titled(ad, *ad_lines[0])
    kept = kept_lines(ad, ad_lines)
    parts = (part for piece in sentences(ad) for part in _clauses(ad, *piece, config))
    for start, end in parts:
        while ad_lines[position][1] < end:
            position += 1
        if position in kept or (position == 0 and is_titled):
            yield ad[start:end], "a section that stays" if position in kept else "title"
            continue
        alone = _stands_alone(ad, start, end, ad_lines[position], openings[position])
        yield ad[start:end], _judge(ad, start, end, alone, config)


def _candidates(ad: str, config: SpansConfig) -> list[_Candidate]:
    """Every stretch that may be reworded, in order, each once."""
    found = (judged for _, judged in _judged(ad, config) if not isinstance(judged, str))
    first = {candidate.span.text: candidate for candidate in reversed(list(found))}
    return sorted(first.values(), key=lambda candidate: candidate.span.start)


def left_alone(text: str, config: SpansConfig) -> dict[str, int]:
    """How many words of the ad may not be reworded, by why; most first."""
    words = Counter[str]()
    for stretch, judged in _judged(text, config):
        if isinstance(judged, str):
            words[judged] += len(stretch.split())
    return dict(words.most_common())


def _spread(found: list[_Candidate], count: int) -> list[Span]:
    """At most ``count`` spans: the worthiest of as many equal stretches of the list."""
    if len(found) <= count:
        return [candidate.span for candidate in found]
    chosen: list[Span] = []
    for part in range(count):
        first, last = part * len(found) // count, (part + 1) * len(found) // count
        chosen.append(max(found[first:last], key=lambda c: (c.worth, -c.span.start)).span)
    return chosen


def editable_spans(text: str, config: SpansConfig) -> list[Span]:
    """At most ``config.per_ad`` spans of the ad that may be reworded, in order of place.

    The choice is deterministic, spread over the ad, and prefers stretches with many free content
    words and a tone. An empty or foreign ad has none.
    """
    return _spread(_candidates(text, config), config.per_ad)
