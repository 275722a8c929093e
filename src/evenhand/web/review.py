"""The review of one ad: what is found and proposed in it now, and every step a person takes.

All that was decided is a list of edits of the ad as it came, so that it is written back in its own
format, and what was looked at and stays. Storing it is ``store``'s business.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from evenhand.config.schema import GatesConfig, SpansConfig
from evenhand.errors import BadInput
from evenhand.language.check import NO_RULES, SEVERITIES, OwnRules, check_ad, family
from evenhand.language.duties import parallel_gate
from evenhand.language.gates import text_gates
from evenhand.language.lines import cuts
from evenhand.language.mends import joint_proof, mended, mends_behind
from evenhand.language.posting import presence, requirements
from evenhand.language.rewordings import alternatives
from evenhand.language.span import Edit, Finding, apply_edits, composed, origin
from evenhand.language.spans import editable_spans
from evenhand.language.style import readability
from evenhand.language.text import statements
from evenhand.records.documents import AdDocument, letters_shared
from evenhand.rewrite.result import CUT

MOST_WORDINGS = 8
"""Other wordings of one statement that are offered at most."""
_LISTED = 40
"""Wordings of one statement that are looked at."""
_EVERY = 1000
"""Statements of an ad that may be worded otherwise, at most."""
_PLACE = re.compile(r"\b(?:in|at|near) [A-Z][a-zà-ÿ]+|^[^\n]*, [A-Z][a-zà-ÿ]+\s*$", re.M)
"""What may be a place, though ``posting`` isn't sure: then nobody is asked for one."""
HAND = "hand"
"""The source of an edit that a person wrote."""
CHOSEN = "rewording"
"""The source of an edit that a person chose among the rewordings."""


@dataclass(frozen=True)
class Decisions:
    """What a person decided: edits of the ad as it came, and findings that stay as they are.

    Attributes:
        edits: Of the original, in order.
        kept: (place in the original, words) of findings that were looked at and stay.
    """

    edits: tuple[Edit, ...] = ()
    kept: tuple[tuple[int, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What is stored."""
        return {"edits": list(map(asdict, self.edits)), "kept": list(map(list, self.kept))}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Decisions:
        """What was stored."""
        kept = tuple((int(at), str(words)) for at, words in stored["kept"])
        return cls(tuple(Edit(**edit) for edit in stored["edits"]), kept)


@dataclass(frozen=True)
class Card:
    """One finding: the words, why, and what is proposed.

    Attributes:
        number: Its own, by which a form names it.
        finding: In the text as it is now.
        line: Of the text as it is now, from 1.
        edits: What would be changed, all together; empty where nothing is proposed.
        before: The words around the change, before it.
        after: The same after it.
        stays: Whether it was looked at and stays.
        why_not: Why its suggestion isn't proposed, where it has one.
    """

    number: int
    finding: Finding
    line: int
    edits: tuple[Edit, ...]
    before: str = ""
    after: str = ""
    stays: bool = False
    why_not: str = ""

    @property
    def severity(self) -> str:
        """How much it matters, in words."""
        return SEVERITIES[self.finding.severity]

    @property
    def kind(self) -> str:
        """Its family or ground, in words."""
        return family(self.finding.kind, self.finding.lean)


@dataclass(frozen=True)
class Made:
    """A change that was made: of the original, with its reasons."""

    number: int
    before: str
    after: str
    reasons: tuple[tuple[str, str], ...]  # (why, what it rests on)
    by: str


@dataclass(frozen=True)
class View:
    """All that a page shows of a review."""

    text: str
    cards: tuple[Card, ...]
    made: tuple[Made, ...]
    notes: tuple[str, ...]
    facts: tuple[str, ...]
    questions: tuple[str, ...]

    @property
    def open(self) -> list[Card]:
        """Findings that nobody has looked at yet, the gravest first."""
        rank = list(SEVERITIES)
        cards = [card for card in self.cards if not card.stays]
        return sorted(cards, key=lambda card: rank.index(card.finding.severity))

    @property
    def kinds(self) -> list[str]:
        """Kinds of which several have a proposal, to be taken together."""
        named = [card.kind for card in self.open if card.edits]
        return [kind for kind in dict.fromkeys(named) if named.count(kind) > 1]


def text_now(document: AdDocument, state: Decisions) -> str:
    """The ad with all that was decided."""
    return apply_edits(document.text, state.edits)


def view(document: AdDocument, state: Decisions, own: OwnRules = NO_RULES) -> View:
    """What is found in the ad as it is now, what is proposed, and what was changed."""
    text = text_now(document, state)
    remarks = document.read.remarks if not state.edits else ()
    checked = check_ad("the ad", text, own, remarks)
    mends = mended(text, own=own)
    left = {one.finding.start: one.reason for one in mends.left}
    kept = set(state.kept)
    cards: list[Card] = []
    mending = _mending(checked.findings, mends.edits)
    for number, (finding, edits) in enumerate(zip(checked.findings, mending, strict=True)):
        line = text.count("\n", 0, finding.start) + 1
        before, after = _around(text, finding, edits)
        stays = _kept_as(state, finding) in kept
        why_not = left.get(finding.start, "")
        cards.append(Card(number, finding, line, edits, before, after, stays, why_not))
    made = tuple(_made(number, edit) for number, edit in enumerate(state.edits))
    facts, questions = _asked(text)
    return View(text, tuple(cards), made, checked.notes, facts, questions)


def _kept_as(state: Decisions, finding: Finding) -> tuple[int, str]:
    """How a finding that stays is known, whatever is changed elsewhere."""
    return origin(state.edits, finding.start), finding.text


def _mending(findings: Sequence[Finding], proposed: Sequence[Edit]) -> list[tuple[Edit, ...]]:
    """The edits that mend each finding; with a pronoun those of all pronouns of its person."""
    own: list[list[Edit]] = []
    first = 0
    for one in findings:  # both in order of place, neither overlapping
        while first < len(proposed) and proposed[first].end <= one.start:
            first += 1
        last = first
        while last < len(proposed) and proposed[last].start < one.end:
            last += 1
        own.append(list(proposed[first:last]))
    together: dict[int, list[Edit]] = {}
    for one, edits in zip(findings, own, strict=True):
        if one.chain:
            together.setdefault(one.chain, []).extend(edits)
    return [
        tuple(together[one.chain] if one.chain else edits)
        for one, edits in zip(findings, own, strict=True)
    ]


def _around(text: str, finding: Finding, edits: Sequence[Edit]) -> tuple[str, str]:
    """The statement of a finding before and after its own edit."""
    at = bisect_left(edits, finding.start, key=lambda edit: edit.end)
    here = [e for e in edits[at : at + 9] if e.start < finding.end and finding.start < e.end]
    if not here:
        return "", ""
    first, last = min(here[0].start, finding.start), max(here[-1].end, finding.end)
    places = statements(text)
    begun = bisect_right(places, first, key=lambda place: place[0]) - 1
    ended = bisect_left(places, last, key=lambda place: place[1])
    start = places[begun][0] if begun >= 0 else 0
    end = places[ended][1] if ended < len(places) else len(text)
    line = text[start:end]
    moved = [replace(e, start=e.start - start, end=e.end - start) for e in here]
    return line, apply_edits(line, moved)


def _made(number: int, edit: Edit) -> Made:
    behind = mends_behind(edit.proof)
    reasons = tuple((f"“{one['words']}” {one['why']}", one["rests_on"]) for one in behind)
    return Made(number, edit.before, edit.after, reasons, str(edit.proof.get("source", "")))


def _asked(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What an ad states of itself, and what a reader will miss in it; nothing is made up."""
    asks, states, reads = requirements(text), presence(text), readability(text)
    facts = (
        f"{reads.words:,} words, reading grade {reads.grade:.0f}",
        f"{asks.must} required, {asks.nice} nice to have",
    )
    questions: list[str] = []
    if not states.has_salary:
        questions.append("What does it pay? No amount is named.")
    if not states.has_location and not _PLACE.search(text):
        questions.append("Where is it? No place is seen, nor work from home.")
    if asks.must + asks.nice == 0:
        questions.append("What is required, and what is only wished for? Nothing says so.")
    elif asks.must > 0 and asks.nice == 0 and asks.must > 6:
        questions.append(
            f"Are all {asks.must} requirements needed on the first day? None is marked as a wish."
        )
    return facts, tuple(questions)


def _proof(first: Sequence[Edit], second: Sequence[Edit]) -> Mapping[str, object]:
    """The proof of what several steps did to one place: all reasons, the last one's source."""
    return {**(*first, *second)[-1].proof, "mends": joint_proof(first, second)["mends"]}


def _with(document: AdDocument, state: Decisions, edits: Sequence[Edit]) -> Decisions:
    """The state after edits of the text as it is now; what they put back is no edit any more."""
    made = composed(document.text, state.edits, sorted(edits, key=lambda e: e.start), _proof)
    return replace(state, edits=tuple(edit for edit in made if edit.before != edit.after))


def accept(document: AdDocument, state: Decisions, cards: Sequence[Card]) -> Decisions:
    """What the cards propose goes in, each edit once."""
    edits = {edit.start: edit for card in cards for edit in card.edits}
    if not edits:
        raise BadInput("nothing is proposed there; change the line by hand, or keep it as it is")
    return _with(document, state, list(edits.values()))


def keep(state: Decisions, card: Card) -> Decisions:
    """A finding was looked at and stays."""
    kept = look_again(state, card).kept
    return replace(state, kept=(*kept, _kept_as(state, card.finding)))


def look_again(state: Decisions, card: Card) -> Decisions:
    """A finding that stayed is open again."""
    one = _kept_as(state, card.finding)
    return replace(state, kept=tuple(k for k in state.kept if k != one))


def take_back(state: Decisions, number: int) -> Decisions:
    """One change is the original's words again."""
    if not 0 <= number < len(state.edits):
        raise BadInput("that change isn't there any more; look at the page again")
    return replace(state, edits=(*state.edits[:number], *state.edits[number + 1 :]))


def write_line(document: AdDocument, state: Decisions, number: int, line: str) -> Decisions:
    """A line of the text as it is now, written by hand; the smallest edit that does it."""
    text, new = text_now(document, state), plain(line).strip("\n")
    start, end = line_at(text, number)
    if "\n" in new:
        raise BadInput("a line can't hold a break; write one line")
    old = text[start:end]
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    edit = Edit(
        start + head,
        end - tail,
        old[head : len(old) - tail],
        new[head : len(new) - tail],
        {"source": HAND},
    )
    return state if edit.before == edit.after else _with(document, state, [edit])


def _shared(one: str, two: str) -> int:
    """How many characters both begin with, before any that markup is made of."""
    return len(re.split("[<>&]", one[: letters_shared(one, two)])[0])


def cut_line(document: AdDocument, state: Decisions, number: int) -> Decisions:
    """A line of the text as it is now, left out."""
    found = cuts(text_now(document, state), [str(number)])
    return _with(document, state, [replace(edit, proof={"source": CUT}) for edit in found])


def choose(
    document: AdDocument, state: Decisions, number: int, place: int, which: int
) -> Decisions:
    """One of the other wordings of a statement in a line."""
    for span, texts in wordings(text_now(document, state), number):
        if span.start == place and 0 <= which < len(texts):
            edit = Edit(span.start, span.end, span.before, texts[which], {"source": CHOSEN})
            return _with(document, state, [edit])
    raise BadInput("that wording isn't there any more; open the line again")


def plain(text: str) -> str:
    """Text as it is kept: one kind of break, and no characters that only control something."""
    text = re.sub(r"\r\n?|[\v\f\u2028\u2029]", "\n", text)
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", text)


def line_at(text: str, number: int) -> tuple[int, int]:
    """Where a line of a text begins and ends, by its number from 1."""
    start = 0
    for at, line in enumerate(text.split("\n"), 1):
        if at == number:
            return start, start + len(line)
        start += len(line) + 1
    raise BadInput(f"there is no line {number}; look at the page again")


def wordings(text: str, number: int) -> list[tuple[Edit, list[str]]]:
    """The statements of a line and, of each, every other wording that passes all gates."""
    first, last = line_at(text, number)
    gates = tuple(text_gates(GatesConfig()))
    found: list[tuple[Edit, list[str]]] = []
    for span in editable_spans(text, SpansConfig(per_ad=_EVERY)):
        if span.start < last and first < span.end:
            passing = [
                (new, kinds)
                for new, kinds in alternatives(text, span, gates, _LISTED)
                if parallel_gate(text, span, new).passed
            ]
            found.append((Edit(span.start, span.end, span.text, ""), _spread(passing)))
    return found


def _spread(options: Sequence[tuple[str, object]]) -> list[str]:
    """The first wordings of every kind before the next ones of any: a person reads few."""
    seen: Counter[object] = Counter()
    ranked: list[tuple[int, str]] = []
    for new, kinds in options:
        ranked.append((seen[kinds], new))
        seen[kinds] += 1
    return [new for rank, new in sorted(ranked, key=lambda one: one[0]) if rank < 2][:MOST_WORDINGS]


@dataclass(frozen=True)
class Marked:
    """A piece of a line: plain, or of the finding of a card."""

    text: str
    card: Card | None = None


def marked(found: View) -> Iterator[tuple[int, list[Marked]]]:
    """Every line of the text with its number, in pieces, findings apart."""
    places = [(card.finding.start, card.finding.end, card) for card in found.cards]
    start = 0
    for number, line in enumerate(found.text.split("\n"), 1):
        end, at = start + len(line), start
        pieces: list[Marked] = []
        for first, last, card in places:
            if first < end and start < last:
                pieces += [Marked(found.text[at : max(at, first)])]
                pieces += [Marked(found.text[max(first, start) : min(last, end)], card)]
                at = min(last, end)
        pieces.append(Marked(found.text[at:end]))
        yield number, [piece for piece in pieces if piece.text]
        start = end + 1


def warm() -> None:
    """Load rules and parser, so that the first ad doesn't wait for them."""
    text = "We need a strong leader.\n- Answer calls from clients"
    mended(text)
    wordings(text, 2)
