"""Which candidates stand in what was read."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import ModelError
from evenhand.generate.model import find_language_model, load_tokenizer
from evenhand.generate.regulator import padded
from evenhand.mitigate.layer import LayerConfig, new_layer
from evenhand.mitigate.states import likeliest, mention_features, mentions, token_words

rows_of_tokens = st.lists(st.lists(st.integers(0, 9), max_size=8), min_size=1, max_size=5)


@given(rows_of_tokens, st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 3))
def test_against_counting(rows, candidates, left):
    words = torch.tensor([0, 0, 2, 3, 3, 5, 6, 7, 8, 9], dtype=torch.int32)
    ids = torch.tensor(candidates).expand(len(rows), -1)
    context = torch.nn.functional.pad(padded(rows), (left, 0), value=-1)
    back, often = mentions(context, ids, words)
    for row, told in enumerate(rows):
        said = [int(words[token]) for token in told][::-1]
        for place, token in enumerate(candidates):
            word = int(words[token])
            assert often[row, place] == said.count(word)
            assert back[row, place] == (said.index(word) + 1 if word in said else 0)


@given(st.integers(0, 1000), st.integers(2, 12), st.lists(st.integers(0, 29), max_size=6))
def test_support_holds_the_likeliest_and_the_mentioned(seed, top_k, told):
    words = torch.arange(30, dtype=torch.int32) // 2 * 2
    logprobs = torch.randn(1, 30, generator=torch.Generator().manual_seed(seed))
    context = padded([told])
    chosen = likeliest(logprobs, top_k, context, words)[0]
    assert len(set(chosen.tolist())) == top_k
    assert torch.equal(logprobs[0, chosen], logprobs[0, chosen].sort(descending=True).values)
    order = logprobs[0].argsort(descending=True).tolist()
    first = order[: top_k - top_k // 4]
    told_words = {token // 2 for token in told}
    others = [token for token in order if token not in first]
    wanted = [token for token in others if token // 2 in told_words]
    wanted += [token for token in others if token // 2 not in told_words]
    assert set(chosen.tolist()) == {*first, *wanted[: top_k // 4]}
    ids = torch.arange(30)[None]
    assert torch.equal(likeliest(logprobs, top_k, context, words, ids)[0], chosen)
    plain = likeliest(logprobs, top_k)[0]
    assert plain.tolist() == order[:top_k]


def test_words_of_the_real_tokenizer():
    tokenizer = load_tokenizer(find_language_model("smollm2-135m-instruct"))
    words = token_words(tokenizer, len(tokenizer) + 3)

    def word(text: str) -> int:
        (token,) = tokenizer(text, add_special_tokens=False)["input_ids"]
        return int(words[token])

    assert word(" Mary") == word("Mary") != word(" John")
    assert word(" White") == word("White") != word(" white")
    assert word("\n") != word(" ")
    assert word(".") != word(" .")
    assert words[-3:].tolist() == list(range(len(tokenizer), len(tokenizer) + 3))


def test_never_mentioned_is_zero_throughout():
    features = mention_features(padded([(1, 2)]), torch.tensor([[2, 3]]), torch.arange(5))
    assert features[0, 1].tolist() == [0.0, 0.0, 0.0]
    assert features[0, 0, 0] == 2.0


def test_a_layer_reads_mentions_and_says_when_it_can_not():
    generator = torch.Generator().manual_seed(0)
    embedding = torch.randn(30, 8, generator=generator)
    layer = new_layer(embedding, LayerConfig(8, 30, 6, 6, 0), 0)
    torch.nn.init.normal_(layer.out.weight)
    hidden = torch.randn(1, 8, generator=generator)
    top, ids = torch.log_softmax(hidden @ embedding.T, -1).topk(6)
    told = layer(hidden, top, ids, ids[:, 1:2].int())
    assert not torch.allclose(told, layer(hidden, top, ids, ids[:, 2:3].int()))
    with pytest.raises(ModelError, match="weren't given"):
        layer(hidden, top, ids)
    without = new_layer(embedding, LayerConfig(8, 30, 6, 6, 0, mentions=False), 0)
    assert torch.equal(without(hidden, top, ids), without(hidden, top, ids, ids.int()))
    assert not without.reads_context
