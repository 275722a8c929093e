"""The wording rules as data: read from ``data/wording.toml``, every form in all its inflections.

What the fields mean is told at the head of that file. Nothing is looked for here (``findings``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tomllib import TOMLDecodeError, loads
from typing import Any, Literal, NamedTuple, cast, get_args

from evenhand.errors import BadInput
from evenhand.language.finding import Severity
from evenhand.language.inflection import inflections
from evenhand.language.roles import HYPHENS
from evenhand.language.scan import scan

Is = Literal["phrase", "noun", "adjective", "modifier", "verb"]
Of = Literal["hired", "title", "any"]
KINDS = frozenset("gender-coded gendered age ableist culture origin jargon".split())
_FAMILY = frozenset("kind lean why severity source decision".split())
_RULE = _FAMILY - {"kind", "lean"} | frozenset(
    "name family is of before unless shown forms".split()
)
_FILE = "data/wording.toml"
_USUAL: dict[str, Of] = {"phrase": "any", "verb": "any", "noun": "hired", "adjective": "hired",
                          "modifier": "hired"}  # fmt: skip
_MEN = ("man", "men", "woman", "women")
_PLAIN = re.compile(r"[a-z]+(?:[ -][a-z]+)*")
_PLURAL = re.compile(r"([\w'’-]+)\((?:e?s)\)")
_VERB = re.compile(r"([\w'-]+)\*(?!\w)")
_IRREGULAR = {"person": "people", "hero": "heroes", "samurai": "samurai", "child": "children"}


class Rule(NamedTuple):
    """One form of one wording rule.

    Attributes:
        name: The rule that the form belongs to.
        kind: One of ``KINDS``; ``""`` for a harmless phrase.
        lean: ``agentic`` or ``communal`` for gender-coded wording.
        parts: The words of the form, hyphens left out.
        suggestion: What could stand there in the same inflection; empty to leave it out; None
            where there is no plain fix.
        why: The reason, one clause.
        severity: ``coded`` or ``note``.
        source: The law or the study.
        decision: The question that only a person can answer; may be empty.
        shape: How the words around it are read.
        of: Whom it must speak of.
        before: Nouns one of which it must stand before; empty for any.
        unless: Words that make it harmless wherever they stand in the ad.
        shown: Whether it is only shown and starts no rewording.
        spaced: Whether its words never stand with a hyphen between them.
    """

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


def plural(noun: str) -> str:
    """The plural of a noun or of a phrase that ends with one."""
    for single, many in _IRREGULAR.items():
        if noun.endswith(single):
            return noun.removesuffix(single) + many
    if noun.endswith("man"):
        return noun.removesuffix("man") + "men"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")


def _plural_of(form: str) -> str:
    return _PLURAL.sub(lambda m: plural(m[1]), form)


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


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a word list, harmless phrases first.

    Args:
        text: TOML as in ``data/wording.toml``.

    Returns:
        Every form of every rule.

    Raises:
        BadInput: If the list isn't TOML or a rule says what the finder doesn't know.
    """
    try:
        listed = loads(text)
    except TOMLDecodeError as error:
        raise BadInput(f"{_FILE}: {error}") from error
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
    return (Path(__file__).parent / _FILE).read_text("utf-8")


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every form of every rule, those that are only shown and harmless phrases included."""
    return read_rules(_text())


@lru_cache(maxsize=1)
def leaning() -> frozenset[str]:
    """Agentic and communal wording, whomever it speaks of, with the adverbs of single words."""
    phrases = {" ".join(rule.parts) for rule in all_rules() if rule.lean}
    phrases |= {" ".join(parts_of(form)) for form, _, _ in _pairs(loads(_text())["leaning"])}
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
