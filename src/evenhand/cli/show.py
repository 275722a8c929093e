"""What verbs print: tables, diffs and JSON on standard output, notes on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenhand.records.files import json_text
from evenhand.records.visible import visible

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.rewrite.result import Rewrite

SHOWN_REFUSALS = 8


class _Screen(Console):
    """A console on which nothing from outside acts, whether it is printed or stands in a table."""

    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(visible(text, lines=True), **how)


def console() -> Console:
    """Standard output as it is now (tests replace it)."""
    # Names and ads may hold [brackets] or :colons:, which are not markup here.
    return _Screen(file=sys.stdout, soft_wrap=True, markup=False, emoji=False, highlight=False)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json_text(value))


def note(lines: Iterable[str]) -> None:
    """Unwrapped lines on standard error."""
    for line in lines:
        sys.stderr.write(f"{visible(line, lines=True)}\n")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A small table; the first column is left-aligned, the others right-aligned."""
    shown = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        shown.add_column(column, justify="left" if index == 0 else "right", overflow="fold")
    for row in rows:
        shown.add_row(*row)
    console().print(shown)


def found_first(path: Path) -> bool:
    """Print everything found in a document of one ad, before anything else is said of it.

    Returns:
        Whether it is one.
    """
    from evenhand.cli.found import as_text
    from evenhand.language.check import read_own_rules
    from evenhand.records.documents import is_document, read_documents
    from evenhand.verbs.check import CheckedFiles, checked_ads

    if not is_document(path) or len(ads := read_documents(path)) != 1:
        return False
    checked = checked_ads(str(path), ads, read_own_rules())
    sys.stdout.write(as_text(CheckedFiles(tuple(checked))) + "\n")
    return True


def diff(rewrite: Rewrite) -> None:
    """One ad's changes with the reason for each, then the refusals with theirs."""
    from evenhand.rewrite.result import NOT_CHOSEN

    out = console()
    if not rewrite.edits:
        out.print(f"{rewrite.id}: unchanged ({rewrite.proposals} proposals, none went in)")
    for edit in rewrite.edits:
        out.print(_changes(edit.before, edit.after))
        out.print(f"    {_origin(edit.proof)}", style="dim")
        out.print(f"    why it may stand: {_proof(edit.proof)}", style="dim")
    refused = [refusal for refusal in rewrite.refused if refusal.gate != NOT_CHOSEN]
    for refusal in refused[:SHOWN_REFUSALS]:
        out.print(f"  refused: {refusal.after}")
        out.print(f"    {refusal.gate}: {refusal.reason}", style="dim")
    hidden = len(refused) - SHOWN_REFUSALS
    if hidden > 0:
        out.print(f"  … and {hidden} more refusals in the file", style="dim")
    others = [refusal.reason for refusal in rewrite.refused if refusal.gate == NOT_CHOSEN]
    if others:
        passed = f"  {len(others)} more rewordings passed the gates and weren't taken: {others[0]}"
        out.print(passed, style="dim")


def _changes(before: str, after: str) -> Text:
    """``[-removed-]{+added+}`` marks, readable without colour."""
    from evenhand.language.diff import word_diff

    line = Text("  ")
    for change in word_diff(before, after):
        if change.op == "same":
            line.append(visible(change.before, lines=True))
            continue
        if change.before:
            line.append(visible(f"[-{change.before}-]", lines=True), style="red")
        if change.after:
            line.append(visible(f"{{+{change.after}+}}", lines=True), style="green")
    return line


def _proof(proof: Mapping[str, object]) -> str:
    gates = proof.get("gates")
    found = gates.items() if isinstance(gates, Mapping) else ()
    return "; ".join(f"{gate}: {reason}" for gate, reason in found) or "no gate was run"


def _origin(proof: Mapping[str, object]) -> str:
    """Who proposed an edit and, where a pool was given, what it is worth."""
    source, _, rule = str(proof.get("source", "")).partition(":")
    proposer = f"the wording rule {rule}" if source == "rule" else "the language model"
    gain = proof.get("gain")
    worth = f", worth {gain:+.3f} by itself" if isinstance(gain, float) else ""
    return f"proposed by {proposer}{worth}"
