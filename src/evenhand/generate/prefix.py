"""A causal language model whose prompts share a prefix: its keys and values are computed once.

On the fast path every row attends to the one copy of the prefix and to its own slot of a
preallocated cache, so a batch costs neither the prefix's computation nor copies of it, and rows
come and go between steps. What a model can do is answered by trying it: one with full attention
that takes masks, positions and a cache as they are given is read so, any other in whole texts, to
the same results but slowly; one that can't be read right in either way is refused. Rows are
padded on the right; positions are explicit, so padding changes nothing. Knows no sampling and no
text.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AttentionInterface, DynamicCache, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from evenhand.errors import BadInput, ModelError, ModelRefused, boundary
from evenhand.generate.regulator import (
    Context,
    cache_argument,
    output_head,
    padded,
    reading,
    with_cache,
)

SHARED_PREFIX = "evenhand_shared_prefix"
"""Name of the attention implementation; without a prefix it is transformers' own ``sdpa``."""
Held = Any
"""What a row holds after the prefix: keys and values on the fast path, its tokens otherwise."""
_CHUNK = 128
"""States whose logits are held at once."""
_ONE, _OTHER, _START = (5, 3, 8), (7, 2, 6, 4), (4, 9)
"""Short texts of tokens that every vocabulary has."""
_OFFSET = {"camembert", "roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod"}
"""Kinds whose first positions are kept for padding."""
_FAST: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
_SAID: set[str] = set()
_LOG = logging.getLogger(__name__)


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    shared_prefix: Tensor | None = None,
    **kwargs: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attention over one prefix that all rows share and each row's own columns, in one softmax.

    Query heads of one key head are treated as further queries, so nothing is repeated.
    """
    if shared_prefix is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout, scaling, **kwargs
        )
    rows, heads, tokens, width = query.shape
    kept, columns = key.shape[1], key.shape[2]
    asked = heads // kept * tokens
    grouped = query.reshape(rows, kept, asked, width) * (scaling or width**-0.5)
    own = grouped @ key.transpose(2, 3)
    if attention_mask is not None:
        own = own.view(rows, kept, -1, tokens, columns) + attention_mask[:, :, None]
        own = own.view(rows, kept, asked, columns)
    states = shared_prefix[module.layer_idx]  # pyright: ignore[reportArgumentType, reportCallIssue]
    shared = states.shape[2]
    spread = grouped.transpose(0, 1).reshape(kept, rows * asked, width)
    before = (spread @ states[0].transpose(1, 2)).view(kept, rows, asked, shared)
    scores = torch.cat([before.transpose(0, 1), own], dim=-1)
    weights = scores.softmax(dim=-1, dtype=torch.float32).to(query.dtype)
    first, second = weights.split([shared, columns], dim=-1)
    mixed = first.transpose(0, 1).reshape(kept, rows * asked, shared) @ states[1]
    out = second @ value + mixed.view(kept, rows, asked, width).transpose(0, 1)
    return out.view(rows, heads, tokens, width).transpose(1, 2), None


AttentionInterface.register(SHARED_PREFIX, _attend)
AttentionMaskInterface.register(SHARED_PREFIX, sdpa_mask)


def plain_head(model: PreTrainedModel) -> nn.Module:
    """The output head (and a regulator in it), once it is sure that it alone makes the logits."""
    head = output_head(model)
    ids = torch.tensor([_ONE], device=model.device)
    trying = boundary(ModelRefused, f"reading a short text with a model of type {_kind(model)}")
    with trying, torch.no_grad():
        whole = model(input_ids=ids, use_cache=False).logits.float()
        states = _read(model, [_ONE])
        with reading(head, Context(ids)):
            parts = head(states).float()
    if not bool(torch.isfinite(parts).all()):
        raise no_numbers()
    if whole.shape != parts.shape or not torch.allclose(whole, parts, atol=1e-2, rtol=1e-2):
        raise _refused(model, "make logits of their last states in a way that isn't known here")
    return head


def reads_fast(model: PreTrainedModel) -> bool:
    """Whether the fast path gives what whole texts give; otherwise it is said that it's slow."""
    if model not in _FAST:
        _require_causal(model)
        try:
            _FAST[model] = _promises(model) and _keeps_promises(model)
        except Exception:  # a kind that can't even take what it is given there
            _FAST[model] = False
    kind = _kind(model)
    if not _FAST[model] and kind not in _SAID:
        _SAID.add(kind)
        _LOG.warning(
            "Models of type %s are read whole for every token here, since their layers can't share "
            "what texts have in common: results are the same, but it is slow.",
            kind,
        )
    return _FAST[model]


def context_of(model: PreTrainedModel) -> int | None:
    """The longest text that the model reads; None where there is no bound."""
    config = model.config.get_text_config()
    most = getattr(config, "max_position_embeddings", None)
    if not isinstance(most, int) or most < 1:
        return None
    kept = int(config.pad_token_id or 0) + 1 if config.model_type in _OFFSET else 0
    return most - kept


def depth_of(model: PreTrainedModel) -> int:
    """How many layers it has."""
    return int(model.config.get_text_config().num_hidden_layers)


def require_room(model: PreTrainedModel, wanted: int) -> None:
    """Refuse texts longer than the model's context."""
    most = context_of(model)
    if most is not None and wanted > most:
        raise BadInput(
            f"a prompt with its answer takes {wanted} tokens and the language model reads {most}; "
            "give it shorter texts, or choose a model with a longer context"
        )


def no_numbers() -> ModelRefused:
    """The error for logits that are no numbers."""
    return ModelRefused(
        "the language model gave logits that are not finite numbers; check its weights, or load "
        "it as float32"
    )


def _kind(model: PreTrainedModel) -> str:
    return str(model.config.model_type)


def _refused(model: PreTrainedModel, why: str) -> ModelRefused:
    return ModelRefused(
        f"models of type {_kind(model)} {why}, so they aren't served; use one that doesn't, such "
        "as SmolLM2 or Qwen2.5"
    )


def _read(model: PreTrainedModel, rows: Sequence[Sequence[int]]) -> Tensor:
    return whole_texts(model, rows).last_hidden_state


@torch.no_grad()
def whole_texts(model: PreTrainedModel, rows: Sequence[Sequence[int]], **options: Any) -> Any:
    """One plain pass of the body over whole texts, padded on the right.

    Causal models don't look there; states at padding mean nothing.
    """
    ids = padded(rows, model.device).long()
    mask = (ids >= 0).long()
    body: Any = model.base_model
    return body(input_ids=ids * mask, attention_mask=mask, use_cache=False, **options)


def _require_causal(model: PreTrainedModel) -> None:
    """Neither padding nor what comes after may change a state."""
    together = _read(model, [_ONE, _OTHER])
    for at, row in enumerate((_ONE, _OTHER)):
        for length in (1, len(row)):
            alone = _read(model, [row[:length]])
            if not _close(model, together[at, :length], alone[0]):
                raise _refused(model, "read what comes after a token, or its padding")


def _promises(model: PreTrainedModel) -> bool:
    """What the configuration and the signature say: full attention, positions, masks, a cache."""
    config = model.config.get_text_config()
    windowed = "sliding_attention" if getattr(config, "sliding_window", None) else "full_attention"
    kinds = set(getattr(config, "layer_types", None) or [windowed])
    taken = inspect.signature(model.base_model.forward).parameters
    return (
        kinds == {"full_attention"}
        and model.is_backend_compatible()
        and {"position_ids", "attention_mask"} <= set(taken)
        and any(each.kind is each.VAR_KEYWORD for each in taken.values())
        and cache_argument(model.base_model) is not None
    )


@torch.no_grad()
def _keeps_promises(model: PreTrainedModel) -> bool:
    """Whether texts give the same states side by side behind a shared prefix, step by step."""
    plain = _read(model, [(*_START, *_ONE), (*_START, *_OTHER)])
    config: Any = model.config
    before = config._attn_implementation
    try:
        fast = CachedPrefix(model)
        fast.share(_START)
        slots = fast.slots(2, 2 * len(_OTHER))
        own = fast.extend(slots, [_ONE[:2], _OTHER[:1]])
        more = fast.extend(slots, [_ONE[2:], _OTHER[1:]])
    finally:
        model.set_attn_implementation(before)
    pairs = [
        (own[0, :2], plain[0, 2:4]),
        (more[0, :1], plain[0, 4:5]),
        (own[1, :1], plain[1, 2:3]),
        (more[1, :3], plain[1, 3:6]),
    ]
    got, wanted = (torch.cat(side) for side in zip(*pairs, strict=True))
    return _close(model, got, wanted)


def _close(model: PreTrainedModel, got: Tensor, wanted: Tensor) -> bool:
    """Within what the number type rounds, ``(positions, width)``; another text is off by far more.

    Rounded types are judged by the median position: bfloat16 moves states of SmolLM2 by 3 to 16 %
    of what float32 gives, and a state of a special token here and there to quite another value;
    another text is 40 % off. bitsandbytes picks out columns with large numbers by all texts of a
    pass, so that 8 bits round a text otherwise beside others: by up to 8 %.
    """
    bound = 1e-4 if wanted.dtype == torch.float32 else 0.15
    if getattr(model, "is_loaded_in_8bit", False):
        bound = 0.2
    off = (got.float() - wanted.float()).norm(dim=-1) / wanted.float().norm(dim=-1)
    worst = off.max() if wanted.dtype == torch.float32 else off.median()
    return bool(worst <= bound)


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
        """Columns of ``tokens`` more, and an additive mask ``(slots, 1, tokens, end)``."""
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


class HeldTexts:
    """The tokens of rows after the prefix, for models that are read whole at every step.

    ``lengths`` are those of ``SlotCache``; whoever lowers one forgets what follows.
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
    """Runs a causal language model over rows that share a prefix; this one reads them whole."""

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
        """Append tokens to every slot (padding is forgotten again).

        Returns:
            Last hidden states (after the final norm) of shape ``(rows, longest, h)``; what
            stands at padding is meaningless.
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

    def _block(self, layer: int) -> nn.Module:
        """What computes a layer: of the body's one list of as many blocks as it has layers."""
        depth = depth_of(self.model)
        lists = [m for m in self.model.base_model.modules() if isinstance(m, nn.ModuleList)]
        blocks = next((each for each in lists if len(each) == depth), None)
        if blocks is None:
            raise ModelRefused(
                f"models of type {self.model.config.model_type} show no layers, so meaning can't "
                "be judged with them; use another, such as SmolLM2 or Qwen2.5"
            )
        return blocks[layer - 1]

    @torch.inference_mode()
    def logits(self, hidden: Tensor, read: Sequence[Sequence[int]] | None = None) -> Tensor:
        """The output head (and a regulator in it) on states ``(n, h)``, float32.

        ``read`` are all tokens read before each; only some regulators ask for them.
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

    def _run(self, cache: Any, rows: Sequence[Sequence[int]]) -> Any:
        """One pass of the body over new tokens of every row."""
        texts: list[tuple[int, ...]] = []
        for slot, row in enumerate(rows):
            cache.put(slot, (*cache.row(slot), *row))
            texts.append((*self._prefix, *cache.row(slot)))
        require_room(self.model, max(map(len, texts)))
        return whole_texts(self.model, texts)

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

    def _run(self, cache: Any, rows: Sequence[Sequence[int]]) -> Any:
        ids = padded(rows, self.device).long().clamp_min(0)
        columns, mask = cache.begin(ids.shape[1])
        cache.lengths += torch.tensor([len(row) for row in rows], device=self.device)
        require_room(self.model, len(self._prefix) + int(cache.lengths.max()))
        places, most = columns + len(self._prefix), context_of(self.model)
        return self.model.base_model(
            input_ids=ids,
            attention_mask=mask,
            # Padding may stand where there are no positions any more.
            position_ids=places if most is None else places.clamp_max(most - 1),
            shared_prefix=self._states,
            **with_cache(self.model.base_model, cache),
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
    """The model on the fast path where it can be read so, otherwise in whole texts."""
    plain_head(model)
    return CachedPrefix(model) if reads_fast(model) else PrefixedModel(model)


class _Reached(Exception):
    """Carries the states out of a pass that needs no further layer."""

    def __init__(self, states: Tensor) -> None:
        super().__init__("the layer was reached")
        self.states = states


def _stop(module: nn.Module, inputs: object, output: Any) -> None:
    raise _Reached(_first((output,)))


def _first(given: Sequence[Any]) -> Tensor:
    """The states in what a block's hook is given, where some kinds return more than those."""
    output = given[-1]
    return output[0] if isinstance(output, tuple) else output
