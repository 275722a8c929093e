"""Reworded ads as a report shows them: changes in place, the reasons beneath.

Not a diff algorithm (``language.span``) and not HTML: pieces of plain text, which are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from evenhand.language.mends import mends_behind
from evenhand.language.span import Edit, word_diff
from evenhand.report.numbers import count, signed
from evenhand.report.page import Block, ChangedAd, Changes, Heading, Piece, Section, Texts, Words
from evenhand.rewrite.result import Rewrite, gain_of

_say = Texts("evaluation")
CONTEXT = 240
"""Characters of unchanged text kept on each side of a change."""
SOURCES = {"rule": "a wording rule", "model": "the language model", "cut": "a person"}


def changes_of(
    system: str, rewrites: Sequence[Rewrite], titles: Mapping[str, str], show: int
) -> tuple[tuple[Block, ...], Section | None]:
    """The ad with the largest effect as an example, and the ads that a system changed.

    Those with the largest effect come first, at most ``show`` of them; nothing where none was
    changed.
    """
    changed = [rewrite for rewrite in rewrites if rewrite.edits]
    if not changed:
        return (), None
    changed.sort(key=lambda rewrite: -sum(map(gain_of, rewrite.edits)))
    ads = [changed_ad(rewrite, titles.get(rewrite.id, "")) for rewrite in changed]
    kept = tuple(ads[:show])
    example = (
        Heading(_say("changes.example", system=system)),
        Changes((replace(ads[0], reasons=()),)),
    )
    of = count(len(rewrites), "ad")
    words = _say("changes.some", system=system, changed=len(changed), ads=of)
    words += _say("changes.shown", shown=len(kept)) if len(kept) < len(changed) else ""
    blocks = (Words((words, _say("changes.legend"))), Changes(kept))
    return example, Section("changes", "The changes", blocks)


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
    for place, edit in enumerate(edits, 1):
        yield from _unchanged(original[cursor : edit.start], first=cursor == 0, last=False)
        yield from _marked(edit)
        yield Piece("number", str(place))
        cursor = edit.end
    yield from _unchanged(original[cursor:], first=False, last=True)


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


def _unchanged(text: str, *, first: bool, last: bool) -> Iterator[Piece]:
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


def _reasons(place: int, edit: Edit) -> tuple[str, tuple[str, ...]]:
    """Where an edit came from and what it was worth, then what every gate said."""
    source = str(edit.proof.get("source", "unrecorded"))
    kind = source.partition(":")[0]
    said = f"Change {place}, by {SOURCES.get(kind, source)}"
    if "gain" in edit.proof:
        said += f"; worth {signed(gain_of(edit), 4)} to the score when it was chosen"
    gates = edit.proof.get("gates")
    if not isinstance(gates, Mapping):
        return said, ()
    verdicts = cast(Mapping[str, object], gates)
    mends = (f"{mend['words']}: {mend['why']}" for mend in mends_behind(edit.proof))
    return said, (*mends, *(f"{gate}: {reason}" for gate, reason in verdicts.items()))
