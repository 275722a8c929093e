"""What a causal model can do: asked here by every verb, and answered by trying it.

Configurations of new kinds say new things; so after the few that all kinds share, small texts are
read both ways and the numbers compared. A model with full attention that takes masks, positions
and a cache as they are given is read on the fast path (``prefix``, and trees in ``mitigate``), any
other in whole texts, slowly. One that can't be read right in either way is refused.
Loads nothing and holds no text.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from evenhand.errors import BadInput, ModelRefused, boundary
from evenhand.generate.caches import takes_cache
from evenhand.generate.context import Context, reading
from evenhand.generate.regulator import output_head

_ONE, _OTHER, _START = (5, 3, 8), (7, 2, 6, 4), (4, 9)
"""Short texts of tokens that every vocabulary has."""
_OFFSET = {"camembert", "roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod"}
"""Kinds whose first positions are kept for padding."""
_FAST: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
_SAID: set[str] = set()
_LOG = logging.getLogger(__name__)


def plain_head(model: PreTrainedModel) -> nn.Module:
    """The output head (and a regulator in it), once it is sure that it alone makes the logits.

    Raises:
        ModelRefused: The model treats its logits in a way that isn't known here.
        ModelError: It gives NaN.
    """
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
    """Whether the fast path gives what whole texts give; otherwise it is said that it's slow.

    Raises:
        ModelRefused: Whole texts side by side don't give what each gives alone.
    """
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
    """Refuse texts longer than the model's context.

    Raises:
        BadInput: One sentence with both lengths.
    """
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
    longest = max(map(len, rows))
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[at, : len(row)] = 1
    body: Any = model.base_model
    given = {"input_ids": ids.to(model.device), "attention_mask": mask.to(model.device)}
    return body(**given, use_cache=False, **options)


def _require_causal(model: PreTrainedModel) -> None:
    """Neither padding nor what comes after may change a state."""
    together = _read(model, [_ONE, _OTHER])
    for at, row in enumerate((_ONE, _OTHER)):
        for length in (1, len(row)):
            alone = _read(model, [row[:length]])
            if not _close(together[at, :length], alone[0]):
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
        and takes_cache(model.base_model)
    )


@torch.no_grad()
def _keeps_promises(model: PreTrainedModel) -> bool:
    """Whether texts give the same states side by side behind a shared prefix, step by step."""
    from evenhand.generate.prefix import CachedPrefix

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
    return all(_close(got, wanted) for got, wanted in pairs)


def _close(got: Tensor, wanted: Tensor) -> bool:
    """Within what the number type rounds; another text is off by far more."""
    exact = wanted.dtype == torch.float32
    off = (got.float() - wanted.float()).norm()
    return bool(off <= (1e-4 if exact else 5e-2) * wanted.float().norm())
