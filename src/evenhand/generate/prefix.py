"""A causal language model whose prompts share a prefix: its keys and values are computed once.

On the fast path every row attends to the one copy of the prefix and to its own slot of a
preallocated cache, so a batch costs neither the prefix's computation nor copies of it, and rows
come and go between steps. Knows no sampling and no text. Rows are padded on the right; positions
are explicit, so padding changes nothing. Models that can't be read so are read in whole texts, to
the same results (``abilities`` tells them apart).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from evenhand.errors import ModelError, ModelRefused
from evenhand.generate.abilities import (
    context_of,
    depth_of,
    plain_head,
    reads_fast,
    require_room,
    whole_texts,
)
from evenhand.generate.attention import SHARED_PREFIX
from evenhand.generate.caches import with_cache
from evenhand.generate.context import Context, padded, reading
from evenhand.generate.regulator import output_head

_CHUNK = 128
"""States whose logits are held at once."""


class SlotCache:
    """Keys and values of rows after the prefix; the part of a cache that a forward pass uses.

    Attributes:
        states: ``(layers, 2, slots, heads, room, width)``.
        lengths: Tokens held by each slot, ``(slots,)``.
    """

    def __init__(self, like: Tensor, slots: int, room: int) -> None:
        layers, _, heads, _, width = like.shape
        self.states = like.new_zeros((layers, 2, slots, heads, room, width))
        self.lengths = torch.zeros(slots, dtype=torch.long, device=like.device)
        self._rows = torch.arange(slots, device=like.device)
        self._columns = self.lengths[:, None]
        self._end = 0

    def begin(self, tokens: int) -> tuple[Tensor, Tensor]:
        """Make ready for ``tokens`` more columns: their columns, and the mask that hides others.

        Returns:
            Columns ``(slots, tokens)`` and an additive mask ``(slots, 1, tokens, end)``.
        """
        steps = torch.arange(tokens, device=self.lengths.device)
        self._columns = self.lengths[:, None] + steps
        self._end = int(self._columns.max()) + 1
        seen = torch.arange(self._end, device=steps.device) <= self._columns[..., None]
        mask = torch.zeros(seen.shape, dtype=self.states.dtype, device=steps.device)
        return self._columns, mask.masked_fill_(~seen, float("-inf"))[:, None]

    def update(
        self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Write new columns of one layer and return everything up to the longest row."""
        held = self.states[layer_idx]
        rows = self._rows[:, None]
        held[0][rows, :, self._columns] = keys.transpose(1, 2)
        held[1][rows, :, self._columns] = values.transpose(1, 2)
        return held[0][:, :, : self._end], held[1][:, :, : self._end]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Longest row; positions are always passed explicitly."""
        return self._end

    def row(self, slot: int) -> Tensor:
        """A copy of what one slot holds, ``(layers, 2, heads, length, width)``."""
        return self.states[:, :, slot, :, : int(self.lengths[slot])].clone()

    def put(self, slot: int, states: Tensor) -> None:
        """Replace what a slot holds."""
        length = states.shape[3]
        self.states[:, :, slot, :, :length] = states
        self.lengths[slot] = length

    def keep(self, slots: Sequence[int]) -> None:
        """Drop every slot but these, which are renumbered in the order given."""
        chosen = torch.tensor(slots, dtype=torch.long, device=self.lengths.device)
        self.states = self.states.index_select(2, chosen)
        self.lengths = self.lengths[chosen]
        self._rows = self._rows[: len(slots)]


Held = Any
"""What a row holds after the prefix: keys and values on the fast path, its tokens otherwise."""


class HeldTexts:
    """The tokens of rows after the prefix, for models that are read whole at every step.

    Attributes:
        lengths: Tokens held by each slot, ``(slots,)``; whoever lowers one forgets what follows.
    """

    def __init__(self, slots: int) -> None:
        self.lengths = torch.zeros(slots, dtype=torch.long)
        self._tokens: list[tuple[int, ...]] = [()] * slots

    def row(self, slot: int) -> tuple[int, ...]:
        """What one slot holds."""
        return self._tokens[slot][: int(self.lengths[slot])]

    def put(self, slot: int, held: Held) -> None:
        """Replace what a slot holds."""
        self._tokens[slot] = tuple(held)
        self.lengths[slot] = len(held)

    def keep(self, slots: Sequence[int]) -> None:
        """Drop every slot but these, which are renumbered in the order given."""
        self._tokens = [self._tokens[slot] for slot in slots]
        self.lengths = self.lengths[list(slots)]


class PrefixedModel:
    """Runs a causal language model over rows that share a prefix; this one reads them whole.

    ``prefixed`` gives the fast one where the model can be read so.

    Args:
        model: A causal model.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self._prefix: tuple[int, ...] = ()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.device

    def share(self, ids: Sequence[int]) -> None:
        """Make ``ids`` the prefix of all rows to come; computed unless it is the present one."""
        self._prefix = tuple(ids)

    def slots(self, count: int, room: int) -> Any:
        """An empty cache of ``count`` rows that hold up to ``room`` tokens each."""
        return HeldTexts(count)

    def held(self, rows: Sequence[Sequence[int]]) -> list[Held]:
        """What slots hold once these rows were read, for ``put``."""
        return [tuple(row) for row in rows]

    @torch.inference_mode()
    def extend(self, cache: Any, rows: Sequence[Sequence[int]]) -> Tensor:
        """Append tokens to every slot.

        Args:
            cache: One slot per row.
            rows: Tokens of each row; shorter rows are padded and the padding is forgotten.

        Returns:
            Last hidden states (after the final norm) of shape ``(rows, longest, h)``; what
            stands at padding is meaningless.

        Raises:
            BadInput: A row becomes longer than the model reads.
        """
        return self._own(cache, rows, self._run(cache, rows).last_hidden_state)

    @torch.inference_mode()
    def both_states(
        self, cache: Any, rows: Sequence[Sequence[int]], layer: int
    ) -> tuple[Tensor, Tensor]:
        """Like ``extend``: states after ``layer`` layers, and last hidden states."""
        seen: list[Tensor] = []
        handle = self._block(layer).register_forward_hook(lambda *given: seen.append(_first(given)))
        try:
            out = self._run(cache, rows)
        finally:
            handle.remove()
        return self._own(cache, rows, seen[0]), self._own(cache, rows, out.last_hidden_state)

    @torch.inference_mode()
    def lower_states(self, cache: Any, rows: Sequence[Sequence[int]], layer: int) -> Tensor:
        """States after the first ``layer`` (at least 1) layers; no other layer is computed."""
        handle = self._block(layer).register_forward_hook(_stop)
        try:
            self._run(cache, rows)
        except _Reached as reached:
            return self._own(cache, rows, reached.states)
        finally:
            handle.remove()
        raise ModelError(f"layer {layer} of the language model gave no states")

    def _block(self, layer: int) -> torch.nn.Module:
        """What computes a layer: of the body's one list of as many blocks as it has layers."""
        depth = depth_of(self.model)
        lists = [m for m in self.model.base_model.modules() if isinstance(m, torch.nn.ModuleList)]
        blocks = next((each for each in lists if len(each) == depth), None)
        if blocks is None:
            raise ModelRefused(
                f"models of type {self.model.config.model_type} show no layers, so meaning can't "
                "be judged with them; use another, such as SmolLM2 or Qwen2.5"
            )
        return blocks[layer - 1]

    @torch.inference_mode()
    def logits(self, hidden: Tensor, read: Sequence[Sequence[int]] | None = None) -> Tensor:
        """The output head (and a regulator in it) on hidden states, float32.

        Args:
            hidden: States ``(n, h)``.
            read: All tokens read before each; only some regulators ask for them.
        """
        head = output_head(self.model)
        context = None
        if read is not None and getattr(head, "reads_context", False):
            context = Context(padded(read, hidden.device))
        with reading(head, context):
            return head(hidden).float()

    @torch.inference_mode()
    def surprise(self, hidden: Tensor, tokens: Tensor) -> NDArray[np.float32]:
        """Negative log-likelihood of ``tokens`` ``(n,)`` at states ``(n, h)``, nats."""
        parts = [np.zeros(0, dtype=np.float32)]
        for states, wanted in zip(hidden.split(_CHUNK), tokens.split(_CHUNK), strict=True):
            logits = self.logits(states)
            chosen = logits.gather(1, wanted.to(logits.device)[:, None])[:, 0]
            parts.append((logits.logsumexp(dim=-1) - chosen).cpu().numpy())
        return np.concatenate(parts)

    def _run(self, cache: Any, rows: Sequence[Sequence[int]], **options: bool) -> Any:
        """One pass of the body over new tokens of every row."""
        texts: list[tuple[int, ...]] = []
        for slot, row in enumerate(rows):
            cache.put(slot, (*cache.row(slot), *row))
            texts.append((*self._prefix, *cache.row(slot)))
        require_room(self.model, max(map(len, texts)))
        return whole_texts(self.model, texts, **options)

    def _own(self, cache: Any, rows: Sequence[Sequence[int]], states: Tensor) -> Tensor:
        """The states of the new tokens, out of those of whole texts."""
        ends = len(self._prefix) + cache.lengths.to(states.device)
        starts = ends - torch.tensor([len(row) for row in rows], device=states.device)
        steps = torch.arange(max(map(len, rows)), device=states.device)
        places = (starts[:, None] + steps).clamp_max(states.shape[1] - 1)
        return states.gather(1, places[..., None].expand(-1, -1, states.shape[-1]))


class CachedPrefix(PrefixedModel):
    """Computes the prefix once and reads a row's new tokens alone, through a cache of slots.

    Its attention implementation is replaced by an equivalent one.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__(model)
        model.set_attn_implementation(SHARED_PREFIX)
        self._states = self._computed(())

    @torch.inference_mode()
    def share(self, ids: Sequence[int]) -> None:
        """Make ``ids`` the prefix of all rows to come; computed unless it is the present one."""
        if tuple(ids) != self._prefix:
            require_room(self.model, len(ids))
            self._prefix, self._states = tuple(ids), self._computed(tuple(ids))

    def slots(self, count: int, room: int) -> SlotCache:
        """An empty cache of ``count`` rows that hold up to ``room`` tokens each."""
        return SlotCache(self._states, count, room)

    def held(self, rows: Sequence[Sequence[int]]) -> list[Held]:
        """Keys and values of rows, computed side by side."""
        cache = self.slots(len(rows), max(1, max(map(len, rows))))
        if any(rows):
            self.extend(cache, rows)
        return [cache.row(slot) for slot in range(len(rows))]

    def _run(self, cache: Any, rows: Sequence[Sequence[int]], **options: bool) -> Any:
        longest = max(map(len, rows))
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row, dtype=torch.long)
        columns, mask = cache.begin(longest)
        cache.lengths += torch.tensor([len(row) for row in rows], device=self.device)
        require_room(self.model, len(self._prefix) + int(cache.lengths.max()))
        places, most = columns + len(self._prefix), context_of(self.model)
        return self.model.base_model(
            input_ids=ids.to(self.device),
            attention_mask=mask,
            # Padding may stand where there are no positions any more.
            position_ids=places if most is None else places.clamp_max(most - 1),
            shared_prefix=self._states,
            **with_cache(self.model.base_model, cache),
            **options,
        )

    def _own(self, cache: Any, rows: Sequence[Sequence[int]], states: Tensor) -> Tensor:
        return states

    def _computed(self, ids: tuple[int, ...]) -> Tensor:
        """Keys and values of a prefix; of an empty one, a tensor with no columns."""
        row = torch.tensor([ids or (0,)], dtype=torch.long, device=self.device)
        with torch.inference_mode():
            held: Any = DynamicCache(config=self.model.config)
            self.model.base_model(input_ids=row, **with_cache(self.model.base_model, held))
        states = torch.stack([torch.cat([layer.keys, layer.values]) for layer in held.layers])
        return states[:, :, :, : len(ids)].contiguous()


def prefixed(model: PreTrainedModel) -> PrefixedModel:
    """The model on the fast path where it can be read so, otherwise in whole texts.

    Raises:
        ModelRefused: It can't be read right in either way.
    """
    plain_head(model)
    return CachedPrefix(model) if reads_fast(model) else PrefixedModel(model)


class _Reached(Exception):
    """Carries the states out of a pass that needs no further layer."""

    def __init__(self, states: Tensor) -> None:
        super().__init__("the layer was reached")
        self.states = states


def _stop(module: torch.nn.Module, inputs: object, output: Any) -> None:
    raise _Reached(_first((output,)))


def _first(given: Sequence[Any]) -> Tensor:
    """The states in what a block's hook is given, where some kinds return more than those."""
    output = given[-1]
    return output[0] if isinstance(output, tuple) else output
