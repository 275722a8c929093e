"""What some models do to their logits after the output head: a cap or a scale, taken into the head.

Gemma 2 caps logits, Cohere and Granite scale them. A regulator acts in the head and must see what
the model will sample from, so the last step moves in there: the model's own setting is switched
off, and its logits stay what they were. Knows no regulator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel

_STEPS: dict[str, tuple[Callable[[Tensor, float], Tensor], float | None]] = {
    "final_logit_softcapping": (lambda logits, cap: (logits / cap).tanh() * cap, None),
    "logit_scale": (lambda logits, scale: logits * scale, 1.0),
    "logits_scaling": (lambda logits, scale: logits / scale, 1.0),
}
"""Setting to what it does, and the value that does nothing."""


class FinishedHead(nn.Module):
    """An output head with the model's last step, and the settings that were switched off."""

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
