"""The mitigation layer: a small residual regulator that reads the state and the candidates.

``y = softmax(log p + f)`` over the top-k, with f exactly 0 at the start. For candidate i in a
state with hidden vector h::

    m_i = Σ_{j≠i} w_ij · log p_j,   w_i = softmax_j(log p_j + u_j + τ · cos(E_i, E_j))
    f_i = g(h) · [ s_i · (log ½(p_i + exp m_i) − log p_i) + r_i ]

m_i is the level of the candidates most like i by the model's own frozen output embeddings E, so
two subjects of one sort are each other's level, whoever they are, and s = 1 gives both the mean
of their probabilities. s_i (how far to move), r_i (a push) and u_j (how much j counts) are read by
one network for all candidates from h, log p_i, the rank, how like i the likely others are, and
whether, how far back and how often i stands in what was read (``mentions``): subjects that a text
leaves open both do, tokens merely like them don't. With ``key_size`` above 0 also from E_i itself,
which fits better and carries over less to tokens that training didn't meet. Not a trainer, and it
keeps no weights of the model.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from evenhand.errors import BadInput, ModelError, boundary
from evenhand.generate.regulator import Regulator
from evenhand.mitigate.layer import AGAIN
from evenhand.mitigate.mentions import NUMBERS, likeliest, mention_features
from evenhand.records.files import atomic_path
from evenhand.records.seals import read_sealed, write_sealed

WEIGHTS, CONFIG = "layer.safetensors", "layer.json"
KIND = "residual"
LOWEST = -60.0
"""Log-probabilities below this are read as this one (masked tokens have −inf)."""


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

    Args:
        config: Shapes.
        unembedding: The model's output embedding ``(vocabulary, h)``; frozen, shared, not saved.
        words: The word of each token (``token_words``), saved with the layer; each token is a
            word of its own without.

    Raises:
        BadInput: More candidates than tokens.
        ModelError: The unembedding has another shape.
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
        """The likeliest tokens, and the likeliest of those mentioned (``mentions.likeliest``)."""
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
        refuse_nan(top_logprobs)
        logprobs = top_logprobs.clamp(min=LOWEST)
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
        """Write ``layer.safetensors`` and ``layer.json`` into ``folder``.

        Raises:
            StorageError: They can't be written.
        """
        about = {"kind": KIND, **asdict(self.config)}
        save_weights(self, about, folder, fingerprint(self.unembedding))

    @classmethod
    def load(cls, folder: Path, unembedding: Tensor) -> MitigationLayer:
        """A layer saved by ``save``, bound to the model whose ``unembedding`` is given.

        Raises:
            ModelError: Files are missing, or belong to another model.
        """
        about = saved_config(folder, KIND)
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
    """Refuse a support that the vocabulary can't fill.

    Raises:
        BadInput: ``top_k`` is below 2 or above the vocabulary.
    """
    if not 2 <= top_k <= vocabulary:
        raise BadInput(
            f"top_k is {top_k} and the language model knows {vocabulary} tokens; "
            f"choose a number from 2 to {vocabulary}"
        )


def refuse_nan(logprobs: Tensor) -> None:
    """Refuse to move what is not a distribution.

    Raises:
        ModelError: A log-probability is NaN.
    """
    if bool(torch.isnan(logprobs).any()):
        raise ModelError(
            "the language model returned logits that are not numbers (NaN); "
            "load it in float32 and check its weights"
        )


def save_weights(
    layer: nn.Module, about: dict[str, object], folder: Path, mark: list[float] | None = None
) -> None:
    """Write weights and what they are; the JSON file comes last and marks them as whole.

    Raises:
        StorageError: They can't be written.
    """
    state = {name: value.detach().cpu().contiguous() for name, value in layer.state_dict().items()}
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file(state, temporary)
    whole = {**about, "fingerprint": mark} if mark is not None else about
    write_sealed(folder / CONFIG, whole, [folder / WEIGHTS])


def saved_config(folder: Path, kind: str) -> dict[str, Any]:
    """What ``layer.json`` says, without its kind, and the weights are those that it seals.

    Raises:
        StorageError: There is no such file, or one of the two was changed.
        ModelError: It is of another kind.
    """
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
