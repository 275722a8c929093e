"""Where wording rules fire in a text: findings with their place, reason and suggestion.

A finding speaks of the person to be hired or of the team (``roles``): words about goods, customers,
patients, firms and products, names, harmless phrases, legal statements and negated words are passed
over. Every word counts in one finding at most, the longest phrase first. The rules are data
(``wording_rules``); pronouns are read in ``pronouns``. Loads no model, and time grows with the
length of a text and no faster.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from evenhand.language.antecedents import ONE_SEX
from evenhand.language.finding import Finding
from evenhand.language.pronouns import PronounReader
from evenhand.language.roles import Statement, is_name, noun
from evenhand.language.scan import scan, statements
from evenhand.language.wording_rules import Rule, rules_by_first

_LEGAL = re.compile(
    r"equal[- ](?:employment )?opportunit|regardless of|without regard|discriminat"
    r"|affirmative action|protected (?:class|veteran|status|characteristic)|sexual orientation"
    r"|national origin",
    re.I,
)
_LICENCES = re.compile(
    r"driv(?:er['’]?s?|ing)\s+(?:licen[cs]es?|records?)|own vehicle|\bCar Park\b", re.I
)
_NOT = frozenset(
    """not never don't doesn't didn't isn't aren't won't wouldn't can't cannot shouldn't needn't
    wasn't weren't neither nor avoid avoids avoiding unlike hardly nobody none""".split()
)
_NO = frozenset("no without zero".split())
_ROOM = frozenset("room place time patience need tolerance space interest use desire".split())
_ONLY = frozenset(
    "only just merely simply hesitate miss forget worry afraid dull limited least less".split()
)
_TURNS = frozenset("but just only instead rather except although though".split())
_NEW_SUBJECT = frozenset("you we they he she it i the a an our this that so who".split())
_FINITE = frozenset("is are will can must should have has need want".split())
_CODED = frozenset("gender-coded age ableist".split())
_PREFIXES = frozenset("super hyper ultra uber über mega self".split())
_LONGEST = 2000
"""Characters of a statement above which it is read in pieces, so that the work stays linear."""
_GRADES = frozenset("very highly".split())


@dataclass
class _Reader:
    """What the finder knows of the whole ad while it goes through the statements."""

    text: str
    shown: bool

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the ad, outside the names of licences."""
        plain = _LICENCES.sub(" ", self.text)
        return frozenset(re.findall(r"[a-z]+(?:-[a-z]+)*", plain.lower()))

    @cached_property
    def speaks_of_one_sex(self) -> bool:
        """Whether the ad holds a pronoun at all; most don't, and need not be read for people."""
        return ONE_SEX.search(self.text) is not None

    def read(self) -> Iterator[Finding]:
        pronouns = PronounReader(self.text)
        found: list[Finding] = []
        for start, end in _pieces(self.text):
            piece = self.text[start:end]
            statement = Statement(piece)
            here = [] if _LEGAL.search(piece) else list(self._in_statement(statement))
            said = pronouns.read(statement) if self.speaks_of_one_sex else []
            taken = {at for one in said for at in range(one.start, one.end)}
            here = [f for f in here if not any(at in taken for at in (f.start, f.end - 1))]
            found += (f.moved(start) for f in sorted((*here, *said), key=lambda f: f.start))
        alone = Counter(f.rule for f in found if f.rule.startswith("generic-"))
        usual = max(alone, key=alone.__getitem__, default="")
        unsure = {f"generic-{sex}" for sex in pronouns.doubted}
        unsure |= {f.rule for f in found if f.chain and f.suggestion is None and f.rule != usual}
        for finding in found:
            if finding.rule not in unsure:
                yield finding
            elif finding.rule == usual:  # What is "her" in an ad that says "he" is left alone.
                yield replace(finding, suggestion=None)

    def _in_statement(self, statement: Statement) -> Iterator[Finding]:
        table, index = rules_by_first(self.shown), 0
        while index < len(statement.lower):
            step = 1
            for rule in table.get(statement.lower[index], ()):
                after = index + len(rule.parts)
                if tuple(statement.lower[index:after]) != rule.parts:
                    continue
                if not rule.kind:
                    step = len(rule.parts)
                    break
                if self._fires(statement, index, after, rule):
                    yield _finding(statement, index, after, rule)
                    step = len(rule.parts)
                    break
            index += step

    def _fires(self, statement: Statement, first: int, after: int, rule: Rule) -> bool:
        if statement.glued(first) and statement.lower[first - 1] not in _PREFIXES:
            return False
        if statement.glued(after) and rule.shape != "phrase":
            return False
        if rule.spaced and any(statement.glued(at) for at in range(first + 1, after)):
            return False
        if _is_negated(statement, first, after):
            return False
        if rule.unless and not rule.unless.isdisjoint(self.words):
            return False
        return _speaks_of(statement, first, after, rule)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """The statements of a text, cut where one is longer than any sentence that people write."""
    for start, end in statements(text):
        if end - start < _LONGEST:
            yield start, end
            continue
        words = scan(text[start:end])
        cuts = [start + word.start for word in words[:: _LONGEST // 10]]
        yield from zip(cuts, [*cuts[1:], end], strict=True)


def _speaks_of(statement: Statement, first: int, after: int, rule: Rule) -> bool:
    """Whether the rule's words speak of whom the rule wants them to."""
    if rule.shape in {"adjective", "modifier"}:
        return _adjective(statement, first, after, rule)
    if rule.shape == "noun":
        return _noun(statement, first, after, rule)
    if rule.shape == "verb":
        if is_name(statement, first, after, title=False):
            return False
        if rule.before and rule.before.isdisjoint(statement.lower[after : after + 4]):
            return False
        return rule.of != "hired" or statement.does_hired(first)
    title = rule.kind not in _CODED and rule.name != "manpower"
    if len(rule.parts) == 1 and is_name(statement, first, after, title=title):
        return False
    return not rule.before or not rule.before.isdisjoint(statement.lower[after : after + 3])


def _adjective(statement: Statement, first: int, after: int, rule: Rule) -> bool:
    if is_name(statement, first, after, title=False):
        return False
    if rule.before:
        head, _ = statement.head_after(after)
        return head in rule.before
    return statement.describes_hired(first, after, alone=rule.shape == "adjective")


def _noun(statement: Statement, first: int, after: int, rule: Rule) -> bool:
    if is_name(statement, first, after, title=True) or statement.has_their_own(after):
        return False
    if statement.is_for_a_thing(after, strict=rule.of == "hired"):
        return False
    if rule.of == "title":
        return not statement.is_served(first) or _is_for_a_post(statement, first)
    if rule.of == "hired":
        return statement.is_sought(first, after - 1) and not statement.is_served(first)
    return True


def _is_for_a_post(statement: Statement, first: int) -> bool:
    """Whether "for" before a title names the post: "we are looking for a foreman"."""
    return any(word in {"looking", "searching", "hunting"} for word in statement.lower[:first])


def _is_negated(statement: Statement, first: int, after: int) -> bool:
    """Whether a "not", "no" or "without" before the words reaches them, or "need not apply" after.

    "Not" reaches through lists and relative clauses to a comma with a new subject, a "but" or the
    end; "no" reaches its own noun phrase. A "no" with a hyphen is part of a word.
    """
    lower = statement.lower
    behind = " ".join(lower[after : after + 3])
    if behind.startswith(("need not", "not wanted", "not needed", "not required", "not welcome")):
        return True
    if lower[first : first + 1] == ["no"] or lower[first] == "not":
        return False
    for at in range(first - 1, max(-1, first - 40), -1):
        word = lower[at]
        if word == "than" and not {"rather", "sooner"}.isdisjoint(lower[max(0, at - 8) : at]):
            return True
        if word == "of" and lower[at - 1] == "instead":
            return True
        if word in {";", ":", "?", "!"} or word in _TURNS:
            return False
        if word in {",", "and"} and at + 1 < first and lower[at + 1] in _NEW_SUBJECT | {"not"}:
            return lower[at + 1] == "not" and lower[at + 2 : at + 3] != ["only"]
        if word in _NOT or (word in _NO and not statement.glued(at + 1)):
            return _reaches(lower, at, first)
    return False


def _reaches(lower: list[str], at: int, first: int) -> bool:
    between = lower[at + 1 : first]
    if not _ONLY.isdisjoint(between[:2]) or "our" in between or "if" in lower[max(0, at - 4) : at]:
        return False
    if lower[at - 1 : at] == ["why"]:
        return False
    if lower[at] in _NO:
        if between and between[0] in _ROOM:
            return True
        if {"for", "of"} & set(between) and lower[at] == "without":
            return False
        ends = {"a", "an", "our", "the", "for", "with", "in", "to", "on", "as"} | _FINITE
        return ends.isdisjoint(between) and len(between) < 9
    return not (lower[at] in {"avoid", "unlike"} and len(between) > 12)


def _cased(suggestion: str, written: str, *, opens: bool) -> str:
    """The suggestion in the case of the wording it replaces."""
    first = written.split()[0]
    if not suggestion or (first.isupper() and first != written and len(first) > 1 and not opens):
        return suggestion
    if written.isupper() and len(written) > 3:
        return suggestion.upper()
    return suggestion[0].upper() + suggestion[1:] if written[0].isupper() else suggestion


def _finding(statement: Statement, first: int, after: int, rule: Rule) -> Finding:
    start, end = statement.words[first].start, statement.words[after - 1].end
    written = statement.text[start:end]
    suggestion = rule.suggestion
    if rule.shape == "noun" and after < len(statement.lower):
        suggestion = None if noun(statement.lower[after]) == "hired" else suggestion
    if rule.shape == "adjective" and suggestion is not None:
        head, _ = statement.head_after(after)
        if (
            (suggestion == "" and not head)
            or statement.lower[after : after + 1] == ["in"]
            or (head and noun(head) == "trait")
        ):
            suggestion = None
        elif suggestion and _would_double(statement, first, suggestion):
            suggestion = suggestion.split()[-1]
    return Finding(
        start, end, written, rule.name, rule.kind, rule.lean,
        None if suggestion is None else _cased(suggestion, written, opens=first == 0),
        rule.why, rule.severity, rule.source, rule.decision,
    )  # fmt: skip


def _would_double(statement: Statement, first: int, suggestion: str) -> bool:
    """Whether a grade ("highly") of the suggestion stands before it already."""
    return first > 0 and statement.lower[first - 1] in _GRADES and suggestion.startswith("highly")


@lru_cache(maxsize=4096)
def _findings(text: str, shown: bool) -> tuple[Finding, ...]:
    return tuple(_Reader(text, shown).read())


def find_wording(text: str, *, shown: bool = False) -> list[Finding]:
    """Every finding in the text, in order; none overlap.

    Args:
        text: An ad or a part of one.
        shown: Whether to use the rules as well from which no rewording starts: notes for audits and
            checks on lean, body, licences and perks.

    Returns:
        The findings.
    """
    return list(_findings(text, shown))
