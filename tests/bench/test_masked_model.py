"""Masks and the learning rate of the small masked model."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from masked_model import NONE, Recipe, masked_prose, rate

TOKENIZER = SimpleNamespace(cls_token_id=1, sep_token_id=2, pad_token_id=0, mask_token_id=3)


def rows(count: int = 400) -> torch.Tensor:
    """Rows with ends, the last tokens padding."""
    body = torch.randint(10, 99, (count, 12), generator=torch.Generator().manual_seed(0))
    body[:, 0], body[:, 8], body[:, 9:] = 1, 2, 0
    return body


def test_masks_cover_their_share_and_neither_ends_nor_padding():
    given = rows()
    inputs, labels = masked_prose(given, TOKENIZER, 0.3, np.random.default_rng(0))
    asked = labels != NONE
    assert asked[:, 1:8].float().mean() == pytest.approx(0.3, abs=0.03)
    assert not asked[:, 0].any()
    assert not asked[:, 8:].any()
    assert torch.equal(labels[asked], given[asked])
    assert (inputs[asked] == 3).all()
    assert torch.equal(inputs[~asked], given[~asked])


def test_the_same_draws_give_the_same_masks():
    one, two = (masked_prose(rows(), TOKENIZER, 0.3, np.random.default_rng(4)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_the_learning_rate_rises_and_falls_to_nothing():
    recipe = Recipe(steps=100, rise=0.1)
    found = [rate(step, recipe) for step in range(101)]
    assert found[:10] == sorted(found[:10])
    assert max(found) == found[9] == 1.0
    assert found[10:] == sorted(found[10:], reverse=True)
    assert found[100] == 0.0
