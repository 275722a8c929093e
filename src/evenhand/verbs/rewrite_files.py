"""``evenhand rewrite`` from a file and into one: an ad comes out in the format that it came in.

What reads and what rewords is elsewhere (``records.documents``, ``rewrite``); this puts them
together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evenhand.errors import BadInput
from evenhand.records.documents import ad_bytes, is_document, read_document, refuse_output
from evenhand.records.files import write_bytes
from evenhand.records.outputs import writes
from evenhand.rewrite.result import Rewrite
from evenhand.verbs.inputs import Inputs
from evenhand.verbs.rewrite import rewrite_inputs

_LINES = (".jsonl", ".ndjson")


@writes("out")
def rewrite_files(
    given: Inputs, *, out: Path | None, **how: Any
) -> tuple[list[Rewrite], list[str]]:
    """Reword ads and write them down: one as a document, or any number as JSON lines.

    Args:
        given: Files.
        out: ``.jsonl`` for the changes with their proofs; for one ad also its own format, .txt or
            .md; None for nothing.
        how: As for ``rewrite_inputs``.

    Returns:
        The rewritings and the sentences that ``rewrite_inputs`` gives with them.

    Raises:
        BadInput: The ads can't be written as what ``out`` names.
    """
    if out is None or out.suffix.lower() in _LINES:
        return rewrite_inputs(given, out=out, **how)
    if not is_document(given.jobs):
        raise BadInput(
            f"--out {out}: {given.jobs} is a table of ads, which come out as .jsonl; name such a "
            "file, or give one ad (.txt, .md, .html, .docx, .pdf, .json)"
        )
    document = read_document(given.jobs)
    refuse_output(given.jobs, out, document.kind)
    rewrites, said = rewrite_inputs(given, out=None, **how)
    edits = [(edit.start, edit.end, edit.after) for one in rewrites for edit in one.edits]
    write_bytes(out, ad_bytes(document, edits, out))
    return rewrites, said
