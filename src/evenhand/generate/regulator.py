"""Regulators: small modules in the output head between a frozen language model and its sampler.

A regulator reads the last hidden state and the top-k log-probabilities and says how much to add
to each of those k logits; heads of values (ILQL) are one. It acts inside the output head, so
``model.generate`` and everything built on it is steered. Some regulators ask what was read before
each state, which a ``TokenRecorder`` notes. Training lives in ``align``.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast
from weakref import WeakKeyDictionary

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import Cache, PreTrainedModel

from evenhand.errors import ModelError, ModelRefused, boundary

NOTHING = -1
"""Fills rows that have read less than others."""
_CACHES = ("cache", "past_key_values")
"""What transformers calls a cache from 5.24 on, and up to 5.23; caches that come back are known by
their class, so that a name that isn't there doesn't pass for a cache that isn't there."""
_PREPARE = "prepare_inputs_for_generation"
_WEIGHTS, _CONFIG = "heads.safetensors", "heads.json"
_STEPS: dict[str, tuple[Callable[[Tensor, float], Tensor], float | None]] = {
    "final_logit_softcapping": (lambda logits, cap: (logits / cap).tanh() * cap, None),
    "logit_scale": (lambda logits, scale: logits * scale, 1.0),
    "logits_scaling": (lambda logits, scale: logits / scale, 1.0),
}
"""What some kinds do to logits after the head (Gemma 2, Cohere, Granite): setting to what it does,
and the value that does nothing."""

HeadKind = Literal["tied", "low_rank"]


def cache_among(values: Iterable[Any]) -> Cache | None:
    """The first cache among the arguments or results of a model."""
    return next((each for each in values if isinstance(each, Cache)), None)


def cache_of(out: Any) -> Any:
    """The cache in what a forward pass returned, a mapping or a tuple; None without one."""
    return cache_among(out.values() if isinstance(out, Mapping) else out)


def cache_argument(model: nn.Module) -> str | None:
    """What the model's ``forward`` calls a cache; None where it takes none."""
    taken = inspect.signature(model.forward).parameters
    return next((name for name in _CACHES if name in taken), None)


def with_cache(model: nn.Module, cache: Any) -> dict[str, Any]:
    """Keyword arguments that make a forward pass read ``cache`` and add to it."""
    name = cache_argument(model)
    if name is None:
        raise ModelError(
            f"{type(model).__name__} takes no cache of keys and values; use a causal model of the "
            "Llama family or its like"
        )
    return {name: cache, "use_cache": True}


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
        """What each state ``(n, h)`` or ``(rows, positions, h)`` has read, ``(n, T)``."""
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


@contextlib.contextmanager
def reading(head: nn.Module, context: Context | None) -> Iterator[None]:
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
    """Notes what every pass of a model reads and lays it beside its output head for that pass.

    Rows of a cache are known from the passes that filled it, or from ``generate``, which knows
    them whole (beams change places in a cache).
    """

    def __init__(self, model: PreTrainedModel, head: RegulatedHead) -> None:
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


class FinishedHead(nn.Module):
    """An output head with the model's last step (a cap or a scale), switched off in the model.

    A regulator acts in the head and must see what the model will sample from.
    """

    def __init__(self, base: nn.Module, before: dict[str, float]) -> None:
        super().__init__()
        self.base, self.before = base, before

    @property
    def weight(self) -> Any:
        """The unembedding of the head."""
        return self.base.weight

    @property
    def bias(self) -> Any:
        """Its bias; None without one."""
        return getattr(self.base, "bias", None)

    def forward(self, hidden: Tensor) -> Tensor:
        """Logits as the model gives them."""
        logits = self.base(hidden)
        for name, value in self.before.items():
            logits = _STEPS[name][0](logits, value)
        return logits


def take_in(model: PreTrainedModel) -> None:
    """Put the model's last step into its head; does nothing where there is none, or it is there."""
    found = {
        name: float(value)
        for name, (_, idle) in _STEPS.items()
        if isinstance(value := getattr(model.config, name, None), int | float) and value != idle
    }
    head = model.get_output_embeddings()
    if found and head is not None:
        model.set_output_embeddings(FinishedHead(head, found))
        for name in found:
            _set(model, name, _STEPS[name][1])


def give_back(model: PreTrainedModel) -> None:
    """Undo ``take_in``."""
    head = model.get_output_embeddings()
    if isinstance(head, FinishedHead):
        model.set_output_embeddings(head.base)
        for name, value in head.before.items():
            _set(model, name, value)


def _set(model: PreTrainedModel, name: str, value: float | None) -> None:
    """Where the library keeps it: in the configuration, and some kinds a copy in the model."""
    setattr(model.config, name, value)
    if hasattr(model, name):
        setattr(model, name, value)


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


def _perceptron(width: int, out: int, *, zero: bool = True) -> nn.Sequential:
    """Linear, ReLU, Linear, twice as wide inside; with ``zero`` its output starts as exactly 0."""
    last = nn.Linear(2 * width, out)
    if zero:
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), last)


class ValueHead(nn.Module):
    """V(s): ``(n, h) -> (n,)``."""

    def __init__(self, config: HeadsConfig) -> None:
        super().__init__()
        self.net = _perceptron(config.hidden_size, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        """Values of states ``hidden`` of shape ``(n, h)``."""
        return self.net(hidden).squeeze(-1)


class TiedQHead(nn.Module):
    """Q(s, a) = b(s) + m(s) · E[a] / √h with the model's frozen unembedding E.

    ``b`` carries what all actions of a state share, so that ``m`` only has to tell them apart.
    """

    def __init__(self, config: HeadsConfig) -> None:
        super().__init__()
        self.net = _perceptron(config.hidden_size, config.hidden_size + 1)
        self.scale = config.hidden_size**-0.5

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
        self.net = _perceptron(config.hidden_size, config.rank, zero=False)
        self.shared = _perceptron(config.hidden_size, 1)
        self.tokens = nn.Embedding(config.vocabulary, config.rank)
        nn.init.zeros_(self.tokens.weight)

    def forward(self, hidden: Tensor, ids: Tensor | None, rows: Tensor) -> Tensor:
        """As of ``TiedQHead``; ``rows`` belong to that kind and aren't read."""
        move, shared = self.net(hidden), self.shared(hidden)
        if ids is None:
            return shared + move @ self.tokens.weight.T
        return shared + torch.bmm(self.tokens(ids), move.unsqueeze(-1)).squeeze(-1)


class AdvantageHeads(nn.Module):
    """V, two Q heads, and the two target copies of Q that decoding and V's loss read.

    Of Snell et al., ILQL, arXiv 2206.11871, section 4. They start as the identity: every value is
    exactly 0. The parameters that training moves are those with ``requires_grad``: V and the
    online Qs. The output embedding ``(vocabulary, h)`` stays frozen, is shared with the model and
    is never saved with the heads.
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

    @torch.no_grad()
    def target_q_values(self, hidden: Tensor, ids: Tensor | None) -> Tensor:
        """Both target Qs, like ``q_values``, without gradient."""
        rows = self._rows(ids)
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
        """Write two files into an existing folder; its owner writes that beside and renames it."""
        weights = {name: value.contiguous() for name, value in self.state_dict().items()}
        save_file(weights, folder / _WEIGHTS)
        text = json.dumps(asdict(self.config), indent=2, sort_keys=True) + "\n"
        (folder / _CONFIG).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, unembedding: Tensor) -> AdvantageHeads:
        """Heads saved by ``save``, bound to the model whose ``unembedding`` is given."""
        with boundary(ModelError, f"loading the heads in {folder}"):
            config = HeadsConfig(**json.loads((folder / _CONFIG).read_text(encoding="utf-8")))
            heads = cls(config, unembedding)
            heads.load_state_dict(load_file(folder / _WEIGHTS))
        return heads.to(unembedding.device)


class Regulator(nn.Module):
    """What acts on the top-k logits of one decoding step; subclasses give ``forward``."""

    @property
    def active(self) -> bool:
        """Whether it can change anything; an inactive one leaves logits bit for bit."""
        return True

    def digest(self) -> str:
        """Hex digest of the saved weights."""
        total = hashlib.sha256(type(self).__name__.encode())
        for name, value in sorted(self.state_dict().items()):
            total.update(name.encode())
            total.update(value.detach().cpu().float().numpy().tobytes())
        return total.hexdigest()

    @property
    def reads_context(self) -> bool:
        """Whether it needs the tokens that were read before each state."""
        return False

    def columns(
        self, logprobs: Tensor, top_k: int, context: Tensor | None, ids: Tensor | None = None
    ) -> Tensor:
        """Which tokens it moves: the likeliest, unless a subclass chooses otherwise.

        Args:
            logprobs: Of the tokens to choose from, ``(n, m)``; logits do as well.
            top_k: How many.
            context: As for ``forward``.
            ids: The tokens to choose from, ``(n, m)``; the whole vocabulary without.

        Returns:
            Columns of ``logprobs``, likeliest first, ``(n, top_k)``.
        """
        return logprobs.topk(min(top_k, logprobs.shape[-1]), dim=-1).indices

    def forward(
        self, hidden: Tensor, top_logprobs: Tensor, top_ids: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """What to add to the logits of ``top_ids``.

        Args:
            hidden: Input of the output head, float32, ``(n, h)``.
            top_logprobs: Log-probabilities of the k likeliest tokens, descending, ``(n, k)``.
            top_ids: Their token ids, ``(n, k)``.
            context: Ids of the tokens read before, -1 where there is none, ``(n, T)``; given to
                those with ``reads_context``.

        Returns:
            Adjustments in nats, ``(n, k)``, float32.
        """
        raise NotImplementedError


class AdvantageRegulator(Regulator):
    """Adds the advantage ``min_i Q̂_i(s, a) − V(s)`` of trained heads."""

    def __init__(self, heads: AdvantageHeads) -> None:
        super().__init__()
        self.heads = heads

    def forward(
        self, hidden: Tensor, top_logprobs: Tensor, top_ids: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """Advantages of the top-k tokens."""
        return self.heads.advantage(hidden, top_ids)


class SumRegulator(Regulator):
    """The weighted sum of regulators (parity and gates, say); weights of 0 are left out."""

    def __init__(self, parts: Sequence[tuple[float, Regulator]]) -> None:
        super().__init__()
        kept = [(beta, part) for beta, part in parts if beta != 0.0 and part.active]
        self.betas = tuple(beta for beta, _ in kept)
        self.parts = nn.ModuleList([part for _, part in kept])

    @property
    def _weighted(self) -> list[tuple[float, Regulator]]:
        parts = cast(Iterable[Regulator], self.parts)
        return list(zip(self.betas, parts, strict=True))

    @property
    def active(self) -> bool:
        """Whether any part has a weight."""
        return bool(self.betas)

    def digest(self) -> str:
        """Digest of the parts and their weights."""
        parts = [f"{beta}:{part.digest()}" for beta, part in self._weighted]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    @property
    def reads_context(self) -> bool:
        """Whether any part does."""
        return any(part.reads_context for _, part in self._weighted)

    def columns(
        self, logprobs: Tensor, top_k: int, context: Tensor | None, ids: Tensor | None = None
    ) -> Tensor:
        """Those of the first part that reads the context, or the likeliest."""
        for _, part in self._weighted:
            if part.reads_context:
                return part.columns(logprobs, top_k, context, ids)
        return super().columns(logprobs, top_k, context, ids)

    def forward(
        self, hidden: Tensor, top_logprobs: Tensor, top_ids: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """``Σ β_i · part_i``."""
        total = torch.zeros_like(top_logprobs)
        for beta, part in self._weighted:
            total = total + beta * part(hidden, top_logprobs, top_ids, context)
        return total


class RegulatedHead(nn.Module):
    """An output head with a regulator behind it.

    ``β · adjustment`` is added to the logits of the ``top_k`` likeliest tokens (of all with
    ``full_vocabulary``) and nothing to the others; β = 0 returns the logits of ``base`` bit for
    bit. A constant per state then keeps the *probability mass* of the top-k what it was
    (V(s) cancels in the softmax): advantages that are all negative must not push the mass
    onto the tail, about which the regulator knows nothing. So the tail keeps its probabilities,
    and a large β is argmax Q on the support of the model.
    """

    def __init__(
        self,
        base: nn.Module,
        regulator: Regulator,
        beta: float = 1.0,
        top_k: int = 32,
        *,
        full_vocabulary: bool = False,
    ) -> None:
        super().__init__()
        self.base = base
        self.regulator = regulator
        self.beta, self.top_k, self.full_vocabulary = beta, top_k, full_vocabulary
        self.context: Context | None = None
        self.recorder: TokenRecorder | None = None

    @property
    def reads_context(self) -> bool:
        """Whether it needs to be told what was read before the states that it is given."""
        return self.beta != 0.0 and self.regulator.active and self.regulator.reads_context

    @property
    def weight(self) -> Tensor:
        """The unembedding of the wrapped head."""
        return cast(Tensor, self.base.weight)

    def forward(self, hidden: Tensor) -> Tensor:
        """Logits ``(…, vocabulary)`` for hidden states ``(…, h)``; float32 once adjusted."""
        logits = self.base(hidden)
        if self.beta == 0.0 or not self.regulator.active:
            return logits
        states = hidden.reshape(-1, hidden.shape[-1]).float()
        flat = logits.reshape(len(states), -1).float()
        return self._adjusted(states, flat, self._read(hidden)).reshape(logits.shape)

    def _read(self, hidden: Tensor) -> Tensor | None:
        if not self.reads_context:
            return None
        if self.context is None:
            raise ModelError(
                "the layer in the output head reads the tokens before each state, which weren't "
                "given; call the model with input_ids"
            )
        return self.context.of(hidden)

    def _adjusted(self, states: Tensor, logits: Tensor, context: Tensor | None) -> Tensor:
        k = logits.shape[-1] if self.full_vocabulary else min(self.top_k, logits.shape[-1])
        whole = logits.logsumexp(dim=-1, keepdim=True)
        ids = self.regulator.columns(logits, k, context)
        top = logits.gather(-1, ids)
        logprobs = top - whole
        moved = top + self.beta * self.regulator(states, logprobs, ids, context)
        moved += top.logsumexp(-1, keepdim=True) - moved.logsumexp(-1, keepdim=True)
        return logits.scatter(-1, ids, moved)


def install(
    model: PreTrainedModel,
    regulator: Regulator,
    beta: float = 1.0,
    top_k: int = 32,
    *,
    full_vocabulary: bool = False,
) -> RegulatedHead:
    """Put ``regulator`` into the output head of ``model``; plain ``generate`` is steered then.

    Remove it before saving the model: regulators are saved on their own.
    """
    base = output_head(model)
    if isinstance(base, RegulatedHead):
        raise ModelError("the language model has a regulator already; remove it first")
    head = RegulatedHead(base, regulator, beta, top_k, full_vocabulary=full_vocabulary)
    put_head(model, head)
    return head


def put_head(model: PreTrainedModel, head: RegulatedHead) -> None:
    """Make ``head`` the output head of ``model``, and note what is read where it asks."""
    model.set_output_embeddings(head)
    if head.regulator.reads_context:
        head.recorder = TokenRecorder(model, head)


def remove(model: PreTrainedModel) -> None:
    """Give ``model`` its own output head back; does nothing where none is regulated."""
    head = output_head(model)
    if isinstance(head, RegulatedHead):
        take_head(model, head, head.base)
        give_back(model)


def take_head(model: PreTrainedModel, head: RegulatedHead, before: nn.Module) -> None:
    """Give ``model`` the output head ``before`` instead of ``head``."""
    if head.recorder is not None:
        head.recorder.close()
        head.recorder = None
    model.set_output_embeddings(before)


def output_head(model: PreTrainedModel) -> nn.Module:
    """The output head, regulated or not, with what the model does to its logits after it."""
    take_in(model)
    head = model.get_output_embeddings()
    if head is None:
        raise ModelRefused("the language model has no output head; use a causal language model")
    return head


def unembedding_of(model: PreTrainedModel) -> Tensor:
    """The output embedding ``(vocabulary, h)``, regulated or not."""
    return cast(Tensor, output_head(model).weight)
