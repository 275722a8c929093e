"""What verbs print: tables, diffs, JSON on standard output; notes, progress on standard error.

How far a verb is is shown as bars at a terminal, elsewhere as a line of log a minute.
"""

from __future__ import annotations

import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from evenhand.records.files import json_text
from evenhand.records.outputs import Progress, duration
from evenhand.records.result import visible

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID
    from rich.text import Text

    from evenhand.language.check import OwnRules
    from evenhand.language.span import Edit, Finding
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


def result(given: Mapping[str, Any], value: object, *said: str) -> None:
    """What a verb found: JSON for programs, else sentences."""
    if given["as_json"]:
        print_json(value)
    else:
        say("\n".join(said))


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
    """Print everything found in a document of one ad, before anything else is said of it."""
    from evenhand.cli.found import as_text
    from evenhand.records.documents import is_document, read_documents
    from evenhand.verbs.check import CheckedFiles, checked_ads

    if not is_document(path) or len(ads := read_documents(path)) != 1:
        return False
    checked = checked_ads(str(path), ads, own)
    sys.stdout.write(as_text(CheckedFiles(tuple(checked))) + "\n")
    return True


def diff(rewrite: Rewrite, *, verbose: bool = False) -> None:
    """One ad's changes line by line with a reason for each, then what a person must put right."""
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

    from evenhand.language.span import word_diff

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
    if source == "cut":
        yield "left out, as you asked"
    elif source == "model":
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


EVERY = 60.0
"""Seconds between two lines of a log."""


class StageBars:
    """Turns ``progress(stage, done, total)`` calls into one bar per stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of a stage are over."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=max(total, 1))
        self._bars.update(self._tasks[stage], completed=done, total=max(total, 1))


class StageLines:
    """Remembers ``progress(stage, done, total)`` calls and says in a line where the verb is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._began = clock, clock()
        self._stage: tuple[str, int, int] | None = None
        self._first, self._known = self._began, 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Remember that ``done`` of ``total`` steps of a stage are over."""
        if self._stage is None or self._stage[0] != stage:
            # What was done in an earlier run came at once and says nothing of the pace.
            self._first, self._known = self._clock(), done
        self._stage = (stage, done, total)

    def line(self) -> str:
        """Stage, what is done of how much, the time so far and what is left of the stage."""
        now = self._clock()
        so_far = f"{duration(now - self._began)} so far"
        if self._stage is None:
            return f"preparing, {so_far}"
        stage, done, total = self._stage
        if done >= total:
            return f"{stage}: {done:,} of {total:,} done, {so_far}; the next stage is being begun"
        if done <= self._known:
            return f"{stage}: {done:,} of {total:,} done, {so_far}; time left not known yet"
        left = (now - self._first) / (done - self._known) * (total - done)
        return (
            f"{stage}: {done:,} of {total:,} done, {so_far}, about {duration(left)} left in "
            "this stage"
        )


class Foretelling:
    """Passes ``progress(stage, done, total)`` on and says how long each stage will take."""

    def __init__(
        self,
        progress: Progress,
        say: Callable[[str], object] = lambda sentence: note([sentence]),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress, self._say, self._clock = progress, say, clock
        self._began: dict[str, tuple[float, int]] = {}
        self._said: set[str] = set()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Pass on that ``done`` of ``total`` steps of a stage are over."""
        first, known = self._began.setdefault(stage, (self._clock(), done))
        if stage not in self._said and known < done < total:
            self._said.add(stage)
            whole = (self._clock() - first) / (done - known) * (total - known)
            self._say(f"{stage}: {total - known:,} to go through, about {duration(whole)} in all")
        self._progress(stage, done, total)


@contextmanager
def bars(given: Mapping[str, Any]) -> Iterator[Progress]:
    """A progress callback for the duration of a verb; with ``--json`` no bars are shown."""
    if not sys.stderr.isatty():
        with _logged() as lines:
            yield lines
        return
    if given["as_json"]:
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as shown:
        yield StageBars(shown)


@contextmanager
def _logged() -> Iterator[StageLines]:
    """Write a line every ``EVERY`` seconds, also where a step takes longer than that."""
    lines, over, stream = StageLines(), threading.Event(), sys.stderr

    def write() -> None:
        while not over.wait(EVERY):
            stream.write(f"{time.strftime('%H:%M:%S')} {lines.line()}\n")
            stream.flush()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield lines
    finally:
        over.set()
        writer.join()
