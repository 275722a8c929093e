"""The mitigation layer: what it computes, its files, and how it is put onto a language model.

``y = softmax(log p + f)`` over the top-k, with f exactly 0 at the start; the top-k keep the
probability they have together, and no other token moves. For candidate i in a state with hidden
vector h::

    m_i = Σ_{j≠i} w_ij · log p_j,   w_i = softmax_j(log p_j + u_j + τ · cos(E_i, E_j))
    f_i = g(h) · [ s_i · (log ½(p_i + exp m_i) − log p_i) + r_i ]

m_i is the level of the candidates most like i by the model's own frozen output embeddings E, so
two subjects of one sort are each other's level, whoever they are, and s = 1 gives both the mean
of their probabilities. s_i (how far to move), r_i (a push) and u_j (how much j counts) are read by
one network for all candidates from h, log p_i, the rank, how like i the likely others are, and
whether, how far back and how often i stands in what was read: subjects that a text leaves open both
do, tokens merely like them don't. With ``key_size`` above 0 also from E_i itself, which fits better
and carries over less to tokens that training didn't meet.

An attached layer acts inside the output head, so ``generate``, the forward pass and (for masked
models) the fill-mask head are mitigated, and subjects of several tokens are moved at each of their
steps. A layer that reads the tokens is told them by a recorder on the model (a ``TokenRecorder``).
A regulator that is there already goes on acting beside it, on its own support. Adapters (LoRA) act
before the head and are left alone. Not a trainer, and it keeps no weights of the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import LogitsProcessor, PreTrainedModel

from evenhand.errors import BadInput, FolderRefused, ModelError, boundary
from evenhand.generate.regulator import (
    RegulatedHead,
    Regulator,
    SumRegulator,
    give_back,
    output_head,
    put_head,
    take_head,
    unembedding_of,
)
from evenhand.mitigate import AGAIN, RUN
from evenhand.mitigate.states import (
    NONE,
    NUMBERS,
    AnswerStates,
    likeliest,
    mention_features,
)
from evenhand.records.files import atomic_path
from evenhand.records.integrity import read_sealed, write_sealed

Model = TypeVar("Model", bound=PreTrainedModel)
Reads = Literal["probabilities", "logits"]
WEIGHTS, CONFIG = "layer.safetensors", "layer.json"
KIND, PAPER = "residual", "paper"
LOWEST = -60.0
"""Log-probabilities below this are read as this one (masked tokens have −inf)."""
_AT_ONCE = 1024
"""States moved at once."""


@dataclass(frozen=True, slots=True)
class LayerConfig:
    """Shape of a mitigation layer.

    Attributes:
        hidden_size: Width h of the language model.
        vocabulary: Number of its tokens.
        top_k: How many tokens are moved: the likeliest, a quarter of them among those mentioned.
        width: Width of what is read from the hidden state, and of the candidates' network.
        key_size: Width of what is read from a token's embedding; 0: tokens aren't read, only
            states, log-probabilities and ranks.
        dropout: Share of what is read that training leaves out at random.
        mentions: Whether it is seen which candidates stand in what was read.
    """

    hidden_size: int
    vocabulary: int
    top_k: int = 64
    width: int = 64
    key_size: int = 32
    dropout: float = 0.0
    mentions: bool = True


class MitigationLayer(Regulator):
    """Moves the top-k by what the state and the candidates say.

    The unembedding is the model's output embedding ``(vocabulary, h)``: frozen, shared, not saved.
    ``words`` (see ``token_words``) are saved with the layer; without, each token is its own word.
    """

    unembedding: Tensor
    centre: Tensor
    words: Tensor

    def __init__(
        self, config: LayerConfig, unembedding: Tensor, words: Tensor | None = None
    ) -> None:
        super().__init__()
        check_top_k(config.top_k, config.vocabulary)
        if unembedding.shape != (config.vocabulary, config.hidden_size):
            raise ModelError(
                f"a layer for {config.vocabulary} tokens of width {config.hidden_size} doesn't "
                f"fit a model with {tuple(unembedding.shape)}; train a layer for this model"
            )
        self.config = config
        self.register_buffer("unembedding", unembedding.detach(), persistent=False)
        self.register_buffer("centre", unembedding.detach().float().mean(dim=0), persistent=False)
        own = torch.arange(config.vocabulary, dtype=torch.int32)
        self.register_buffer("words", own if words is None else words.clone())
        width, size = config.width, config.key_size
        self.state = nn.Sequential(nn.Linear(config.hidden_size, width), nn.SiLU())
        self.gate = nn.Linear(width, 1)
        self.about = nn.Linear(width, width)
        self.query = nn.Linear(width, size) if size else None
        self.key = nn.Linear(config.hidden_size, size, bias=False) if size else None
        self.drop = nn.Dropout(config.dropout)
        numbers = 5 + NUMBERS * config.mentions
        self.candidate = nn.Sequential(nn.Linear(width + 2 * size + numbers, width), nn.SiLU())
        self.sharpness = nn.Parameter(torch.tensor(math.log(10.0)))
        self.out = nn.Linear(width, 3)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    @property
    def top_k(self) -> int:
        """How many tokens are moved."""
        return self.config.top_k

    @property
    def active(self) -> bool:
        """False as long as f is 0 for every input."""
        return bool(self.out.weight.any()) or bool(self.out.bias.any())

    @property
    def reads_context(self) -> bool:
        """Whether it needs the tokens that were read."""
        return self.config.mentions

    def columns(
        self, logprobs: Tensor, top_k: int, context: Tensor | None, ids: Tensor | None = None
    ) -> Tensor:
        """The likeliest tokens, and the likeliest of those mentioned (``states.likeliest``)."""
        words = self.words if self.config.mentions else None
        return likeliest(logprobs, top_k, context, words, ids)

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """What to add to every candidate, f, ``(n, k)``."""
        logprobs = floored(top_logprobs)
        alike = self._alike(top_ids)
        strength, push, weight = self._candidates(hidden, logprobs, top_ids, alike, context)
        pull = (logprobs + weight).unsqueeze(1) + self.sharpness.exp() * alike
        counted = torch.softmax(pull.masked_fill(_itself(pull), -torch.inf), dim=-1)
        partner = (counted * logprobs.unsqueeze(1)).sum(dim=-1)
        level = torch.logaddexp(logprobs, partner) - math.log(2.0)
        return self.openness(hidden) * (strength * (level - logprobs) + push)

    def openness(self, hidden: Tensor) -> Tensor:
        """The gate g(h) in (0, 2), ``(n, 1)``."""
        return 2.0 * torch.sigmoid(self.gate(self._read(hidden)))

    def _read(self, hidden: Tensor) -> Tensor:
        return self.drop(self.state(functional.layer_norm(hidden.float(), hidden.shape[-1:])))

    def _candidates(
        self,
        hidden: Tensor,
        logprobs: Tensor,
        ids: Tensor,
        alike: Tensor,
        context: Tensor | None,
    ) -> tuple[Tensor, ...]:
        """s, r and u of every candidate, each ``(n, k)``."""
        state = self._read(hidden)
        places = torch.arange(ids.shape[-1], device=ids.device) / self.config.top_k
        likely = torch.softmax(logprobs, dim=-1).unsqueeze(1)
        company = (likely * alike).sum(dim=-1) - likely.squeeze(1)
        nearness = alike + logprobs.unsqueeze(1) / 5.0
        closest = nearness.masked_fill(_itself(nearness), -torch.inf).amax(dim=-1)
        numbers = [company, closest, logprobs / 5.0, (logprobs - logprobs[:, :1]) / 5.0]
        numbers.append(places.expand(ids.shape))
        about = self.about(state).unsqueeze(1).expand(-1, ids.shape[-1], -1)
        features = [torch.stack(numbers, dim=-1), about]
        if self.config.mentions:
            with torch.no_grad():
                features.append(mention_features(context, ids, self.words))
        if self.key is not None and self.query is not None:
            keys = self.drop(self._keys(self.key, ids))
            features += [keys, self.query(state).unsqueeze(1) * keys]
        out = self.out(self.candidate(torch.cat(features, dim=-1)))
        return out.unbind(dim=-1)

    def _alike(self, ids: Tensor) -> Tensor:
        """Cosines of the candidates' centred embeddings, ``(n, k, k)``."""
        with torch.no_grad():
            distinct, places = ids.unique(return_inverse=True)
            rows = functional.normalize(self.unembedding[distinct].float() - self.centre, dim=-1)
            chosen = rows[places]
            return torch.bmm(chosen, chosen.transpose(1, 2))

    def _keys(self, project: nn.Linear, ids: Tensor) -> Tensor:
        """Projected embeddings ``(n, k, size)``; every distinct token is projected once."""
        distinct, places = ids.unique(return_inverse=True)
        rows = self.unembedding[distinct].float()
        return project(functional.layer_norm(rows, rows.shape[-1:]))[places]

    def save(self, folder: Path) -> None:
        """Write ``layer.safetensors`` and ``layer.json`` into ``folder``."""
        mark = fingerprint(self.unembedding)
        _save(self, folder, kind=KIND, **asdict(self.config), fingerprint=mark)

    @classmethod
    def load(cls, folder: Path, unembedding: Tensor) -> MitigationLayer:
        """A layer saved by ``save``, bound to the model whose ``unembedding`` is given."""
        about = _saved_config(folder, KIND)
        with boundary(ModelError, f"loading the layer in {folder}"):
            mark = about.pop("fingerprint")
            layer = cls(LayerConfig(**about), unembedding)
            layer.load_state_dict(load_file(folder / WEIGHTS))
        if not same_model(mark, unembedding):
            raise ModelError(
                f"{folder}: the layer was trained on another model with the same shape; "
                "train one for this model"
            )
        return layer.to(unembedding.device).eval()


def _itself(pairs: Tensor) -> Tensor:
    """The diagonal of ``(n, k, k)``: each candidate beside itself."""
    return torch.eye(pairs.shape[-1], dtype=torch.bool, device=pairs.device)


def new_layer(
    unembedding: Tensor, config: LayerConfig, seed: int, words: Tensor | None = None
) -> MitigationLayer:
    """A layer that does nothing yet, its inner weights drawn from ``seed``."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MitigationLayer(config, unembedding, words).to(unembedding.device)


def check_top_k(top_k: int, vocabulary: int) -> None:
    """Refuse a support that the vocabulary can't fill."""
    if not 2 <= top_k <= vocabulary:
        raise BadInput(
            f"top_k is {top_k} and the language model knows {vocabulary} tokens; "
            f"choose a number from 2 to {vocabulary}"
        )


def refuse_nan(logprobs: Tensor) -> None:
    """Refuse to move what is not a distribution."""
    if bool(torch.isnan(logprobs).any()):
        raise ModelError(
            "the language model returned logits that are not numbers (NaN); "
            "load it in float32 and check its weights"
        )


def floored(logprobs: Tensor) -> Tensor:
    """Log-probabilities that are numbers, none below ``LOWEST``."""
    refuse_nan(logprobs)
    return logprobs.clamp(min=LOWEST)


def _save(layer: nn.Module, folder: Path, **about: object) -> None:
    """Write weights and what they are; the JSON file comes last and marks them as whole."""
    state = {name: value.detach().cpu().contiguous() for name, value in layer.state_dict().items()}
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file(state, temporary)
    write_sealed(folder / CONFIG, about, [folder / WEIGHTS])


def _saved_config(folder: Path, kind: str) -> dict[str, Any]:
    """What ``layer.json`` says, without its kind, and the weights are those that it seals."""
    about = read_sealed(folder / CONFIG, AGAIN, needed=[WEIGHTS])
    if about.pop("kind", None) != kind:
        raise ModelError(f"{folder}: holds no {kind} layer; choose another folder")
    return about


def fingerprint(unembedding: Tensor) -> list[float]:
    """A few numbers of an embedding that tell models of one shape apart in any number type."""
    return [round(float(value), 5) for value in _sample(unembedding)]


def same_model(mark: object, unembedding: Tensor) -> bool:
    """Whether a fingerprint is that of this embedding, but for rounding and light tuning."""
    mine = _sample(unembedding)
    saved = torch.tensor(mark, dtype=torch.float32, device=mine.device)
    if saved.shape != mine.shape:
        return False
    size = float(mine.norm()) + 1e-9
    return float((saved - mine).norm()) <= 0.2 * size


def _sample(unembedding: Tensor) -> Tensor:
    step = max(1, len(unembedding) // 32)
    return unembedding.detach()[::step, :4].float().flatten()


class PaperLayer(Regulator):
    """REFINE-LM's layer as it was released, for comparison only: not what this package proposes.

    ``y = softmax(W z + b)`` with one k × k matrix on the *sorted* top-k values z. W starts as all
    ones and b as the framework's default, so ``W z + b = (Σ z) · 1 + b`` and y = softmax(b)
    whatever the input: at the start, and after training at the released learning rates, it is one
    fixed and nearly uniform distribution over ranks (Qureshi et al., arXiv 2408.09489, released
    code; found by reading it). The released scripts use k = 8 for masked models, which are read as
    logits (log-probabilities here: a constant that W's equal columns don't see), and 10 for causal
    ones, read as probabilities: softmax of the top-k.
    """

    def __init__(self, top_k: int = 10, seed: int = 0, reads: Reads = "probabilities") -> None:
        super().__init__()
        self.top_k, self.reads = top_k, reads
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.linear = nn.Linear(top_k, top_k)
        nn.init.ones_(self.linear.weight)

    def distribution(self, top_logprobs: Tensor) -> Tensor:
        """The distribution y over the top-k, ``(n, k)``."""
        refuse_nan(top_logprobs)
        if top_logprobs.shape[-1] != self.top_k:
            raise ModelError(
                f"the paper's layer reads exactly {self.top_k} tokens and was given "
                f"{top_logprobs.shape[-1]}; set top_k to {self.top_k}"
            )
        values = top_logprobs.clamp(min=LOWEST)
        if self.reads == "probabilities":
            values = torch.softmax(values, dim=-1)
        return torch.softmax(self.linear(values), dim=-1)

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """What turns p into y; the probability of the top-k as a whole stays the base's."""
        return self.distribution(top_logprobs).log() - top_logprobs.clamp(min=LOWEST)

    def save(self, folder: Path) -> None:
        """Write ``layer.safetensors`` and ``layer.json`` into ``folder``."""
        _save(self, folder, kind=PAPER, top_k=self.top_k, reads=self.reads)

    @classmethod
    def load(cls, folder: Path, vocabulary: int) -> PaperLayer:
        """A layer saved by ``save``."""
        about = _saved_config(folder, PAPER)
        with boundary(ModelError, f"loading the layer in {folder}"):
            layer = cls(int(str(about["top_k"])), reads=cast(Reads, about["reads"]))
            check_top_k(layer.top_k, vocabulary)
            layer.load_state_dict(load_file(folder / WEIGHTS))
        return layer.eval()


def support(layer: Regulator, width: int) -> int:
    """How many of ``width`` cached candidates a regulator moves."""
    wanted = int(getattr(layer, "top_k", width))
    if wanted > width:
        raise BadInput(
            f"the layer moves {wanted} tokens and the states hold {width}; "
            f"compute states with top_k {wanted} or more"
        )
    return wanted


def moved_logprobs(states: AnswerStates, layer: Regulator | None) -> Tensor:
    """Log-probabilities ``(n, k)`` of cached candidates after a regulator; None leaves them.

    It moves ``layer.top_k`` of its own choice where it has that attribute, all of them otherwise.
    """
    if layer is None or not len(states.top_logprobs):
        return states.top_logprobs
    count = support(layer, states.top_logprobs.shape[-1])
    parts: list[Tensor] = []
    for first in range(0, len(states.top_logprobs), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        top, ids, read = states.top_logprobs[rows], states.top_ids[rows], states.context[rows]
        columns = layer.columns(top, count, read, ids)
        mine = top.gather(-1, columns)
        moved = kept_mass(mine, layer(states.hidden[rows], mine, ids.gather(-1, columns), read))
        parts.append(top.scatter(-1, columns, moved))
    return torch.cat(parts)


def kept_mass(top: Tensor, adjustments: Tensor) -> Tensor:
    """``top + adjustments``, shifted so that the candidates keep their total probability."""
    moved = top + adjustments
    return moved + (top.logsumexp(-1, keepdim=True) - moved.logsumexp(-1, keepdim=True))


def choice_logprobs(states: AnswerStates, log_y: Tensor) -> Tensor:
    """Log-probability of each subject's first token, ``(n, 2)``; −inf where there is none."""
    found = states.logprobs(states.choice_ids, states.choice_logprobs, log_y)
    return found.masked_fill(states.choice_ids == NONE, -torch.inf)


def choice_probabilities(states: AnswerStates, log_y: Tensor) -> Tensor:
    """Probability of each subject's first token, ``(n, 2)``."""
    return choice_logprobs(states, log_y).exp()


class MitigatedHead(RegulatedHead):
    """A regulated head that remembers its predecessor and shows the bias masked models read."""

    def __init__(
        self, base: nn.Module, regulator: Regulator, top_k: int, before: RegulatedHead | None
    ) -> None:
        super().__init__(base, regulator, 1.0, top_k)
        self._before = [before]

    @property
    def before(self) -> RegulatedHead | None:
        """The regulated head that stood here before."""
        return self._before[0]

    @property
    def bias(self) -> Tensor | None:
        """The bias of the wrapped head."""
        return cast("Tensor | None", getattr(self.base, "bias", None))

    def forward(self, hidden: Tensor) -> Tensor:
        """Logits, mitigated."""
        logits = super().forward(hidden)
        if not self.regulator.active:
            refuse_nan(logits)
        return logits


class Limited(Regulator):
    """A regulator on its own support: its first ``top_k`` columns, moved by ``beta`` times as much.

    The columns keep their mass.
    """

    def __init__(self, part: Regulator, top_k: int, beta: float = 1.0) -> None:
        super().__init__()
        self.part, self.top_k, self.beta = part, top_k, beta

    @property
    def active(self) -> bool:
        """Whether it can change anything."""
        return self.beta != 0.0 and self.part.active

    def digest(self) -> str:
        """Digest of the part with weight and support."""
        return f"{self.part.digest()}:{self.top_k}:{self.beta}"

    @property
    def reads_context(self) -> bool:
        """Whether the part does."""
        return self.part.reads_context

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """Its adjustments on its support, 0 elsewhere."""
        columns = self.part.columns(top_logprobs, self.top_k, context, top_ids)
        top = top_logprobs.gather(-1, columns)
        added = self.beta * self.part(hidden, top, top_ids.gather(-1, columns), context)
        return torch.zeros_like(top_logprobs).scatter(-1, columns, kept_mass(top, added) - top)

    def columns(
        self, logprobs: Tensor, top_k: int, context: Tensor | None, ids: Tensor | None = None
    ) -> Tensor:
        """Those of the part."""
        return self.part.columns(logprobs, top_k, context, ids)


def compose(parts: Sequence[tuple[Regulator, float, int]]) -> tuple[SumRegulator, int]:
    """One regulator out of several (regulator, weight β, top_k), and the top_k to install it with.

    Supports are those of the *model's* ranks, whatever the other parts do, so the order of parts
    doesn't matter.
    """
    limited = [Limited(part, top_k, beta) for part, beta, top_k in parts]
    return SumRegulator([(1.0, part) for part in limited]), max(top_k for _, _, top_k in parts)


def load_layer(run: Path, unembedding: Tensor) -> MitigationLayer | PaperLayer:
    """The layer of a run.

    Args:
        run: What ``train_layer`` wrote, or a folder with that in its folder ``layer``.
        unembedding: The output embedding of the model it is for.

    Raises:
        StorageError: There is no layer, or a file of it was changed.
        ModelError: It belongs to another model.
    """
    folder, kind = require_layer(run)
    if kind == PAPER:
        return PaperLayer.load(folder, len(unembedding))
    return MitigationLayer.load(folder, unembedding)


def require_layer(run: Path) -> tuple[Path, str]:
    """The folder that a run's layer is in and its kind, before a model is loaded for it.

    Raises:
        FolderRefused: There is no layer.
        StorageError: A file of it was changed.
        ModelError: It is of a kind that isn't known.
    """
    if (run / RUN).exists():
        read_sealed(run / RUN, AGAIN)
    folder = run if (run / CONFIG).is_file() else run / "layer"
    if not (folder / CONFIG).exists():
        raise FolderRefused(
            f"{folder / CONFIG}: there is no such file, so {run} holds no layer; name the folder "
            "of a finished `evenhand mitigate`"
        )
    kind = read_sealed(folder / CONFIG, AGAIN).get("kind")
    if kind not in (KIND, PAPER):
        raise ModelError(f"{folder}: holds no layer of a known kind; train one with mitigate")
    return folder, kind


def attach(model: Model, run: Path | str | Regulator) -> Model:
    """Mitigate a model in place.

    Args:
        model: A causal or masked language model, plain, with adapters, or regulated already.
        run: The folder of a trained layer, or a regulator (a layer, a control).

    Returns:
        The same model; ``detach`` gives it its former head back.

    Raises:
        ModelError: The layer is for another model, or one is attached already.
        BadInput: It moves more tokens than the model knows.
    """
    head, layer, top_k = _head_and_layer(model, run)
    layer = layer.to(unembedding_of(model).device)
    if isinstance(head, RegulatedHead):
        every = len(unembedding_of(model))
        other = every if head.full_vocabulary else min(head.top_k, every)
        both = [(head.regulator, head.beta, other), (layer, 1.0, top_k)]
        total, widest = compose(both)
        put_head(model, MitigatedHead(head.base, total, widest, head))
    else:
        put_head(model, MitigatedHead(head, layer, top_k, None))
    return model


def _head_and_layer(
    model: PreTrainedModel, run: Path | str | Regulator
) -> tuple[nn.Module, Regulator, int]:
    """The head of a model without a layer, the layer for it and how many tokens that moves."""
    head = output_head(model)
    if isinstance(head, MitigatedHead):
        raise ModelError("the language model has a layer already; detach it first")
    weights = unembedding_of(model)
    layer = run if isinstance(run, Regulator) else load_layer(Path(run), weights)
    top_k = int(getattr(layer, "top_k", 64))
    check_top_k(top_k, len(weights))
    return head, layer, top_k


def detach(model: Model) -> Model:
    """Give a model the head back that it had before ``attach``; nothing where there was none."""
    head = output_head(model)
    if isinstance(head, MitigatedHead):
        take_head(model, head, head.before or head.base)
        give_back(model)
    return model


class MitigationProcessor(LogitsProcessor):
    """A layer as a transformers logits processor, for pipelines that take processors only.

    Processors are given scores and not the hidden state that the layer reads, so this one needs
    the model that generates: a hook on its output head keeps the last state of each row. Put it
    first in the list, before processors that ban tokens (padding counts as read); use it for one
    ``generate`` at a time, and ``close`` it when done.

    Args:
        model: The model that ``generate`` is called on, with no layer attached.
        run: The folder of a trained layer, or a regulator.

    Raises:
        ModelError: The layer is for another model, or one is attached already.
    """

    def __init__(self, model: PreTrainedModel, run: Path | str | Regulator) -> None:
        head, self.layer, self.top_k = _head_and_layer(model, run)
        self._states: Tensor | None = None
        self._hook = head.register_forward_pre_hook(self._remember)

    def _remember(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        hidden = cast(Tensor, inputs[0])
        self._states = hidden.detach()[:, -1].float()

    def __call__(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, input_ids: Tensor, scores: Tensor
    ) -> Tensor:
        """Scores ``(rows, vocabulary)`` after the layer."""
        if self._states is None or len(self._states) != len(scores):
            raise ModelError(
                "the logits processor has not seen the state of these rows; call generate on the "
                "model it was made with"
            )
        if not self.layer.active:
            return scores
        logits = scores.float()
        whole = logits.logsumexp(dim=-1, keepdim=True)
        ids = self.layer.columns(logits, self.top_k, input_ids)
        top = logits.gather(-1, ids)
        logprobs = top - whole
        with torch.no_grad():
            moved = kept_mass(top, self.layer(self._states, logprobs, ids, input_ids))
        return logits.scatter(-1, ids, moved).to(scores.dtype)

    def close(self) -> None:
        """Take the hook off the model."""
        self._hook.remove()
