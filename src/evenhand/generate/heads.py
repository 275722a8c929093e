"""Value and action-value heads on a language model's last hidden state.

Small networks that training fits and decoding reads (Snell et al., ILQL, arXiv 2206.11871,
section 4: one V head, two Q heads and slowly following copies of them). They start as the
identity: every value is exactly 0. Losses live in ``learn``; how values act on logits lives in
``regulator``.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from evenhand.errors import ModelError, boundary

HeadKind = Literal["tied", "low_rank"]
_WEIGHTS, _CONFIG = "heads.safetensors", "heads.json"


@dataclass(frozen=True, slots=True)
class HeadsConfig:
    """Shape of the heads.

    Attributes:
        kind: ``tied``: Q(s, ·) acts through the model's frozen unembedding; ``low_rank``: through
            a learned embedding of every token.
        hidden_size: Width h of the language model.
        vocabulary: Number of tokens.
        rank: Width of the learned embedding (``low_rank`` only).
    """

    kind: HeadKind
    hidden_size: int
    vocabulary: int
    rank: int = 64


def _perceptron(width: int, inner: int, out: int, *, zero: bool) -> nn.Sequential:
    """Linear, ReLU, Linear; with ``zero`` its output starts as exactly 0."""
    last = nn.Linear(inner, out)
    if zero:
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(width, inner), nn.ReLU(), last)


class ValueHead(nn.Module):
    """V(s): ``(n, h) -> (n,)``."""

    def __init__(self, config: HeadsConfig) -> None:
        super().__init__()
        self.net = _perceptron(config.hidden_size, 2 * config.hidden_size, 1, zero=True)

    def forward(self, hidden: Tensor) -> Tensor:
        """Values of states ``hidden`` of shape ``(n, h)``."""
        return self.net(hidden).squeeze(-1)


class TiedQHead(nn.Module):
    """Q(s, a) = b(s) + m(s) · E[a] / √h with the model's frozen unembedding E.

    ``b`` carries what all actions of a state share, so that ``m`` only has to tell them apart.
    """

    def __init__(self, config: HeadsConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.net = _perceptron(width, 2 * width, width + 1, zero=True)
        self.scale = width**-0.5

    def forward(self, hidden: Tensor, ids: Tensor | None, rows: Tensor) -> Tensor:
        """Values ``(n, k)`` of actions ``ids`` ``(n, k)``, or ``(n, vocabulary)`` without.

        ``rows`` are the rows of E for ``ids``, ``(n, k, h)``; all of E without.
        """
        out = self.net(hidden)
        move, shared = out[:, :-1] * self.scale, out[:, -1:]
        if ids is None:
            return shared + (move.to(rows.dtype) @ rows.T).to(out.dtype)
        return shared + torch.bmm(rows.to(out.dtype), move.unsqueeze(-1)).squeeze(-1)


class LowRankQHead(nn.Module):
    """Q(s, a) = b(s) + m(s) · U[a] with a learned embedding U of ``rank`` columns."""

    def __init__(self, config: HeadsConfig) -> None:
        super().__init__()
        inner = 2 * config.hidden_size
        self.net = _perceptron(config.hidden_size, inner, config.rank, zero=False)
        self.shared = _perceptron(config.hidden_size, inner, 1, zero=True)
        self.tokens = nn.Embedding(config.vocabulary, config.rank)
        nn.init.zeros_(self.tokens.weight)

    def forward(self, hidden: Tensor, ids: Tensor | None, rows: Tensor) -> Tensor:
        """Values ``(n, k)`` of actions ``ids`` ``(n, k)``, or ``(n, vocabulary)`` without.

        ``rows`` belong to the other kind of head and aren't read.
        """
        move, shared = self.net(hidden), self.shared(hidden)
        if ids is None:
            return shared + move @ self.tokens.weight.T
        return shared + torch.bmm(self.tokens(ids), move.unsqueeze(-1)).squeeze(-1)


class AdvantageHeads(nn.Module):
    """V, two Q heads, and the two target copies of Q that decoding and V's loss read.

    Args:
        config: Shapes.
        unembedding: The language model's output embedding, ``(vocabulary, h)``. It stays frozen,
            is shared with the model and is never saved with the heads.

    The parameters that training moves are those with ``requires_grad``: V and the online Qs.
    """

    unembedding: Tensor

    def __init__(self, config: HeadsConfig, unembedding: Tensor) -> None:
        super().__init__()
        if unembedding.shape != (config.vocabulary, config.hidden_size):
            raise ModelError(
                f"heads for {config.vocabulary} tokens of width {config.hidden_size} don't fit a "
                f"model with {tuple(unembedding.shape)}; train heads for this model"
            )
        self.config = config
        self.register_buffer("unembedding", unembedding.detach(), persistent=False)
        make = TiedQHead if config.kind == "tied" else LowRankQHead
        self.value_head = ValueHead(config)
        self.online = nn.ModuleList([make(config), make(config)])
        self.target = deepcopy(self.online).requires_grad_(False)

    def value(self, hidden: Tensor) -> Tensor:
        """V of states ``(n, h)``: shape ``(n,)``."""
        return self.value_head(hidden)

    def q_values(self, hidden: Tensor, ids: Tensor | None) -> Tensor:
        """Both online Qs of actions ``ids`` ``(n, k)``: ``(2, n, k)``; None: of every token."""
        rows = self._rows(ids)
        return torch.stack([head(hidden, ids, rows) for head in self.online])

    def target_q_values(self, hidden: Tensor, ids: Tensor | None) -> Tensor:
        """Both target Qs, like ``q_values``, without gradient."""
        rows = self._rows(ids)
        with torch.no_grad():
            return torch.stack([head(hidden, ids, rows) for head in self.target])

    def _rows(self, ids: Tensor | None) -> Tensor:
        """What tied heads act through; gathered once for both, since that is much memory."""
        gathered = ids is not None and self.config.kind == "tied"
        return self.unembedding[ids] if gathered else self.unembedding

    def advantage(self, hidden: Tensor, ids: Tensor | None) -> Tensor:
        """``min_i Q̂_i(s, a) − V(s)`` of shape ``(n, k)`` (Snell et al., section 4.3)."""
        if ids is not None and ids.shape[-1] == self.config.vocabulary:
            # Every token, in another order: gathering rows would copy all of E for each state.
            lowest = self.target_q_values(hidden, None).amin(dim=0).gather(-1, ids)
        else:
            lowest = self.target_q_values(hidden, ids).amin(dim=0)
        return lowest - self.value(hidden).unsqueeze(-1)

    @torch.no_grad()
    def sync_targets(self, rate: float) -> None:
        """Polyak step: ``target ← rate · online + (1 − rate) · target``."""
        for slow, fast in zip(self.target.parameters(), self.online.parameters(), strict=True):
            slow.lerp_(fast.detach(), rate)

    def save(self, folder: Path) -> None:
        """Write ``heads.safetensors`` and ``heads.json`` into an existing folder.

        Not atomic as a pair: run folders are written beside and renamed by their owner.
        """
        save_file(
            {name: value.contiguous() for name, value in self.state_dict().items()},
            folder / _WEIGHTS,
        )
        text = json.dumps(asdict(self.config), indent=2, sort_keys=True) + "\n"
        (folder / _CONFIG).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, unembedding: Tensor) -> AdvantageHeads:
        """Heads saved by ``save``, bound to the model whose ``unembedding`` is given.

        Raises:
            ModelError: Files are missing or belong to another model.
        """
        with boundary(ModelError, f"loading the heads in {folder}"):
            config = HeadsConfig(**json.loads((folder / _CONFIG).read_text(encoding="utf-8")))
            heads = cls(config, unembedding)
            heads.load_state_dict(load_file(folder / _WEIGHTS))
        return heads.to(unembedding.device)
