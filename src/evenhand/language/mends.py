"""Wording mended where it stands: the words that a rule flags, and what agrees with them.

Every finding with a suggestion is replaced, in titles, headings, bullets and prose alike, and
nothing else is touched: no sentence is said another way here (``rewordings``). What the swap asks
of its neighbours (article, verb, possessive, capital, commas) is in ``swaps``.
A mend that would change a number or the strength of a requirement, or whose grammar isn't sure, is
not made; it comes back with the reason (more in ``swaps.stays``). The pronouns of one person and
the nouns that they go with are mended together or not at all. A requirement that may only be left
out whole comes back too: that is the employer's to do.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from evenhand.language.antecedents import pronoun_that_follows
from evenhand.language.check import NO_RULES, OwnRules, to_mend
from evenhand.language.findings import find_wording, instead_of
from evenhand.language.lexicon import Lexicon
from evenhand.language.roles import HYPHENS, is_adverb, is_single, is_third_person, noun
from evenhand.language.span import Edit, Finding, apply_edits, composed, origin
from evenhand.language.swaps import (
    CHILDREN,
    HALF_OF_A_PAIR,
    OPENS_ITEM,
    QUOTED,
    SAID_AGAIN,
    THERE_ALREADY,
    Change,
    agreed,
    article_for,
    cased_like,
    cut_out,
    is_adjective,
    is_of_children,
    is_quoted,
    left_out,
    listed_before,
    possessive,
    stays,
)
from evenhand.language.text import scan, statements

_WORDS = Lexicon("mends")
_STRENGTH = _WORDS.words("strength")

_ASKS = {"needs": "need", "requires": "require"}
"""Those in the third person, which a plural subject asks in another form."""

_DENIALS = _WORDS.words("denials")

_JOINT = r",? (?:and|or|&(?:amp;)?) |, | ?/ ?"
_SUBJECT = _WORDS.pattern("subject")
_SEXED = _WORDS.pattern("sexed")
_ONE_CLAUSE = _WORDS.pattern("one_clause")
_TITLES = frozenset({"man-titles", "female-titles"})
_ALONE_RULES = frozenset({"generic-he", "generic-she"})
_IS_ONE = _WORDS.pattern("is_one")
_ONE_SEXED = _WORDS.pattern("one_sexed")
_SEVERAL_SEXED = _WORDS.pattern("several_sexed")
"""Nouns that a pronoun of one sex in their own sentence is bound to."""
_WHOLE_PAIR = _WORDS.pattern("whole_pair")
_ALONE = _WORDS.words("alone")
_LAST_ITEM = re.compile(r", (?:and|or|&) (?!(?:we|you|they|he|she|it|i|this|our|your|the|a|an)\b)")
_IN_ESS = re.compile(r"[^\W\d_]+ess(?:es)?", re.I)
_IN_LIST = re.compile(r"(?:, |[;:/] ?)$")
_AFTER_A = re.compile(r"\ban? (?:[\w'’-]+,? (?:and )?)*$", re.I)
_NEXT = re.compile(r" *(?:and |or )?([a-z]+)(?! (?:is|are|will|must)\b)")
_NOBODY = re.compile(r"\b(?:person|people)$", re.I)
_TOGETHER = "another pronoun of the same person can't be mended, and they go together"
_WITH = "goes with "
_ROUNDS = 3
"""Most times that an ad is read: a mended title tells whom the pronouns below it speak of."""
_PASSES = 4
"""Most times that nouns are found to be bound to pronouns that stay."""
_LONGEST = 1000
"""Characters of a statement at most."""
_SETTLES = 3
"""Most times that a suggestion is itself mended (a "go-getter" who becomes a "self-starter")."""


@dataclass(frozen=True, slots=True)
class Unmended:
    """A finding with a suggestion that did not go in."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Mended:
    """What mending one text came to: edits in order of place, and what was left."""

    edits: tuple[Edit, ...]
    left: tuple[Unmended, ...]


def mends(text: str) -> list[Edit]:
    """Every finding of the text that can be put right, as the smallest edits, in order."""
    return list(mended(text).edits)


def mended(
    text: str, findings: Sequence[Finding] | None = None, own: OwnRules = NO_RULES
) -> Mended:
    """Mend a whole ad: what ``to_mend`` finds, or the findings given."""
    if findings is not None:
        edits, left = _round(text, findings)
        return Mended(tuple(_closed_up(text, edits)), tuple(left))
    bound: dict[int, str] = {}
    edits, left = _all_rounds(text, own, bound)
    for _ in range(_PASSES):
        more = {
            **dict(_bound_nouns(text, edits)),
            **dict(_same_nouns(edits, left, to_mend(text, own))),
        }
        more = {at: why for at, why in more.items() if at not in bound}
        if not more:
            break
        bound |= more
        edits, left = _all_rounds(text, own, bound)
    return Mended(tuple(_closed_up(text, edits)), tuple(left))


def _all_rounds(
    text: str, own: OwnRules, bound: Mapping[int, str]
) -> tuple[list[Edit], list[Unmended]]:
    """The mends of a text until nothing more is found; nouns at the bound places stay."""
    edits, now = list[Edit](), text
    left, stay = list[Unmended](), list[Unmended]()
    sexes = set[str]()
    for _ in range(_ROUNDS):
        found = to_mend(now, own)
        if not edits:
            sexes = {f.rule for f in found if f.rule in _ALONE_RULES}
        elif sexes:  # What is mended can't tell "they" and "her" apart any more.
            found = [f for f in found if f.rule not in _ALONE_RULES or f.rule in sexes]
        tied = [(f, _tied(f, edits, bound)) for f in found]
        stay = [Unmended(f, why) for f, why in tied if why]
        loose = [f for f, why in tied if not why]
        stay += _with_bound(now, loose, [(f.finding.text, f.finding.end) for f in stay])
        kept = {id(one.finding) for one in stay}
        loose = [f for f in loose if id(f) not in kept]
        more, left = _round(now, loose)
        unmended = [one.finding for one in left if not one.finding.chain]
        unmended += [f for f in found if f.suggestion is None and not f.chain]
        sexed = [(f.text, f.end) for f in unmended if _ONE_SEXED.search(f.text)]
        sexed += _unfound(now, found)
        if tied_too := list(_with_bound(now, loose, sexed)):
            stay += tied_too
            kept = {id(one.finding) for one in tied_too}
            more, left = _round(now, [f for f in loose if id(f) not in kept])
        if not more:
            break
        edits = composed(text, edits, more, joint_proof)
        now = apply_edits(text, edits)
    both = sorted((*left, *stay), key=lambda one: one.finding.start)
    return edits, [replace(one, finding=_traced(one.finding, text, edits)) for one in both]


def _tied(finding: Finding, edits: Sequence[Edit], bound: Mapping[int, str]) -> str:
    """Why a noun stays, where one of the bound places is in it; empty where none is."""
    first, last = origin(edits, finding.start), origin(edits, finding.end, end=True)
    return next((why for at, why in bound.items() if first <= at < last), "")


def _with_bound(
    text: str, found: Sequence[Finding], nouns: Sequence[tuple[str, int]]
) -> Iterator[Unmended]:
    """The pronouns that go with nouns that stay, which are given with their ends."""
    free = [f for f in found if f.chain]
    for words, end in nouns:
        if not free:
            return
        _, place = pronoun_that_follows(text, end) or ("", -1)
        chains = {f.chain for f in free if f.start <= place < f.end}
        why = f"{_WITH}{words!r}, which stays"
        yield from (Unmended(f, why) for f in free if f.chain in chains)
        free = [f for f in free if f.chain not in chains]


def _unfound(text: str, found: Sequence[Finding]) -> list[tuple[str, int]]:
    """Words for one person of one sex that no finding holds ("train the right girl")."""
    return [
        (match[0], match.end())
        for match in _SEXED.finditer(text)
        if not any(f.start <= match.start() < f.end for f in found)
    ]


def _bound_nouns(text: str, edits: Sequence[Edit]) -> Iterator[tuple[int, str]]:
    """Places of nouns for one person that were mended and whose pronoun was not, with why.

    "The foreman … he" becomes neither "the supervisor … he" nor half of it.
    """
    now, shift = apply_edits(text, edits), 0
    for edit in edits:
        place = edit.start + shift + len(edit.after)
        shift += len(edit.after) - len(edit.before)
        words = [m["words"] for m in mends_behind(edit.proof) if m["kind"] != "pronoun"]
        one, several = (any(map(rx.search, words)) for rx in (_ONE_SEXED, _SEVERAL_SEXED))
        if one or several:
            pronoun = pronoun_that_follows(now, place)
            if pronoun and (one or not re.search(r"[.!?\n]", now[place : pronoun[1]])):
                yield _place(edit, words[-1]), f"{_WITH}{pronoun[0]!r}, which stays"


def _same_nouns(
    edits: Sequence[Edit], left: Sequence[Unmended], found: Sequence[Finding]
) -> Iterator[tuple[int, str]]:
    """Places where a noun was mended that stays elsewhere with the pronouns of the same person."""
    if all(any(e.start <= f.start < e.end for e in edits) for f in found if f.chain):
        return
    stay = {_one_of(f.text): one.reason for one in left if (f := one.finding).kind != "pronoun"}
    stay = {words: why for words, why in stay.items() if why.startswith(_WITH)}
    for edit in edits:
        for mend in mends_behind(edit.proof):
            if _one_of(mend["words"]) in stay:
                yield _place(edit, mend["words"]), stay[_one_of(mend["words"])]


def _place(edit: Edit, words: str) -> int:
    """Where words stood of which an edit changed more than themselves."""
    return edit.start + max(0, edit.before.lower().rfind(words.lower()))


def _one_of(words: str) -> str:
    """A noun of one sex in the singular: "foremen" as "foreman"."""
    return re.sub("men$", "man", words.lower())


def _traced(finding: Finding, text: str, edits: Sequence[Edit]) -> Finding:
    """A finding of the mended text where it stands in the original."""
    start, end = origin(edits, finding.start), origin(edits, finding.end, end=True)
    return replace(finding, start=start, end=end, text=text[start:end])


def _round(text: str, findings: Sequence[Finding]) -> tuple[list[Edit], list[Unmended]]:
    """The mends of some findings; all the pronouns of one person or none."""
    stuck = {f.chain for f in findings if f.suggestion is None} - {0}
    why = dict[Finding, str]()
    while True:
        held = [f for f in findings if f.chain in stuck]
        edits, left = _by_statement(text, [f for f in findings if f.chain not in stuck])
        more = {one.finding.chain for one in left} - {0}
        if not more:
            return edits, [*left, *(Unmended(f, why.get(f, _TOGETHER)) for f in held)]
        why.update((one.finding, one.reason) for one in left if one.finding.chain)
        stuck |= more


def _by_statement(text: str, findings: Sequence[Finding]) -> tuple[list[Edit], list[Unmended]]:
    """The mends of some findings, statement by statement."""
    wanted, said = list[Finding](), list[Unmended]()
    for finding in findings:
        if finding.suggestion is not None and not finding.decision:
            why = QUOTED if is_quoted(text, finding) else ""
            why = why or (CHILDREN if is_of_children(text, finding) else "")
            if why:
                said.append(Unmended(replace(finding, chain=0), why))
            else:
                wanted.append(finding)
    pieces = list(_pieces(text, wanted)) or [(0, len(text))]
    starts = [start for start, _ in pieces]
    by_piece: dict[int, list[Finding]] = {}
    for finding in sorted(wanted, key=lambda f: f.start):
        by_piece.setdefault(max(0, bisect_right(starts, finding.start) - 1), []).append(finding)
    edits: list[Edit] = []
    left = said
    for at, here in by_piece.items():
        start, end = pieces[at]
        end = max(end, here[-1].end)
        if _runs_on(text, end):
            cut = [f for f in here if f.kind == "pronoun" and _is_they(f)]
            left += (Unmended(f, "its verbs go on behind a semicolon") for f in cut)
            here = [f for f in here if f not in cut]
        if not here:
            continue
        made, not_made = _in_statement(text[start:end], [f.moved(-start) for f in here])
        edits += (replace(e, start=e.start + start, end=e.end + start) for e in made)
        left += (replace(one, finding=one.finding.moved(start)) for one in not_made)
    return edits, left


def _runs_on(text: str, end: int) -> bool:
    """Whether the verbs of a statement go on in the next ("He drafts; manages clerks; files")."""
    verb = _NEXT.match(text, end) if text[:end].rstrip(" ").endswith(";") else None
    return verb is not None and is_third_person(verb[1].lower())


def _pieces(text: str, findings: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    """The statements of a text; one that is longer than any that people write is cut up.

    What a mend costs grows with its statement, and so would the whole with the square of a text.
    """
    inside = [(f.start, f.end) for f in findings]
    for start, end in statements(text):
        while end - start > _LONGEST:
            cut = text.rfind(" ", start, start + _LONGEST) + 1 or start + _LONGEST
            at = bisect_right(inside, (cut, cut)) - 1
            cut = inside[at][0] if at >= 0 and start < inside[at][0] < cut < inside[at][1] else cut
            yield start, cut
            start = cut
        yield start, end


def _sexed_around(text: str, pronoun: Finding, left: Sequence[Unmended]) -> str:
    """A word for one person of one sex that a pronoun of the statement goes with; empty if none."""
    stayed = next((one.finding.text for one in left if not one.finding.chain), "")
    sexed = _SEXED.search(text[: pronoun.start]) or _ONE_SEXED.search(stayed)
    sexed = sexed or _IS_ONE.search(text[pronoun.start :])
    return sexed[0] if sexed else ""


def _in_statement(piece: str, findings: Sequence[Finding]) -> tuple[list[Edit], list[Unmended]]:
    """The mends of one sentence, list item, heading or title, one after the other."""
    text, edits = piece, list[Edit]()
    left: list[Unmended] = []
    for finding in findings:
        grown = sum(len(e.after) - len(e.before) for e in edits if e.end <= finding.start)
        here = _as_title(text, _pronoun_alone(finding).moved(grown))
        here = _whole_pair(text, here)
        if text[here.start : here.end] != here.text:
            continue  # An earlier mend took it along.
        if here.chain and (sexed := _sexed_around(text, here, left)):
            left.append(Unmended(finding, f"goes with {sexed!r}, which stays"))
            continue
        found = _changes(text, here)
        if not isinstance(found, str):
            found = _goes_with(piece, finding, here, findings) or found
        lost = "" if isinstance(found, str) else _fact_lost(text, found)
        if finding.severity == "discrimination":
            lost = ""  # The age or the "must" that it takes out is what is wrong.
        if isinstance(found, str) or lost:
            left.append(Unmended(finding, found if isinstance(found, str) else lost))
            continue
        made = [
            change.edit(text, _proof([finding]))
            for change in sorted(found, key=lambda change: change.start)
        ]
        edits = composed(piece, edits, made, joint_proof)
        text = apply_edits(text, made)
    return edits, left


def _goes_with(piece: str, finding: Finding, here: Finding, findings: Sequence[Finding]) -> str:
    """Why a noun stays with words of its statement that stay as well; empty where none do."""

    def elsewhere(words: str) -> list[re.Match[str]]:
        found = re.finditer(rf"(?<![\w-])(?:{words})(?![\w-])", piece, re.I)
        return [m for m in found if not any(f.start <= m.start() < f.end for f in findings)]

    if finding.kind == "gendered" and _ONE_SEXED.search(finding.text):
        pronouns = elsewhere("s?he|his|hers?|him")
        if pronouns and pronouns[0].start() < finding.start:
            return THERE_ALREADY  # "His skill as a salesman made our founder rich."
    if finding.rule in _TITLES and finding.suggestion:
        for there in elsewhere(re.escape(finding.suggestion)):
            between = piece[there.end() : finding.start] or piece[finding.end : there.start()]
            if not re.fullmatch(_JOINT, between, re.I):
                return f"{_WITH}{there[0]!r}, which stays"  # "the Chairman and the Chair"
    twin = rf"{finding.text[:4]}(?!\w*ing)\w{{0,4}}"
    if _IN_ESS.fullmatch(finding.text) and here.text == finding.text and elsewhere(twin):
        return HALF_OF_A_PAIR  # "waiter, waitress, cook"
    if finding.kind == "culture" and elsewhere(re.escape(finding.text)):
        return f"another {finding.text!r} stays beside it"
    return ""


def _changes(piece: str, finding: Finding) -> list[Change] | str:
    """All that one mend asks for, or the reason why it can't be made."""
    if finding.severity == "discrimination" and not finding.suggestion:
        return "asks for or shuts out people on a protected ground: leave it out"
    suggestion = _settled(finding)
    why = stays(piece, finding, suggestion)
    if why == SAID_AGAIN:
        others = (said for said in instead_of(suggestion) if not stays(piece, finding, said))
        suggestion, why = next(((said, "") for said in others), (suggestion, why))
    if why:
        return why
    if finding.severity == "discrimination" and finding.text.lower().endswith(suggestion.lower()):
        less = finding.end - len(suggestion)
        ground = finding.text[: less - finding.start].rstrip(" ,")
        if ground[-1:] in HYPHENS:
            return "is part of a word"
        beside = _beside_its_noun(piece, finding, suggestion)
        if beside is not None:
            return beside
        return left_out(piece, replace(finding, end=finding.start + len(ground), text=ground))
    if suggestion.endswith(" person") and _is_item(piece[: finding.start], piece[finding.end :]):
        suggestion = suggestion.removesuffix(" person")  # "Self-starter, good with numbers"
    if suggestion and (twice := _said_twice(piece, finding, suggestion)):
        return twice
    suggestion = _without_double(piece, finding, suggestion)
    if not suggestion:
        return left_out(piece, finding)
    after, end = possessive(piece, finding, cased_like(piece, finding, suggestion))
    if finding.severity == "discrimination" and "," in finding.text and piece[end : end + 1] == ",":
        end += 1  # The comma closed an apposition ("a man, aged 30 to 40, to lead").
    if _SUBJECT.fullmatch(finding.text) and _goes_on(piece, finding):
        return [Change(finding.start, finding.end + 1, "")]
    verbs = agreed(piece, finding, after)
    if isinstance(verbs, str):
        return verbs
    more = article_for(piece, finding, after) or listed_before(piece, finding, after)
    return [Change(finding.start, end, after), *more, *verbs]


def _is_item(before: str, behind: str) -> bool:
    """Whether words are one item of a list of adjectives ("Self-starter, good with numbers")."""
    opens = OPENS_ITEM.search(before) or (_IN_LIST.search(before) and not _AFTER_A.search(before))
    follows = re.match(r" ?(?:[,;.&/]|and\b) ?((?:[\w'’-]+ ?){0,3})", behind)
    if not opens or not (follows or not behind.strip()):
        return False
    item = follows[1].lower() if follows else ""
    people = item and not find_wording(item) and noun(item.split()[-1]) in {"hired", "other"}
    return not people  # "Self-starter and team player"


def _goes_on(piece: str, finding: Finding) -> bool:
    """Whether "and he" only says the subject again ("The porter keeps the keys and he reports")."""
    clause = _ONE_CLAUSE.match(piece[: finding.start])
    behind = [word.lower for word in scan(piece[finding.end :]) if not is_adverb(word)][:1]
    if clause is None or not behind or not (behind[0] in _STRENGTH or _is_verb(behind[0])):
        return False
    others = [word for word in clause["rest"].lower().split() if noun(word) in {"hired", "other"}]
    others = [word for word in others if is_single(word) and word not in {"staff", "team", "crew"}]
    fits = _is_verb(clause["verb"]) or {clause["verb"], behind[0]} <= _STRENGTH
    return noun(clause["who"].lower()) == "hired" and fits and not others


def _is_verb(word: str) -> bool:
    """Whether a word in -s behind a subject is its verb."""
    return is_third_person(word) or (word.endswith("s") and noun(word) is None)


def _is_they(finding: Finding) -> bool:
    """Whether a pronoun becomes "they", with which verbs go."""
    return (finding.suggestion or "")[:4].lower() == "they" and _SUBJECT.match(
        finding.text
    ) is not None


def _pronoun_alone(finding: Finding) -> Finding:
    """A finding of a pronoun with its verb as one of the pronoun: its verbs are found here."""
    match = _SUBJECT.match(finding.text)
    if finding.kind != "pronoun" or match is None or not _is_they(finding):
        return finding
    they = (finding.suggestion or "")[:4]
    end = finding.start + match.end()
    return replace(finding, end=end, text=match[0], suggestion=they)


def _whole_pair(piece: str, finding: Finding) -> Finding:
    """A finding with the other half of its pair: "storeman/woman", "watchman, or woman,"."""
    if _IN_ESS.fullmatch(finding.text) and finding.suggestion:
        twin, joint = rf"{re.escape(finding.text[:4])}[^\W\d_]*", r"(?: (?:and|or|&) | ?/ ?)"
        left = re.search(rf"\b{twin}{joint}$", piece[: finding.start], re.I)
        right = re.match(rf"{joint}{twin}", piece[finding.end :], re.I)
        start = left.start() if left else finding.start  # "waiters and waitresses"
        end = finding.end + (right.end() if right and not left else 0)
        finding = replace(finding, start=start, end=end, text=piece[start:end])
    match = _WHOLE_PAIR.match(piece, finding.end)
    if (
        match is None
        or not finding.suggestion
        or piece[finding.start : finding.end] != finding.text
    ):
        return finding
    if match["same"] and not finding.text.lower().startswith(match["same"].lower()):
        return finding
    if not match["same"] and not re.search(r"m[ae]n$", finding.text, re.I):
        return finding
    return replace(finding, end=match.end(), text=piece[finding.start : match.end()])


def _as_title(piece: str, finding: Finding) -> Finding:
    """A ground found in half of a title ("cleaning lady") as the title, which a rule knows."""
    if finding.severity != "discrimination" or not finding.suggestion:
        return finding
    for one in find_wording(piece):
        inside = one.start <= finding.start < one.end
        if one.kind != "gendered" or not one.suggestion or not inside:
            continue
        if (
            one.start < finding.start
            or one.end > finding.end
            or (_NOBODY.search(finding.suggestion) and one.text.lower() not in _ALONE)
        ):
            return one
    return finding


def _settled(finding: Finding) -> str:
    """The suggestion, itself mended where a rule flags it."""
    text = re.sub(r"^(?:and|or|&) ", "", finding.suggestion or "")
    for _ in range(_SETTLES):
        again = [f for f in find_wording(text) if f.suggestion] if text else []
        if not again:
            break
        for one in reversed(again):
            text = text[: one.start] + (one.suggestion or "") + text[one.end :]
    return text


def _said_twice(piece: str, finding: Finding, suggestion: str) -> list[Change]:
    """What goes where the suggestion would stand beside itself, the joint between them included.

    "Gurus and ninjas" would come out as "experts and experts"; a list keeps its last "and".
    """
    word = re.escape(suggestion)
    left = re.search(rf"(?<![\w-]){word}({_JOINT})$", piece[: finding.start], re.I)
    right = re.match(rf"({_JOINT}){word}(?![\w-])", piece[finding.end :], re.I)
    if not left and not right:
        return []
    first = left.start() if left else finding.start
    joint = left[1] if left else right[1] if right else ""
    behind = finding.end + (right.end() if right and not left else 0)
    start, end = finding.start - len(joint) * bool(left), finding.end + len(joint) * (not left)
    gone = cut_out(piece, start, end)
    if piece[:first][-2:] != ", " and _LAST_ITEM.match(piece, behind):
        gone.append(Change(behind, behind + 1, ""))  # "gurus, experts, and cooks"
    word_before = re.search(r"([^\W\d_]+), $", piece[:first])
    word = word_before[1].lower() if word_before else ""  # of a list, and no clause's last
    if joint.strip() in {"", ",", "/"} or not (noun(word) == "hired" or is_adjective(word)):
        return gone
    comma = "," if joint[0] == "," and re.search(r", [^,;:.]+, $", piece[:first]) else ""
    return [Change(first - 2, first, f"{comma} {joint.strip(' ,')} "), *gone]


def _beside_its_noun(piece: str, finding: Finding, suggestion: str) -> list[Change] | str | None:
    """What becomes of "lady" in "porters and lady cleaners"; None where no noun is joined to it.

    In "guards and lady guards" it can't go: the noun would stand there twice.
    """
    last = suggestion.split()[-1].lower().removesuffix("s")
    left = re.search(rf"([^\W\d_]+)(?:{_JOINT})(?:an? |the )?$", piece[: finding.start], re.I)
    right = re.match(rf"(?:{_JOINT})([^\W\d_]+(?: [^\W\d_]+)?)", piece[finding.end :], re.I)
    beside = [left[1]] if left else []
    beside += right[1].split() if right else []
    if any(word.lower().removesuffix("s") == last for word in beside):
        return HALF_OF_A_PAIR
    if left and noun(left[1].lower()) in {"hired", "people"} and left.end() == finding.start:
        shorter = Change(finding.start, finding.end - len(suggestion), "")
        return [shorter, *article_for(piece, finding, suggestion)]
    return None


def _without_double(piece: str, finding: Finding, suggestion: str) -> str:
    """The suggestion without a word that already stands beside it ("customer service service")."""
    words = suggestion.split()
    before = re.search(r"([^\W\d_]+) $", piece[: finding.start])
    following = re.match(r" ([^\W\d_]+)", piece[finding.end :])
    if words and before and before[1].lower() == words[0].lower():
        words = words[1:]
    if words and following and following[1].lower() == words[-1].lower():
        words = words[:-1]
    return " ".join(words)


def _counted(text: str) -> Counter[str]:
    return Counter(
        _ASKS.get(word.lower, "will" if word.lower.endswith("'ll") else word.lower)
        for word in scan(text)
        if word.lower in _STRENGTH
        or word.lower.endswith("'ll")
        or any(c.isdigit() for c in word.text)
    )


def _fact_lost(piece: str, changes: Sequence[Change]) -> str:
    """What the changes would do to a number or to the strength of a requirement, if anything."""
    before, after = Counter[str](), Counter[str]()
    for change in changes:
        before += _counted(piece[change.start : change.end])
        after += _counted(change.after)
    lost, added = before - after, after - before
    if any(change.after for change in changes):
        lost = Counter({word: count for word, count in lost.items() if word not in _DENIALS})
    if lost:
        return f"would take out {next(iter(lost))!r}, which says how much or how strongly"
    if added:
        return f"would add {next(iter(added))!r}, which says how much or how strongly"
    return ""


_OF_PEOPLE = "|".join(sorted(_WORDS.words("of_people")))
_PRAISED = re.compile(rf"\ban? (?:{_OF_PEOPLE}), $", re.I)


def _closed_up(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """Edits between which only white space stands as one: they read as one change."""
    found: list[Edit] = []
    for edit in edits:
        noun_alone = " " in edit.before and edit.after.isalpha()
        if noun_alone and _PRAISED.search(text[: edit.start]):
            # "a strong, attractive lady": no "strong, person"
            before, after = f", {edit.before}", f" {edit.after}"
            edit = Edit(edit.start - 2, edit.end, before, after, edit.proof)
        if found and not (between := text[found[-1].end : edit.start]).strip():
            last = found.pop()
            before, after = (
                f"{last.before}{between}{edit.before}",
                f"{last.after}{between}{edit.after}",
            )
            edit = Edit(last.start, edit.end, before, after, joint_proof([last], [edit]))
        found.append(edit)
    return found


def _proof(findings: Sequence[Finding]) -> dict[str, object]:
    """Rule, reason and source of every finding behind one edit, the first one's on top."""
    return {
        "source": f"rule:{findings[0].rule}",
        "mends": [
            {"words": f.text, "rule": f.rule, "kind": f.kind, "why": f.why, "rests_on": f.source}
            for f in findings
        ],
        "gates": {"facts": "numbers and the strength of what is asked are kept"},
    }


def joint_proof(first: Sequence[Edit], second: Sequence[Edit]) -> Mapping[str, object]:
    """The proof of an edit that several mends made."""
    proofs = [edit.proof for edit in (*first, *second)]
    behind = [one for proof in proofs for one in mends_behind(proof)]
    distinct = [one for at, one in enumerate(behind) if one not in behind[:at]]
    return {**proofs[0], "mends": distinct}


def mends_behind(proof: Mapping[str, object]) -> list[Mapping[str, str]]:
    """What was mended in an edit: each has ``words``, ``rule``, ``kind``, ``why``, ``rests_on``."""
    return list(cast("list[Mapping[str, str]]", proof.get("mends", [])))
