"""A second opinion on rewordings: does the sentence still mean the same, does it read well?

Both come from one pass of the *base* language model, which is neither the matching engine's
encoder nor what is being trained. Meaning is the cosine of mean-pooled states of a lower layer,
centred on everyday ad sentences (states of language models point in nearly the same
direction otherwise). Reading well is perplexity against the original's. Facts are not
judged here: similar states are no proof of equal facts.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evenhand.errors import BadInput
from evenhand.generate.model import (
    NumberType,
    load_language_model,
    number_type,
    weights_digest,
)
from evenhand.generate.prefix import context_of, depth_of, prefixed
from evenhand.generate.prompt import PLAIN_SENTENCES
from evenhand.language.span import BatchGate, Span, Verdict

FloatArray = NDArray[np.float32]
T = TypeVar("T")

LEAD_IN = "This is a sentence from a job ad:"
"""Stands before every text: the first tokens of any text have outlying states, and the likelihood
of a sentence should not hang on where it begins."""
_REMEMBERED = 4096
_FEWEST = 16
"""Tokens of a text without which nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Of one text: its pooled, centred state ``(h,)``, of unit length, and perplexity a token."""

    vector: FloatArray
    perplexity: float


class StateEncoder:
    """Reads texts with a base language model.

    Args:
        model_dir: Folder of saved weights.
        dtype: Number type of the weights.
        device: A torch device.
        max_tokens: Longer texts are read up to here.
        rows: Texts computed side by side, of similar length.
        layer: Layer whose states are pooled; by default at a third of the depth, where
            paraphrases and changed meanings were told apart best (docs/log.md).
    """

    def __init__(
        self,
        model_dir: Path,
        dtype: NumberType = "auto",
        *,
        device: str = "cpu",
        max_tokens: int = 256,
        rows: int = 32,
        layer: int | None = None,
    ) -> None:
        computes = number_type(dtype, device)
        model, tokenizer = load_language_model(model_dir, computes, device)
        self._tokenizer: Any = tokenizer
        self._model = prefixed(model)
        self._layer = layer or max(1, round(depth_of(model) / 3))
        self._rows = rows
        parts = [weights_digest(model_dir), computes, self._layer, max_tokens, LEAD_IN]
        self.digest = hashlib.sha256(repr((parts, PLAIN_SENTENCES)).encode()).hexdigest()
        self._read: OrderedDict[str, Reading] = OrderedDict()
        self._embedded: OrderedDict[str, FloatArray] = OrderedDict()
        self._break = self._plain_ids("\n")
        self._max_tokens = self._share_lead_in(max_tokens)
        self._centre, self._common = self._background()

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Vector and perplexity of every text, in order; recent texts are remembered."""
        return _remembered(texts, self._read, self._computed)

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors ``(texts, h)`` alone, which takes only the lower layers.

        Empty texts give the vector of an empty line. Recent texts are remembered: what stands
        around a span is asked for with every rewording of it.
        """
        found = _remembered(texts, self._embedded, self._vectors)
        return np.stack(found) if found else np.zeros((0, len(self._centre)), dtype=np.float32)

    def _vectors(self, texts: Sequence[str]) -> FloatArray:
        vectors = np.zeros((len(texts), len(self._centre)), dtype=np.float32)
        for places, rows in self._batches(texts):
            states = self._model.lower_states(self._slots(rows), rows, self._layer)
            vectors[places] = self._centred(_pooled(states, rows, len(self._break)))
        return vectors

    def _computed(self, texts: Sequence[str]) -> list[Reading]:
        readings: dict[int, Reading] = {}
        for places, rows in self._batches(texts):
            lower, last = self._model.both_states(self._slots(rows), rows, self._layer)
            vectors = self._centred(_pooled(lower, rows, len(self._break)))
            surprise = self._surprise(last, rows)
            for place, vector, nats in zip(places, vectors, surprise, strict=True):
                readings[place] = Reading(vector, float(np.exp(nats)))
        return [readings[place] for place in range(len(texts))]

    def _batches(self, texts: Sequence[str]) -> list[tuple[list[int], list[list[int]]]]:
        """Places and tokens of texts of similar length."""
        encoded = [self._tokens(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda place: len(encoded[place]))
        parts = [order[at : at + self._rows] for at in range(0, len(order), self._rows)]
        return [(part, [encoded[place] for place in part]) for part in parts]

    def _tokens(self, text: str) -> list[int]:
        """A line break, then the text, in which nothing is special."""
        encoded = self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return [*self._break, *encoded["input_ids"]][: self._max_tokens]

    def _slots(self, rows: Sequence[Sequence[int]]) -> Any:
        return self._model.slots(len(rows), max(map(len, rows)))

    def _share_lead_in(self, wanted: int) -> int:
        """Share it; how many tokens of a text are read after it, at most ``wanted``."""
        first = self._tokenizer.bos_token_id
        lead_in = [*([] if first is None else [int(first)]), *self._plain_ids(LEAD_IN)]
        most = context_of(self._model.model) or len(lead_in) + wanted
        if most - len(lead_in) < min(wanted, _FEWEST):
            raise BadInput(
                f"judging a rewording takes {len(lead_in) + _FEWEST} tokens and more, and the "
                f"language model reads {most}; choose a model with a longer context"
            )
        self._model.share(lead_in)
        return min(wanted, most - len(lead_in))

    def _plain_ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _background(self) -> tuple[FloatArray, FloatArray]:
        """Mean of everyday sentences, and the direction in which they differ most."""
        raw: list[FloatArray] = []
        for _, rows in self._batches(PLAIN_SENTENCES):
            states = self._model.lower_states(self._slots(rows), rows, self._layer)
            raw.append(_pooled(states, rows, len(self._break)))
        vectors = np.concatenate(raw)
        centre = vectors.mean(axis=0)
        _, _, directions = np.linalg.svd(vectors - centre, full_matrices=False)
        return centre, directions[0]

    def _centred(self, pooled: FloatArray) -> FloatArray:
        """Without what all ad sentences share; unit length."""
        moved = pooled - self._centre
        moved -= np.outer(moved @ self._common, self._common)
        return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)

    def _surprise(self, last: Tensor, rows: Sequence[Sequence[int]]) -> FloatArray:
        """Mean negative log-likelihood of each row's tokens after the line break, nats."""
        skip = len(self._break)
        lengths = [max(0, len(row) - skip) for row in rows]
        states = [last[at, skip - 1 : len(row) - 1] for at, row in enumerate(rows)]
        tokens = torch.tensor([token for row in rows for token in row[skip:]], dtype=torch.long)
        nats = self._model.surprise(torch.cat(states), tokens)
        parts = np.split(nats, np.cumsum(lengths)[:-1])
        return np.array([part.mean() if len(part) else 0.0 for part in parts], dtype=np.float32)


def _remembered(
    texts: Sequence[str],
    known: OrderedDict[str, T],
    compute: Callable[[Sequence[str]], Iterable[T]],
) -> list[T]:
    """What is computed of every text; ``known`` is filled further, and keeps recent texts alone."""
    new = [text for text in dict.fromkeys(texts) if text not in known]
    known.update(zip(new, compute(new), strict=True))
    for text in texts:
        known.move_to_end(text)
    found = [known[text] for text in texts]
    while len(known) > _REMEMBERED:
        known.popitem(last=False)
    return found


def _pooled(states: Tensor, rows: Sequence[Sequence[int]], skip: int) -> FloatArray:
    """Mean state of each row's tokens after the first ``skip`` (of all, where no more are)."""
    means = [
        states[at, min(skip, len(row) - 1) : len(row)].float().mean(dim=0)
        for at, row in enumerate(rows)
    ]
    return torch.stack(means).cpu().numpy()


def meaning_gate(encoder: StateEncoder, min_meaning: float) -> BatchGate:
    """The gate ``meaning``: cosine between span and rewording of at least ``min_meaning``."""

    def verdict(before: Reading, after: Reading) -> Verdict:
        close = float(before.vector @ after.vector)
        reason = f"similarity {close:.2f}, {min_meaning:.2f} needed"
        return Verdict("meaning", close >= min_meaning, reason)

    return _compared(encoder, verdict)


def perplexity_gate(encoder: StateEncoder, max_ratio: float) -> BatchGate:
    """The gate ``perplexity``: at most ``max_ratio`` times the span's own."""

    def verdict(before: Reading, after: Reading) -> Verdict:
        ratio = after.perplexity / before.perplexity
        reason = f"{ratio:.2f} times the original's perplexity, {max_ratio:.2f} allowed"
        return Verdict("perplexity", ratio <= max_ratio, reason)

    return _compared(encoder, verdict)


def _compared(encoder: StateEncoder, verdict: Callable[[Reading, Reading], Verdict]) -> BatchGate:
    """A gate that reads a span beside its rewordings."""

    def judge(original: str, span: Span, replacements: Sequence[str]) -> list[Verdict]:
        before, *after = encoder.read([span.text, *replacements])
        return [verdict(before, reading) for reading in after]

    return judge
