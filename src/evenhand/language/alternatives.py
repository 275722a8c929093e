"""The set of rewordings of one span among which a model, a search or a person may choose.

Every member is a frame of the duty, a rewording by rule, or both, and has passed every gate. This
file composes and orders; ``frames`` and ``rephrasings`` propose, the gates judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from evenhand.language.parallel import framings_in
from evenhand.language.rephrasings import (
    contracted,
    dropped,
    phrased,
    qualified,
    suggested,
    verbs_swapped,
)
from evenhand.language.span import Gate, Span
from evenhand.language.text import tokens

_Option = tuple[str, str]


def _swaps(text: str, again: bool = False) -> Iterator[_Option]:
    """What the rules propose for a text, without frames."""
    for source in (suggested, dropped, phrased, verbs_swapped, qualified):
        yield from source(text)
    if not again:
        yield from contracted(text)


class _Passing:
    """What passes the gates, each text judged once."""

    def __init__(self, ad: str, span: Span, gates: Sequence[Gate]) -> None:
        self._ad, self._span, self._gates = ad, span, gates
        self._known: dict[str, bool] = {}

    def __call__(self, text: str) -> bool:
        if text not in self._known:
            judged = (gate(self._ad, self._span, text).passed for gate in self._gates)
            self._known[text] = all(judged)
        return self._known[text]


def _in_turn(queues: Sequence[Iterator[_Option]]) -> Iterator[_Option]:
    """One of each queue after the other, until all are empty."""
    for row in zip_longest(*queues):
        yield from (option for option in row if option is not None)


def _twice(singles: Sequence[_Option], passing: _Passing) -> Iterator[_Option]:
    """Two rules of different kinds, one after the other."""
    for text, rule in singles:
        for again, second in _swaps(text, again=True):
            if second.partition(":")[0] != rule.partition(":")[0] and passing(again):
                yield again, f"{rule} + {second}"


def _framed(
    ad: str, span: Span, swapped: Sequence[_Option], frame: str, turn: int
) -> Iterator[_Option]:
    """Swaps put into one frame; each frame begins with another swap."""
    start = turn % len(swapped) if swapped else 0
    for text, rule in (*swapped[start:], *swapped[:start]):
        here = replace(span, text=text)
        found = next((after for after, name in framings_in(ad, here) if name == frame), None)
        if found is not None:
            yield found, f"{rule} + {frame}"


def _options(ad: str, span: Span, passing: _Passing) -> Iterator[_Option]:
    """Single changes in turn over the frames, then composed ones."""
    swapped = list(dict(o for o in _swaps(span.text) if o[0] != span.text).items())
    frames = framings_in(ad, span)
    turn = len(span.text) % len(frames) if frames else 0
    ordered = (*frames[turn:], *frames[:turn])
    good = [option for option in swapped if passing(option[0])]
    yield from _in_turn([iter(good), *(iter([option]) for option in ordered)])
    composed = (_framed(ad, span, good, name, number) for number, (_, name) in enumerate(ordered))
    yield from _in_turn([_twice(good, passing), *composed])
    twice = list(_twice(good, passing))
    yield from _in_turn([_framed(ad, span, twice, name, n) for n, (_, name) in enumerate(ordered)])


@lru_cache(maxsize=4096)
def _alternatives(ad: str, span: Span, gates: tuple[Gate, ...], limit: int) -> tuple[_Option, ...]:
    passing = _Passing(ad, span, gates)
    found: dict[str, str] = {}
    for text, rules in _options(ad, span, passing):
        if len(found) >= limit:
            break
        if text != span.text and text not in found and passing(text):
            found[text] = rules
    return tuple(found.items())


def alternatives(
    ad: str, span: Span, gates: Sequence[Gate], limit: int = 40
) -> list[tuple[str, str]]:
    """Rewordings of a span that pass every gate: (text, rules joined by " + ").

    At most one frame and two other rules each. Single changes come first, in turn over the
    frames, then composed ones in the same way, so that a low limit keeps every kind.

    Args:
        ad: The whole ad.
        span: The span of it.
        gates: Gates of which each must pass.
        limit: Most rewordings.

    Returns:
        Distinct texts, never the span's own; the same for the same arguments.
    """
    if not tokens(span.text):
        return []
    return list(_alternatives(ad, span, tuple(gates), limit))
