"""What rewording one ad came to, and the file that holds it for many ads.

Not a rewriter and not a report. A line of ``rewrites.jsonl`` carries the ad, its accepted edits
with their proofs and the refused ones with their reasons; it never carries a person or a group.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evenhand.errors import BadInput, RecordError
from evenhand.language.span import Edit, apply_edits
from evenhand.records.files import write_jsonl

NOT_CHOSEN = "choice"
"""The gate named where a rewording passed and another one, or none, was taken."""

CUT = "cut"
"""The source of an edit that leaves out what a person asked to leave out."""

UNMENDED = "mend"
"""The gate named where a finding's suggestion doesn't fit its sentence, so that a person must."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A proposed replacement that didn't go in.

    Attributes:
        start: Offset of the span in the original.
        end: Offset after the span.
        before: The span.
        after: What was proposed.
        gate: The gate that refused it; ``choice`` when it passed but wasn't worth it; ``mend`` when
            it is the suggestion of a finding and its sentence can't take it.
        reason: One clause for people.
    """

    start: int
    end: int
    before: str
    after: str
    gate: str
    reason: str


@dataclass(frozen=True, slots=True)
class MadeFor:
    """The engine whose lists a rewording was chosen or tuned for; data, never loaded as code.

    Attributes:
        engine: Its name, as ``--matcher`` takes it; of an object from Python, the object's name.
        digest: Of the engine, whoever it searches.
        encoder: Of the engine ``dense``; empty for others.
        top: Length of the lists.
    """

    engine: str
    digest: str
    encoder: str = ""
    top: int = 50

    def is_same(self, other: MadeFor) -> bool:
        """Whether both are one engine; a function goes by its own name and its file's content."""
        names = {one.engine.rpartition(":")[2] for one in (self, other)}
        return len(names) == 1 and self.digest == other.digest


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One ad before and after.

    Attributes:
        id: The job's id.
        original: The ad as given.
        rewritten: The ad with all edits applied; equal to ``original`` where nothing went in.
        edits: Accepted edits, by position.
        refused: Refused proposals, by position.
        proposals: How many distinct replacements were proposed.
        passed: How many of them passed every gate.
        made_for: The engine that it was chosen or tuned for; None where no engine had a say.
    """

    id: str
    original: str
    rewritten: str
    edits: tuple[Edit, ...] = ()
    refused: tuple[Refusal, ...] = ()
    proposals: int = 0
    passed: int = 0
    made_for: MadeFor | None = None

    def to_json(self) -> dict[str, object]:
        """The line of ``rewrites.jsonl``."""
        row: dict[str, object] = asdict(self)
        row |= {"edits": list(map(asdict, self.edits)), "refused": list(map(asdict, self.refused))}
        if self.made_for is None:
            del row["made_for"]
        return row


def gain_of(edit: Edit) -> float:
    """What an edit was worth when it was chosen; 0 where unrecorded."""
    gain = edit.proof.get("gain", 0.0)
    return float(gain) if isinstance(gain, int | float) else 0.0


def write_rewrites(path: str | Path, rewrites: Iterable[Rewrite]) -> None:
    """Write one line per ad, whole or not at all.

    Raises:
        StorageError: The file could not be written.
    """
    write_jsonl(Path(path), (rewrite.to_json() for rewrite in rewrites))


def read_rewrites(path: str | Path) -> list[Rewrite]:
    """Read ``rewrites.jsonl`` and check that every edit fits its ad.

    Raises:
        RecordError: The file can't be read, a line isn't a rewriting, or ``rewritten`` isn't
            what the edits give.
    """
    try:
        # Not splitlines: an ad may hold other line separators, which JSON leaves as they are.
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as cause:
        raise RecordError(
            f"can't be read ({cause}); give a file that `evenhand rewrite` wrote", path=str(path)
        ) from cause
    return [_parse(line, str(path), number) for number, line in enumerate(lines, 1) if line]


def _parse(line: str, path: str, number: int) -> Rewrite:
    try:
        row: dict[str, Any] = json.loads(line)
        edits = tuple(Edit(**dict(edit)) for edit in row["edits"])
        rewrite = Rewrite(
            id=str(row["id"]),
            original=str(row["original"]),
            rewritten=str(row["rewritten"]),
            edits=edits,
            refused=tuple(Refusal(**dict(refusal)) for refusal in row.get("refused", [])),
            proposals=int(row.get("proposals", 0)),
            passed=int(row.get("passed", 0)),
            made_for=_made_for(row.get("made_for")),
        )
        expected = apply_edits(rewrite.original, edits)
    except (KeyError, TypeError, ValueError, BadInput) as cause:
        raise RecordError(
            f"isn't a rewriting ({type(cause).__name__}: {cause}); use `evenhand rewrite`",
            path=path,
            line=number,
        ) from cause
    if expected != rewrite.rewritten:
        raise RecordError(
            "the edits don't give the rewritten text; change edits and text together",
            path=path,
            line=number,
            field="rewritten",
        )
    return rewrite


def _made_for(saved: Any) -> MadeFor | None:
    if saved is None:
        return None
    texts = (str(saved["engine"]), str(saved["digest"]), str(saved.get("encoder", "")))
    return MadeFor(*texts, int(saved["top"]))
