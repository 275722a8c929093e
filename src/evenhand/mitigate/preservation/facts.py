"""Facts as prefixes whose next word is known: what a model must still know with a layer on.

Written for evenhand in the manner of LAMA's cloze questions: a frame (often with one or two
worked cases), a subject, and one answer that should come next. Answers that are names of people,
nationalities or religions are among them on purpose: a layer that evens those out everywhere fails.
The part of an item (training or evaluation) depends on its subject alone, so what is trained on is
never measured. Not a quiz with several right answers: the first token of the one answer counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from evenhand.errors import RecordError

Part = Literal["train", "evaluation"]
TRAIN_SHARE = 0.4
"""Share of the subjects that go to training."""
SLOT = "{}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A prefix and what follows it.

    Attributes:
        id: Relation and number in its file; safe to print.
        relation: What kind of fact it is ("capital").
        subject: What the fact is about; decides the part.
        prefix: What the model reads; doesn't end with a space.
        answer: What should follow, without its leading space.
    """

    id: str
    relation: str
    subject: str
    prefix: str
    answer: str

    @property
    def part(self) -> Part:
        """Whether it may be trained on or is measured."""
        return part_of(self.subject)


def part_of(key: str) -> Part:
    """Training or evaluation, by a digest of ``key`` alone (case doesn't count)."""
    drawn = int.from_bytes(hashlib.sha256(key.casefold().encode()).digest()[:4], "big") / 2**32
    return "train" if drawn < TRAIN_SHARE else "evaluation"


def load_facts(part: Part | None = None, folder: Path | None = None) -> tuple[Fact, ...]:
    """The facts of the package, or those of another folder.

    Args:
        part: Only those to train on or to measure; None for all.
        folder: Holds ``*.txt`` in the package's format; None for the package's own.

    Raises:
        RecordError: A line is malformed, or a fact stands twice; names file and line.
    """
    found = _packaged() if folder is None else _of_folder(folder)
    return tuple(fact for fact in found if part is None or fact.part == part)


@cache
def _packaged() -> tuple[Fact, ...]:
    return _of_folder(Path(str(files("evenhand.mitigate.preservation") / "data" / "facts")))


def _of_folder(folder: Path) -> tuple[Fact, ...]:
    paths = sorted(folder.glob("*.txt"))
    facts = tuple(fact for path in paths for fact in read_facts(path))
    if not facts:
        raise RecordError("holds no facts; give a folder with .txt files", path=str(folder))
    seen: set[str] = set()
    for fact in facts:
        if fact.prefix in seen:
            raise RecordError(f"{fact.id} repeats a prefix; remove one", path=str(folder))
        seen.add(fact.prefix)
    return facts


def read_facts(path: Path) -> Iterator[Fact]:
    """Facts of one file, in order.

    A relation starts with ``relation: NAME`` and ``frame: TEXT``, where ``{}`` stands for the
    subject; then come lines of ``subject = answer`` pairs parted by semicolons. Empty lines and
    lines that start with # are left out.

    Raises:
        RecordError: A line is malformed; names file and line.
    """
    relation, frame, count = "", "", 0
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("relation:"):
            relation, frame, count = line.removeprefix("relation:").strip(), "", 0
        elif line.startswith("frame:"):
            frame = _checked_frame(line.removeprefix("frame:").strip(), path, number)
        else:
            if not relation or not frame:
                raise RecordError(
                    "a fact stands before its relation and frame; write those lines first",
                    path=str(path),
                    line=number,
                )
            pairs = list(_pairs(line, path, number))
            for at, (subject, answer) in enumerate(pairs, start=count + 1):
                prefix = frame.replace(SLOT, subject)
                yield Fact(f"{relation}.{at:03d}", relation, subject, prefix, answer)
            count += len(pairs)


def _checked_frame(frame: str, path: Path, number: int) -> str:
    if frame.count(SLOT) != 1:
        raise RecordError(
            f"a frame needs {SLOT} once, where the subject goes", path=str(path), line=number
        )
    return frame


def _pairs(line: str, path: Path, number: int) -> Iterator[tuple[str, str]]:
    for piece in line.split(";"):
        subject, equals, answer = (part.strip() for part in piece.partition(" = "))
        if not equals or not subject or not answer or "=" in answer:
            raise RecordError(
                "a fact must read 'subject = answer'; part facts by semicolons",
                path=str(path),
                line=number,
            )
        yield subject, answer
