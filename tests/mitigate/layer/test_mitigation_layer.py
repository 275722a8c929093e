"""The layer: identity at the start, small, saved and loaded, and what it refuses."""

from __future__ import annotations

import pytest
import torch

from evenhand.errors import BadInput, ModelError, StorageError
from evenhand.mitigate.layer import (
    LayerConfig,
    MitigationLayer,
    PaperLayer,
    choice_probabilities,
    moved_logprobs,
    new_layer,
)
from evenhand.records.integrity import read_sealed, write_sealed

from .layer_fakes import VOCABULARY, WIDTH, embedding, keep_states, probe_states

CONFIG = LayerConfig(WIDTH, VOCABULARY, top_k=12, width=8, key_size=4)


def shaken(seed: int = 0) -> MitigationLayer:
    layer = new_layer(embedding(), CONFIG, seed)
    with torch.no_grad():
        layer.out.weight.normal_(generator=torch.Generator().manual_seed(seed))
    return layer


def test_does_nothing_at_the_start():
    layer, states = new_layer(embedding(), CONFIG, 0), probe_states()
    added = layer(
        states.hidden, states.top_logprobs[:, :12], states.top_ids[:, :12], states.context
    )
    assert not added.any()
    assert not layer.active
    assert torch.equal(moved_logprobs(states, layer), states.top_logprobs)


def test_gradient_reaches_every_part_after_one_step():
    layer, states = shaken(), probe_states()
    moved_logprobs(states, layer).square().sum().backward()
    assert all(p.grad is not None and bool(p.grad.any()) for p in layer.parameters())


def test_keeps_the_mass_of_its_support_and_moves_nothing_else():
    layer, states = shaken(), probe_states()
    moved = moved_logprobs(states, layer).detach()
    mine = layer.columns(states.top_logprobs, 12, states.context, states.top_ids)
    before, after = states.top_logprobs.gather(-1, mine), moved.gather(-1, mine)
    assert torch.allclose(before.logsumexp(-1), after.logsumexp(-1), atol=1e-5)
    assert not torch.allclose(before, after, atol=0.01)
    others = torch.ones_like(moved, dtype=torch.bool).scatter(-1, mine, False)
    assert torch.equal(moved[others], states.top_logprobs[others])


def test_reads_state_and_tokens():
    layer, states = shaken(), probe_states()
    top, ids = states.top_logprobs[:, :12], states.top_ids[:, :12]
    there = layer(states.hidden, top, ids, states.context)
    assert not torch.allclose(
        there, layer(states.hidden.flip(0), top, ids, states.context), atol=1e-3
    )
    assert not torch.allclose(
        there, layer(states.hidden, top, ids.flip(0), states.context), atol=1e-3
    )


def test_candidates_are_read_one_like_another():
    """Swapping two tokens with equal probability swaps what is added, but for rank."""
    layer, states = shaken(), probe_states()
    top = states.top_logprobs[:, :12].clone()
    top[:, 4] = top[:, 3]
    swapped = states.top_ids[:, :12].clone()
    swapped[:, [3, 4]] = swapped[:, [4, 3]]
    with torch.no_grad():
        layer.candidate[0].weight[:, 4] = 0.0
    one = layer(states.hidden, top, states.top_ids[:, :12], states.context)
    other = layer(states.hidden, top, swapped, states.context)
    assert torch.allclose(one[:, 3], other[:, 4], atol=1e-5)


def test_is_small_for_the_bundled_model():
    shape = LayerConfig(576, 49152)
    layer = MitigationLayer(shape, torch.zeros(1, 1).expand(49152, 576))
    assert sum(p.numel() for p in layer.parameters()) < 500_000


def test_same_seed_same_layer():
    one, same, other = (new_layer(embedding(), CONFIG, seed) for seed in (3, 3, 4))
    assert one.digest() == same.digest() != other.digest()


def test_saved_and_loaded_is_the_same(tmp_path):
    layer = shaken()
    layer.save(tmp_path)
    again = MitigationLayer.load(tmp_path, embedding())
    assert again.digest() == layer.digest()
    assert again.config == CONFIG
    assert sorted(p.name for p in tmp_path.iterdir()) == ["layer.json", "layer.safetensors"]


def test_loads_onto_the_same_model_in_another_number_type(tmp_path):
    shaken().save(tmp_path)
    MitigationLayer.load(tmp_path, embedding().bfloat16())


def test_another_model_is_refused(tmp_path):
    shaken().save(tmp_path)
    with pytest.raises(ModelError, match="another model"):
        MitigationLayer.load(tmp_path, embedding(5))
    with pytest.raises(ModelError, match="doesn't fit"):
        MitigationLayer.load(tmp_path, embedding()[:, :8])


def test_missing_and_foreign_files_are_refused(tmp_path):
    with pytest.raises(StorageError, match="no such file"):
        MitigationLayer.load(tmp_path, embedding())
    PaperLayer(10).save(tmp_path)
    with pytest.raises(ModelError, match="no residual layer"):
        MitigationLayer.load(tmp_path, embedding())
    shaken().save(tmp_path)
    about = read_sealed(tmp_path / "layer.json", "")
    write_sealed(tmp_path / "layer.json", {**about, "strange": 1}, [tmp_path / "layer.safetensors"])
    with pytest.raises(ModelError, match="strange"):
        MitigationLayer.load(tmp_path, embedding())


@pytest.mark.parametrize("top_k", [1, VOCABULARY + 1])
def test_support_must_fit_the_vocabulary(top_k):
    with pytest.raises(BadInput, match=f"knows {VOCABULARY} tokens"):
        MitigationLayer(LayerConfig(WIDTH, VOCABULARY, top_k=top_k), embedding())


def test_support_must_be_cached():
    with pytest.raises(BadInput, match="states hold 5"):
        moved_logprobs(probe_states(top_k=5), shaken())


def test_nan_is_refused():
    states = probe_states()
    states.top_logprobs[3, 2] = torch.nan
    with pytest.raises(ModelError, match="NaN"):
        moved_logprobs(states, shaken())


def test_banned_tokens_stay_banned():
    states = probe_states()
    states.top_logprobs[:, 9:] = -torch.inf
    moved = moved_logprobs(states, shaken())
    assert torch.isneginf(moved[:, 9:]).all()
    assert moved[:, :9].isfinite().all()


def test_choices_come_from_the_support_or_from_the_base():
    states = probe_states(top_k=20)
    present = (states.top_ids.unsqueeze(-1) == states.choice_ids.unsqueeze(1)).any(1)
    states.choice_ids[0, 0] = next(i for i in range(VOCABULARY) if i not in states.top_ids[0])
    states.choice_logprobs[0, 0] = -7.0
    moved = moved_logprobs(states, shaken()).detach()
    found = choice_probabilities(states, moved)
    assert float(found[0, 0]) == pytest.approx(float(torch.tensor(-7.0).exp()))
    row, column = (int(x) for x in present[1:].nonzero()[0])
    place = states.top_ids[row + 1].tolist().index(int(states.choice_ids[row + 1, column]))
    assert torch.equal(found[row + 1, column], moved[row + 1, place].exp())


def test_rows_without_subjects_have_no_choice():
    states = keep_states()
    assert not choice_probabilities(states, states.top_logprobs).any()
