"""``evenhand check``: everything found in ads, file by file; no model, nothing written.

A file that can't be read doesn't keep the others from being checked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from evenhand.errors import EvenhandError, RecordError
from evenhand.language.check import NO_RULES, Checked, OwnRules, check_ad
from evenhand.language.span import Finding
from evenhand.records.documents import (
    KINDS,
    AdDocument,
    is_document,
    read_documents,
    read_record,
)
from evenhand.records.files import AnyPath
from evenhand.records.markup import plain
from evenhand.records.rows import MAX_RECORD, Problems, opened, suffix_of

_LINES = frozenset({".jsonl", ".ndjson"})
_IN_FOLDERS = frozenset(KINDS) | _LINES
_PASSED_OVER = frozenset("node_modules __pycache__ venv".split())


@dataclass(frozen=True)
class CheckedAd:
    """One ad and what was found in it.

    Attributes:
        document: The ad.
        name: The ad's, for its reader: of the file, and of the ad in it where it has several.
        checked: What was found.
    """

    document: AdDocument
    name: str
    checked: Checked

    def region(self, finding: Finding) -> tuple[int, int, int, int]:
        """First line and column of a finding, and the last line with the column behind it."""
        first = self.document.place(finding.start)
        last = self.document.place(max(finding.start, finding.end - 1))
        return first.line, first.column, last.line, last.column + 1


@dataclass(frozen=True)
class CheckedFiles:
    """What was found in files.

    Attributes:
        ads: In the order of the files.
        errors: A sentence for what couldn't be read.
        files: How many were looked at.
    """

    ads: tuple[CheckedAd, ...]
    errors: tuple[str, ...] = ()
    files: int = 0

    def fails(self, severities: Sequence[str]) -> bool:
        """Whether something was found that is as grave as what is named."""
        graver = {"coded": ("coded", "discrimination")}
        named = {one for severity in severities for one in graver.get(severity, (severity,))}
        return any(f.severity in named for ad in self.ads for f in ad.checked.findings)


def check(paths: AnyPath | Sequence[AnyPath], own: OwnRules = NO_RULES) -> CheckedFiles:
    """Check files, every file of ads below folders, and standard input (``-``).

    Args:
        paths: Files and folders, or one; a file that is named twice is read once.
        own: The user's allow-list and own words.
    """
    ads: list[CheckedAd] = []
    errors: list[str] = []
    files = 0
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    seen: set[str] = set()
    for named in map(Path, given):
        for path in _files(named):
            if (real := os.path.realpath(path)) in seen:
                continue
            seen.add(real)
            files += 1
            bad: list[RecordError] = []
            try:
                found = list(documents_in(path, bad, quiet=path != named))
            except EvenhandError as error:
                errors.append(str(error))
                continue
            ads += checked_ads(str(path), found, own)
            errors += map(str, bad)
    if not files:
        errors.append(
            f"{', '.join(map(str, given))}: holds no file of ads (.txt, .md, .html, .docx, .pdf, "
            ".json, .jsonl); name the files"
        )
    return CheckedFiles(tuple(ads), tuple(errors), files)


def checked_ads(
    path: str, documents: Sequence[AdDocument], own: OwnRules = NO_RULES
) -> list[CheckedAd]:
    """The ads of one file, checked."""
    found: list[CheckedAd] = []
    for one in documents:
        name = path if path != "-" else "standard input"
        name = name if len(documents) == 1 else f"{name}, ad {one.id}"
        checked = check_ad(name, one.text, own, one.read.remarks, one.line_of)
        found.append(CheckedAd(one, name, checked))
    return found


def _files(path: Path) -> Iterator[Path]:
    """The file, or the files of ads below the folder in the order of their names."""
    if not path.is_dir():
        yield path
        return
    for root, folders, names in os.walk(path):
        kept = (n for n in folders if not n.startswith(".") and n not in _PASSED_OVER)
        folders[:] = sorted(kept)
        for name in sorted(names):
            file = Path(root) / name
            if not name.startswith(".") and file.suffix.lower() in _IN_FOLDERS:
                yield file


def documents_in(
    path: Path, bad: list[RecordError], *, quiet: bool = False
) -> Iterator[AdDocument]:
    """The ads in a file of any kind; bad records of a table are appended to ``bad``."""
    suffix = suffix_of(str(path))
    if suffix in _LINES and path.suffix.lower() != ".gz":
        yield from _in_lines(path, bad, quiet)
    elif suffix == ".json" or is_document(path):
        try:
            yield from read_documents(path)
        except RecordError:
            if not (quiet and suffix == ".json"):
                raise
    else:
        from evenhand.records.people import read_numbered_jobs

        for line, job in read_numbered_jobs(path, bad):
            text = f"{job.title}\n\n{job.text}" if job.title else job.text
            before = line - 1
            yield AdDocument(str(path), job.id, "table", plain(text), text, job.title, (), before)


def _in_lines(path: Path, bad: list[RecordError], quiet: bool) -> Iterator[AdDocument]:
    """The ads of a file of JSON lines, with the places where their words stand in it."""
    problems = Problems(str(path), collect=True)
    number = good = 0
    with opened(problems) as file:
        while line := file.readline(MAX_RECORD + 1):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            if len(line) > MAX_RECORD:
                problems.fail("the record is longer than 4 MiB; shorten it", line=number)
            try:
                source = line.decode()
                parsed: object = json.loads(source)
            except UnicodeDecodeError:
                problems.report("the line is not UTF-8; save the file as UTF-8", line=number)
                continue
            except (ValueError, RecursionError):
                problems.report("is not valid JSON; write one JSON object a line", line=number)
                continue
            record = cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
            if found := read_record(str(path), number, source, record):
                good += 1
                yield found
            elif not quiet:
                problems.report("holds no ad; give it `text`", line=number)
    if not number and not quiet:
        problems.fail("the file is empty; give it at least one record")
    if good or not quiet:
        bad += problems.found
