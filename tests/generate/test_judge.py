"""Meaning and perplexity by a base language model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from evenhand.generate.judge import LEAD_IN, StateEncoder, meaning_gate, perplexity_gate
from evenhand.generate.model import load_language_model
from evenhand.language.span import BatchGate, Span

TEXTS = ["the city", "know the kitchen and the driver", "", "cook", "the driver and the city " * 9]


@pytest.fixture(scope="module")
def encoder(tiny: Path) -> StateEncoder:
    return StateEncoder(tiny, "float32")


def test_vectors_are_unit_and_the_same_both_ways(encoder: StateEncoder) -> None:
    readings = encoder.read(TEXTS)
    vectors = encoder.embed(TEXTS)
    assert vectors.shape == (5, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors, [reading.vector for reading in readings], atol=1e-5)


def test_batches_change_nothing(tiny: Path, encoder: StateEncoder) -> None:
    alone = StateEncoder(tiny, "float32", rows=1)
    for got, wanted in zip(alone.read(TEXTS), encoder.read(TEXTS), strict=True):
        np.testing.assert_allclose(got.vector, wanted.vector, atol=1e-4)
        assert got.perplexity == pytest.approx(wanted.perplexity, rel=1e-4)


def test_perplexity_is_that_of_the_plain_model(tiny: Path, encoder: StateEncoder) -> None:
    model, tokenizer = load_language_model(tiny)
    lead = tokenizer(LEAD_IN + "\n", add_special_tokens=False)["input_ids"]
    text = tokenizer(TEXTS[1], add_special_tokens=False)["input_ids"]
    ids = torch.tensor([[tokenizer.bos_token_id, *lead, *text]])
    with torch.inference_mode():
        logprobs = model(ids).logits[0, :-1].log_softmax(-1)
    nats = -logprobs.gather(1, ids[0, 1:, None])[-len(text) :].mean()
    assert encoder.read([TEXTS[1]])[0].perplexity == pytest.approx(float(nats.exp()), rel=1e-4)


def test_empty_texts_and_no_texts(encoder: StateEncoder) -> None:
    assert encoder.read([]) == []
    assert encoder.embed([]).shape == (0, 32)
    assert encoder.read([""])[0].perplexity == 1.0


def test_a_text_is_read_once(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = StateEncoder(tiny, "float32")
    first = encoder.read(["the city", "the city", "cook"])
    monkeypatch.setattr(encoder, "_batches", lambda texts: [])
    assert [id(r) for r in encoder.read(["cook", "the city"])] == [id(first[2]), id(first[0])]


def test_long_texts_are_cut(tiny: Path) -> None:
    encoder = StateEncoder(tiny, "float32", max_tokens=9)
    one, other = encoder.embed(["x" * 8 + "y" * 50, "x" * 8])
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_special_tokens_in_a_text_are_text(encoder: StateEncoder) -> None:
    plain, special = encoder.read(["cook im_end", "cook <|im_end|>"])
    assert special.perplexity > 1
    assert abs(float(plain.vector @ special.vector)) < 0.999


def test_digests(tiny: Path, encoder: StateEncoder) -> None:
    assert StateEncoder(tiny, "float32").digest == encoder.digest
    assert StateEncoder(tiny, "float32", layer=2).digest != encoder.digest


SPAN = "Maintain accurate stock records and report shortages to the shift manager."
KEPT = [
    "You will keep accurate stock records and report shortages to the shift manager.",
    "Report shortages to the shift manager and keep the stock records accurate.",
    "The role involves maintaining accurate stock records and reporting shortages to the shift "
    "manager.",
]
CHANGED = [
    "You will lead a team of talented people in a fast-paced environment.",
    "Maintain good relations with investors and raise money for the company.",
    "Report to the office at nine.",
]
SALAD = "Records shortages the accurate to manager report shift and stock maintain."


@pytest.fixture(scope="module")
def judge(smollm: Path) -> StateEncoder:
    return StateEncoder(smollm, "bfloat16")


def passed(gate: BatchGate, replacements: list[str]) -> list[bool]:
    ad = f"Warehouse clerk. {SPAN} Apply by May."
    start = ad.index(SPAN)
    verdicts = gate(ad, Span(start, start + len(SPAN), SPAN, "sentence"), replacements)
    assert all(verdict.reason for verdict in verdicts)
    return [verdict.passed for verdict in verdicts]


@pytest.mark.slow
def test_meaning_gate_tells_rewordings_from_other_sentences(judge: StateEncoder) -> None:
    gate = meaning_gate(judge, 0.6)
    assert passed(gate, [*KEPT, *CHANGED]) == [True] * 3 + [False] * 3
    assert passed(gate, [SPAN]) == [True]
    assert passed(meaning_gate(judge, 0.99), KEPT) == [False] * 3


@pytest.mark.slow
def test_perplexity_gate_refuses_word_salad(judge: StateEncoder) -> None:
    assert passed(perplexity_gate(judge, 2.5), [*KEPT, SALAD]) == [True] * 3 + [False]


@pytest.mark.slow
def test_bfloat16_gives_the_same_vectors(smollm: Path, judge: StateEncoder) -> None:
    exact = StateEncoder(smollm, "float32").embed([SPAN, *CHANGED])
    close = (exact * judge.embed([SPAN, *CHANGED])).sum(axis=1)
    assert close.min() > 0.998
