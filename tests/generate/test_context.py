"""What regulators are told was read: with caches, beams, padding, adapters and own loops."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import BertConfig, BertForMaskedLM, LlamaConfig, LlamaForCausalLM

from evenhand.errors import ModelError
from evenhand.generate.regulator import (
    NOTHING,
    Context,
    Regulator,
    cache_of,
    install,
    padded,
    reading,
    remove,
    stacked,
    with_cache,
)
from evenhand.mitigate.layer import attach

VOCABULARY = 60
IDS = torch.tensor([[5, 9, 9, 31, 7, 2], [8, 3, 40, 8, 21, 6]])


class ByWhatWasRead(Regulator):
    """Adjustments that change with every token read and with its distance from the end."""

    top_k = 10

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Tensor] = []

    @property
    def reads_context(self) -> bool:
        return True

    def forward(
        self, hidden: Tensor, top_logprobs: Tensor, top_ids: Tensor, context: Tensor | None = None
    ) -> Tensor:
        assert context is not None
        self.told.append(context)
        sums = [
            sum((token + 1) * (2 + back) for back, token in enumerate(reversed(row))) % 97
            for row in ([t for t in row if t != NOTHING] for row in context.tolist())
        ]
        return 6.0 * torch.cos(torch.tensor(sums)[:, None] * (top_ids + 1.0))


class CalledCache(LlamaForCausalLM):
    """Takes and gives its cache as transformers does from 5.24 on, whatever is installed."""

    def forward(self, input_ids, cache=None, use_cache=None, **named):
        return passed_on(self, "cache", cache, input_ids, use_cache=use_cache, **named)


class CalledPastKeyValues(LlamaForCausalLM):
    """The same as transformers does up to 5.23."""

    def forward(self, input_ids, past_key_values=None, use_cache=None, **named):
        held = past_key_values
        return passed_on(self, "past_key_values", held, input_ids, use_cache=use_cache, **named)


def passed_on(model, name: str, cache, ids: Tensor, use_cache=None, **named) -> dict:
    plain: Any = LlamaForCausalLM
    given = {"use_cache": use_cache} if cache is None else with_cache(plain, cache)
    out = plain.forward(model, ids, **given, **named)
    return {"logits": out.logits, name: cache_of(out)}


@pytest.fixture
def model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=64,
        initializer_range=0.3, pad_token_id=0, eos_token_id=None, bos_token_id=1,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def generated(model, ids: Tensor = IDS, mask: Tensor | None = None, **options) -> Tensor:
    torch.manual_seed(1)
    mask = torch.ones_like(ids) if mask is None else mask
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.generate(ids, attention_mask=mask, max_new_tokens=7, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"do_sample": False},
        {"do_sample": True, "top_k": 20},
        {"do_sample": False, "num_beams": 3},
        {"do_sample": True, "num_return_sequences": 2},
    ],
)
def test_generation_with_a_cache_is_generation_without(model, options):
    plain = generated(model, **options)
    install(model, ByWhatWasRead(), top_k=10)
    cached = generated(model, **options)
    assert torch.equal(cached, generated(model, use_cache=False, **options))
    assert not torch.equal(cached, plain)
    remove(model)
    assert torch.equal(generated(model, **options), plain)


def test_padding_on_the_left_was_not_read(model):
    regulator = ByWhatWasRead()
    install(model, regulator, top_k=10)
    alone = generated(model, IDS[:1, 2:], do_sample=False)
    padded_ids = torch.cat([torch.zeros(1, 2, dtype=torch.long), IDS[:1, 2:]], dim=1)
    both = torch.cat([padded_ids, IDS[1:]])
    mask = (torch.arange(6) >= torch.tensor([[2], [0]])).long()
    together = generated(model, both, mask, do_sample=False)
    assert torch.equal(together[0, 2:], alone[0])
    assert regulator.told[-1][0, :2].tolist() == [NOTHING, NOTHING]


def test_a_loop_of_ones_own_over_a_cache(model):
    install(model, ByWhatWasRead(), top_k=10)
    whole = model(IDS).logits
    first = model(IDS[:, :3], use_cache=True)
    rest = model(IDS[:, 3:5], **with_cache(model, cache_of(first)))
    last = model(input_ids=IDS[:, 5:], **with_cache(model, cache_of(rest)))
    parts = torch.cat([first.logits, rest.logits, last.logits], dim=1)
    assert torch.allclose(parts, whole, atol=1e-4)


@pytest.mark.parametrize("renamed", [CalledCache, CalledPastKeyValues])
def test_a_cache_by_any_name_was_read(model, renamed):
    install(model, ByWhatWasRead(), top_k=10)
    whole = model(IDS).logits
    remove(model)
    named = renamed(model.config).eval()
    named.load_state_dict(model.state_dict())
    install(named, ByWhatWasRead(), top_k=10)
    first = named(IDS[:, :3], use_cache=True)
    rest = named(IDS[:, 3:], **with_cache(named, cache_of(first)))
    parts = torch.cat([first["logits"], rest["logits"]], dim=1)
    assert torch.allclose(parts, whole, atol=1e-4)


def test_a_cache_that_cannot_be_seen_is_refused_not_overlooked(model):
    install(model, ByWhatWasRead(), top_k=10)
    place = torch.tensor([[3, 4, 5]]).expand(2, -1)
    with pytest.raises(ModelError, match=r"reads up to position 6 .* only 3 tokens"):
        model(IDS[:, 3:], position_ids=place)
    with pytest.raises(ModelError, match=r"reads up to position 6 .* only 3 tokens"):
        model(IDS[:, 3:], attention_mask=torch.ones(2, 6, dtype=torch.long))


def test_some_positions_alone(model):
    install(model, ByWhatWasRead(), top_k=10)
    whole = model(IDS).logits
    assert torch.allclose(model(IDS, logits_to_keep=2).logits, whole[:, -2:], atol=1e-4)
    chosen = torch.tensor([1, 4])
    assert torch.allclose(model(IDS, logits_to_keep=chosen).logits, whole[:, chosen], atol=1e-4)


def test_a_cache_from_before_is_refused(model):
    before = model(IDS[:, :3], use_cache=True)
    install(model, ByWhatWasRead(), top_k=10)
    with pytest.raises(ModelError, match="before the layer was attached"):
        model(IDS[:, 3:], **with_cache(model, cache_of(before)))


def test_embeddings_without_tokens_are_refused(model):
    install(model, ByWhatWasRead(), top_k=10)
    with pytest.raises(ModelError, match="input_ids"):
        model(inputs_embeds=model.get_input_embeddings()(IDS))
    with pytest.raises(ModelError, match="input_ids"):
        model.lm_head(torch.zeros(2, 16))


def test_nothing_stays_behind_after_an_error(model):
    head = install(model, ByWhatWasRead(), top_k=10)
    with pytest.raises(IndexError):
        model(torch.tensor([[VOCABULARY + 5]]))
    assert head.context is None


def test_rows_of_others_are_refused(model):
    head = install(model, ByWhatWasRead(), top_k=10)
    with reading(head, Context(IDS)), pytest.raises(ModelError, match="3 rows where tokens of 2"):
        head(torch.zeros(3, 16))


def test_masked_models_read_the_whole_row():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=20, max_position_embeddings=16,
    )  # fmt: skip
    model = BertForMaskedLM(config).eval()
    regulator = ByWhatWasRead()
    attach(model, regulator)
    mask = (torch.arange(6) < torch.tensor([[6], [4]])).long()
    model(input_ids=IDS, attention_mask=mask)
    told = regulator.told[-1].reshape(2, 6, 6)
    assert torch.equal(told[0], IDS[:1].expand(6, -1))
    assert told[1, 0].tolist() == [8, 3, 40, 8, NOTHING, NOTHING]


def test_adapters_do_not_hide_what_is_read(model):
    from peft import LoraConfig, get_peft_model

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adapted = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"])).eval()
    install(adapted, ByWhatWasRead(), top_k=10)
    cached = generated(adapted, num_beams=2, do_sample=False)
    assert torch.equal(cached, generated(adapted, num_beams=2, do_sample=False, use_cache=False))


def test_rows_are_filled_up_with_nothing():
    assert padded([(1, 2), (), (3,)]).tolist() == [[1, 2], [NOTHING] * 2, [3, NOTHING]]
    assert stacked([padded([(1,)]), padded([(2, 3)])]).tolist() == [[1, NOTHING], [2, 3]]
