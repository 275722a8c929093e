"""Constrained decoding: a model chooses, token by token, among answers that are listed.

At every token the draw is renormalised over those that continue a listed answer, so nothing can
change that isn't changed in the list, and a model too weak to write safely can still choose. The
samples of one prompt are distinct: a continuation whose answers have all been drawn is closed.
Stretches on which all remaining answers agree are read in one pass and cost no draw. It makes no
lists: those come from rules and gates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor

from evenhand.generate.batch import Batch, Row, StopFinder
from evenhand.generate.drawing import draw
from evenhand.generate.prefix import PrefixedModel
from evenhand.generate.protocol import SamplerSettings


@dataclass(slots=True)
class Node:
    """The tokens that may come next; none where an answer is complete.

    Attributes:
        children: What follows, by token.
        left: Answers from here on that haven't been drawn.
    """

    children: dict[int, Node] = field(default_factory=dict[int, "Node"])
    left: int = 0

    @classmethod
    def of(cls, answers: Sequence[Sequence[int]]) -> Node:
        """The tree of some answers, each closed by a token that ends it."""
        root = cls()
        for answer in dict.fromkeys(tuple(map(int, answer)) for answer in answers):
            node = root
            for token in answer:
                node.left += 1
                node = node.children.setdefault(token, cls())
            node.left += 1
        return root

    def open(self) -> dict[int, Node]:
        """The continuations with something left to draw."""
        return {token: node for token, node in self.children.items() if node.left}

    def take(self, answer: Sequence[int]) -> None:
        """Close one answer."""
        node = self
        for token in answer:
            node.left -= 1
            node = node.children[token]
        node.left -= 1

    def run(self) -> tuple[list[int], Node]:
        """The tokens that all open answers from here share, and where they part or end."""
        shared: list[int] = []
        node = self
        while len(following := node.open()) == 1:
            token, node = next(iter(following.items()))
            shared.append(token)
        return shared, node


@dataclass(slots=True)
class ListedRow(Row):
    """A sample in the making: where it stands, and tokens the model hasn't read yet."""

    node: Node = field(default_factory=Node)
    unread: list[int] = field(default_factory=list[int])
    draws: int = 0

    def follow(self, tokens: Sequence[int], node: Node) -> None:
        """Take tokens, and whatever all answers share after them."""
        shared, self.node = node.run()
        self.tokens += [*tokens, *shared]
        self.unread += [*tokens, *shared]
        self.finished = not self.node.children


class ListedBatch(Batch):
    """The samples of one call, each one of the answers listed for its prompt.

    Args:
        model: With the prefix shared already.
        suffixes: Tokens of each prompt after the prefix.
        prompts: All tokens of each prompt; they choose its random streams.
        settings: How to draw; ``top_p`` counts among listed continuations.
        answers: The answers of each prompt, at least one; no answer begins another.
        rows: Most samples computed side by side.
        stops: For the base class; answers end by themselves.
    """

    def __init__(
        self,
        model: PrefixedModel,
        suffixes: Sequence[tuple[int, ...]],
        prompts: Sequence[tuple[int, ...]],
        settings: SamplerSettings,
        answers: Sequence[Sequence[Sequence[int]]],
        rows: int,
        stops: StopFinder,
    ) -> None:
        self._trees = [Node.of(listed) for listed in answers]
        self._longest = max(len(answer) for listed in answers for answer in listed)
        super().__init__(
            model,
            suffixes,
            prompts,
            settings,
            rows=rows,
            ends=frozenset(),
            stops=stops,
            # Rows of one pass are padded to its longest, so a full slot needs room for that too.
            room=2 * self._longest + 2,
        )
        self._waiting = [(prompt, 0) for prompt in self._order][::-1]

    def _next(self, slot: int, row: Row) -> Row | None:
        """The next sample of the same prompt, whose keys and values are in the slot already."""
        tree = self._trees[row.prompt]
        tree.take(row.tokens)
        if not tree.left or row.sample + 1 == self._settings.samples:
            return None
        self._cache.lengths[slot] = len(self._suffixes[row.prompt]) - 1
        return self._row(row.prompt, row.sample + 1)

    def _row(self, prompt: int, sample: int) -> ListedRow:
        row = ListedRow(prompt, sample, self._stream(prompt, sample, self._longest))
        row.unread = [self._suffixes[prompt][-1]]
        row.follow((), self._trees[prompt])
        return row

    def _step(self) -> None:
        """Read what is unread and draw where the answers part."""
        live = [
            cast(ListedRow, row) if row is not None and not row.finished else None
            for row in self._active
        ]
        if not any(live):
            return
        self._cache.lengths[[at for at, row in enumerate(self._active) if row is None]] = 0
        for row, logits in zip(live, self._logits(live), strict=True):
            if row is not None:
                self._choose(row, logits)

    def _logits(self, live: Sequence[ListedRow | None]) -> Tensor:
        """Logits of the next token of every row, ``(rows, vocabulary)``."""
        unread = [row.unread if row is not None else [0] for row in live]
        hidden = self._model.extend(self._cache, unread)
        ends = torch.tensor([len(tokens) - 1 for tokens in unread], device=hidden.device)
        rows = torch.arange(len(unread), device=hidden.device)
        return self._model.logits(hidden[rows, ends], self._read(live)).cpu()

    def _choose(self, row: ListedRow, logits: Tensor) -> None:
        """Draw one continuation and follow it to where answers part again."""
        allowed = sorted(row.node.open())
        among = logits[torch.tensor(allowed)]
        hot = (among / self._settings.temperature).softmax(dim=-1).numpy()
        at = draw(hot, self._settings.top_p, row.stream[row.draws])
        row.logprob += float(among.log_softmax(dim=-1)[at])
        row.draws += 1
        row.unread = []
        row.follow([allowed[at]], row.node.children[allowed[at]])

    def _ended(self, row: Row) -> bool:
        return row.finished
