"""The released layer of REFINE-LM: what it gives doesn't depend on what it is given."""

from __future__ import annotations

import pytest
import torch

from evenhand.errors import BadInput, ModelError
from evenhand.mitigate.layer import PaperLayer, moved_logprobs

from .layer_fakes import VOCABULARY, probe_states


@pytest.mark.parametrize("reads", ["probabilities", "logits"])
@pytest.mark.parametrize("top_k", [8, 10])
def test_output_does_not_depend_on_input_at_the_start(reads, top_k):
    layer = PaperLayer(top_k, seed=1, reads=reads)
    random = torch.randn(500, top_k, generator=torch.Generator().manual_seed(0)) * 4.0
    inputs = torch.log_softmax(random.sort(dim=-1, descending=True).values, dim=-1)
    given = layer.distribution(inputs)
    alone = torch.softmax(layer.linear.bias, dim=-1)
    # 1e-6 in float64; in float32 a sum of large values rounds before softmax cancels it.
    exact = layer.double().distribution(inputs.double())
    assert float((exact - alone.double()).abs().max().detach()) < 1e-6
    assert float((given - alone).abs().max().detach()) < 1e-4
    assert float((alone - 1.0 / top_k).abs().max().detach()) < 0.06


def test_depends_on_input_once_its_rows_differ():
    layer, states = PaperLayer(10), probe_states()
    with torch.no_grad():
        layer.linear.weight[0, 0] += 3.0
    given = layer.distribution(states.top_logprobs[:, :10])
    assert float(given.std(dim=0).max().detach()) > 0.01


def test_gives_its_distribution_over_the_support():
    layer, states = PaperLayer(10), probe_states()
    moved = moved_logprobs(states, layer).detach()
    share = torch.softmax(moved[:, :10], dim=-1)
    assert torch.allclose(share, layer.distribution(states.top_logprobs[:, :10]), atol=1e-5)


def test_saved_and_loaded_is_the_same(tmp_path):
    layer = PaperLayer(8, seed=4, reads="logits")
    layer.save(tmp_path)
    again = PaperLayer.load(tmp_path, VOCABULARY)
    assert again.digest() == layer.digest()
    assert (again.top_k, again.reads) == (8, "logits")
    with pytest.raises(BadInput, match="knows 7 tokens"):
        PaperLayer.load(tmp_path, 7)


def test_another_number_of_tokens_is_refused():
    with pytest.raises(ModelError, match="exactly 10"):
        PaperLayer(10).distribution(torch.zeros(3, 9))
