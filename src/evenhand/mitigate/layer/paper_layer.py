"""REFINE-LM's layer as it was released, for comparison only.

``y = softmax(W z + b)`` with one k × k matrix on the *sorted* top-k values z. W starts as all
ones and b as the framework's default, so ``W z + b = (Σ z) · 1 + b`` and y = softmax(b) whatever
the input: at the start, and after training at the released learning rates, it is one fixed and
nearly uniform distribution over ranks (Qureshi et al., arXiv 2408.09489, released code; found by
reading it). Not a method that this package proposes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from evenhand.errors import ModelError, boundary
from evenhand.generate.regulator import Regulator
from evenhand.mitigate.layer.layer import (
    LOWEST,
    WEIGHTS,
    check_top_k,
    refuse_nan,
    save_weights,
    saved_config,
)

KIND = "paper"
Reads = Literal["probabilities", "logits"]


class PaperLayer(Regulator):
    """The released Linear(k, k) on sorted values.

    Args:
        top_k: k; the released scripts use 8 for masked models and 10 for causal ones.
        seed: Of the bias.
        reads: ``probabilities``: softmax of the top-k, as for causal models; ``logits``: as for
            masked models (log-probabilities here: a constant that W's equal columns don't see).
    """

    def __init__(self, top_k: int = 10, seed: int = 0, reads: Reads = "probabilities") -> None:
        super().__init__()
        self.top_k, self.reads = top_k, reads
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.linear = nn.Linear(top_k, top_k)
        nn.init.ones_(self.linear.weight)

    def distribution(self, top_logprobs: Tensor) -> Tensor:
        """The distribution y over the top-k, ``(n, k)``.

        Raises:
            ModelError: There are not exactly k columns, or NaN among them.
        """
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
        """Write ``layer.safetensors`` and ``layer.json`` into ``folder``.

        Raises:
            StorageError: They can't be written.
        """
        save_weights(self, {"kind": KIND, "top_k": self.top_k, "reads": self.reads}, folder)

    @classmethod
    def load(cls, folder: Path, vocabulary: int) -> PaperLayer:
        """A layer saved by ``save``.

        Raises:
            ModelError: Files are missing or broken.
            BadInput: The vocabulary is smaller than k.
        """
        about = saved_config(folder, KIND)
        with boundary(ModelError, f"loading the layer in {folder}"):
            layer = cls(int(str(about["top_k"])), reads=cast(Reads, about["reads"]))
            check_top_k(layer.top_k, vocabulary)
            layer.load_state_dict(load_file(folder / WEIGHTS))
        return layer.eval()
