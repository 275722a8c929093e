"""Where wording rules fire in a text: findings with their place, reason and suggestion.

The rules are data (``wording.toml``, whose head says what its fields mean), every form in all its
inflections. A finding speaks of the person to be hired or of the team (``roles``): words about
goods, customers, patients, firms and products, names, harmless phrases, legal statements and
negated words are passed over. Every word counts in one finding at most, the longest phrase first.
Pronouns are read in ``pronouns``. Loads no model; time grows with the length of a text, no faster.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from tomllib import TOMLDecodeError, loads
from typing import Any, Literal, NamedTuple, cast, get_args

from evenhand.errors import BadInput
from evenhand.language.antecedents import ONE_SEX
from evenhand.language.lexicon import DATA, Lexicon
from evenhand.language.pronouns import PronounReader
from evenhand.language.roles import HYPHENS, Statement, is_name, noun, statement_of
from evenhand.language.span import Finding, Severity
from evenhand.language.text import inflections, plural, scan, statements

_WORDS = Lexicon("findings")
Is = Literal["phrase", "noun", "adjective", "modifier", "verb"]
Of = Literal["hired", "title", "any"]
KINDS = _WORDS.words("kinds")
_FAMILY = _WORDS.words("family")
_RULE = _FAMILY - {"kind", "lean"} | frozenset(
    "name family is of before unless shown forms".split()
)
_FILE = "data/words/wording.toml"
_USUAL: dict[str, Of] = {"phrase": "any", "verb": "any", "noun": "hired", "adjective": "hired",
                          "modifier": "hired"}  # fmt: skip
_MEN = ("man", "men", "woman", "women")
_PLAIN = re.compile(r"[a-z]+(?:[ -][a-z]+)*")
_PLURAL = re.compile(r"([\w'’-]+)\((?:e?s)\)")
_VERB = re.compile(r"([\w'-]+)\*(?!\w)")
_IRREGULAR = {"person": "people", "hero": "heroes", "samurai": "samurai", "child": "children"}


class Rule(NamedTuple):
    """One form of one wording rule."""

    name: str
    kind: str
    lean: str | None
    parts: tuple[str, ...]
    suggestion: str | None
    why: str
    severity: Severity
    source: str
    decision: str = ""
    shape: Is = "phrase"
    of: Of = "any"
    before: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    shown: bool = False
    spaced: bool = False


def plural_of(noun: str) -> str:
    """The plural of a noun or of a phrase that ends with one."""
    for single, many in _IRREGULAR.items():
        if noun.endswith(single):
            return noun.removesuffix(single) + many
    if noun.endswith("man"):
        return noun.removesuffix("man") + "men"
    return plural(noun)


def _plural_of(form: str) -> str:
    return _PLURAL.sub(lambda m: plural_of(m[1]), form)


def _single_of(form: str) -> str:
    return form.replace("(s)", "").replace("(es)", "")


def _verb_of(form: str, place: int) -> str:
    """The form with every starred verb in one of its four inflections."""
    return _VERB.sub(lambda m: inflections(m[1])[place], form)


def _titles(form: str, suggestion: str | None) -> Iterator[tuple[str, str | None]]:
    """A title with man, men, woman and women, written as one word or two."""
    stem, _, rest = form.partition("|man")
    for ending in _MEN:
        new = suggestion and (_plural_of if ending.endswith("men") else _single_of)(suggestion)
        yield f"{stem}{ending}{rest}", new
        yield f"{stem} {ending}{rest}", new


def expanded(form: str, suggestion: str | None) -> Iterator[tuple[str, str | None]]:
    """Every inflection of one written form, each with the suggestion that agrees with it."""
    if "|man" in form:
        yield from _titles(form, suggestion)
    elif "(s)" in form or "(es)" in form:
        yield _single_of(form), suggestion and _single_of(suggestion)
        yield _plural_of(form), suggestion and _plural_of(suggestion)
    elif "*" in form and _VERB.search(form):
        for place in range(4):
            yield _verb_of(form, place), suggestion and _verb_of(suggestion, place)
    else:
        yield form, suggestion


def parts_of(phrase: str) -> tuple[str, ...]:
    """The words of a phrase as the finder sees them, hyphens left out."""
    if _PLAIN.fullmatch(phrase):  # as most are, and thousands are read at every start
        return tuple(phrase.replace("-", " ").split())
    return tuple(w.lower for w in scan(phrase) if w.text not in HYPHENS)


def _pairs(forms: str) -> Iterator[tuple[str, str | None, bool]]:
    for line in " ".join(forms.split()).split(";"):
        form, sign, new = line.partition(">")
        if form.strip():
            for inflected, told in expanded(form.strip(), new.strip() if sign else None):
                yield inflected, told, "*" in form


def _told(entry: dict[str, Any], families: dict[str, dict[str, str]]) -> Iterator[Rule]:
    """The rules of one ``[[rule]]``."""
    name = str(entry.get("name", "?"))
    family = families.get(str(entry.get("family")))
    odd = sorted(set(entry) - _RULE)
    if family is None or odd or not entry.get("forms"):
        fault = f"unknown field {odd[0]!r}" if odd else "needs a known family and forms"
        raise BadInput(f"{_FILE}: rule {name!r}: {fault}; see the head of the file")
    told = {**family, **entry}
    shape, of = told.get("is", "phrase"), told.get("of")
    if shape not in get_args(Is) or of not in (None, *get_args(Of)):
        raise BadInput(f"{_FILE}: rule {name!r}: is {shape!r} of {of!r} is not a way to look")
    kind, lean, why, source = told["kind"], told.get("lean"), told["why"], told["source"]
    severity, decision = cast(Severity, told["severity"]), told.get("decision", "")
    before, unless = (frozenset(told.get(field, "").split()) for field in ("before", "unless"))
    shape, of, shown = cast(Is, shape), cast(Of, of or _USUAL[shape]), bool(told.get("shown"))
    for form, suggestion, spaced in _pairs(told["forms"]):
        yield Rule(
            name, kind, lean, parts_of(form), suggestion, why, severity, source, decision, shape,
            of, before, unless, shown, spaced,
        )  # fmt: skip


@lru_cache(maxsize=2)
def _listed(text: str) -> dict[str, Any]:
    try:
        return loads(text)
    except TOMLDecodeError as error:
        raise BadInput(f"{_FILE}: {error}") from error


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a word list, harmless phrases first."""
    listed = _listed(text)
    families: dict[str, dict[str, str]] = listed.get("family", {})
    for name, family in families.items():
        if set(family) - _FAMILY or family.get("kind") not in KINDS:
            raise BadInput(f"{_FILE}: family {name!r}: its kind or a field is unknown")
    harmless = [
        Rule("", "", None, parts_of(form), None, "", "note", "")
        for form, _, _ in _pairs(listed.get("harmless", ""))
    ]
    return (*harmless, *(rule for entry in listed["rule"] for rule in _told(entry, families)))


def _text() -> str:
    return (DATA / "words" / "wording.toml").read_text("utf-8")


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every form of every rule, those that are only shown and harmless phrases included."""
    return read_rules(_text())


@lru_cache(maxsize=1)
def _instead() -> dict[str, tuple[str, ...]]:
    told: dict[str, str] = _listed(_text())["instead"]
    return {said: tuple(each.strip() for each in told[said].split(";")) for said in told}


def instead_of(suggestion: str) -> tuple[str, ...]:
    """What else could stand there, where the suggestion would say a near word again."""
    return _instead().get(suggestion.lower(), ())


@lru_cache(maxsize=1)
def leaning() -> frozenset[str]:
    """Agentic and communal wording, whomever it speaks of, with the adverbs of single words."""
    phrases = {" ".join(rule.parts) for rule in all_rules() if rule.lean}
    phrases |= {" ".join(parts_of(form)) for form, _, _ in _pairs(_listed(_text())["leaning"])}
    alone = [phrase for phrase in phrases if " " not in phrase]
    return frozenset({*phrases, *(f"{w}ly" for w in alone), *(f"{w[:-1]}y" for w in alone)})


@lru_cache(maxsize=2)
def rules_by_first(shown: bool) -> dict[str, tuple[Rule, ...]]:
    """Rules by their first word: longest first, then harmless ones, then in the order given."""
    table: dict[str, list[Rule]] = {}
    for rule in all_rules():
        if shown or not rule.shown:
            table.setdefault(rule.parts[0], []).append(rule)
    return {
        first: tuple(sorted(rules, key=lambda r: (-len(r.parts), r.kind != "")))
        for first, rules in table.items()
    }


_LEGAL = _WORDS.pattern("legal")
_LICENCES = _WORDS.pattern("licences")
_NOT = _WORDS.words("not")
_NO = _WORDS.words("no")
_ROOM = _WORDS.words("room")
_ONLY = _WORDS.words("only")
_TURNS = _WORDS.words("turns")
_NEW_SUBJECT = _WORDS.words("new_subject")
_FINITE = _WORDS.words("finite")
_CODED = _WORDS.words("coded")
_PREFIXES = _WORDS.words("prefixes")
_LONGEST = 2000
"""Characters of a statement above which it is read in pieces, so that the work stays linear."""
_GRADES, _PAY = _WORDS.words("grades"), _WORDS.words("pay")


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
            statement = statement_of(piece)
            here = list(self._in_statement(statement))
            here = [] if here and _LEGAL.search(piece) else here
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
        table, behind = rules_by_first(self.shown), 0
        for first, word in enumerate(statement.lower):
            if first < behind or word not in table:
                continue
            for rule in table[word]:
                after = first + len(rule.parts)
                if tuple(statement.lower[first:after]) != rule.parts:
                    continue
                if not rule.kind:
                    behind = after
                    break
                if self._fires(statement, first, after, rule):
                    yield _finding(statement, first, after, rule)
                    behind = after
                    break

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
    if rule.name == "competitive" and not _says_more(statement, first, after):
        return False  # As a line of its own, or beside pay, it says what is paid.
    if rule.before:
        head, _ = statement.head_after(after)
        return head in rule.before
    return statement.describes_hired(first, after, alone=rule.shape == "adjective")


def _says_more(statement: Statement, first: int, after: int) -> bool:
    rest = (*statement.lower[:first], *statement.lower[after:])
    ends = not any(word[0].isalpha() for word in statement.lower[after:])
    return any(word[0].isalpha() for word in rest) and not (ends and not _PAY.isdisjoint(rest))


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
    """Every finding of a text, in order; none overlap. ``shown``: also what starts no rewording."""
    return list(_findings(text, shown))
