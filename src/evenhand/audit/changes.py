"""Reworded ads as a report shows them: changes in place, the reasons beneath.

Not a diff algorithm (``language.diff``) and not HTML: pieces of plain text, which the template
escapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from evenhand.audit.numbers import count, signed
from evenhand.audit.view import Block, ChangedAd, Changes, Heading, Piece, Section, Words
from evenhand.language.diff import word_diff
from evenhand.language.mends import mends_behind
from evenhand.language.span import Edit
from evenhand.rewrite.result import Rewrite

CONTEXT = 240
"""Characters of unchanged text kept on each side of a change."""

SOURCES = {"rule": "a wording rule", "model": "the language model"}


def changes_section(
    system: str, rewrites: Sequence[Rewrite], titles: Mapping[str, str], show: int
) -> Section | None:
    """The ads that a system changed, those with the largest effect first.

    Args:
        system: Whose rewrites these are.
        rewrites: One an ad.
        titles: Title by id, where there is one.
        show: Most ads to show.

    Returns:
        None where no ad was changed.
    """
    changed = [rewrite for rewrite in rewrites if rewrite.edits]
    if not changed:
        return None
    ordered = sorted(changed, key=lambda rewrite: -effect(rewrite))[:show]
    words = f"{system} changed {len(changed):,} of {count(len(rewrites), 'ad')}."
    if len(ordered) < len(changed):
        words += f" Shown are {len(ordered)}, those with the largest recorded effect first."
    legend = (
        "Removed words are struck through, added words are underlined; everything else is as it "
        "was, character for character."
    )
    ads = tuple(changed_ad(rewrite, titles.get(rewrite.id, "")) for rewrite in ordered)
    return Section("changes", "The changes", (Words((words, legend)), Changes(ads)))


def example(
    system: str, rewrites: Sequence[Rewrite], titles: Mapping[str, str]
) -> tuple[Block, ...]:
    """The changed ad with the largest effect, under a heading; empty where none was changed."""
    changed = [rewrite for rewrite in rewrites if rewrite.edits]
    if not changed:
        return ()
    most = max(changed, key=effect)
    ad = replace(changed_ad(most, titles.get(most.id, "")), reasons=())
    return Heading(f"One ad, before and after: {system}"), Changes((ad,))


def effect(rewrite: Rewrite) -> float:
    """What the edits of an ad were worth together when they were chosen; 0 where unrecorded."""
    return sum(_gain(edit) for edit in rewrite.edits)


def changed_ad(rewrite: Rewrite, title: str) -> ChangedAd:
    """One ad with its changes in place."""
    edits = sorted(rewrite.edits, key=lambda edit: edit.start)
    unused = len(rewrite.refused)
    summary = count(len(edits), "change")
    summary += f"; {count(unused, 'other proposal')} not used" if unused else ""
    return ChangedAd(
        heading=f"{title} ({rewrite.id})" if title else rewrite.id,
        summary=summary,
        pieces=tuple(_pieces(rewrite.original, edits)),
        reasons=tuple(_reasons(number, edit) for number, edit in enumerate(edits, 1)),
    )


def _pieces(original: str, edits: Sequence[Edit]) -> Iterator[Piece]:
    cursor = 0
    for number, edit in enumerate(edits, 1):
        yield from _kept(original[cursor : edit.start], first=cursor == 0, last=False)
        yield from _marked(edit)
        yield Piece("number", str(number))
        cursor = edit.end
    yield from _kept(original[cursor:], first=False, last=True)


def _marked(edit: Edit) -> Iterator[Piece]:
    """The words of an edit; white space at the end that isn't removed isn't marked."""
    for change in word_diff(edit.before, edit.after):
        if change.op == "same":
            yield Piece("same", change.after)
            continue
        space = change.after[len(change.after.rstrip()) :]
        shared = space if not change.before or change.before.endswith(space) else ""
        for op, text in (("deleted", change.before), ("inserted", change.after)):
            if text:
                yield Piece(op, text.removesuffix(shared))
        if shared:
            yield Piece("same", shared)


def _kept(text: str, *, first: bool, last: bool) -> Iterator[Piece]:
    """Unchanged text; only what stands near a change where it is long."""
    ahead = 0 if first else CONTEXT
    behind = 0 if last else CONTEXT
    left_out = len(text) - ahead - behind
    if left_out <= CONTEXT:
        yield Piece("same", text)
        return
    ahead = text.rfind(" ", 0, ahead) + 1 or ahead  # never within a word
    rest = text.find(" ", len(text) - behind) + 1 or len(text) - behind
    yield Piece("same", text[:ahead])
    yield Piece("skipped", f" [… {rest - ahead:,} unchanged characters …] ")
    yield Piece("same", text[rest:])


def _reasons(number: int, edit: Edit) -> tuple[str, tuple[str, ...]]:
    """Where an edit came from and what it was worth, then what every gate said."""
    source = str(edit.proof.get("source", "unrecorded"))
    kind = source.partition(":")[0]
    said = f"Change {number}, by {SOURCES.get(kind, source)}"
    if "gain" in edit.proof:
        said += f"; worth {signed(_gain(edit), 4)} to the score when it was chosen"
    gates = edit.proof.get("gates")
    if not isinstance(gates, Mapping):
        return said, ()
    verdicts = cast(Mapping[str, object], gates)
    mends = (f"{mend['words']}: {mend['why']}" for mend in mends_behind(edit.proof))
    return said, (*mends, *(f"{gate}: {reason}" for gate, reason in verdicts.items()))


def _gain(edit: Edit) -> float:
    gain = edit.proof.get("gain", 0.0)
    return float(gain) if isinstance(gain, int | float) else 0.0
