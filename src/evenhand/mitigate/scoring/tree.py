"""One pass of a causal model over many texts: every token of their prefix tree is computed once.

Prompts of a probe share beginnings: a fixed introduction, a context under many attributes, a
question under its negation. Their tokens are laid out as a tree, node after node, in one row;
each node attends to its ancestors alone and stands at its depth, so its state is what it would
be in a row of its own, without padding. What all texts share is computed before, once, and its
keys and values are kept. Models that can't take such a mask get plain rows, padded on the right.
Knows no text and no output head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from evenhand.generate.abilities import reads_fast, require_room, whole_texts
from evenhand.generate.caches import with_cache

Tokens = tuple[int, ...]
Progress = Callable[[int, int], None]


def staged(progress: Callable[[str, int, int], None] | None, stage: str) -> Progress | None:
    """A verb's ``progress(stage, done, total)`` as a scorer's ``progress(done, total)``."""
    if progress is None:
        return None
    return lambda done, total: progress(stage, done, total)


NODES = 640
"""Nodes computed at once: more costs attention, fewer cost sharing."""
ROWS = 32
"""Rows at once where a model can't take trees."""


@dataclass(slots=True)
class TokenTree:
    """Nodes in the order of their first use.

    Attributes:
        ids: Token of each node.
        parents: Its parent, -1 at the top; a parent always stands before its children.
        depths: Tokens before it.
        members: Of each text: its index, and the nodes of its last wanted tokens.
    """

    ids: list[int] = field(default_factory=list[int])
    parents: list[int] = field(default_factory=list[int])
    depths: list[int] = field(default_factory=list[int])
    members: list[tuple[int, list[int]]] = field(default_factory=list[tuple[int, list[int]]])

    def mask(self) -> Tensor:
        """Additive, ``(nodes, nodes)``: 0 at itself and its ancestors, -inf elsewhere."""
        seen = np.eye(len(self.ids), dtype=bool)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                seen[node] |= seen[parent]
        return torch.zeros(seen.shape).masked_fill_(~torch.from_numpy(seen), float("-inf"))


def trees(texts: Sequence[Tokens], wanted: Sequence[int], nodes: int = NODES) -> list[TokenTree]:
    """The prefix trees of ``texts``, each of about ``nodes`` nodes or one text.

    Args:
        texts: Token ids, each at least as long as what is wanted of it.
        wanted: How many of its last tokens' states are asked of each text.
        nodes: Most nodes of a tree that holds more than one text.
    """
    found: list[TokenTree] = []
    tree, before, path = TokenTree(), (), list[int]()
    for index in sorted(range(len(texts)), key=lambda at: texts[at]):
        text = texts[index]
        kept = _shared(before, text)
        if tree.ids and len(tree.ids) + len(text) - kept > nodes:
            tree, kept, path = TokenTree(), 0, []
        if not tree.ids:
            found.append(tree)
        del path[kept:]
        for depth in range(kept, len(text)):
            tree.parents.append(path[-1] if path else -1)
            path.append(len(tree.ids))
            tree.ids.append(text[depth])
            tree.depths.append(depth)
        tree.members.append((index, path[len(path) - wanted[index] :]))
        before = text
    return found


@torch.no_grad()
def last_states(
    model: PreTrainedModel,
    texts: Sequence[Tokens],
    wanted: Sequence[int],
    *,
    nodes: int = NODES,
    progress: Progress | None = None,
    skip: int = 0,
) -> Iterator[tuple[Tensor, list[tuple[int, list[int]]]]]:
    """States that enter the output head, part by part.

    Args:
        model: A causal language model.
        texts: Token ids, none empty.
        wanted: How many of its last tokens' states are asked of each text, at least 1.
        nodes: Tokens computed at once.
        progress: Told texts done and texts in all.
        skip: How many of the first parts are known from before.

    Yields:
        States ``(m, h)`` and, of every text of this part, its index and its rows in them.
    """
    done = 0
    require_room(model, max(map(len, texts), default=0))
    parts = _tree_parts if reads_fast(model) else _row_parts
    if progress is not None:
        progress(0, len(texts))
    for states, members in parts(model, texts, wanted, nodes, skip):
        yield states, members
        done += len(members)
        if progress is not None:
            progress(done, len(texts))


def _tree_parts(
    model: PreTrainedModel, texts: Sequence[Tokens], wanted: Sequence[int], nodes: int, skip: int
) -> Iterator[tuple[Tensor, list[tuple[int, list[int]]]]]:
    body: Any = model.base_model
    common = _common_start(texts, wanted)
    cache = DynamicCache(config=model.config)
    if common:
        first = torch.tensor([texts[0][:common]], device=model.device)
        body(input_ids=first, **with_cache(body, cache))
    for tree in trees([text[common:] for text in texts], wanted, nodes)[skip:]:
        own = tree.mask()
        mask = torch.cat([own.new_zeros((len(own), common)), own], dim=1)
        out = body(
            input_ids=torch.tensor([tree.ids], device=model.device),
            attention_mask=mask[None, None].to(model.device, model.dtype),
            position_ids=torch.tensor([tree.depths], device=model.device) + common,
            **with_cache(body, cache),
        )
        cache.crop(common - cache.get_seq_length())
        yield out.last_hidden_state[0], tree.members


def _row_parts(
    model: PreTrainedModel, texts: Sequence[Tokens], wanted: Sequence[int], nodes: int, skip: int
) -> Iterator[tuple[Tensor, list[tuple[int, list[int]]]]]:
    """Rows of about one length, padded on the right: causal models don't look there."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    for start in range(skip * ROWS, len(order), ROWS):
        part = order[start : start + ROWS]
        rows = [texts[at] for at in part]
        longest = max(map(len, rows))
        ends = [row * longest + len(text) for row, text in enumerate(rows)]
        members = [
            (at, list(range(end - wanted[at], end))) for at, end in zip(part, ends, strict=True)
        ]
        yield whole_texts(model, rows).last_hidden_state.flatten(0, 1), members


def _common_start(texts: Sequence[Tokens], wanted: Sequence[int]) -> int:
    """Tokens that all texts begin with, before any wanted one."""
    if not texts:
        return 0
    least, most = min(texts), max(texts)
    room = min(len(text) - count for text, count in zip(texts, wanted, strict=True))
    return min(_shared(least, most), room)


def _shared(one: Tokens, other: Tokens) -> int:
    """Length of the longest common prefix."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
