"""Attention over one prefix that all rows share and each row's own columns, in one softmax.

Registered with transformers under ``SHARED_PREFIX``; where no shared prefix is handed down, it is
transformers' own ``sdpa`` attention. It stores nothing (``prefix`` does).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

SHARED_PREFIX = "evenhand_shared_prefix"
"""Name of the attention implementation."""


def _attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    shared_prefix: Tensor | None = None,
    **kwargs: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attention over one shared prefix and a row's own columns, in one softmax.

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
