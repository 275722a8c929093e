"""What verbs print: tables, diffs and JSON on standard output, notes on standard error."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from evenhand.records.files import json_text
from evenhand.records.visible import visible

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.text import Text

    from evenhand.language.check import OwnRules
    from evenhand.language.finding import Finding
    from evenhand.language.span import Edit
    from evenhand.rewrite.result import Refusal, Rewrite

SHOWN_REFUSALS = 8
SHOWN_CONTEXT = 60
"""Characters shown beside a change in a long line."""


@cache
def _screen() -> type[Console]:
    """A console on which nothing from outside acts, whether it is printed or stands in a table."""
    from rich.console import Console

    class Screen(Console):
        def render_str(self, text: str, **how: Any) -> Text:
            return super().render_str(visible(text, lines=True), **how)

    return Screen


def console() -> Console:
    """Standard output as it is now (tests replace it), for what has colours or columns."""
    # Names and ads may hold [brackets] or :colons:, which are not markup here.
    return _screen()(file=sys.stdout, soft_wrap=True, markup=False, emoji=False, highlight=False)


def say(text: str) -> None:
    """Plain lines on standard output; rich is not loaded for them."""
    sys.stdout.write(f"{visible(text, lines=True)}\n")


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json_text(value))


def note(lines: Iterable[str]) -> None:
    """Unwrapped lines on standard error."""
    for line in lines:
        sys.stderr.write(f"{visible(line, lines=True)}\n")


def next_line(*words: object) -> None:
    """The command that comes next, as a line to be copied."""
    say(f"next: evenhand {shlex.join(map(str, words))}")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A small table; the first column is left-aligned, the others right-aligned."""
    from rich.table import Table

    shown = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        shown.add_column(column, justify="left" if index == 0 else "right", overflow="fold")
    for row in rows:
        shown.add_row(*map(str, row))
    console().print(shown)


def found_first(path: Path, own: OwnRules) -> bool:
    """Print everything found in a document of one ad, before anything else is said of it.

    Args:
        path: The file.
        own: The user's allow-list and own words.

    Returns:
        Whether it is one.
    """
    from evenhand.cli.found import as_text
    from evenhand.records.documents import is_document, read_documents
    from evenhand.verbs.check import CheckedFiles, checked_ads

    if not is_document(path) or len(ads := read_documents(path)) != 1:
        return False
    checked = checked_ads(str(path), ads, own)
    sys.stdout.write(as_text(CheckedFiles(tuple(checked))) + "\n")
    return True


def diff(rewrite: Rewrite, *, verbose: bool = False) -> None:
    """One ad's changes line by line with a reason for each, then what a person must put right.

    Args:
        rewrite: The ad before and after.
        verbose: Whether to show the gates' figures and what they refused as well.
    """
    from evenhand.rewrite.result import NOT_CHOSEN, UNMENDED

    out = console()
    if not rewrite.edits:
        out.print(f"{rewrite.id}: unchanged")
    for number, edits in _by_line(rewrite).items():
        out.print(_changes(rewrite.original, number, edits))
        for reason in _reasons([edit.proof for edit in edits]):
            out.print(f"      {reason}", style="dim")
        for proof in dict.fromkeys(_proof(edit.proof) for edit in edits) if verbose else ():
            out.print(f"      {proof}", style="dim")
    for refusal in rewrite.refused:
        if refusal.gate == UNMENDED:
            line = rewrite.original.count("\n", 0, refusal.start) + 1
            instead = f'not changed to "{refusal.after}"' if refusal.after else "not left out"
            out.print(f'  line {line}: needs you: "{refusal.before}" was {instead}')
            out.print(f"      {refusal.reason}", style="dim")
    if verbose:
        _refusals([one for one in rewrite.refused if one.gate not in {NOT_CHOSEN, UNMENDED}])
        others = [refusal.reason for refusal in rewrite.refused if refusal.gate == NOT_CHOSEN]
        if others:
            said = f"  {len(others)} more rewordings passed the gates and weren't taken: "
            out.print(said + others[0], style="dim")


def still_there(rewrites: Sequence[Rewrite], own: OwnRules) -> None:
    """Say what nobody but a person can put right, direct discrimination above all."""
    from evenhand.language.check import check

    found = [(one, finding) for one in rewrites for finding in check(one.rewritten, own)]
    grave = [(one, finding) for one, finding in found if finding.severity == "discrimination"]
    if grave:
        named = "; ".join(f"{_place(one, finding)}: “{finding.text}”" for one, finding in grave[:5])
        more = f"; and {len(grave) - 5} more" if len(grave) > 5 else ""
        console().print(
            f"NOT READY TO PUBLISH: {len(grave)} of what was found discriminates directly and "
            f"still stands ({named}{more}).",
            style="bold",
        )
    asked = [(one, finding) for one, finding in found if finding.decision]
    plain = [
        (one, finding)
        for one, finding in found
        if finding.severity == "coded" and not finding.decision
    ]
    for rest, said in ((asked, "for you to decide"), (plain, "coded, and for you to say better")):
        if rest:
            places = ", ".join(dict.fromkeys(_place(one, finding) for one, finding in rest[:8]))
            say(f"{len(rest)} {said}: {places}{', …' if len(rest) > 8 else ''}.")


def _place(rewrite: Rewrite, finding: Finding) -> str:
    line = rewrite.rewritten.count("\n", 0, finding.start) + 1
    return f"{rewrite.id}, line {line}"


def _refusals(refused: Sequence[Refusal]) -> None:
    out = console()
    for refusal in refused[:SHOWN_REFUSALS]:
        out.print(f"  refused: {refusal.after}")
        out.print(f"    {refusal.gate}: {refusal.reason}", style="dim")
    hidden = len(refused) - SHOWN_REFUSALS
    if hidden > 0:
        out.print(f"  … and {hidden} more refusals in the file", style="dim")


def _by_line(rewrite: Rewrite) -> dict[int, list[Edit]]:
    """The edits by the line of the original that they begin in."""
    found: dict[int, list[Edit]] = {}
    for edit in rewrite.edits:
        found.setdefault(rewrite.original.count("\n", 0, edit.start) + 1, []).append(edit)
    return found


def _changes(original: str, number: int, edits: Sequence[Edit]) -> Text:
    """The line with ``[-removed-]{+added+}`` marks, readable without colour; long ends left out."""
    from rich.text import Text

    from evenhand.language.diff import word_diff

    shown = Text(f"  line {number}: ")
    start = original.rfind("\n", 0, edits[0].start) + 1
    end = original.find("\n", edits[-1].end)
    cursor = start
    for edit in edits:
        shown.append(visible(_shortened(original[cursor : edit.start], cursor == start)))
        for change in word_diff(edit.before, edit.after):
            if change.op == "same":
                shown.append(visible(change.before, lines=True))
                continue
            if change.before:
                shown.append(visible(f"[-{change.before}-]", lines=True), style="red")
            if change.after:
                shown.append(visible(f"{{+{change.after}+}}", lines=True), style="green")
        cursor = edit.end
    tail = original[cursor : end if end >= 0 else None]
    shown.append(visible(tail if len(tail) <= SHOWN_CONTEXT else f"{tail[:SHOWN_CONTEXT]}…"))
    return shown


def _shortened(text: str, first: bool) -> str:
    """What stands before or between two changes, with an ellipsis where it is long."""
    if len(text) <= 2 * SHOWN_CONTEXT:
        return text
    return (
        f"…{text[-SHOWN_CONTEXT:]}" if first else f"{text[:SHOWN_CONTEXT]}…{text[-SHOWN_CONTEXT:]}"
    )


def _proof(proof: Mapping[str, object]) -> str:
    gates = proof.get("gates")
    found = gates.items() if isinstance(gates, Mapping) else ()
    return "; ".join(f"{gate}: {reason}" for gate, reason in found) or "no gate was run"


def _reasons(proofs: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Why the edits of a line were made, one sentence a reason."""
    from evenhand.language.mends import mends_behind

    words: dict[str, dict[str, None]] = {}
    for mend in (mend for proof in proofs for mend in mends_behind(proof)):
        rests_on = f" ({mend['rests_on']})" if mend["rests_on"] else ""
        words.setdefault(f"{mend['why']}{rests_on}", {})[f'"{mend["words"]}"'] = None
    yield from (f"{', '.join(said)}: {why}" for why, said in words.items())
    for proof in proofs:
        yield from _reworded(proof)


def _reworded(proof: Mapping[str, object]) -> Iterator[str]:
    """Who said a sentence another way and, where a pool was given, what that was measured to do."""
    from evenhand.language.mends import mends_behind

    source, _, rule = str(proof.get("source", "")).partition(":")
    if source == "model":
        yield "said another way by the language model"
    elif all(mend["rule"] != rule for mend in mends_behind(proof)):
        yield f"said another way by the wording rule {rule}"
    gain = proof.get("gain")
    if isinstance(gain, float):
        smaller = "smaller" if gain >= 0 else "larger"
        what = "with the other lines of its list" if "list" in proof else "by itself"
        yield (
            f"measured in your engine on the people given: {what} it makes the gap between "
            f"groups {smaller} by {abs(gain):.3f} of the spread of an ad's scores"
        )
