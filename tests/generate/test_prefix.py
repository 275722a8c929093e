"""The model with a shared prefix gives what a plain forward pass gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from evenhand.generate.model import load_language_model
from evenhand.generate.prefix import PrefixedModel
from evenhand.generate.prefix import prefixed as opened

ROWS = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14], [20, 21]]


def plain_states(folder: Path, ids: list[int]) -> torch.Tensor:
    model, _ = load_language_model(folder)
    with torch.inference_mode():
        return model.base_model(input_ids=torch.tensor([ids])).last_hidden_state[0]


@pytest.fixture
def prefixed(tiny: Path) -> PrefixedModel:
    return opened(load_language_model(tiny)[0])


@pytest.mark.parametrize("prefix", [[], [30], [40, 41, 42, 43, 44]])
def test_extend_equals_plain_forward(
    prefixed: PrefixedModel, tiny: Path, prefix: list[int]
) -> None:
    prefixed.share(prefix)
    cache = prefixed.slots(len(ROWS), 12)
    first = prefixed.extend(cache, ROWS)
    second = prefixed.extend(cache, [[50], [51, 52], [53], [54]])
    for slot, (row, more) in enumerate(zip(ROWS, [[50], [51, 52], [53], [54]], strict=True)):
        wanted = plain_states(tiny, [*prefix, *row, *more])[len(prefix) :]
        got = torch.cat([first[slot, : len(row)], second[slot, : len(more)]])
        torch.testing.assert_close(got, wanted, atol=2e-5, rtol=1e-5)


def test_rows_can_be_moved_and_dropped(prefixed: PrefixedModel, tiny: Path) -> None:
    prefixed.share([40, 41])
    cache = prefixed.slots(3, 12)
    prefixed.extend(cache, [[5, 6, 7], [8, 9], [10]])
    other = prefixed.slots(2, 12)
    other.put(1, cache.row(0))
    other.put(0, cache.row(1))
    cache.keep([2, 0])
    moved = prefixed.extend(other, [[60], [61]])
    kept = prefixed.extend(cache, [[62], [63]])
    for got, ids in [
        (moved[0, 0], [8, 9, 60]),
        (moved[1, 0], [5, 6, 7, 61]),
        (kept[0, 0], [10, 62]),
        (kept[1, 0], [5, 6, 7, 63]),
    ]:
        wanted = plain_states(tiny, [40, 41, *ids])[-1]
        torch.testing.assert_close(got, wanted, atol=2e-5, rtol=1e-5)


def test_padding_changes_nothing(prefixed: PrefixedModel) -> None:
    alone = prefixed.extend(prefixed.slots(1, 3), [[5, 6, 7]])
    padded = prefixed.extend(prefixed.slots(2, 9), [[5, 6, 7], list(range(30, 39))])
    torch.testing.assert_close(padded[0, :3], alone[0], atol=2e-5, rtol=1e-5)


def test_the_models_own_forward_is_unchanged(prefixed: PrefixedModel, tiny: Path) -> None:
    ids = torch.tensor([[5, 6, 7, 8], [1, 2, 3, 4]])
    mask = torch.tensor([[1, 1, 1, 1], [0, 0, 1, 1]])
    with torch.inference_mode():
        ours = prefixed.model(input_ids=ids, attention_mask=mask).logits
        plain = load_language_model(tiny)[0](input_ids=ids, attention_mask=mask).logits
    assert torch.equal(ours, plain)


def test_lower_states_are_those_of_a_full_pass(prefixed: PrefixedModel) -> None:
    prefixed.share([40, 41])
    middle, last = prefixed.both_states(prefixed.slots(4, 6), ROWS, 2)
    assert torch.equal(prefixed.lower_states(prefixed.slots(4, 6), ROWS, 2), middle)
    assert torch.equal(prefixed.extend(prefixed.slots(4, 6), ROWS), last)
    assert not torch.allclose(middle, last)


def test_surprise_is_the_negative_log_likelihood(prefixed: PrefixedModel) -> None:
    states = prefixed.extend(prefixed.slots(1, 200), [list(range(200))])[0]
    tokens = torch.arange(200).flip(0)
    wanted = torch.nn.functional.cross_entropy(
        prefixed.logits(states), tokens, reduction="none"
    ).numpy()
    np.testing.assert_allclose(prefixed.surprise(states, tokens), wanted, rtol=1e-5)
