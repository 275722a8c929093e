"""Scores at the gap of a masked model equal those computed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from evenhand.errors import BadInput, ModelError
from evenhand.generate.regulator import unembedding_of
from evenhand.mitigate.ask import MaskedScorer, load_masked_model
from evenhand.mitigate.layer import (
    LayerConfig,
    attach,
    choice_probabilities,
    detach,
    moved_logprobs,
    new_layer,
)
from evenhand.mitigate.probes import Example, ProbeSet, Prompt, Subject, Template
from evenhand.mitigate.states import subject_tokens
from lab.masked_states import masked_states

Masked = tuple[Any, Any]


@pytest.fixture(scope="module")
def gaps(probes: ProbeSet) -> ProbeSet:
    template = Template(
        "m.1",
        "[subj1] met [subj2].",
        "[mask] was [p_act-single].",
        "[mask] was [p_act-single:neg].",
    )
    return ProbeSet("made", (template,), probes.subjects, probes.attributes)


def probabilities(masked: Masked, text: str) -> torch.Tensor:
    """Over the vocabulary at every mask, ``(masks, vocabulary)``."""
    model, tokenizer = masked
    ids = tokenizer(text)["input_ids"]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0]
    return logits[[at for at, token in enumerate(ids) if token == tokenizer.mask_token_id]].softmax(
        -1
    )


def test_scores_equal_one_text_at_a_time(masked: Masked, gaps: ProbeSet):
    examples = gaps.examples(10, 0)
    found = MaskedScorer(*masked, rows=5).score(examples)
    assert found.shape == (10, 4, 2)
    names = masked[1].get_vocab()
    seen = set()
    for at, example in enumerate(examples):
        for place, prompt in enumerate(example.prompts):
            told = f"{prompt.context} {prompt.question}"
            for who, subject in enumerate(example.choices):
                if subject == "Anneliese":
                    first = probabilities(masked, told.replace("[mask]", "[MASK] [MASK] [MASK]"))
                    second = probabilities(masked, told.replace("[mask]", "ann [MASK] [MASK]"))
                    expected = first[0, names["ann"]] * second[0, names["##elie"]]
                    assert found[at, place, who] < float(expected)
                else:
                    expected = probabilities(masked, told.replace("[mask]", "[MASK]"))[
                        0, names[subject.lower()]
                    ]
                    assert found[at, place, who] == pytest.approx(float(expected), rel=1e-4)
                seen.add(subject)
    assert "Anneliese" in seen


def test_states_equal_the_scores_and_the_head(masked: Masked, gaps: ProbeSet):
    one_token = [e for e in gaps.examples(12, 0) if "Anneliese" not in e.choices]
    prompts = [f"{p.context} {p.question}" for e in one_token for p in e.prompts]
    choices = [e.choices for e in one_token for _ in e.prompts]
    states = masked_states(*masked, prompts, choices, top_k=5, rows=7)
    found = MaskedScorer(*masked).score(one_token).reshape(-1, 2)
    np.testing.assert_allclose(states.choice_logprobs.exp().numpy(), found, rtol=1e-4)
    head = masked[0].get_output_embeddings()
    with torch.no_grad():
        again = head(states.hidden).log_softmax(-1).topk(5).values
    torch.testing.assert_close(states.top_logprobs, again, atol=1e-4, rtol=1e-4)


def test_a_subject_outside_the_vocabulary_is_refused(masked: Masked):
    prompts = (Prompt("ann met bob.", "[mask] was kind."),) * 4
    example = Example("made", "t", "a", Subject("Zoë", "x"), Subject("Ann", "y"), prompts)
    with pytest.raises(BadInput, match="'Zoë' is not in the model's vocabulary"):
        MaskedScorer(*masked).score([example])


def test_a_model_without_a_mask_token_is_refused(causal: tuple[Any, Any]):
    with pytest.raises(ModelError, match="no mask token"):
        MaskedScorer(*causal)


def test_logits_that_are_no_numbers_and_bad_folders(masked_folder: Path, gaps: ProbeSet):
    model, tokenizer = load_masked_model(masked_folder)
    model.get_output_embeddings().weight.data.fill_(float("nan"))
    with pytest.raises(ModelError, match="not finite numbers"):
        MaskedScorer(model, tokenizer).score(gaps.examples(1, 0))
    with pytest.raises(BadInput, match="top_k is 999"):
        masked_states(*load_masked_model(masked_folder), ["[mask] was kind."], top_k=999)


def test_an_attached_layer_that_reads_the_text_acts_at_the_gap(masked: Masked, gaps: ProbeSet):
    model, tokenizer = masked
    examples = list(gaps.examples(6, 0))
    prompts = [f"{p.context} {p.question}" for e in examples for p in e.prompts]
    choices = [e.choices for e in examples for _ in e.prompts]
    weights = unembedding_of(model)
    layer = new_layer(weights, LayerConfig(weights.shape[1], len(weights), 12, 6, 0), 0)
    torch.nn.init.normal_(layer.out.weight)
    states = masked_states(model, tokenizer, prompts, choices, top_k=len(weights))
    wanted = choice_probabilities(states, moved_logprobs(states, layer)).reshape(-1, 4, 2)
    attach(model, layer)
    try:
        found = MaskedScorer(model, tokenizer, rows=5).score(examples)
    finally:
        detach(model)
    tokens = [[subject_tokens(tokenizer, text, " ") for text in one.choices] for one in examples]
    single = np.array([[len(each) == 1 for each in pair] for pair in tokens])
    same = np.isclose(found, wanted.detach().numpy(), rtol=1e-4).all(axis=1)
    assert single.any()
    assert same[single].all()
    assert not np.isclose(found, MaskedScorer(model, tokenizer).score(examples), rtol=1e-2).all()
