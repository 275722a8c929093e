"""Everything found in an ad: direct discrimination and coded wording, in order, none overlapping.

Where both find something in one stretch the discrimination stands. A user's own words are looked
for too, and what a user allows is passed over. Loads no model; nothing here measures the reader or
promises anything of a text in which nothing was found.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from evenhand.errors import ConfigError
from evenhand.language.discrimination import find_discrimination
from evenhand.language.findings import find_wording
from evenhand.language.span import Finding, Severity, apart
from evenhand.language.text import reading

SETTINGS = "evenhand.toml"
SEVERITIES: dict[Severity, str] = {
    "discrimination": "direct discrimination",
    "coded": "coded wording",
    "note": "worth a look",
}
"""How much a finding matters, in words; the gravest first."""
FAMILIES = {
    "gender-coded": "gender-coded",
    "gendered": "gendered word",
    "pronoun": "gendered pronoun",
    "age": "age",
    "ableist": "ability",
    "culture": "culture",
    "jargon": "jargon",
    "origin": "origin",
    "own": "your own list",
}
"""Families of coded wording in words; grounds of discrimination are words already."""


def family(kind: str, lean: str | None = None) -> str:
    """A family of coded wording, or a ground of discrimination, in words."""
    name = FAMILIES.get(kind, kind.replace("-", " "))
    return f"{name} ({lean})" if lean else name


@dataclass(frozen=True)
class OwnWord:
    """Words that a user wants found."""

    words: str
    suggestion: str | None = None
    why: str = "it is on your own list"


@dataclass(frozen=True)
class OwnRules:
    """What ``evenhand.toml`` says under ``[check]``."""

    allow: tuple[str, ...] = ()
    words: tuple[OwnWord, ...] = ()
    fail_on: tuple[str, ...] = ()

    @cached_property
    def allowed(self) -> frozenset[str]:
        """The allowed words as they are compared."""
        return frozenset(map(_key, self.allow))

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], OwnWord], ...]:
        """Each own word with what finds it, whatever its case and the spaces in it."""
        found: list[tuple[re.Pattern[str], OwnWord]] = []
        for one in self.words:
            phrase = "[\\s-]+".join(map(re.escape, one.words.split()))
            found.append((re.compile(rf"(?<!\w)(?:{phrase})(?!\w)", re.I), one))
        return tuple(found)


NO_RULES = OwnRules()


@dataclass(frozen=True)
class Checked:
    """What was found in an ad."""

    findings: tuple[Finding, ...]
    ignored: int = 0
    notes: tuple[str, ...] = field(default=())
    was_read: bool = True


def check(text: str, own: OwnRules = NO_RULES) -> list[Finding]:
    """Everything found in a text, in order; none overlap."""
    return list(_check(text, own))


def to_mend(text: str, own: OwnRules = NO_RULES) -> list[Finding]:
    """The same without what is only shown: what a rewriter may act on."""
    return list(_check(text, own, shown=False))


@lru_cache(maxsize=64)
def _check(text: str, own: OwnRules, *, shown: bool = True) -> tuple[Finding, ...]:
    read = reading(text)
    if read.all_foreign:
        return ()
    coded = find_wording(read.text, shown=shown)
    grounds = list(find_discrimination(read.text))
    if not shown:  # "cleaning lady": a plain word beats a ground that has none.
        plain = [f for f in coded if f.suggestion and f.kind != "pronoun"]
        grounds = [f for f in grounds if f.suggestion is not None or not _meets(f, plain)]
    found = [*grounds, *_own(read.text, own), *coded]
    return tuple(f for f in _apart(found) if f.rule == "own" or _key(f.text) not in own.allowed)


def check_ad(
    name: str,
    text: str,
    own: OwnRules = NO_RULES,
    remarks: Iterable[tuple[int, str]] = (),
    line_of: Callable[[int], int] | None = None,
) -> Checked:
    """Everything found in an ad but what its remarks hide, and what wasn't read of it."""
    found = check(text, own)
    hidden = [_line_behind(text, at, told) for at, told in remarks]
    kept = [f for f in found if not any(start <= f.start < end for start, end in hidden)]
    read = reading(text)
    notes = tuple(read.sentences(name, line_of))
    return Checked(tuple(kept), len(found) - len(kept), notes, not read.all_foreign)


def _line_behind(text: str, at: int, told: str) -> tuple[int, int]:
    """What a remark hides: the rest of its line, or the next one that holds something."""
    if told == "ignore-file":
        return 0, len(text)
    rest = re.compile(r"\s*[^\n]*").match(text, at)
    return at, rest.end() if rest else at


def _own(text: str, own: OwnRules) -> Iterator[Finding]:
    for pattern, word in own.patterns:
        for found in pattern.finditer(text):
            yield Finding(
                *found.span(), found[0], "own", "own", None, word.suggestion, word.why,
                source=SETTINGS,
            )  # fmt: skip


def _apart(found: Sequence[Finding]) -> list[Finding]:
    """Those that don't overlap: discrimination first, then own words, then the longer ones."""
    rank = {severity: number for number, severity in enumerate(SEVERITIES)}

    def first(finding: Finding) -> tuple[int, bool]:
        # A note of the grammar (a claimed exception) still stands before the word list.
        return 0 if finding.decision else rank[finding.severity], finding.kind != "own"

    return apart(found, first)


def _meets(ground: Finding, plain: Sequence[Finding]) -> bool:
    """Whether a ground without a suggestion, and nothing to decide, overlaps one of others."""
    if ground.decision:
        return False
    return any(ground.start < one.end and one.start < ground.end for one in plain)


def _key(words: str) -> str:
    return " ".join(words.lower().replace("’", "'").replace("-", " ").split())


def read_own_rules(path: Path | None = None) -> OwnRules:
    """The user's rules: of a file, or of ``evenhand.toml`` in this folder where there is one."""
    file = path or Path(SETTINGS)
    if path is None and not file.is_file():
        return NO_RULES
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as cause:
        raise ConfigError(f"{file}: can't be read ({cause}); name a TOML file") from cause
    except tomllib.TOMLDecodeError as cause:
        raise ConfigError(f"{file}: isn't valid TOML ({cause}); correct it there") from cause
    section = _table(table.get("check", {}), file, "check")
    _refuse_unknown(section, ("allow", "words", "fail_on"), file, "[check]")
    return OwnRules(
        tuple(_texts(section.get("allow", []), file, "allow")),
        tuple(_own_word(one, file) for one in _list(section.get("words", []), file, "words")),
        tuple(fail_on(section.get("fail_on", []), f"{file}: check.fail_on")),
    )


def fail_on(named: object, where: str) -> list[str]:
    """Severities that a user names to fail on."""
    known = [severity for severity in SEVERITIES if severity != "note"]
    items = cast("list[object]", named) if isinstance(named, list) else [named]
    for one in items:
        if one not in known:
            raise ConfigError(f"{where}: {one!r} is none of {', '.join(known)}; name one of these")
    return [str(one) for one in items]


def _own_word(value: object, file: Path) -> OwnWord:
    if isinstance(value, str):
        value = {"words": value}
    table = _table(value, file, "check.words")
    _refuse_unknown(table, ("words", "suggestion", "why"), file, "check.words")
    for key, text in table.items():
        if not isinstance(text, str) or (key == "words" and not text.strip()):
            raise ConfigError(f"{file}: check.words: {key} = {text!r} must be text; correct it")
    if "words" not in table:
        raise ConfigError(f"{file}: check.words: an entry names no `words`; add them")
    return OwnWord(**table)


def _table(value: object, file: Path, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: {key} must be a table; write it as in the guide")
    return cast("dict[str, Any]", value)


def _list(value: object, file: Path, key: str) -> list[object]:
    if not isinstance(value, list):
        raise ConfigError(f"{file}: check.{key} must be a list; put brackets around it")
    return cast("list[object]", value)


def _texts(value: object, file: Path, key: str) -> Iterator[str]:
    for one in _list(value, file, key):
        if not isinstance(one, str) or not one.strip():
            raise ConfigError(f"{file}: check.{key}: {one!r} must be text; correct it")
        yield one


def _refuse_unknown(table: dict[str, Any], known: Sequence[str], file: Path, where: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(
                f"{file}: {where}: there is no setting {key!r}; there are {', '.join(known)}"
            )
