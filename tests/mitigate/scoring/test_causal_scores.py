"""Scores of subjects equal the chain rule done by hand, a mitigation attached or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from evenhand.errors import BadInput, ModelError
from evenhand.generate.regulator import Regulator, install, remove
from evenhand.mitigate.ask import CausalScorer, Form, lead, render, require_form
from evenhand.mitigate.probes import Example, ProbeSet, Prompt
from evenhand.mitigate.states import answer_states
from lab.pairs import sentences

Causal = tuple[Any, Any]


class Tilt(Regulator):
    """Turns the order of the likeliest tokens round."""

    def forward(
        self,
        hidden: torch.Tensor,
        top_logprobs: torch.Tensor,
        top_ids: torch.Tensor,
        context: torch.Tensor | None = None,
    ) -> torch.Tensor:
        return top_logprobs.flip(-1) - top_logprobs


def by_hand(model: Any, tokenizer: Any, examples: list[Example], form: Form) -> np.ndarray:
    """One prompt, one subject, one token at a time."""
    scores = np.ones((len(examples), 4, 2))
    for at, example in enumerate(examples):
        for place, prompt in enumerate(example.prompts):
            before = tokenizer(render(prompt, form, tokenizer), add_special_tokens=False).input_ids
            for who, subject in enumerate(example.choices):
                ids = list(before)
                for token in tokenizer(lead(form) + subject, add_special_tokens=False).input_ids:
                    with torch.no_grad():
                        logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
                    scores[at, place, who] *= float(logits.softmax(-1)[token])
                    ids.append(token)
    return scores


@pytest.mark.parametrize("form", ["answer", "shown", "infill", "chat"])
def test_scores_equal_the_chain_rule(causal: Causal, probes: ProbeSet, form: Form):
    examples = probes.examples(12, 3)
    lengths = {len(causal[1](" " + e.second.text).input_ids) for e in examples}
    assert max(lengths) > 1, "the case must hold subjects of several tokens"
    found = CausalScorer(*causal, form).score(examples)
    assert found.shape == (12, 4, 2)
    np.testing.assert_allclose(found, by_hand(*causal, examples, form), rtol=1e-3)


def test_a_mitigation_acts_at_every_token_of_a_subject(causal: Causal, probes: ProbeSet):
    examples = probes.examples(6, 3)
    plain = CausalScorer(*causal).score(examples)
    install(causal[0], Tilt(), top_k=300)
    try:
        moved = CausalScorer(*causal).score(examples)
        expected = by_hand(*causal, examples, "answer")
    finally:
        remove(causal[0])
    np.testing.assert_allclose(moved, expected, rtol=1e-3)
    assert not np.allclose(moved, plain, rtol=0.1)


def test_scores_of_one_token_are_those_of_the_answer_states(causal: Causal, probes: ProbeSet):
    examples = probes.examples(8, 0)
    prompts = [render(prompt) for example in examples for prompt in example.prompts]
    choices = [example.choices for example in examples for _ in example.prompts]
    states = answer_states(*causal, prompts, choices, top_k=8)
    found = CausalScorer(*causal).score(examples).reshape(-1, 2)
    count = 0
    for row, pair in enumerate(choices):
        for who, subject in enumerate(pair):
            if len(causal[1](" " + subject).input_ids) == 1:
                count += 1
                expected = float(states.choice_logprobs[row, who].exp())
                assert found[row, who] == pytest.approx(expected, rel=1e-4)
    assert count


def test_sentences_and_progress(causal: Causal):
    told: list[tuple[int, int]] = []
    scorer = CausalScorer(*causal)
    (one, tokens), (other, _) = sentences(
        scorer, ["Ann met Bob", "Bob met Ann"], lambda done, total: told.append((done, total))
    )
    ids = [causal[1].bos_token_id, *causal[1]("Ann met Bob").input_ids]
    with torch.no_grad():
        logprobs = causal[0](input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    expected = sum(float(logprobs[at, token]) for at, token in enumerate(ids[1:]))
    assert one == pytest.approx(expected, rel=1e-4)
    assert tokens == len(ids) - 1
    assert one != other
    assert told[-1] == (2, 2)


def test_forms_put_the_same_question_differently(causal: Causal):
    prompt = Prompt("Ann met Bob.", "Who was kind?")
    assert render(prompt) == "Ann met Bob. Who was kind? Answer:"
    assert render(prompt, "infill").endswith("Text: Ann met Bob. Who was kind? blank.\nblank =")
    assert render(prompt, "shown").endswith("Text: Ann met Bob.\nQuestion: Who was kind?\nAnswer:")
    masked = Prompt("Ann met Bob.", "[mask] was kind.")
    assert "Ann met Bob. blank was kind." in render(masked, "infill")
    assert "<|im_start|>user\nAnn met Bob. Who was kind?" in render(prompt, "chat", causal[1])
    with pytest.raises(BadInput, match="choose the form 'infill'"):
        render(masked, "answer")
    with pytest.raises(ModelError, match="no mask token"):
        render(masked, "mask", causal[1])
    with pytest.raises(ModelError, match="no chat template"):
        render(prompt, "chat")
    with pytest.raises(BadInput, match="is unknown"):
        require_form("sung")
    with pytest.raises(BadInput, match="masked models"):
        CausalScorer(*causal, "mask")
