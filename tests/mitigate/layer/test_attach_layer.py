"""Attaching: forward, generate and fill-mask are mitigated; it composes, comes off, and exports."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, LlamaForCausalLM, LogitsProcessorList

import evenhand
from evenhand.errors import BadInput, ModelError
from evenhand.generate.regulator import (
    AdvantageHeads,
    AdvantageRegulator,
    HeadsConfig,
    install,
    padded,
    remove,
    unembedding_of,
)
from evenhand.mitigate.layer import (
    LayerConfig,
    MitigationLayer,
    MitigationProcessor,
    PaperLayer,
    attach,
    compose,
    detach,
    moved_logprobs,
    new_layer,
)
from evenhand.mitigate.states import AnswerStates
from lab.controls import RandomRank, Uniform

from ...tiny_llama import save_tiny_llama

SENTENCES = ["Anna and Ben met at the station.", "Who was late? It is not known who was late."]
IDS = torch.tensor([[5, 9, 30, 41, 12], [7, 7, 50, 3, 22]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("tiny")
    return save_tiny_llama(where, SENTENCES, vocabulary=300, positions=64)


@pytest.fixture
def model(folder: Path):
    return LlamaForCausalLM.from_pretrained(folder).eval().requires_grad_(False)


def shaken(model, top_k: int = 16, seed: int = 0) -> MitigationLayer:
    weights = unembedding_of(model)
    vocabulary, width = weights.shape
    layer = new_layer(weights, LayerConfig(width, vocabulary, top_k, 8, 4), seed)
    with torch.no_grad():
        layer.out.weight.normal_(std=8.0, generator=torch.Generator().manual_seed(seed))
    return layer.requires_grad_(False)


def critic(model) -> AdvantageRegulator:
    weights = unembedding_of(model)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        heads = AdvantageHeads(HeadsConfig("tied", weights.shape[1], weights.shape[0]), weights)
        for parameter in heads.parameters():
            parameter.data.normal_(std=0.3)
    return AdvantageRegulator(heads)


def logits(model) -> torch.Tensor:
    return model(IDS).logits


def greedy(model, **options) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.generate(
            IDS, attention_mask=torch.ones_like(IDS), max_new_tokens=8, do_sample=False,
            pad_token_id=0, eos_token_id=None, **options,
        )  # fmt: skip


def test_identity_at_the_start_bit_for_bit(model):
    before = logits(model)
    weights = unembedding_of(model)
    fresh = new_layer(weights, LayerConfig(weights.shape[1], weights.shape[0], 16), 0)
    assert torch.equal(logits(attach(model, fresh)), before)


def test_forward_and_generate_are_mitigated_and_detach_restores(model):
    before, said = logits(model), greedy(model)
    attach(model, shaken(model))
    assert not torch.allclose(logits(model), before, atol=0.05)
    assert not torch.equal(greedy(model), said)
    assert torch.equal(logits(detach(model)), before)
    assert torch.equal(greedy(detach(model)), said)


def test_attached_is_what_cached_states_say(model):
    layer = shaken(model)
    hidden = model.model(IDS).last_hidden_state.reshape(-1, 32)
    base = torch.log_softmax(logits(model).reshape(len(hidden), -1), -1)
    top, ids = base.topk(base.shape[-1])
    none = torch.full((len(hidden), 2), -1)
    read = padded([row[: place + 1] for row in IDS.tolist() for place in range(len(row))])
    states = AnswerStates(hidden, top, ids, none, torch.zeros(len(hidden), 2), read)
    after = torch.log_softmax(logits(attach(model, layer)).reshape(len(hidden), -1), -1)
    assert torch.allclose(after.gather(-1, ids), moved_logprobs(states, layer), atol=1e-5)


def test_loads_from_a_run(model, tmp_path):
    layer = shaken(model)
    layer.save(tmp_path / "layer")
    wanted = logits(attach(model, layer))
    detach(model)
    assert torch.equal(logits(attach(model, tmp_path)), wanted)
    detach(model)
    assert torch.equal(logits(attach(model, str(tmp_path / "layer"))), wanted)
    detach(model)
    PaperLayer(10).save(tmp_path / "paper")
    attach(model, tmp_path / "paper")


def test_the_public_names_do_the_same(model, tmp_path):
    layer = shaken(model)
    layer.save(tmp_path)
    before = logits(model)
    mitigated = evenhand.mitigate.attach(model, tmp_path)
    assert mitigated is model
    assert not torch.allclose(logits(model), before, atol=0.05)
    assert torch.equal(logits(evenhand.mitigate.detach(model)), before)
    assert evenhand.mitigate.MitigationProcessor is MitigationProcessor
    with pytest.raises(AttributeError, match="nothing"):
        _ = evenhand.mitigate.nothing


def test_controls_attach_too(model):
    top = torch.softmax(logits(attach(model, Uniform(4))), -1).topk(4).values
    assert torch.allclose(top, top[..., :1].expand_as(top), atol=1e-6)
    detach(model)
    attach(model, RandomRank(8))
    with pytest.raises(ModelError, match="detach it first"):
        attach(model, RandomRank(8))


def test_composes_with_an_ilql_regulator_in_any_order(model):
    weak, layer = critic(model), shaken(model)
    install(model, weak, beta=0.5, top_k=6)
    steered = logits(model)
    both = logits(attach(model, layer))
    assert not torch.allclose(both, steered, atol=0.05)
    assert torch.equal(logits(detach(model)), steered)
    remove(model)
    alone = logits(attach(model, layer))
    assert not torch.allclose(both, alone, atol=0.05)
    detach(model)
    parts = [(layer, 1.0, 16), (weak, 0.5, 6)]
    for order in (parts, parts[::-1]):
        total, widest = compose(order)
        install(model, total, top_k=widest)
        assert torch.allclose(logits(model), both, atol=1e-5)
        remove(model)


def test_a_fresh_layer_leaves_the_ilql_regulator_as_it_was(model):
    install(model, critic(model), beta=0.5, top_k=6)
    steered = logits(model)
    weights = unembedding_of(model)
    fresh = new_layer(weights, LayerConfig(weights.shape[1], weights.shape[0], 16), 0)
    assert torch.allclose(logits(attach(model, fresh)), steered, atol=1e-5)


def test_composes_with_adapters(model):
    from peft import LoraConfig, get_peft_model

    layer = shaken(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adapted = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"])).eval()
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            parameter.data.fill_(0.2)
    before = adapted(IDS).logits.detach()
    attach(adapted, layer)
    assert not torch.allclose(adapted(IDS).logits, before, atol=0.05)
    with adapted.disable_adapter():
        off = adapted(IDS).logits.detach()
    assert not torch.allclose(off, adapted(IDS).logits, atol=1e-3)
    detach(adapted)
    assert torch.equal(adapted(IDS).logits, before)


def test_masked_model_is_mitigated_and_restored():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=90, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=20, max_position_embeddings=16, initializer_range=0.4,
    )  # fmt: skip
    model = BertForMaskedLM(config).eval()
    bias = model.get_output_embeddings().bias
    with torch.no_grad():
        bias.normal_()
    before = logits(model)
    attach(model, shaken(model))
    assert not torch.allclose(logits(model), before, atol=0.05)
    assert torch.equal(logits(detach(model)), before)
    assert model.get_output_embeddings().bias is bias


@pytest.mark.parametrize("layered", [False, True])
def test_nan_logits_are_refused(model, layered):
    weights = unembedding_of(model)
    fresh = new_layer(weights, LayerConfig(weights.shape[1], weights.shape[0], 16), 0)
    attach(model, shaken(model) if layered else fresh)
    with torch.no_grad():
        model.model.norm.weight[0] = torch.nan
    with pytest.raises(ModelError, match="NaN"):
        logits(model)


def test_support_larger_than_the_vocabulary_is_refused(model):
    with pytest.raises(BadInput, match="top_k is 5000"):
        attach(model, Uniform(5000))
    with pytest.raises(BadInput, match="top_k is 5000"):
        MitigationProcessor(model, Uniform(5000))


def test_processor_says_what_the_attached_model_says(model):
    layer = shaken(model)
    processor = MitigationProcessor(model, layer)
    exported = greedy(model, logits_processor=LogitsProcessorList([processor]))
    processor.close()
    plain = greedy(model)
    assert torch.equal(exported, greedy(attach(model, layer)))
    assert not torch.equal(exported, plain)


def test_processor_needs_the_state_of_its_rows(model):
    processor = MitigationProcessor(model, shaken(model))
    scores = torch.zeros(2, model.config.vocab_size)
    with pytest.raises(ModelError, match="not seen the state"):
        processor(IDS, scores)
    model(IDS[:1])
    with pytest.raises(ModelError, match="not seen the state"):
        processor(IDS, scores)
    processor.close()
