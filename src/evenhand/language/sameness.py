"""Whether two texts of a sentence or a few say the same, and what they differ in, in sentences.

They do where their skeletons hold the same things in the same order; where the order differs, where
a plain list was put in another, an adjunct moved, or active became passive; a parser tells the rest
where it is installed. A doubt is a difference. Wording that ``check`` finds and that is gone is the
mend of a finding, which changes what is said on purpose. What stands opposite what in two whole ads
is ``verbs.guard``'s business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import Any

from evenhand.language.check import check
from evenhand.language.duties import NOUNS_TOO, has_parser, is_verb, parsed
from evenhand.language.findings import all_rules, instead_of
from evenhand.language.lexicon import TONE_WORDS, Lexicon
from evenhand.language.phrases import in_phrases_of
from evenhand.language.skeleton import HAVE, Unit, heading, skeleton, written_out
from evenhand.language.span import Finding

_WORDS = Lexicon("sameness")
_BINDERS = _WORDS.words("binders")
_CONDITIONS = frozenset({"if", "when", "because", "while", "once", "together with", "because of"})
_DEMANDS = frozenset({"must", "preferred", "should", "may"})
_APPLICANT = re.compile(r"\b(?:candidate|applicant|post ?holder)s?\b", re.I)
_Pair = tuple[Sequence[Unit], Sequence[Unit]]
_PEOPLE = _WORDS.words("people")
_FIRM = re.compile(r"\b(?:company|firm|organi[sz]ation|business|employer)\b", re.I)
_LONGEST = 8
"""Units of an item of a list at most."""
_FREE = re.compile(r".+ly$|now|soon|often|always|sometimes")


@dataclass(frozen=True, slots=True)
class Difference:
    """What two texts differ in, and the sentence for it."""

    gate: str
    reason: str


def _said(units: Sequence[Unit]) -> list[Unit]:
    """The units that say something: without joints."""
    return [unit for unit in units if unit.kind != "joint"]


def _sentences(units: Sequence[Unit]) -> list[list[Unit]]:
    """The units of each sentence; a clause behind a semicolon is one."""
    found: list[list[Unit]] = [[]]
    for unit in units:
        if unit.key in {".", ";", "!", "?"} and unit.kind == "joint":
            found.append([])
        else:
            found[-1].append(unit)
    return [part for part in found if _said(part)]


def _joined(parts: list[list[Unit]], others: list[list[Unit]]) -> list[Unit]:
    """Sentences as one, without what a sentence only says again of the one before, at its start."""
    counts = [Counter(u.key for part in side for u in part) for side in (parts, others)]
    spare = counts[0] - counts[1]
    whole = list(parts[0])
    for before, part in pairwise(parts):
        one, two = _said(before), _said(part)
        again = 0
        while again < min(len(one), len(two) - 1) and one[again].key == two[again].key:
            if not spare[one[again].key]:
                break
            spare[one[again].key] -= 1
            again += 1
        first = two[again].start
        whole += [Unit("and", "joint", "and", first, first)]
        whole += [unit for unit in part if unit.start >= first]
    return whole


def _flat(one: Sequence[Unit], two: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Both as one sentence each; what a split says again is said once."""
    parts = _sentences(one), _sentences(two)
    joined: list[list[Unit]] = []
    for mine, other in (parts, parts[::-1]):
        more = len(mine) > len(other) and mine
        whole = _joined(mine, other) if more else [unit for part in mine for unit in part]
        first = next(iter(_said(whole)), None)
        pairs = zip([None, *whole], whole, strict=False)
        joined.append([u for before, u in pairs if not _is_again(u, before, first)])
    return joined[0], joined[1]


def _is_again(unit: Unit, before: Unit | None, first: Unit | None) -> bool:
    """Whether a clause only says its doer again: "we make cheese and we sell it"."""
    again = first is not None and unit is not first and unit.key == first.key
    return again and unit.kind == "person" and before is not None and before.kind == "joint"


_SAYS = Lexicon("guard", "texts").tables["says"]


def _told(kind: str, before: str, after: str) -> Difference:
    """The sentence for one change; either side may be empty."""
    gate, changed, gone, added = _SAYS[kind]
    said = changed if before and after else gone if before else added
    return Difference(gate, said.format(before=before, after=after))


_ORDER = "number sign name strength not focus quantity degree or place person agent word".split()


def _difference(lost: list[Unit], gained: list[Unit]) -> Iterator[Difference]:
    """What was lost and gained, two of a kind told as one change."""
    for kind in _ORDER:
        mine = [unit for unit in lost if unit.kind == kind]
        theirs = [unit for unit in gained if unit.kind == kind]
        for one, two in zip_longest(mine, theirs):
            said = one.said if one else "", two.said if two else ""
            yield _told(_way(kind, one, two), *said)


_BINDS = {"must": 3, "requir": 3, "preferred": 1, "can": 1, "may": 1, "could": 1}


def _way(kind: str, one: Unit | None, two: Unit | None) -> str:
    """The kind of a change; of how binding something is, which way it went."""
    if kind != "strength":
        return kind
    binds = [_BINDS.get(unit.key, 2) if unit else 2 for unit in (one, two)]
    return "strength" if binds[0] == binds[1] else "weaker" if binds[0] > binds[1] else "stronger"


def _less(units: Sequence[Unit], others: Sequence[Unit]) -> list[Unit]:
    """The units that the others lack, repeats counted."""
    left = Counter(unit.key for unit in others)
    missing: list[Unit] = []
    for unit in units:
        if left[unit.key] > 0:
            left[unit.key] -= 1
        else:
            missing.append(unit)
    return missing


@dataclass(frozen=True, slots=True)
class _Side:
    """One text of a comparison: as it is written out, and what it says in one sentence."""

    text: str
    units: list[Unit]
    whole: Sequence[Unit]

    @property
    def said(self) -> list[Unit]:
        return _said(self.units)

    @property
    def keys(self) -> list[str]:
        return [unit.key for unit in self.said]

    def without(self, dropped: Sequence[Unit]) -> _Side:
        """The same without some units."""
        ids = {(unit.start, unit.key) for unit in dropped}
        kept = [u for u in self.units if (u.start, u.key) not in ids]
        return _Side(self.text, kept, self.whole)


def _excused(lost: list[Unit], gained: list[Unit], side: _Side, other: _Side) -> list[Unit]:
    """Units that a side may have alone: "with" for "have", the doer of what the other has done."""
    ours, others = len(_sentences(side.whole)), len(_sentences(other.whole))
    has = ours != others or bool(HAVE.intersection(re.findall(r"[a-z]+", other.text.lower())))
    by = sum(unit.kind == "agent" for unit in other.said)
    passives = [sum(unit.done == "done" for unit in s.said) for s in (side, other)]
    done, more = passives[1] > by, passives[1] > passives[0]
    found: list[Unit] = []
    for unit in lost:
        with_have = unit.key == "with" and has
        doer = unit.key == "we" and unit.kind == "person" and done and other.keys != side.keys
        again = unit.key in {"they", "this", "these"} and (ours > others or more)
        slash = unit.key == "or" and "/" in other.text
        shall = unit.key == "must" and " shall " in other.text
        if with_have or doer or again or slash or shall or unit.kind == "agent":
            found.append(unit)
    places = [unit for unit in lost if unit.kind == "place" and unit not in found]
    if [unit.key for unit in places] == ["to"] and not any(u.kind == "place" for u in gained):
        found += places
    return found


_ASIDE = re.compile(r"([^,.;:()]+)(?:, | \()(who|which) ([^,.;:()]+)(?:, |\) )([^.;:()]+)[.]?")


def _unfolded(text: str) -> str:
    """What a sentence says beside of its doer, as a sentence of its own."""
    found = _ASIDE.fullmatch(text)
    if not found:
        return text
    return f"{found[1]} {found[4]}. {'They' if found[2] == 'who' else 'It'} {found[3]}."


def differences(
    before: str, after: str, may_go: Sequence[str] = (), may_come: Sequence[str] = ()
) -> list[Difference]:
    """What two texts of a sentence or a few say otherwise; nothing where they say the same.

    Words with the keys of ``may_go`` may be left out, and those of ``may_come`` added.
    """
    titles = heading(before), heading(after)
    if titles[0] and titles[0] == titles[1]:
        return []
    texts = _unfolded(written_out(before)), _unfolded(written_out(after))
    whole = skeleton(texts[0]), skeleton(texts[1])
    flat = _flat(*whole)
    one, two = _Side(texts[0], flat[0], whole[0]), _Side(texts[1], flat[1], whole[1])
    lost, gained = _less(one.said, two.said), _less(two.said, one.said)
    if may_go or may_come:
        one = one.without(_among(lost, may_go))
        two = two.without(_among(gained, may_come))
        lost, gained = _less(one.said, two.said), _less(two.said, one.said)
    mine, theirs = _excused(lost, gained, one, two), _excused(gained, lost, two, one)
    told = list(
        _difference([u for u in lost if u not in mine], [u for u in gained if u not in theirs])
    )
    told = told or _owners(one, two, f"{before} {after}") or _times(one, two)
    return told or _placed(one.without(mine), two.without(theirs), one, two)


def _among(units: Sequence[Unit], keys: Sequence[str]) -> list[Unit]:
    """The units that the keys allow, each key once."""
    left = Counter(keys)
    found: list[Unit] = []
    for unit in units:
        if left[unit.key] > 0:
            left[unit.key] -= 1
            found.append(unit)
    return found


def _owners(one: _Side, two: _Side, both: str) -> list[Difference]:
    """Whose something is, where both say it and don't agree."""
    owners = [{u.key: u.owner for u in side.said if u.owner} for side in (one, two)]
    for key, owner in owners[0].items():
        other = owners[1].get(key, owner)
        theirs = "their" in {owner, other} and _APPLICANT.search(both)
        firm = {owner, other} == {"its", "our"} and _FIRM.search(both)
        if other != owner and not theirs and not firm:
            return [_told("owner", f"{owner} {key}", f"{other} {key}")]
    return []


def _times(one: _Side, two: _Side) -> list[Difference]:
    """What is said of the past in one text alone."""
    past = [re.findall(r"\b(?:was|were|did)\b", side.text.lower()) for side in (one, two)]
    if bool(past[0]) == bool(past[1]):
        return []
    other = two if past[0] else one
    if any(unit.done for unit in other.said) and not re.search(r"\b(?:is|are|be)\b", other.text):
        return []
    return [_told("time", (past[0] or past[1])[0], "")]


def _loose(side: _Side) -> list[Unit]:
    """The units whose order counts: one word for what must be may stand anywhere."""
    strengths = [unit for unit in side.said if unit.kind == "strength"]
    tied = any(unit.kind in {"not", "focus"} for unit in side.said)
    keys = {unit.key for unit in strengths}
    free = strengths if len(keys) == len(strengths) <= 2 and len(keys & _DEMANDS) <= 1 else []
    free = [] if tied else free
    return [unit for unit in side.said if unit not in free]


def _bound(units: Sequence[Unit]) -> Counter[tuple[str, str]]:
    """What words that count, limit or deny stand before."""
    pairs: Counter[tuple[str, str]] = Counter()
    for unit, following in pairwise(units):
        binds = unit.kind in {"not", "focus"} and unit.said.lower() != "neither"
        binds |= unit.kind == "quantity" and not _FREE.match(unit.key)
        close = following.start - unit.end <= 1
        if binds or (unit.kind == "number" and unit.key.isdigit() and close):
            pairs[unit.key, following.key] += 1
    return pairs


def _placed(one: _Side, two: _Side, *whole: _Side) -> list[Difference]:
    """What differs though the words are the same: their order, and who does what."""
    mine, theirs = _loose(one), _loose(two)
    keys = [unit.key for unit in mine], [unit.key for unit in theirs]
    agents = [sum(unit.kind == "agent" for unit in side.said) for side in whole]
    if keys[0] == keys[1]:
        turned = next((u for u, v in zip(mine, theirs, strict=True) if u.done != v.done), None)
        if turned is None and agents[0] == agents[1]:
            return []
        if turned is not None and "had" in {
            u.done for u in (*mine, *theirs) if u.key == turned.key
        }:
            return [_told("time", turned.said, "")]
        return [_told("voice", turned.said if turned else "by", "")]
    moved = next((b for a, b in zip(mine, theirs, strict=False) if a.key != b.key), mine[-1])
    pairs = _bound(mine), _bound(theirs)
    if pairs[0] != pairs[1]:
        (word, _), *_ = (pairs[1] - pairs[0]) or (pairs[0] - pairs[1])
        said = next((u.said for u in (*theirs, *mine) if u.key == word), word)
        return [_told("scope", said, "")]
    lows = {u.key for side in (mine, theirs) for u in side if u.said.lower() != "look after"}
    lows |= {unit.said.lower() for side in (mine, theirs) for unit in side}
    lows |= {"then"} if re.search(_WORDS.tables["ordered"], one.text + "\n" + two.text) else set()
    ordered = bool(lows & _BINDERS)
    if _is_block(mine, theirs) or _is_turned(mine, theirs):
        return []
    for rest in ((mine, theirs), *_without_adjunct(mine, theirs)):
        moves = [
            _is_turned(*pair) or (not ordered and _is_permuted(*pair, one, two))
            for pair in _blocks(*rest)
        ]
        if moves and all(moves):
            return []
    if has_parser() and not ordered and _edges(one) == _edges(two):
        return []
    return [_told("order", moved.said, "")]


def _cut(one: Sequence[str], two: Sequence[str]) -> tuple[int, int]:
    """How many keys both begin and end with."""
    head = 0
    while head < min(len(one), len(two)) and one[head] == two[head]:
        head += 1
    tail = 0
    while tail < min(len(one), len(two)) - head and one[-1 - tail] == two[-1 - tail]:
        tail += 1
    return head, tail


def _with_done(units: Sequence[Unit]) -> list[str]:
    """What units say, voices told apart."""
    return [f"{unit.key} {unit.done}" for unit in units]


def _is_block(mine: Sequence[Unit], theirs: Sequence[Unit]) -> bool:
    """Whether one whole adjunct ("each Monday", "if you drive") moved to the front or the end."""
    one, two = _with_done(mine), _with_done(theirs)
    head, tail = _cut(one, two)
    if head and tail:
        return False
    part, other = mine[head : len(mine) - tail], two[head : len(two) - tail]
    for cut in range(1, len(part)):
        if _with_done((*part[cut:], *part[:cut])) != other:
            continue
        sides = (part[:cut], not tail), (part[cut:], not head)
        if any(_is_adjunct(block) for block, _ in sides):
            return True
    return False


def _without_adjunct(mine: Sequence[Unit], theirs: Sequence[Unit]) -> Iterator[_Pair]:
    """Both without an adjunct that one has in front and the other at the end."""
    for one, two in ((mine, theirs), (theirs, mine)):
        for cut in range(1, len(one)):
            if _is_adjunct(one[:cut]) and [u.key for u in one[:cut]] == [u.key for u in two[-cut:]]:
                yield (one[cut:], two[:-cut]) if one is mine else (two[:-cut], one[cut:])


def _is_adjunct(block: Sequence[Unit]) -> bool:
    first = block[0]
    if first.kind == "place" or first.key in _CONDITIONS or first.aim:
        return len(block) > 1
    when = first.kind in {"quantity", "number"} and len(block) <= 2
    return (len(block) == 1 and bool(_FREE.match(first.said.lower()))) or (when and _is_time(block))


def _is_time(block: Sequence[Unit]) -> bool:
    return bool(re.search(_WORDS.tables["times"], " ".join(u.said for u in block), re.I))


def _is_turned(mine: Sequence[Unit], theirs: Sequence[Unit]) -> bool:
    """Whether active became passive, or passive active, around one verb and nothing else."""
    free = [[u for u in side if u.kind != "strength"] for side in (mine, theirs)]
    for one, two in (free, free[::-1]):
        keys, other = [u.key for u in one], [u.key for u in two]
        for at, unit in enumerate(one):
            if unit.done != "done" or any(v.key == unit.key and v.done for v in two):
                continue
            end = at + 1
            while end < len(one) and one[end].done == "done":
                end += 1
            done, verbs, doers = keys[:at], keys[at:end], keys[end:]
            turned = [[*verbs, *done, *doers]] if done else []
            for cut in range(1, len(doers) + 1):  # "is checked by the clerk | on Fridays"
                turned.append([*doers[:cut], *verbs, *done, *doers[cut:]])
                turned.append([*doers[cut:], *verbs, *done, *doers[:cut]])
            if other in turned:
                return True
    return False


def _chunks(units: Sequence[Unit]) -> list[list[Unit]]:
    """Units cut at commas, "and" and "or"."""
    found: list[list[Unit]] = [[]]
    for unit in units:
        if unit.kind in {"joint", "or"}:
            found.append([])
        else:
            found[-1].append(unit)
    return [chunk for chunk in found if chunk]


def _blocks(mine: Sequence[Unit], theirs: Sequence[Unit]) -> Iterator[_Pair]:
    """The shortest stretches, of more than one unit, that hold the same things in both."""
    spare: Counter[str] = Counter()
    first = 0
    for at, (one, two) in enumerate(zip_longest(mine, theirs)):
        spare[one.key if one else ""] += 1
        spare[two.key if two else ""] -= 1
        if not any(spare.values()):
            if at > first or one.done != two.done:
                yield mine[first : at + 1], theirs[first : at + 1]
            first = at + 1
    if first < max(len(mine), len(theirs)):
        yield mine[first:], theirs[first:]


def _is_permuted(mine: Sequence[Unit], theirs: Sequence[Unit], one: _Side, two: _Side) -> bool:
    """Whether only the items of one list stand in another order, each with what it is done to."""
    items, other = (
        _chunks([u for u in side.units if part[0].start <= u.start and u.end <= part[-1].end])
        for part, side in ((mine, one), (theirs, two))
    )
    if sorted(map(_with_done, items)) != sorted(map(_with_done, other)):
        return False
    lengths = {len(item) for item in items}
    people = any(unit.kind == "person" for item in items for unit in item)
    if len(items) < 2 or max(lengths) > _LONGEST or people:
        return False
    verbs = [word for item in items if is_verb(word := item[0].said.lower())]
    acts = [word for word in verbs if word not in NOUNS_TOO or len(verbs) == len(items)]
    if acts or mine[0] is one.said[0]:  # "Strip, prime and paint the doors"
        return min(lengths) > 1 and len(verbs) in {0, len(items)}
    named = all(unit.kind == "name" for item in items for unit in item)
    alike = named or len(lengths) == 1 or len(items) > 2
    return alike or all(_opens_anew(item[0], one.text) for item in items)


def _opens_anew(unit: Unit, text: str) -> bool:
    """Whether an item has an article, an owner or a count of its own."""
    counted = unit.kind in {"number", "quantity"} or bool(unit.owner)
    return counted or bool(re.search(r"\b(?:an?|the|some|any) $", text[: unit.start], re.I))


_ROLES = {
    "nsubj": "does",
    "csubj": "does",
    "nsubjpass": "to",
    "dobj": "to",
    "dative": "to",
    "attr": "is",
    "acomp": "is",
    "oprd": "is",
    "prep": "at",
    "agent": "does",
    "ROOT": "says",
    "xcomp": "says",
    "ccomp": "says",
    "advcl": "says",
}


def _role(token: Any, own: Callable[[int], int]) -> tuple[str, int]:
    """What a word is to the next word above it that is compared; (role, its unit or -1)."""
    node, role, mine = token, "", own(token.i)
    while True:
        while node.dep_ == "conj":
            node = node.head
        label = node.dep_
        if node.head.i == node.i:
            return role or "says", -1
        if not (role in {"does", "to"} or label in {"aux", "auxpass"}):
            role = _ROLES.get(label, role or ("under" if label == "pobj" else "of"))
        node = node.head
        if own(node.i) not in (-1, mine):
            return role, own(node.i)


def _edges(side: _Side) -> Counter[tuple[str, str, str, str]]:
    """Which word is what to which, by the parser."""
    first = side.units[0].said.lower() if side.units else ""
    opens = is_verb(first)
    text = "You will " + side.text[:1].lower() + side.text[1:] if opens else side.text
    shift = len(text) - len(side.text)
    places: dict[int, int] = {}
    units = side.said
    doc = list(parsed(text))
    for token in doc:
        at = token.idx - shift
        places[token.i] = next((n for n, u in enumerate(units) if u.start <= at < u.end), -1)
    found: list[tuple[int, str, int]] = []
    for n in range(len(units)):
        tokens = [token for token in doc if places[token.i] == n]
        top = next((t for t in tokens if places[t.head.i] != n or t.head.i == t.i), None)
        if top is not None:
            role, above = _role(top, places.__getitem__)
            found.append((n, role, above))
    roles = {n: (role, above) for n, role, above in found}
    edges: Counter[tuple[str, str, str, str]] = Counter()
    for n, role, above in found:
        upper = roles.get(above, ("", -1))
        over = f"{upper[0]} {units[upper[1]].key if upper[1] >= 0 else ''}" if role == "of" else ""
        edges[units[n].key, role, units[above].key if above >= 0 else "", over] += 1
    return edges


@lru_cache(maxsize=8192)
def keys_of(text: str) -> Counter[str]:
    """How often each thing is said."""
    said = heading(text) or written_out(text)
    return Counter(unit.key for unit in skeleton(said) if unit.kind != "joint")


Mend = tuple[Finding, list[str], list[str]]
"""A finding that is gone, the keys of what may go with it, and of what may come instead."""


def mends_of(before: str, after: str) -> list[Mend]:
    """The findings of a statement that the rewording no longer has."""
    found: list[Mend] = []
    now = Counter(finding.text.lower() for finding in check(after))
    for finding in check(before):
        if finding.severity == "note" or finding.kind == "jargon":
            continue
        if now[finding.text.lower()] > 0:
            now[finding.text.lower()] -= 1
            continue
        come = Counter[str]()
        for words in _instead(finding):
            come |= keys_of(words)
        go = keys_of(finding.text) + keys_of(" ".join(_praise_beside(before, finding)))
        found.append((finding, list(go.elements()), list(come.elements())))
    return found


def _praise_beside(text: str, finding: Finding) -> Iterator[str]:
    """Praise that "and" or a comma joins to a finding: "dynamic" of "young and dynamic"."""
    behind = re.match(r"(?:,| and|, and| but) (\w+)", text[finding.end :])
    ahead = re.search(r"(\w+)(?:,| and|, and| but) $", text[: finding.start])
    yield from (m[1] for m in (behind, ahead) if m and m[1].lower() in TONE_WORDS)


def _instead(finding: Finding) -> Iterator[str]:
    """What may stand where a finding was: its suggestion, or one of a rule of its family."""
    if finding.suggestion:
        yield finding.suggestion
        yield from instead_of(finding.suggestion)
    yield from _by_kind().get(finding.kind, ())
    yield from _PEOPLE if finding.kind == "sex" else ()


@lru_cache(maxsize=1)
def _by_kind() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for rule in all_rules():
        for word in (rule.suggestion or "").split():
            found.setdefault(rule.kind, set()).add(word)
    return {kind: frozenset(words) for kind, words in found.items()}


def named(mends: Sequence[Mend]) -> tuple[str, ...]:
    """Each mend in a sentence."""
    return tuple(
        f"'{finding.text}' was mended, a finding of check: it {finding.why}"
        for finding, _, _ in mends
    )


def told_apart(before: str, after: str) -> tuple[list[Difference], list[Mend]]:
    """What two texts differ in, but for what mends a finding; and these mends."""
    before = in_phrases_of(before, after)
    told = differences(before, after)
    mends = mends_of(before, after) if told else []
    if mends:
        go = [key for _, keys, _ in mends for key in keys]
        come = [key for _, _, keys in mends for key in keys]
        left = differences(before, after, go, come)
        if len(left) < len(told):
            return left, mends
    return told, []
