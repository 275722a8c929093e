"""Answer states equal one prompt at a time; what can't be computed is said in one sentence."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from evenhand.errors import BadInput, ModelError, StorageError
from evenhand.mitigate import states as tree
from evenhand.mitigate.ask import render
from evenhand.mitigate.probes import ProbeSet
from evenhand.mitigate.states import AnswerStates, answer_states, subject_tokens

Causal = tuple[Any, Any]


def asked(probes: ProbeSet, n: int = 20) -> tuple[list[str], list[tuple[str, str]]]:
    examples = probes.examples(n, 1)
    return (
        [render(prompt) for example in examples for prompt in example.prompts],
        [example.choices for example in examples for _ in example.prompts],
    )


def one_at_a_time(model: Any, tokenizer: Any, prompt: str) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.tensor([tokenizer(prompt)["input_ids"]])
    with torch.no_grad():
        out = model(input_ids=ids, output_hidden_states=True)
    return out.hidden_states[-1][0, -1], out.logits[0, -1].float().log_softmax(-1)


def check(states: AnswerStates, causal: Causal, prompts: list[str], k: int) -> None:
    for row, prompt in enumerate(prompts):
        hidden, logprobs = one_at_a_time(*causal, prompt)
        torch.testing.assert_close(states.hidden[row], hidden, atol=1e-4, rtol=1e-4)
        top = logprobs.topk(k)
        torch.testing.assert_close(states.top_logprobs[row], top.values, atol=1e-4, rtol=1e-4)
        again = logprobs[states.top_ids[row]]
        torch.testing.assert_close(states.top_logprobs[row], again, atol=1e-4, rtol=1e-4)
        chosen = logprobs[states.choice_ids[row]]
        torch.testing.assert_close(states.choice_logprobs[row], chosen, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("nodes", [1, 40, 640])
def test_states_equal_one_prompt_at_a_time(causal: Causal, probes: ProbeSet, nodes: int):
    prompts, choices = asked(probes)
    states = answer_states(*causal, prompts, choices, top_k=16, nodes=nodes)
    check(states, causal, prompts, 16)


def test_states_without_trees_are_the_same(
    causal: Causal, probes: ProbeSet, monkeypatch: pytest.MonkeyPatch
):
    prompts, choices = asked(probes)
    monkeypatch.setattr(tree, "reads_fast", lambda model: False)
    check(answer_states(*causal, prompts, choices, top_k=16), causal, prompts, 16)


def test_a_tree_holds_every_shared_token_once():
    (made,) = tree.trees([(1, 2, 3), (1, 2, 4), (1, 2)], [1, 1, 2])
    assert sorted(made.ids) == [1, 2, 3, 4]
    assert made.depths == [0, 1, 2, 2]
    assert {index: [made.ids[n] for n in ends] for index, ends in made.members} == {
        0: [3],
        1: [4],
        2: [1, 2],
    }
    seen = made.mask() == 0
    assert seen.sum() == 1 + 2 + 3 + 3


def test_order_of_prompts_and_equal_prompts_change_nothing(causal: Causal, probes: ProbeSet):
    prompts, choices = asked(probes, 5)
    one = answer_states(*causal, prompts, choices, top_k=8)
    other = answer_states(
        *causal, [*prompts[::-1], prompts[0]], [*choices[::-1], choices[0]], top_k=8
    )
    back = torch.arange(len(prompts) - 1, -1, -1)
    torch.testing.assert_close(other.rows(back).hidden, one.hidden, atol=1e-5, rtol=1e-5)
    assert torch.equal(other.hidden[-1], other.hidden[len(prompts) - 1])


def test_states_are_saved_and_loaded_bit_for_bit(causal: Causal, probes: ProbeSet, tmp_path: Path):
    prompts, choices = asked(probes, 3)
    states = answer_states(*causal, prompts, choices, top_k=8)
    states.save(tmp_path / "states.safetensors")
    again = AnswerStates.load(tmp_path / "states.safetensors")
    for name in ("hidden", "top_logprobs", "top_ids", "choice_ids", "choice_logprobs"):
        assert torch.equal(getattr(states, name), getattr(again, name))
    assert [p.name for p in tmp_path.iterdir()] == ["states.safetensors"]


def test_a_file_of_something_else_is_refused(tmp_path: Path):
    (tmp_path / "x.safetensors").write_bytes(b"no")
    with pytest.raises(StorageError, match="holds no answer states"):
        AnswerStates.load(tmp_path / "x.safetensors")


def test_without_choices_ids_are_minus_one(causal: Causal):
    states = answer_states(*causal, ["Ann met Bob"], top_k=4)
    assert states.choice_ids.tolist() == [[-1, -1]]
    assert states.choice_logprobs.tolist() == [[0.0, 0.0]]


def test_no_prompts_no_rows(causal: Causal):
    assert len(answer_states(*causal, [], top_k=4)) == 0


def test_more_top_tokens_than_the_vocabulary_are_refused(causal: Causal):
    with pytest.raises(BadInput, match="top_k is 4000, but the model's vocabulary has"):
        answer_states(*causal, ["Ann"], top_k=4000)


def test_logits_that_are_no_numbers_are_one_sentence(causal: Causal):
    model, tokenizer = copy.deepcopy(causal[0]), causal[1]
    model.lm_head.weight.data.fill_(float("nan"))
    with pytest.raises(ModelError, match="not finite numbers"):
        answer_states(model, tokenizer, ["Ann"], top_k=4)


def test_a_model_whose_head_alone_does_not_make_the_logits_is_refused(causal: Causal):
    from transformers import BertConfig, BertLMHeadModel

    config = BertConfig(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        is_decoder=True,
        initializer_range=0.5,
    )
    with pytest.raises(ModelError, match="models of type bert make logits of their last states"):
        answer_states(BertLMHeadModel(config).eval(), causal[1], ["Ann"], top_k=4)


def test_a_subject_without_tokens_is_refused(causal: Causal):
    with pytest.raises(BadInput, match="has no tokens"):
        subject_tokens(causal[1], "  ", " ")


@pytest.mark.slow
def test_states_of_the_real_model_equal_one_prompt_at_a_time(probes: ProbeSet):
    from evenhand.generate.model import find_language_model, load_language_model

    try:
        folder = find_language_model("smollm2-135m-instruct")
    except ModelError as missing:
        pytest.skip(str(missing))
    model, tokenizer = load_language_model(folder)
    prompts, choices = asked(probes, 3)
    states = answer_states(model, tokenizer, prompts, choices, top_k=64)
    check(states, (model, tokenizer), prompts, 64)
