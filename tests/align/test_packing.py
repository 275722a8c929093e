"""A packed row has the loss and the gradients of its examples one by one."""

from __future__ import annotations

import pytest
import torch

from evenhand.align.sft import IGNORED, SharedPrefixCollator, common_prefix, padded_rows
from evenhand.generate.model import load_language_model

PREFIX = (5, 9, 40, 41, 80)
EXAMPLES = [((60, 61), (7, 8, 2)), ((70,), (90, 2)), ((60, 62, 63), (11, 12, 13, 14, 2))]


def batch(shared: int) -> list[dict[str, list[int]]]:
    return [
        {
            "input_ids": [*PREFIX, *question, *answer],
            "labels": [IGNORED] * (len(PREFIX) + len(question)) + list(answer),
        }
        for question, answer in EXAMPLES
    ]


@pytest.mark.parametrize("shared", [0, 2, 5])
def test_loss_and_gradients_are_those_of_the_examples_alone(tiny_model_dir, shared):
    model = load_language_model(tiny_model_dir)[0].requires_grad_(True)
    total = sum(len(answer) for _, answer in EXAMPLES)
    losses = []
    for example in batch(shared):
        ids = torch.tensor([example["input_ids"]])
        logits = model(ids).logits[0, :-1]
        labels = torch.tensor(example["labels"][1:])
        losses.append(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))
    alone = sum(losses) / total
    wanted = torch.autograd.grad(alone, list(model.parameters()))
    for collator in (SharedPrefixCollator(shared), padded_rows):
        together = model(**collator(batch(shared))).loss
        found = torch.autograd.grad(together, list(model.parameters()))
        assert together.item() == pytest.approx(alone.item(), rel=1e-5)
        for mine, theirs in zip(found, wanted, strict=True):
            torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)


def test_the_shared_part_stands_there_once():
    row = SharedPrefixCollator(5)(batch(5))
    own = sum(len(question) + len(answer) for question, answer in EXAMPLES)
    assert row["input_ids"].shape == (1, 5 + own)
    assert row["position_ids"][0, :8].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert row["position_ids"][0, 10:12].tolist() == [5, 6]


def test_the_common_prefix_leaves_every_prompt_a_token():
    assert common_prefix([(1, 2, 3, 4), (1, 2, 3), (1, 2, 9)]) == (1, 2)
    assert common_prefix([(1, 2), (1, 2)]) == (1,)
    assert common_prefix([(4,), (5, 6)]) == ()
