"""What was found in ads, for people (text) and for programs (JSON, SARIF 2.1.0, GitHub).

Imports little, as ``evenhand check`` must start at once; ``audit`` and ``rewrite`` of an ad print
the same text first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from evenhand import __version__
from evenhand.language.check import SEVERITIES, family
from evenhand.language.span import Finding
from evenhand.records.result import visible, visible_json
from evenhand.verbs.check import CheckedAd, CheckedFiles

FORMAT = 1
"""Version of the JSON."""
_LEVELS = {"discrimination": "error", "coded": "warning", "note": "note"}
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://pypi.org/project/evenhand/"
_SAME = "start end text severity kind lean rule why source suggestion decision".split()
_KEYS = {"family" if name == "kind" else name: name for name in _SAME}
"""Keys of the JSON of a finding, and the fields that they hold."""


def as_text(found: CheckedFiles) -> str:
    """For people: where, the words, how much it matters, why, what instead, what is theirs."""
    blocks = ["\n".join(_lines(ad, finding)) for ad in found.ads for finding in ad.checked.findings]
    blocks += (note for ad in found.ads for note in ad.checked.notes)
    if found.ads:
        blocks.append(summary(found))
    return visible("\n\n".join(blocks) + "\n", lines=True) if blocks else ""


def _lines(ad: CheckedAd, finding: Finding) -> Iterator[str]:
    line, column, _, _ = ad.region(finding)
    path = ad.document.path if ad.document.path != "-" else "standard input"
    which = f" (ad {ad.document.id})" if ad.name != path else ""
    words = " ".join(finding.text.split())
    yield f"{path}:{line}:{column}{which}: “{words}”: {named(finding)}"
    source = f" ({finding.source})" if finding.source else ""
    yield f"    why: {finding.why}{source}"
    if (instead := suggested(finding)) is not None:
        yield f"    instead: {instead}"
    if finding.decision:
        yield f"    needs you: {finding.decision}"


def named(finding: Finding) -> str:
    """How much a finding matters and of which family it is, in words."""
    return f"{SEVERITIES[finding.severity]}, {family(finding.kind, finding.lean)}"


def suggested(finding: Finding) -> str | None:
    """What could stand there, in words; None where nothing is proposed."""
    if finding.suggestion is None:
        return None
    return f"“{finding.suggestion}”" if finding.suggestion else "leave it out"


def summary(found: CheckedFiles) -> str:
    """How much was found; where nothing was, no promise."""
    read = sum(ad.checked.was_read for ad in found.ads)
    if not read:
        return "Nothing was checked."
    ads = _count(read, "ad")
    findings = [finding for ad in found.ads for finding in ad.checked.findings]
    ignored = sum(ad.checked.ignored for ad in found.ads)
    hidden = (
        f" {_count(ignored, 'finding')} {'was' if ignored == 1 else 'were'} passed over, as "
        "remarks in the files ask."
        if ignored
        else ""
    )
    if not findings:
        return (
            f"The rules found nothing in {ads}; they know words and phrases, not what a reader "
            f"makes of them, so have somebody read {'it' if read == 1 else 'them'}."
            f"{hidden}"
        )
    counts = Counter(finding.severity for finding in findings)
    each = [f"{counts[one]} {words}" for one, words in SEVERITIES.items() if counts[one]]
    decisions = sum(bool(finding.decision) for finding in findings)
    yours = f"; {decisions} {'needs' if decisions == 1 else 'need'} you" if decisions else ""
    return f"{_count(len(findings), 'finding')} in {ads}: {', '.join(each)}{yours}.{hidden}"


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def as_json(found: CheckedFiles) -> str:
    """For programs; the guide says what each key holds."""
    return _document(
        {
            "format": FORMAT,
            "ads": [_ad_json(ad) for ad in found.ads],
            "errors": list(found.errors),
            "summary": summary(found) if found.ads else "",
        }
    )


def _document(value: object) -> str:
    return visible_json(json.dumps(value, indent=2, ensure_ascii=False)) + "\n"


def _ad_json(ad: CheckedAd) -> dict[str, object]:
    return {
        "file": ad.document.path,
        "id": ad.document.id,
        "title": ad.document.title,
        "ignored": ad.checked.ignored,
        "notes": list(ad.checked.notes),
        "findings": [_finding_json(ad, finding) for finding in ad.checked.findings],
    }


def _finding_json(ad: CheckedAd, finding: Finding) -> dict[str, object]:
    region = zip(("line", "column", "end_line", "end_column"), ad.region(finding), strict=True)
    return {**dict(region), **{key: getattr(finding, name) for key, name in _KEYS.items()}}


def as_sarif(found: CheckedFiles) -> str:
    """SARIF 2.1.0, which code hosts and editors read."""
    rules: dict[str, dict[str, Any]] = {}
    results = [_result(ad, one, rules) for ad in found.ads for one in ad.checked.findings]
    said = [(note, "note") for ad in found.ads for note in ad.checked.notes]
    said += [(error, "error") for error in found.errors]
    told = [{"level": level, "message": {"text": text}} for text, level in said]
    driver: dict[str, Any] = {"name": "evenhand", "version": __version__, "informationUri": _HOME}
    run: dict[str, Any] = {
        "tool": {"driver": {**driver, "rules": list(rules.values())}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [
            {"executionSuccessful": not found.errors, "toolExecutionNotifications": told}
        ],
    }
    return _document({"$schema": _SARIF, "version": "2.1.0", "runs": [run]})


def _result(ad: CheckedAd, finding: Finding, rules: dict[str, dict[str, Any]]) -> dict[str, Any]:
    name = f"{finding.severity}/{finding.kind.replace(' ', '-')}/{finding.rule.replace(' ', '-')}"
    level = _LEVELS[finding.severity]
    if name not in rules:
        rules[name] = {
            "id": name,
            "shortDescription": {"text": named(finding)},
            "fullDescription": {"text": finding.why or named(finding)},
            "defaultConfiguration": {"level": level},
            **({"help": {"text": f"Source: {finding.source}"}} if finding.source else {}),
        }
    ends = ("startLine", "startColumn", "endLine", "endColumn")
    where = {
        "artifactLocation": {"uri": _uri(ad.document.path)},
        "region": dict(zip(ends, ad.region(finding), strict=True)),
    }
    return {
        "ruleId": name,
        "ruleIndex": list(rules).index(name),
        "level": level,
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": where}],
    }


def _uri(path: str) -> str:
    return "stdin" if path == "-" else quote(path.replace("\\", "/"))


def _message(finding: Finding) -> str:
    instead = suggested(finding)
    parts = [
        f"“{' '.join(finding.text.split())}”: {finding.why}",
        *([f"instead: {instead}"] if instead is not None else []),
        *([f"needs you: {finding.decision}"] if finding.decision else []),
    ]
    return "; ".join(parts)


def as_github(found: CheckedFiles) -> str:
    """Annotations of a GitHub workflow, one a line."""
    lines: list[str] = []
    for ad in found.ads:
        file = _property(ad.document.path)
        for finding in ad.checked.findings:
            line, column, end_line, end_column = ad.region(finding)
            lines.append(
                f"::{_COMMANDS[_LEVELS[finding.severity]]} file={file},line={line},"
                f"endLine={end_line},col={column},endColumn={end_column},"
                f"title={_property(named(finding))}::{_data(_message(finding))}"
            )
        lines += (f"::notice file={file}::{_data(note)}" for note in ad.checked.notes)
    lines += (f"::error ::{_data(error)}" for error in found.errors)
    return "".join(f"{visible(line)}\n" for line in lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


SHOWN = {"text": as_text, "json": as_json, "sarif": as_sarif, "github": as_github}
"""What each ``--format`` prints."""
