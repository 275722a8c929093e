"""What a language model has read before each state, for regulators that ask.

An output head is given states and no tokens. A ``TokenRecorder`` notes what every forward pass
reads (``generate`` with caches, beams and padding included) and lays it beside the head for that
pass; whoever calls the head himself says what was read (``reading``). Knows no layer and no text.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from evenhand.errors import ModelError
from evenhand.generate.caches import cache_among, cache_of

NOTHING = -1
"""Fills rows that have read less than others."""
_PREPARE = "prepare_inputs_for_generation"


@dataclass(frozen=True)
class Context:
    """Tokens read by the rows of one pass.

    Attributes:
        tokens: Ids, ``(rows, T)``, ``NOTHING`` where there is none.
        causal: States see the tokens up to their own; otherwise the whole row.
        positions: Which positions the head is given, of each row; the last ones without.
    """

    tokens: Tensor
    causal: bool = True
    positions: Tensor | None = None

    def of(self, hidden: Tensor) -> Tensor:
        """What each state has read, ``(n, T)``.

        Args:
            hidden: States ``(n, h)``, one a row, or ``(rows, positions, h)``.

        Raises:
            ModelError: There are other rows than states.
        """
        if len(hidden) != len(self.tokens) or hidden.dim() > 3:
            raise ModelError(
                f"the output head was given states of {len(hidden)} rows where tokens of "
                f"{len(self.tokens)} were read; call the model itself, not its head"
            )
        if hidden.dim() == 2:
            return self.tokens
        count, length = hidden.shape[1], self.tokens.shape[1]
        whole = self.tokens.unsqueeze(1).expand(-1, count, -1)
        if self.causal:
            places = torch.arange(length, device=self.tokens.device)
            ends = places[length - count :] if self.positions is None else self.positions
            whole = whole.masked_fill(places > ends.to(places.device)[:, None], NOTHING)
        return whole.reshape(-1, length)


def padded(rows: Sequence[Sequence[int]], device: torch.device | None = None) -> Tensor:
    """Rows of token ids as one tensor ``(rows, longest)``, filled up with ``NOTHING``."""
    longest = max(map(len, rows), default=0)
    filled = [[*row, *[NOTHING] * (longest - len(row))] for row in rows]
    return torch.tensor(filled, dtype=torch.int32, device=device).reshape(len(rows), longest)


def stacked(parts: Sequence[Tensor]) -> Tensor:
    """Contexts of several widths one below the other."""
    longest = max(part.shape[1] for part in parts)
    wide = [nn.functional.pad(part, (0, longest - part.shape[1]), value=NOTHING) for part in parts]
    return torch.cat(wide)


class Reading(Protocol):
    """An output head with room for what was read."""

    context: Context | None

    @property
    def reads_context(self) -> bool:
        """Whether it asks at all."""
        ...


@contextlib.contextmanager
def reading(head: Reading | nn.Module, context: Context | None) -> Iterator[None]:
    """Lay ``context`` beside ``head`` for calls of it; heads that don't ask are left alone."""
    if not hasattr(head, "context"):
        yield
        return
    holder: Any = head
    before, holder.context = holder.context, context
    try:
        yield
    finally:
        holder.context = before


class TokenRecorder:
    """Notes what a model reads and lays it beside its output head.

    Rows of a cache are known from the passes that filled it, or from ``generate``, which knows
    them whole (beams change places in a cache).

    Args:
        model: A causal or masked language model, plain or with adapters.
        head: Its regulated output head.
    """

    def __init__(self, model: PreTrainedModel, head: Reading) -> None:
        bound: Any = model.get_output_embeddings
        self._owner: Any = bound.__self__
        self._head = head
        self._causal = bool(self._owner.can_generate())
        self._known: WeakKeyDictionary[Any, Tensor] = WeakKeyDictionary()
        self._announced: Tensor | None = None
        self._hooks = [
            self._owner.register_forward_pre_hook(self._before, with_kwargs=True),
            self._owner.register_forward_hook(self._after, with_kwargs=True, always_call=True),
        ]
        self._before_us = self._owner.__dict__.get(_PREPARE)
        if self._causal:
            self._owner.prepare_inputs_for_generation = self._announcing(
                self._owner.prepare_inputs_for_generation
            )

    def close(self) -> None:
        """Take the hooks off the model."""
        for hook in self._hooks:
            hook.remove()
        self._owner.__dict__.pop(_PREPARE, None)
        if self._before_us is not None:
            self._owner.__dict__[_PREPARE] = self._before_us

    def _announcing(self, prepare: Callable[..., Any]) -> Callable[..., Any]:
        """``generate`` tells here what its rows hold in all, before it cuts off what is cached."""

        @functools.wraps(prepare)
        def announced(input_ids: Tensor, *given: Any, **named: Any) -> Any:
            self._announced = input_ids
            return prepare(input_ids, *given, **named)

        return announced

    def _before(self, module: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        ids = named.get("input_ids", given[0] if given else None)
        announced, self._announced = self._announced, None
        self._head.context = None
        if not isinstance(ids, Tensor) or not self._head.reads_context:
            return
        rows = self._whole(ids, announced, cache_among((*given, *named.values())))
        if self._causal:
            _refuse_gaps(rows, named)
        mask = named.get("attention_mask")
        if isinstance(mask, Tensor) and mask.shape == rows.shape:
            rows = rows.masked_fill(mask.to(rows.device) == 0, NOTHING)
        asked = named.get("logits_to_keep")
        positions = asked if isinstance(asked, Tensor) else None
        if positions is not None:
            positions = rows.shape[1] - ids.shape[1] + positions
        self._head.context = Context(rows, self._causal, positions)

    def _whole(self, ids: Tensor, announced: Tensor | None, cache: Any) -> Tensor:
        """All that the rows have read, of which ``ids`` is the end."""
        past = 0 if cache is None else int(cache.get_seq_length())
        total = past + ids.shape[1]
        if not past:
            return ids
        if announced is not None and announced.shape == (len(ids), total):
            return announced
        known = self._known.get(cache)
        if known is None or len(known) != len(ids) or known.shape[1] < past:
            raise ModelError(
                f"{past} tokens in the cache were read before the layer was attached or in another "
                "order of rows; give the model whole texts, or attach the layer first"
            )
        return torch.cat([known[:, :past], ids], dim=1)

    def _after(
        self, module: nn.Module, given: tuple[Any, ...], named: dict[str, Any], out: Any
    ) -> None:
        read, self._head.context = self._head.context, None
        cache = None if out is None else cache_of(out)
        if cache is not None and read is not None:
            self._known[cache] = read.tokens


def _refuse_gaps(rows: Tensor, named: Mapping[str, Any]) -> None:
    """Positions and a mask tell how much was read in all, whatever the cache is called."""
    positions, mask = named.get("position_ids"), named.get("attention_mask")
    told = 0
    if isinstance(positions, Tensor) and positions.numel():
        told = int(positions.max()) + 1
    if isinstance(mask, Tensor) and mask.dim() == 2:
        told = max(told, mask.shape[1])
    if told > rows.shape[1]:
        raise ModelError(
            f"the model reads up to position {told} and the layer saw only {rows.shape[1]} tokens; "
            "pass the cache as transformers' own Cache, or whole texts without one"
        )
