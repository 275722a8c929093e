"""Attaching a trained layer to a language model, and taking it off again.

The layer acts inside the output head, so ``generate``, the forward pass and (for masked models)
the fill-mask head are mitigated, and subjects of several tokens are moved at each of their steps.
A layer that reads the tokens is told them by a recorder on the model (``generate.context``).
A regulator that is there already goes on acting beside it, on its own support. Adapters (LoRA)
act before the head and are left alone. Not a trainer and not a copy of the model's weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn
from transformers import LogitsProcessor, PreTrainedModel

from evenhand.errors import ModelError
from evenhand.generate.finish import give_back
from evenhand.generate.regulator import (
    RegulatedHead,
    Regulator,
    SumRegulator,
    output_head,
    put_head,
    take_head,
    unembedding_of,
)
from evenhand.mitigate.layer import AGAIN, RUN
from evenhand.mitigate.layer.apply import kept_mass
from evenhand.mitigate.layer.layer import CONFIG, KIND, MitigationLayer, check_top_k, refuse_nan
from evenhand.mitigate.layer.paper_layer import KIND as PAPER
from evenhand.mitigate.layer.paper_layer import PaperLayer
from evenhand.records.seals import read_sealed

Model = TypeVar("Model", bound=PreTrainedModel)


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
        """Logits, mitigated.

        Raises:
            ModelError: The wrapped head gave NaN.
        """
        logits = super().forward(hidden)
        if not self.regulator.active:
            refuse_nan(logits)
        return logits


class Limited(Regulator):
    """A regulator on its own support: the first ``top_k`` columns, which keep their mass.

    Args:
        part: What moves them.
        top_k: How many.
        beta: Weight of its adjustments.
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
    """One regulator out of several, each with its weight and its own support.

    Args:
        parts: Regulator, weight β, top_k. Supports are those of the *model's* ranks, whatever
            the other parts do, so the order of parts doesn't matter.

    Returns:
        The sum, and the top_k to install it with.
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
    if (run / RUN).exists():
        read_sealed(run / RUN, AGAIN)
    folder = run if (run / CONFIG).is_file() else run / "layer"
    kind = read_sealed(folder / CONFIG, AGAIN).get("kind")
    if kind == PAPER:
        return PaperLayer.load(folder, len(unembedding))
    if kind != KIND:
        raise ModelError(f"{folder}: holds no layer of a known kind; train one with mitigate")
    return MitigationLayer.load(folder, unembedding)


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
    head = output_head(model)
    if isinstance(head, MitigatedHead):
        raise ModelError("the language model has a layer already; detach it first")
    weights = unembedding_of(model)
    layer = run if isinstance(run, Regulator) else load_layer(Path(run), weights)
    top_k = int(getattr(layer, "top_k", 64))
    check_top_k(top_k, len(weights))
    layer = layer.to(weights.device)
    if isinstance(head, RegulatedHead):
        other = len(weights) if head.full_vocabulary else min(head.top_k, len(weights))
        both = [(head.regulator, head.beta, other), (layer, 1.0, top_k)]
        total, widest = compose(both)
        put_head(model, MitigatedHead(head.base, total, widest, head))
    else:
        put_head(model, MitigatedHead(head, layer, top_k, None))
    return model


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
        head = output_head(model)
        if isinstance(head, MitigatedHead):
            raise ModelError("the language model has a layer already; detach it first")
        weights = unembedding_of(model)
        self.layer = run if isinstance(run, Regulator) else load_layer(Path(run), weights)
        self.top_k = int(getattr(self.layer, "top_k", 64))
        check_top_k(self.top_k, len(weights))
        self._states: Tensor | None = None
        self._hook = head.register_forward_pre_hook(self._remember)

    def _remember(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        hidden = cast(Tensor, inputs[0])
        self._states = hidden.detach()[:, -1].float()

    def __call__(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, input_ids: Tensor, scores: Tensor
    ) -> Tensor:
        """Scores ``(rows, vocabulary)`` after the layer.

        Raises:
            ModelError: The model has not run, or on other rows.
        """
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
