"""A causal language model whose prompts share a prefix: its keys and values are computed once.

Every row attends to the one copy of the prefix and to its own slot of a preallocated cache, so a
batch costs neither the prefix's computation nor copies of it, and rows come and go between
steps. Knows no sampling and no text. Rows are padded on the right; positions are explicit, so
padding changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from evenhand.errors import ModelError
from evenhand.generate.attention import SHARED_PREFIX
from evenhand.generate.caches import with_cache
from evenhand.generate.context import Context, padded, reading
from evenhand.generate.regulator import output_head

_CHUNK = 128
"""States whose logits are held at once."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Token ids and their keys and values, ``(layers, 2, heads, length, width)``."""

    ids: tuple[int, ...]
    states: Tensor


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


class PrefixedModel:
    """Runs a causal language model over rows that share a prefix.

    Args:
        model: A model with full causal attention whose logits are its output head's (the Llama
            family and its like). Its attention implementation is replaced by an equivalent one.

    Raises:
        ModelError: The model is of another kind.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        _require_plain(model)
        model.set_attn_implementation(SHARED_PREFIX)
        self.model = model
        self._prefix = Prefix((), self._computed(()))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.device

    @torch.inference_mode()
    def share(self, ids: Sequence[int]) -> None:
        """Make ``ids`` the prefix of all rows to come; computed unless it is the present one."""
        if tuple(ids) != self._prefix.ids:
            self._prefix = Prefix(tuple(ids), self._computed(tuple(ids)))

    def slots(self, count: int, room: int) -> SlotCache:
        """An empty cache of ``count`` rows that hold up to ``room`` tokens each."""
        return SlotCache(self._prefix.states, count, room)

    @torch.inference_mode()
    def extend(self, cache: SlotCache, rows: Sequence[Sequence[int]]) -> Tensor:
        """Append tokens to every slot.

        Args:
            cache: One slot per row.
            rows: Tokens of each row; shorter rows are padded and the padding is forgotten.

        Returns:
            Last hidden states (after the final norm) of shape ``(rows, longest, h)``; what
            stands at padding is meaningless.
        """
        return self._run(cache, rows).last_hidden_state

    @torch.inference_mode()
    def both_states(
        self, cache: SlotCache, rows: Sequence[Sequence[int]], layer: int
    ) -> tuple[Tensor, Tensor]:
        """Like ``extend``: states after ``layer`` layers, and last hidden states."""
        out = self._run(cache, rows, output_hidden_states=True)
        return out.hidden_states[layer], out.last_hidden_state

    @torch.inference_mode()
    def lower_states(self, cache: SlotCache, rows: Sequence[Sequence[int]], layer: int) -> Tensor:
        """States after the first ``layer`` (at least 1) layers; no other layer is computed."""
        body: Any = self.model.base_model
        block: torch.nn.Module = body.layers[layer - 1]
        handle = block.register_forward_hook(_stop)
        try:
            self._run(cache, rows)
        except _Reached as reached:
            return reached.states
        finally:
            handle.remove()
        raise ModelError(f"layer {layer} of the language model gave no states")

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

    def _run(self, cache: SlotCache, rows: Sequence[Sequence[int]], **options: bool) -> Any:
        """One pass of the body over new tokens of every row."""
        longest = max(map(len, rows))
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row, dtype=torch.long)
        columns, mask = cache.begin(longest)
        out = self.model.base_model(
            input_ids=ids.to(self.device),
            attention_mask=mask,
            position_ids=columns + len(self._prefix.ids),
            shared_prefix=self._prefix.states,
            **with_cache(self.model.base_model, cache),
            **options,
        )
        cache.lengths += torch.tensor([len(row) for row in rows], device=self.device)
        return out

    def _computed(self, ids: tuple[int, ...]) -> Tensor:
        """Keys and values of a prefix; of an empty one, a tensor with no columns."""
        row = torch.tensor([ids or (0,)], dtype=torch.long, device=self.device)
        with torch.inference_mode():
            held: Any = DynamicCache(config=self.model.config)
            self.model.base_model(input_ids=row, **with_cache(self.model.base_model, held))
        states = torch.stack([torch.cat([layer.keys, layer.values]) for layer in held.layers])
        return states[:, :, :, : len(ids)].contiguous()


class _Reached(Exception):
    """Carries the states out of a pass that needs no further layer."""

    def __init__(self, states: Tensor) -> None:
        super().__init__("the layer was reached")
        self.states = states


def _stop(module: torch.nn.Module, inputs: object, output: Any) -> None:
    raise _Reached(output[0] if isinstance(output, tuple) else output)


def _require_plain(model: PreTrainedModel) -> None:
    config = model.config
    windowed = "sliding_attention" if getattr(config, "sliding_window", None) else "full_attention"
    kinds = set(getattr(config, "layer_types", None) or [windowed])
    scaled = [
        name
        for name in ("final_logit_softcapping", "logit_scale", "logits_scaling")
        if getattr(config, name, None) not in (None, 1, 1.0)
    ]
    if kinds != {"full_attention"} or scaled or not model.is_backend_compatible():
        raise ModelError(
            f"models of type {config.model_type} (layers {sorted(kinds)}, {scaled or 'plain'} "
            "logits) can't be sampled here; use one with full attention such as SmolLM2 or Qwen2.5"
        )
