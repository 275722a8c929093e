"""Every kind of causal model: what each verb reads of it is what plain forward passes give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from evenhand.errors import BadInput, ModelRefused
from evenhand.generate import prefix
from evenhand.generate.draw import LocalGenerator
from evenhand.generate.judge import LEAD_IN, StateEncoder
from evenhand.generate.model import load_language_model
from evenhand.generate.prefix import context_of, prefixed, reads_fast
from evenhand.generate.protocol import SamplerSettings
from evenhand.generate.regulator import Regulator, install, remove
from evenhand.mitigate.ask import CausalScorer
from evenhand.mitigate.layer import attach, detach

from ..tiny_kinds import KINDS, save_tiny_kind

FAST = {"llama", "gpt2", "opt", "gpt_neox", "qwen2", "phi", "cohere"}
SLOW = {"gpt_neo", "bloom", "gemma2", "mistral", "falcon", "mamba"}
"""GPT-J is fast with some versions of the library and slow with others."""
PROMPTS = ["the driver and the", "the cook", "the city and the kitchen of the"]
Folder = Callable[[str], Path]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    made: dict[str, Path] = {}

    def saved(kind: str) -> Path:
        if kind not in made:
            made[kind] = save_tiny_kind(tmp_path_factory.mktemp("kinds") / kind, kind)
        return made[kind]

    return saved


class Pushed(Regulator):
    """Adds a number that differs by token and reads the state."""

    def forward(self, hidden: Any, top_logprobs: Any, top_ids: Any, context: Any = None) -> Any:
        return (top_ids % 5).float() - 0.1 * hidden.mean(-1, keepdim=True)


def logprobs(model: Any, ids: list[int]) -> torch.Tensor:
    """Of the next token after every one, by a plain pass of the model as it is."""
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).logits[0].float().log_softmax(-1)


@pytest.mark.parametrize("kind", KINDS)
def test_samples_have_the_likelihood_of_plain_passes(kind: str, folder: Folder):
    generator = LocalGenerator(folder(kind), "float32", rows=4)
    settings = SamplerSettings(
        samples=2, temperature=1.0, top_p=1.0, max_new_tokens=6, seed=0, stop=()
    )
    answers = [[[20, 21, 22], [20, 23], [24]]] * 3
    plain, tokenizer = load_language_model(folder(kind))
    for regulator in (None, Pushed()):
        generator.steer(regulator, beta=0.7, top_k=8)
        if regulator is not None:
            install(plain, regulator, 0.7, 8)
        drawn = generator.sample(PROMPTS, settings)
        chosen = generator.choose(PROMPTS, answers, settings)
        for prompt, found, listed in zip(PROMPTS, drawn, chosen, strict=True):
            before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
            for one in found:
                steps = logprobs(plain, [*before, *one.token_ids])[len(before) - 1 : -1]
                wanted = steps.gather(1, torch.tensor(one.token_ids)[:, None]).sum()
                assert one.logprob == pytest.approx(float(wanted), abs=1e-3)
            first = logprobs(plain, before)[-1, [20, 24]].log_softmax(-1)
            if listed[0].token_ids == (24,):
                assert listed[0].logprob == pytest.approx(float(first[1]), abs=1e-3)
            assert {one.token_ids for one in listed} <= {(20, 21, 22), (20, 23), (24,)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_judge_reads_what_plain_passes_give(kind: str, folder: Folder):
    judge = StateEncoder(folder(kind), "float32", rows=2)
    model, tokenizer = load_language_model(folder(kind))
    readings = judge.read(PROMPTS)
    np.testing.assert_allclose(judge.embed(PROMPTS), [r.vector for r in readings], atol=1e-4)
    lead = tokenizer(LEAD_IN, add_special_tokens=False)["input_ids"]
    gap = tokenizer("\n", add_special_tokens=False)["input_ids"]
    for text, found in zip(PROMPTS, readings, strict=True):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        steps = logprobs(model, [tokenizer.bos_token_id, *lead, *gap, *ids])[-len(ids) - 1 : -1]
        nats = -steps.gather(1, torch.tensor(ids)[:, None]).mean()
        assert found.perplexity == pytest.approx(float(nats.exp()), rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_probes_and_layers_act_as_in_plain_passes(kind: str, folder: Folder):
    model, tokenizer = load_language_model(folder(kind))
    before = logprobs(model, [5, 6, 7])
    asked = [((5, 6, 7), (8, 9)), ((5, 6), (10,)), ((5, 6, 7, 12, 13), (11, 14, 15))]
    for attached in (False, True):
        if attached:
            attach(model, Pushed())
        found = CausalScorer(model, tokenizer).continuations(asked)
        for (told, after), value in zip(asked, found, strict=True):
            steps = logprobs(model, [*told, *after])[len(told) - 1 : -1]
            wanted = steps.gather(1, torch.tensor(after)[:, None]).sum()
            assert value == pytest.approx(float(wanted), abs=1e-3)
    assert not torch.allclose(logprobs(model, [5, 6, 7]), before, atol=1e-2)
    ids = model.generate(torch.tensor([[5, 6, 7]]), max_new_tokens=2, do_sample=False)[0].tolist()
    assert ids[3] == int(logprobs(model, ids[:3])[-1].argmax())
    detach(model)
    assert torch.equal(logprobs(model, [5, 6, 7]), before)


@pytest.mark.parametrize("kind", ["gemma2", "cohere"])
def test_a_regulator_sees_what_the_model_samples_from(kind: str, folder: Folder):
    model, _ = load_language_model(folder(kind))
    saved = {k: v.clone() for k, v in model.state_dict().items()}, model.config.to_dict()
    plain, seen = logprobs(model, [5, 6, 7]), []

    class Watching(Regulator):
        def forward(self, hidden: Any, top_logprobs: Any, top_ids: Any, context: Any = None) -> Any:
            seen.append((top_logprobs, top_ids))
            return torch.zeros_like(top_logprobs)

    install(model, Watching(), 1.0, 4)
    torch.testing.assert_close(logprobs(model, [5, 6, 7]), plain, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(seen[0][0], plain.gather(1, seen[0][1]), atol=1e-5, rtol=1e-5)
    remove(model)
    assert model.config.to_dict() == saved[1]
    assert list(model.state_dict()) == list(saved[0])


def test_which_are_read_fast_and_that_it_is_said_once(folder: Folder, caplog, monkeypatch):
    monkeypatch.setattr("evenhand.generate.prefix._SAID", set())
    for kind in sorted(FAST | SLOW):
        for _ in range(2):
            assert reads_fast(load_language_model(folder(kind))[0]) == (kind in FAST), kind
    said = [one.getMessage() for one in caplog.records if one.name.startswith("evenhand")]
    assert len(said) == len(SLOW)
    assert said[0].startswith("Models of type bloom are read whole for every token here")


def test_a_model_that_reads_ahead_is_refused():
    from transformers import XLNetConfig, XLNetLMHeadModel

    config = XLNetConfig(vocab_size=50, d_model=16, n_layer=2, n_head=2, d_inner=16)
    with pytest.raises(ModelRefused, match="models of type xlnet read what comes after a token"):
        prefixed(XLNetLMHeadModel(config).eval())


@pytest.mark.parametrize("kind", ["llama", "gpt2", "opt", "mistral"])
def test_texts_longer_than_the_context_are_one_sentence(kind: str, tmp_path: Path):
    short = save_tiny_kind(tmp_path / kind, kind, positions=32)
    model, tokenizer = load_language_model(short)
    assert context_of(model) == 32
    scorer = CausalScorer(model, tokenizer)
    assert np.isfinite(scorer.continuations([(tuple(range(5, 36)), (7, 8))])).all()
    taken = "takes 33 tokens and the language model reads 32; give it shorter"
    with pytest.raises(BadInput, match=taken):
        scorer.continuations([(tuple(range(5, 38)), (7,))])
    generator = LocalGenerator(short, "float32")
    settings = SamplerSettings(samples=1, max_new_tokens=3, seed=0)
    with pytest.raises(BadInput, match=taken):
        generator.sample([tuple(range(5, 35))], settings)
    with pytest.raises(BadInput, match=taken):
        generator.choose([tuple(range(5, 35))], [[[7, 8, 9]]], settings)
    with pytest.raises(BadInput, match="and the language model reads 32; choose a model with"):
        StateEncoder(short, "float32")


def test_eight_bits_may_round_a_text_otherwise_beside_others(folder: Folder):
    model, _ = load_language_model(folder("llama"))
    wanted = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    rounded, another = 1.08 * wanted, wanted.flip(0)
    assert not prefix._close(model, rounded, wanted)
    model.is_loaded_in_8bit = True  # type: ignore[assignment]
    assert prefix._close(model, rounded, wanted)
    assert not prefix._close(model, another, wanted)
